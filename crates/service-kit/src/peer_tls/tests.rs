//! Both stacks on one port, both directions.

use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::*;
use crate::http::{Request, Response};
use crate::http_client::{ClientSecurity, ClientSettings, Destination, HttpClient};
use crate::http_server::{Server, ServerSecurity, ServerSettings};
use crate::shutdown::Shutdown;
use crate::test_identity::{knows, self_signed};
use crate::tls::TlsIdentity;

/// A server for peers that answers with stack, resumption and leaf of whoever asks.
async fn peer_server(acceptor: PeerAcceptor, close_after_response: bool) -> u16 {
    let settings = ServerSettings {
        close_after_response,
        head_timeout: Duration::from_secs(2),
        ..ServerSettings::default()
    };
    let server = Server::bind("127.0.0.1:0", ServerSecurity::Peers(acceptor), settings).await.unwrap();
    let port = server.local_address().port();
    let handler = |request: Request| async move {
        let peer = request.peer().unwrap();
        let head = format!("{:?} {} {} ", peer.stack, peer.resumed, peer.cipher_suite).into_bytes();
        Response::new(200).body([head, peer.leaf().to_vec()].concat())
    };
    tokio::spawn(server.serve(handler, Shutdown::new()));
    port
}

async fn ask(client: &HttpClient, connector: &PeerConnector, port: u16) -> (PeerIdentity, Vec<u8>) {
    let security = ClientSecurity::Peer(connector.clone());
    let destination = Destination { host: "127.0.0.1".to_owned(), port, security };
    let connection = client.connect(&destination).await.unwrap();
    let peer = connection.peer().unwrap().clone();
    let response = connection.send(Request::post("/", "text/plain", "x")).await.unwrap();
    (peer, response.body.read_all(10_000).await.unwrap().to_vec())
}

#[tokio::test]
async fn our_own_servers_speak_tls_1_3_and_are_asked_for_on_every_connection() {
    let (server, client) = (self_signed("server"), self_signed("client"));
    let asked = Arc::new(AtomicUsize::new(0));
    let (counter, known) = (Arc::clone(&asked), knows(&client));
    let admit: Admission = Arc::new(move |leaf| {
        counter.fetch_add(1, Ordering::Relaxed);
        known(leaf)
    });
    let acceptor = PeerAcceptor::new(&server, admit, PeerTlsMode::Compatible).unwrap();
    let port = peer_server(acceptor, true).await;
    let connector = PeerConnector::new(&client, PeerTlsMode::Compatible).unwrap();
    let http = HttpClient::new(ClientSettings::default());
    for round in 0..3 {
        let before = asked.load(Ordering::Relaxed);
        let (peer, seen) = ask(&http, &connector, port).await;
        assert_eq!((peer.leaf(), peer.stack), (server.certificates()[0].as_slice(), Stack::Modern));
        assert_eq!((peer.protocol.as_str(), peer.resumed), ("TLSv1.3", round > 0));
        assert!(seen.starts_with(format!("Modern {} TLS13_", round > 0).as_bytes()));
        assert!(seen.ends_with(&client.certificates()[0]));
        assert!(asked.load(Ordering::Relaxed) > before);
    }
}

#[tokio::test]
async fn a_stranger_gets_no_answer() {
    let acceptor =
        PeerAcceptor::new(&self_signed("server"), knows(&self_signed("client")), PeerTlsMode::Compatible)
            .unwrap();
    let port = peer_server(acceptor, false).await;
    let connector = PeerConnector::new(&self_signed("stranger"), PeerTlsMode::Compatible).unwrap();
    let security = ClientSecurity::Peer(connector);
    let destination = Destination { host: "127.0.0.1".to_owned(), port, security };
    let client = HttpClient::new(ClientSettings::default());
    assert!(client.send(&destination, Request::get("/")).await.is_err());
}

#[tokio::test]
async fn a_stock_client_is_served_on_the_same_port() {
    let (server, client) = (self_signed("server"), self_signed("client"));
    let acceptor = PeerAcceptor::new(&server, knows(&client), PeerTlsMode::Compatible).unwrap();
    let port = peer_server(acceptor, false).await;
    let identity =
        legacy_tls::Identity { certificates: client.certificates(), private_key: client.private_key() };
    let connector = legacy_tls::Connector::new(identity).unwrap();
    for round in 0..2 {
        let stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
        let (mut stream, peer) = connector.connect("127.0.0.1", "p", stream).await.unwrap();
        assert_eq!((peer.protocol.as_str(), peer.resumed), ("TLSv1.2", round > 0));
        stream.write_all(b"GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n").await.unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await.unwrap();
        let text = String::from_utf8_lossy(&answer);
        assert!(text.contains(&format!("Legacy {}", round > 0)), "{text}");
        assert!(answer.ends_with(&client.certificates()[0]));
    }
}

/// A stock server: TLS 1.2 only, answers each connection once and closes it.
async fn stock_server(server: &TlsIdentity, client: &TlsIdentity) -> u16 {
    let identity =
        legacy_tls::Identity { certificates: server.certificates(), private_key: server.private_key() };
    let acceptor = legacy_tls::Acceptor::new(identity, &[], knows(client)).unwrap();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let Ok((mut stream, peer)) = acceptor.accept(stream).await else { continue };
            let _ = stream.read(&mut [0; 4096]).await;
            let answer = format!("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nresumed {}", peer.resumed);
            stream.write_all(answer.as_bytes()).await.unwrap();
            stream.shutdown().await.unwrap();
        }
    });
    port
}

