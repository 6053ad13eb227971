//! Both sides against each other, and against the `openssl` command limited to what a stock server speaks.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use openssl::asn1::Asn1Time;
use openssl::bn::BigNum;
use openssl::ec::{EcGroup, EcKey};
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::pkey::{PKey, Private};
use openssl::rsa::Rsa;
use openssl::x509::{X509, X509Name};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::*;

const RSA_SUITE: &str = "ECDHE-RSA-AES256-SHA384";
const ECDSA_SUITE: &str = "ECDHE-ECDSA-AES256-SHA384";
const DHE_SUITE: &str = "DHE-RSA-AES256-SHA256";

/// A self-signed certificate without any extension, as bad as X-Road allows.
struct TestIdentity {
    certificates: Vec<Vec<u8>>,
    private_key: Vec<u8>,
}

impl TestIdentity {
    fn rsa(name: &str) -> Self {
        Self::of(name, PKey::from_rsa(Rsa::generate(2048).unwrap()).unwrap())
    }

    fn ec(name: &str) -> Self {
        let group = EcGroup::from_curve_name(Nid::X9_62_PRIME256V1).unwrap();
        Self::of(name, PKey::from_ec_key(EcKey::generate(&group).unwrap()).unwrap())
    }

    fn of(name: &str, key: PKey<Private>) -> Self {
        let mut subject = X509Name::builder().unwrap();
        subject.append_entry_by_text("CN", name).unwrap();
        let subject = subject.build();
        let mut certificate = X509::builder().unwrap();
        certificate.set_version(2).unwrap();
        certificate.set_serial_number(&BigNum::from_u32(7).unwrap().to_asn1_integer().unwrap()).unwrap();
        certificate.set_subject_name(&subject).unwrap();
        certificate.set_issuer_name(&subject).unwrap();
        // Long expired: dates are not this crate's business.
        certificate.set_not_before(&Asn1Time::from_unix(0).unwrap()).unwrap();
        certificate.set_not_after(&Asn1Time::from_unix(1_000_000).unwrap()).unwrap();
        certificate.set_pubkey(&key).unwrap();
        certificate.sign(&key, MessageDigest::sha256()).unwrap();
        let certificates = vec![certificate.build().to_der().unwrap()];
        Self { certificates, private_key: key.private_key_to_pkcs8().unwrap() }
    }

    fn identity(&self) -> Identity<'_> {
        Identity { certificates: &self.certificates, private_key: &self.private_key }
    }

    /// Key and certificate as files for the `openssl` command.
    fn files(&self, folder: &Path) -> (PathBuf, PathBuf) {
        let (certificate, key) = (folder.join("certificate.pem"), folder.join("key.pem"));
        std::fs::write(&certificate, X509::from_der(&self.certificates[0]).unwrap().to_pem().unwrap())
            .unwrap();
        let private_key = PKey::private_key_from_der(&self.private_key).unwrap();
        std::fs::write(&key, private_key.private_key_to_pem_pkcs8().unwrap()).unwrap();
        (certificate, key)
    }
}

fn knows(identity: &TestIdentity) -> Admission {
    let known = identity.certificates[0].clone();
    Arc::new(move |leaf| leaf == known)
}

/// Serves connections for ever: says `hello`, then ends properly. What happened goes into the channel.
async fn serve(
    acceptor: Acceptor,
) -> (u16, tokio::sync::mpsc::UnboundedReceiver<Result<Peer, LegacyTlsError>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let (outcomes, seen) = tokio::sync::mpsc::unbounded_channel();
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            match acceptor.accept(stream).await {
                Ok((mut stream, peer)) => {
                    outcomes.send(Ok(peer)).unwrap();
                    // A client that only wanted the handshake may be gone.
                    let _ = stream.write_all(b"hello").await;
                    let _ = stream.shutdown().await;
                    let _ = stream.read_to_end(&mut Vec::new()).await;
                }
                Err(error) => outcomes.send(Err(error)).unwrap(),
            }
        }
    });
    (port, seen)
}

async fn connect(connector: &Connector, port: u16) -> Result<(Stream<TcpStream>, Peer), LegacyTlsError> {
    let stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    connector.connect("127.0.0.1", &format!("127.0.0.1:{port}"), stream).await
}

