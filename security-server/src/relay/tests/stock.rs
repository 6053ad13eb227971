//! TLS as a stock security server does it: version 1.2, three suites, a new connection for each message, whose end is
//! the end of the message.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use keys::Identity;
use openssl::pkey::PKey;
use openssl::ssl::{Ssl, SslContext};
use openssl::ssl::{SslContextBuilder, SslMethod, SslStream, SslVerifyMode, SslVersion};
use openssl::x509::X509;

use super::captured::find;

/// What a stock server offers (`proxy.xroad-tls-ciphers`).
const SUITES: &str = "ECDHE-RSA-AES256-SHA384:DHE-RSA-AES256-SHA256:ECDHE-ECDSA-AES256-SHA384";
/// How long anything may take before a test gives up.
const PATIENCE: Duration = Duration::from_secs(30);

fn context(method: SslMethod, identity: &Identity) -> SslContext {
    let mut context = SslContextBuilder::new(method).unwrap();
    context.set_min_proto_version(Some(SslVersion::TLS1_2)).unwrap();
    context.set_max_proto_version(Some(SslVersion::TLS1_2)).unwrap();
    context.set_cipher_list(SUITES).unwrap();
    context.set_certificate(&X509::from_der(identity.certificate().der()).unwrap()).unwrap();
    context
        .set_private_key(&PKey::private_key_from_der(&identity.key().to_pkcs8().unwrap()).unwrap())
        .unwrap();
    // Who the other side is, is not what these tests are about here.
    context.set_verify_callback(SslVerifyMode::PEER | SslVerifyMode::FAIL_IF_NO_PEER_CERT, |_, _| true);
    // Without it OpenSSL refuses the tickets that it gave out.
    context.set_session_id_context(b"stock").unwrap();
    context.build()
}

fn patient(stream: TcpStream) -> TcpStream {
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.set_write_timeout(Some(PATIENCE)).unwrap();
    stream
}

/// Sends bytes over a new connection and gives everything that came back until the other side ended it properly.
pub(super) async fn exchange(identity: &Identity, at: SocketAddr, request: Vec<u8>) -> Vec<u8> {
    let context = context(SslMethod::tls_client(), identity);
    let blocking = move || {
        let stream = patient(TcpStream::connect(at).unwrap());
        let mut tls = Ssl::new(&context).unwrap().connect(stream).expect("the handshake");
        let suite = tls.ssl().current_cipher().unwrap().name().to_owned();
        assert!(SUITES.contains(&suite), "{suite}");
        // Who is refused early stops reading; then the answer says why.
        let _ = tls.write_all(&request);
        let mut answer = Vec::new();
        tls.read_to_end(&mut answer).expect("an end with close_notify");
        answer
    };
    tokio::task::spawn_blocking(blocking).await.unwrap()
}

/// What a provider makes of a whole request.
pub(super) type Answers = Arc<dyn Fn(&[u8]) -> Vec<u8> + Send + Sync>;

/// A provider's port that speaks as a stock one: for each connection one request, then the answer, then the end.
pub(super) fn serve(identity: &Identity, answers: Answers) -> SocketAddr {
    let context = context(SslMethod::tls_server(), identity);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let at = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let (context, answers) = (context.clone(), Arc::clone(&answers));
            std::thread::spawn(move || {
                // A client that tries TLS 1.3 first is turned away here, and comes back.
                let Ok(mut tls) = Ssl::new(&context).unwrap().accept(patient(stream.unwrap())) else {
                    return;
                };
                let request = whole_request(&mut tls);
                tls.write_all(&answers(&request)).unwrap();
                let _ = tls.shutdown();
            });
        }
    });
    at
}

/// Reads to the last, empty chunk.
fn whole_request(tls: &mut SslStream<TcpStream>) -> Vec<u8> {
    let (mut request, mut buffer) = (Vec::new(), vec![0; 16 * 1024]);
    while !(request.ends_with(b"\r\n0\r\n\r\n") && find(&request, b"\r\n\r\n").is_some()) {
        let read = tls.read(&mut buffer).expect("more of the request");
        assert_ne!(read, 0, "the request ended early");
        request.extend_from_slice(&buffer[..read]);
    }
    request
}