#[tokio::test]
async fn a_stock_server_is_reached_and_its_session_resumed() {
    let (server, client) = (self_signed("server"), self_signed("client"));
    let port = stock_server(&server, &client).await;
    let connector = PeerConnector::new(&client, PeerTlsMode::Compatible).unwrap();
    let http = HttpClient::new(ClientSettings { accept_close_delimited: true, ..ClientSettings::default() });
    for round in 0..3 {
        let (peer, seen) = ask(&http, &connector, port).await;
        assert_eq!((peer.leaf(), peer.stack), (server.certificates()[0].as_slice(), Stack::Legacy));
        assert_eq!(peer.resumed, round > 0);
        assert_eq!(seen, format!("resumed {}", round > 0).into_bytes());
    }
    let renewed = connector.renewed(&client).unwrap();
    assert!(!ask(&http, &renewed, port).await.0.resumed, "a new identity shares no sessions");
}

#[tokio::test]
async fn mode_modern_knows_no_legacy_stack() {
    let (server, client) = (self_signed("server"), self_signed("client"));
    let port = stock_server(&server, &client).await;
    let connector = PeerConnector::new(&client, PeerTlsMode::Modern).unwrap();
    let refused = connector.connect("127.0.0.1", port).await.err().unwrap();
    assert!(matches!(refused, PeerConnectError::Tls(TlsError::NoCommonVersion(_))), "{refused}");

    let acceptor = PeerAcceptor::new(&server, knows(&client), PeerTlsMode::Modern).unwrap();
    let port = peer_server(acceptor, false).await;
    let identity =
        legacy_tls::Identity { certificates: client.certificates(), private_key: client.private_key() };
    let stock = legacy_tls::Connector::new(identity).unwrap();
    let stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    assert!(stock.connect("127.0.0.1", "p", stream).await.is_err());
}

#[tokio::test]
async fn a_peer_that_spoke_better_is_not_talked_down() {
    let (server, client) = (self_signed("server"), self_signed("client"));
    let acceptor = PeerAcceptor::new(&server, knows(&client), PeerTlsMode::Compatible).unwrap();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let identity =
        legacy_tls::Identity { certificates: server.certificates(), private_key: server.private_key() };
    let stock = legacy_tls::Acceptor::new(identity, &[], knows(&client)).unwrap();
    tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        acceptor.accept(stream).await.unwrap();
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let _ = stock.accept(stream).await;
        }
    });
    let connector = PeerConnector::new(&client, PeerTlsMode::Compatible).unwrap();
    assert_eq!(connector.connect("127.0.0.1", port).await.unwrap().1.stack, Stack::Modern);
    assert!(connector.connect("127.0.0.1", port).await.is_err());
}

#[tokio::test]
async fn a_hello_in_small_pieces_is_understood_and_what_is_none_is_refused() {
    let (server, client) = (self_signed("server"), self_signed("client"));
    let acceptor = PeerAcceptor::new(&server, knows(&client), PeerTlsMode::Compatible).unwrap();
    for first in [&b"GET / HTTP/1.1\r\nHost: h\r\n\r\n"[..], b"\x16\x03\x01\x00\x05hello", &[0; 64]] {
        let (near, mut far) = tokio::io::duplex(1 << 16);
        far.write_all(first).await.unwrap();
        far.shutdown().await.unwrap();
        assert!(acceptor.accept(near).await.is_err());
    }
    // A narrow pipe cuts everything into small pieces.
    let (near, far) = tokio::io::duplex(16);
    let tls = crate::tls::TlsClient::new(crate::tls::Verification::Any, Some(&client)).unwrap();
    let serve = async {
        let (mut stream, peer) = acceptor.accept(near).await.unwrap();
        stream.write_all(b"x").await.unwrap();
        stream.flush().await.unwrap();
        peer
    };
    let ask = async {
        let (mut stream, peer) = tls.connect("h", far).await.unwrap();
        assert_eq!(stream.read_u8().await.unwrap(), b'x');
        peer
    };
    let (accepted, connected) = tokio::join!(serve, ask);
    assert_eq!(accepted.leaf(), client.certificates()[0]);
    assert_eq!(connected.leaf(), server.certificates()[0]);
}

#[tokio::test]
async fn an_old_certificate_proves_possession_too() {
    // Version 1, no extensions: what webpki refuses to read.
    let folder = tempfile::tempdir().unwrap();
    let script = "openssl req -new -newkey rsa:2048 -nodes -keyout k -subj /CN=old -out r 2>/dev/null && \
        openssl x509 -req -in r -signkey k -out c 2>/dev/null && openssl x509 -in c -outform DER -out d";
    let made = Command::new("sh").args(["-c", script]).current_dir(folder.path()).status().unwrap();
    assert!(made.success());
    let known = std::fs::read(folder.path().join("d")).unwrap();
    let admit: Admission = Arc::new(move |leaf| leaf == known);
    let acceptor = PeerAcceptor::new(&self_signed("server"), admit, PeerTlsMode::Compatible).unwrap();
    let port = peer_server(acceptor, false).await;
    for (version, stack) in [("-tls1_3", "Modern"), ("-tls1_2", "Legacy")] {
        let mut command = Command::new("openssl");
        command.args(["s_client", "-quiet", "-connect", &format!("127.0.0.1:{port}"), version]);
        command.args(["-cert", "c", "-key", "k"]).current_dir(folder.path());
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let run = move || {
            use std::io::Write;
            let mut child = command.spawn().unwrap();
            let request = b"GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n";
            child.stdin.take().unwrap().write_all(request).unwrap();
            child.wait_with_output().unwrap()
        };
        let output = tokio::task::spawn_blocking(run).await.unwrap();
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(text.contains(stack), "{version}: {text} {}", String::from_utf8_lossy(&output.stderr));
    }
}