#[tokio::test]
async fn both_sides_know_each_other_on_every_connection_and_resume() {
    let (server, client) = (TestIdentity::rsa("server"), TestIdentity::ec("client"));
    let asked = Arc::new(AtomicUsize::new(0));
    let (counter, known) = (Arc::clone(&asked), client.certificates[0].clone());
    let admit: Admission = Arc::new(move |leaf| {
        counter.fetch_add(1, Ordering::Relaxed);
        leaf == known
    });
    let (port, mut seen) = serve(Acceptor::new(server.identity(), &[], admit).unwrap()).await;
    let connector = Connector::new(client.identity()).unwrap();
    for round in 0..3 {
        let before = asked.load(Ordering::Relaxed);
        let (mut stream, peer) = connect(&connector, port).await.unwrap();
        let mut text = String::new();
        stream.read_to_string(&mut text).await.unwrap();
        assert_eq!(text, "hello");
        assert_eq!((peer.certificates, peer.resumed), (server.certificates.clone(), round > 0));
        let peer = seen.recv().await.unwrap().unwrap();
        assert_eq!((peer.certificates, peer.resumed), (client.certificates.clone(), round > 0));
        assert!(asked.load(Ordering::Relaxed) > before, "asked again in round {round}");
    }
}

#[tokio::test]
async fn a_peer_that_is_no_longer_known_cannot_resume() {
    let (server, client) = (TestIdentity::ec("server"), TestIdentity::ec("client"));
    let known = Arc::new(AtomicBool::new(true));
    let switch = Arc::clone(&known);
    let admit: Admission = Arc::new(move |_| switch.load(Ordering::Relaxed));
    let (port, mut seen) = serve(Acceptor::new(server.identity(), &[], admit).unwrap()).await;
    let connector = Connector::new(client.identity()).unwrap();
    connect(&connector, port).await.unwrap().0.read_to_end(&mut Vec::new()).await.unwrap();
    assert!(seen.recv().await.unwrap().is_ok());
    known.store(false, Ordering::Relaxed);
    // The resumed handshake succeeds for TLS; the connection must not.
    if let Ok((mut stream, peer)) = connect(&connector, port).await {
        assert!(peer.resumed);
        assert!(stream.read_to_end(&mut Vec::new()).await.is_err());
    }
    assert!(matches!(seen.recv().await.unwrap(), Err(LegacyTlsError::NotAdmitted)));
}

#[tokio::test]
async fn strangers_and_the_nameless_are_refused_in_the_handshake() {
    let (server, client, stranger) =
        (TestIdentity::ec("server"), TestIdentity::ec("client"), TestIdentity::ec("stranger"));
    let (port, mut seen) = serve(Acceptor::new(server.identity(), &[], knows(&client)).unwrap()).await;
    let connector = Connector::new(stranger.identity()).unwrap();
    assert!(matches!(connect(&connector, port).await, Err(LegacyTlsError::Handshake(_))));
    assert!(matches!(seen.recv().await.unwrap(), Err(LegacyTlsError::NotAdmitted)));
    let output = s_client(port, &[]).await;
    assert!(!output.contains("hello"), "{output}");
    assert!(matches!(seen.recv().await.unwrap(), Err(LegacyTlsError::Handshake(_))));
}

#[tokio::test]
async fn an_end_without_close_notify_is_an_error() {
    let (server, client) = (TestIdentity::ec("server"), TestIdentity::ec("client"));
    let acceptor = Acceptor::new(server.identity(), &[], knows(&client)).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        let (mut stream, _) = acceptor.accept(stream).await.unwrap();
        stream.write_all(b"cut sho").await.unwrap();
        stream.flush().await.unwrap();
        // Dropped: TCP ends, TLS does not.
    });
    let connector = Connector::new(client.identity()).unwrap();
    let (mut stream, _) = connect(&connector, port).await.unwrap();
    let error = stream.read_to_end(&mut Vec::new()).await.unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::UnexpectedEof);
}

/// Runs `openssl s_client` limited to TLS 1.2; gives all it prints.
async fn s_client(port: u16, arguments: &[&str]) -> String {
    let mut command = Command::new("openssl");
    command.args(["s_client", "-connect", &format!("127.0.0.1:{port}"), "-tls1_2"]).args(arguments);
    let run = move || command.stdin(Stdio::null()).output();
    let output = tokio::task::spawn_blocking(run).await.unwrap().unwrap();
    String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned()
}

