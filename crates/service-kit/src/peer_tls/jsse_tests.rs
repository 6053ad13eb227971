//! Both directions with a peer on JSSE that has the TLS settings of a stock X-Road server. Skipped, with a line
//! that says so, where there is no Java.

use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;

use futures_util::stream;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::Command;

use super::*;
use crate::http::{Body, Request, Response};
use crate::http_client::{ClientSecurity, ClientSettings, Destination, HttpClient};
use crate::http_server::{Server, ServerSecurity, ServerSettings};
use crate::shutdown::Shutdown;
use crate::tls::TlsIdentity;

/// Key, certificate and PKCS#12 file of one side.
struct Side {
    folder: TempDir,
    identity: TlsIdentity,
}

async fn side(algorithm: &str) -> Side {
    let folder = tempfile::tempdir().unwrap();
    let script = format!(
        "openssl req -x509 -newkey {algorithm} -nodes -keyout key.pem -out cert.pem -days 2 -subj /CN=x && \
         openssl pkcs12 -export -inkey key.pem -in cert.pem -out store.p12 -passout pass:1234"
    );
    let output = Command::new("sh").args(["-c", &script]).current_dir(folder.path()).output().await.unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let read = |name: &str| std::fs::read(folder.path().join(name)).unwrap();
    let identity = TlsIdentity::from_pem(&read("cert.pem"), &read("key.pem")).unwrap();
    Side { folder, identity }
}

fn java(role: &str, side: &Side) -> Command {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/JssePeer.java");
    let mut command = Command::new("java");
    command.arg(source).arg(role).arg(side.folder.path().join("store.p12")).kill_on_drop(true);
    command
}

async fn there_is_java() -> bool {
    let version = Command::new("java").arg("-version").output().await;
    let found = version.is_ok_and(|output| output.status.success());
    if !found {
        println!("skipped: there is no java");
    }
    found
}

const TABLE: [(&str, &str); 2] = [
    ("rsa:2048", "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384"),
    ("ec -pkeyopt ec_paramgen_curve:P-256", "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA384"),
];

#[tokio::test]
async fn a_jsse_client_is_served_and_resumes() {
    if !there_is_java().await {
        return;
    }
    for (algorithm, suite) in TABLE {
        let (ours, theirs) = (side(algorithm).await, side(algorithm).await);
        let known = theirs.identity.certificates()[0].clone();
        let expected = known.clone();
        let admit = Arc::new(move |leaf: &[u8]| leaf == known);
        let acceptor = PeerAcceptor::new(&ours.identity, admit, PeerTlsMode::Compatible).unwrap();
        let settings = ServerSettings { close_after_response: true, ..ServerSettings::default() };
        let server = Server::bind("127.0.0.1:0", ServerSecurity::Peers(acceptor), settings).await.unwrap();
        let port = server.local_address().port().to_string();
        let handler = move |request: Request| {
            let expected = expected.clone();
            async move {
                let peer = request.peer().unwrap().clone();
                assert_eq!((peer.stack, peer.leaf()), (Stack::Legacy, expected.as_slice()));
                assert_eq!(request.body.read_all(100).await.unwrap(), "hello");
                Response::text(200, format!("resumed {}", peer.resumed))
            }
        };
        tokio::spawn(server.serve(handler, Shutdown::new()));
        let output = java("client", &theirs).args([&port, "3"]).output().await.unwrap();
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let expected = format!("{suite} resumed false\n{suite} resumed true\n{suite} resumed true\n");
        assert_eq!(text, expected, "{}", String::from_utf8_lossy(&output.stderr));
    }
}

#[tokio::test]
async fn a_jsse_server_is_reached_and_resumes() {
    if !there_is_java().await {
        return;
    }
    for (algorithm, suite) in TABLE {
        let (ours, theirs) = (side(algorithm).await, side(algorithm).await);
        let mut server = java("server", &theirs).stdout(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(server.stdout.take().unwrap()).lines();
        let port = lines.next_line().await.unwrap().unwrap().parse().unwrap();
        let connector = PeerConnector::new(&ours.identity, PeerTlsMode::Compatible).unwrap();
        let security = ClientSecurity::Peer(connector);
        let destination = Destination { host: "127.0.0.1".to_owned(), port, security };
        let client =
            HttpClient::new(ClientSettings { accept_close_delimited: true, ..ClientSettings::default() });
        for round in 0..3 {
            let connection = client.connect(&destination).await.unwrap();
            let peer = connection.peer().unwrap().clone();
            assert_eq!(
                (peer.leaf(), peer.stack),
                (theirs.identity.certificates()[0].as_slice(), Stack::Legacy)
            );
            assert_eq!(peer.resumed, round > 0);
            // Without a known length it goes out in chunks.
            let body = Body::stream(stream::iter([Ok("hello".into())]), None);
            let response = connection.send(Request::new("POST", "/").body(body)).await.unwrap();
            let text = response.body.read_all(1000).await.unwrap();
            assert_eq!(text, format!("{suite} {}", round > 0));
        }
    }
}
