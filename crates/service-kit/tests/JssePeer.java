// A peer with the TLS of a stock X-Road 7.8 security server: JSSE, TLS 1.2, three CBC suites, certificates on both
// sides, none of them checked here. As client it sends one request on each new connection, as server it answers one
// request on each connection and closes it.

import java.io.FileInputStream;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSession;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;

public class JssePeer {
    static final String[] SUITES = {
        "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384",
        "TLS_DHE_RSA_WITH_AES_256_CBC_SHA256",
        "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA384",
    };

    public static void main(String[] arguments) throws Exception {
        SSLContext context = context(arguments[1]);
        if (arguments[0].equals("client")) {
            for (int round = 0; round < Integer.parseInt(arguments[3]); round++) {
                ask(context, Integer.parseInt(arguments[2]));
            }
        } else {
            serve(context);
        }
    }

    static void ask(SSLContext context, int port) throws Exception {
        try (SSLSocket socket = (SSLSocket) context.getSocketFactory().createSocket("127.0.0.1", port)) {
            socket.setEnabledProtocols(new String[] {"TLSv1.2"});
            socket.setEnabledCipherSuites(SUITES);
            String request = "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n";
            socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
            String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
            String body = answer.substring(answer.indexOf("\r\n\r\n") + 4);
            System.out.println(socket.getSession().getCipherSuite() + " " + body);
        }
    }

    static void serve(SSLContext context) throws Exception {
        SSLServerSocket listener = (SSLServerSocket) context.getServerSocketFactory().createServerSocket(0);
        listener.setEnabledProtocols(new String[] {"TLSv1.2"});
        listener.setEnabledCipherSuites(SUITES);
        listener.setNeedClientAuth(true);
        System.out.println(listener.getLocalPort());
        long first = 0;
        while (true) {
            try (SSLSocket socket = (SSLSocket) listener.accept()) {
                SSLSession session = socket.getSession();
                if (!session.isValid()) {
                    continue; // A ClientHello of TLS 1.3 only.
                }
                boolean resumed = session.getCreationTime() == first;
                first = session.getCreationTime();
                readRequest(socket.getInputStream());
                String answer = "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + session.getCipherSuite() + " " + resumed;
                OutputStream out = socket.getOutputStream();
                for (byte octet : answer.getBytes(StandardCharsets.US_ASCII)) {
                    out.write(octet); // Many small records, as Jetty writes them.
                }
                session.getPeerCertificates();
            }
        }
    }

    static void readRequest(InputStream in) throws Exception {
        StringBuilder seen = new StringBuilder();
        while (seen.indexOf("0\r\n\r\n") < 0) {
            seen.append((char) in.read());
        }
    }

    static SSLContext context(String store) throws Exception {
        KeyStore keys = KeyStore.getInstance("PKCS12");
        keys.load(new FileInputStream(store), "1234".toCharArray());
        KeyManagerFactory factory = KeyManagerFactory.getInstance("PKIX");
        factory.init(keys, "1234".toCharArray());
        SSLContext context = SSLContext.getInstance("TLSv1.2");
        context.init(factory.getKeyManagers(), new TrustManager[] {new TrustsAll()}, null);
        context.getClientSessionContext().setSessionTimeout(600);
        context.getServerSessionContext().setSessionTimeout(600);
        return context;
    }

    static class TrustsAll extends X509ExtendedTrustManager {
        public void checkClientTrusted(X509Certificate[] chain, String type) { }
        public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) { }
        public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) { }
        public void checkServerTrusted(X509Certificate[] chain, String type) { }
        public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) { }
        public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) { }
        public X509Certificate[] getAcceptedIssuers() { return new X509Certificate[0]; }
    }
}