#[tokio::test]
async fn the_openssl_client_with_stock_suites_is_served_and_resumed_by_ticket() {
    let client = TestIdentity::rsa("client");
    let table = [
        (TestIdentity::rsa("server"), RSA_SUITE),
        (TestIdentity::rsa("server"), DHE_SUITE),
        (TestIdentity::ec("server"), ECDSA_SUITE),
    ];
    for (server, suite) in table {
        let folder = tempfile::tempdir().unwrap();
        let (certificate, key) = client.files(folder.path());
        let session = folder.path().join("session").display().to_string();
        let (certificate, key) = (certificate.display().to_string(), key.display().to_string());
        let common = ["-cipher", suite, "-cert", &certificate, "-key", &key, "-ign_eof"];
        let (port, mut seen) = serve(Acceptor::new(server.identity(), &[], knows(&client)).unwrap()).await;
        let first = s_client(port, &[&common[..], &["-sess_out", &session]].concat()).await;
        assert!(
            first.contains("hello") && first.contains(&format!("New, TLSv1.2, Cipher is {suite}")),
            "{first}"
        );
        assert!(first.contains("TLS session ticket:"), "{first}");
        let peer = seen.recv().await.unwrap().unwrap();
        assert!(!peer.resumed && peer.cipher_suite == suite && peer.protocol == "TLSv1.2", "{peer:?}");
        let again = s_client(port, &[&common[..], &["-sess_in", &session]].concat()).await;
        assert!(again.contains("hello") && again.contains("Reused, TLSv1.2"), "{again}");
        let peer = seen.recv().await.unwrap().unwrap();
        assert!(peer.resumed);
        assert_eq!(peer.certificates, client.certificates, "the certificate is seen again");
    }
}

#[tokio::test]
async fn acceptable_authorities_are_named() {
    let (server, client) = (TestIdentity::ec("server"), TestIdentity::ec("client"));
    let mut name = X509Name::builder().unwrap();
    name.append_entry_by_text("CN", "Some Authority").unwrap();
    let names = [name.build().to_der().unwrap()];
    let (port, _seen) = serve(Acceptor::new(server.identity(), &names, knows(&client)).unwrap()).await;
    let output = s_client(port, &[]).await;
    assert!(output.contains("Acceptable client certificate CA names\nCN = Some Authority"), "{output}");
}

#[tokio::test]
async fn the_openssl_server_with_stock_suites_is_reached_and_resumed() {
    let client = TestIdentity::ec("client");
    for (server, suite) in
        [(TestIdentity::rsa("server"), RSA_SUITE), (TestIdentity::ec("server"), ECDSA_SUITE)]
    {
        let folder = tempfile::tempdir().unwrap();
        let (certificate, key) = server.files(folder.path());
        let port = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
        let mut command = tokio::process::Command::new("openssl");
        command.args(["s_server", "-accept", &format!("127.0.0.1:{port}"), "-tls1_2", "-cipher", suite]);
        command.args(["-Verify", "1", "-www", "-cert"]).arg(&certificate).arg("-key").arg(&key);
        let _server = command.stdout(Stdio::null()).stderr(Stdio::null()).kill_on_drop(true).spawn().unwrap();
        while TcpStream::connect(("127.0.0.1", port)).await.is_err() {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        let connector = Connector::new(client.identity()).unwrap();
        for round in 0..2 {
            let (mut stream, peer) = connect(&connector, port).await.unwrap();
            assert_eq!((peer.cipher_suite.as_str(), peer.resumed), (suite, round > 0));
            assert_eq!(peer.certificates, server.certificates);
            stream.write_all(b"GET / HTTP/1.0\r\n\r\n").await.unwrap();
            let mut page = String::new();
            let _ = stream.read_to_string(&mut page).await;
            assert!(page.starts_with("HTTP/1.0 200 ok"), "{page}");
        }
    }
}

#[test]
fn a_key_that_does_not_fit_is_refused_at_once() {
    let (one, two) = (TestIdentity::ec("one"), TestIdentity::ec("two"));
    let mixed = Identity { certificates: &one.certificates, private_key: &two.private_key };
    assert!(matches!(Connector::new(mixed), Err(LegacyTlsError::Setup(_))));
}
