//! TLS servers and clients against each other.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};

use super::*;
use crate::http::{BodyError, Request, Response};
use crate::http_client::{ClientSecurity, ClientSettings, Destination, HttpClient};
use crate::http_server::{Server, ServerSecurity, ServerSettings};
use crate::peer_tls::PeerIdentity;
use crate::shutdown::Shutdown;
use crate::test_identity::{issued, knows, self_signed};

/// Both handshakes over a pipe, then one byte in each direction: what each side says.
async fn handshake(
    server: &TlsServer,
    client: &TlsClient,
    host: &str,
) -> (Result<Option<PeerIdentity>, String>, Result<PeerIdentity, String>) {
    let (near, far): (DuplexStream, DuplexStream) = tokio::io::duplex(1 << 16);
    let serve = async {
        let (mut stream, peer) = server.accept(near).await.map_err(|error| error.to_string())?;
        stream.write_all(b"s").await.map_err(|error| error.to_string())?;
        stream.flush().await.map_err(|error| error.to_string())?;
        stream.read_u8().await.map_err(|error| error.to_string())?;
        Ok(peer)
    };
    let ask = async {
        let (mut stream, peer) = client.connect(host, far).await.map_err(|error| error.to_string())?;
        stream.read_u8().await.map_err(|error| error.to_string())?;
        stream.write_all(b"c").await.map_err(|error| error.to_string())?;
        stream.flush().await.map_err(|error| error.to_string())?;
        Ok(peer)
    };
    tokio::join!(serve, ask)
}

#[tokio::test]
async fn a_client_certificate_is_asked_for_and_may_be_missing() {
    let (server, user) = (self_signed("server"), self_signed("user"));
    let requested = TlsServer::new(&server, ClientCertificates::Requested).unwrap();
    let anonymous = TlsClient::new(Verification::Any, None).unwrap();
    let (seen, found) = handshake(&requested, &anonymous, "host").await;
    assert!(seen.unwrap().is_none());
    assert_eq!(found.unwrap().leaf(), server.certificates()[0]);
    let named = TlsClient::new(Verification::Any, Some(&user)).unwrap();
    let (seen, _) = handshake(&requested, &named, "host").await;
    let seen = seen.unwrap().unwrap();
    assert_eq!((seen.leaf(), seen.protocol.as_str()), (user.certificates()[0].as_slice(), "TLSv1.3"));
    let ignored = TlsServer::new(&server, ClientCertificates::Ignored).unwrap();
    assert!(handshake(&ignored, &named, "host").await.0.unwrap().is_none());
}

#[tokio::test]
async fn a_required_certificate_must_be_admitted_also_on_resumption() {
    let (server, user, stranger) = (self_signed("server"), self_signed("user"), self_signed("stranger"));
    let admitted = Arc::new(AtomicBool::new(true));
    let (switch, known) = (Arc::clone(&admitted), knows(&user));
    let admit: Admission = Arc::new(move |leaf| switch.load(Ordering::Relaxed) && known(leaf));
    let required = TlsServer::new(&server, ClientCertificates::Required(admit)).unwrap();
    let client = TlsClient::new(Verification::Any, Some(&user)).unwrap();
    for round in 0..2 {
        let seen = handshake(&required, &client, "host").await.0.unwrap().unwrap();
        assert_eq!((seen.leaf(), seen.resumed), (user.certificates()[0].as_slice(), round > 0));
    }
    admitted.store(false, Ordering::Relaxed);
    let refused = handshake(&required, &client, "host").await.0.unwrap_err();
    assert!(refused.contains("not accepted"), "{refused}");
    admitted.store(true, Ordering::Relaxed);
    let client = TlsClient::new(Verification::Any, Some(&stranger)).unwrap();
    assert!(handshake(&required, &client, "host").await.0.unwrap_err().contains("not accepted"));
    let client = TlsClient::new(Verification::Any, None).unwrap();
    assert!(handshake(&required, &client, "host").await.0.is_err());
}

#[tokio::test]
async fn servers_are_verified_as_the_caller_says() {
    let (authority, identity) = issued("server", &["service.example"]);
    let server = TlsServer::new(&identity, ClientCertificates::Ignored).unwrap();
    let other = self_signed("other").certificates().to_vec();
    let table = [
        (Verification::Any, "service.example", true),
        (Verification::Any, "192.0.2.1", true),
        (Verification::Pinned(identity.certificates().to_vec()), "any.example", true),
        (Verification::Pinned(other), "service.example", false),
        (Verification::Pinned(Vec::new()), "service.example", false),
        (Verification::Authorities(vec![authority.clone()]), "service.example", true),
        (Verification::Authorities(vec![authority]), "other.example", false),
        (Verification::Authorities(vec![issued("x", &[]).0]), "service.example", false),
    ];
    for (verification, host, accepted) in table {
        let text = format!("{verification:.40?} {host}");
        let client = TlsClient::new(verification, None).unwrap();
        let (_, found) = handshake(&server, &client, host).await;
        assert_eq!(found.is_ok(), accepted, "{text}: {found:?}");
    }
}

#[tokio::test]
async fn key_and_certificate_can_be_replaced() {
    let (old, new) = (self_signed("old"), self_signed("new"));
    let server = TlsServer::new(&old, ClientCertificates::Ignored).unwrap();
    server.clone().replace(&new).unwrap();
    let client = TlsClient::new(Verification::Any, None).unwrap();
    assert_eq!(handshake(&server, &client, "host").await.1.unwrap().leaf(), new.certificates()[0]);
    let key = zeroize::Zeroizing::new(new.private_key().to_vec());
    let mixed = TlsIdentity::new(old.certificates().to_vec(), key).unwrap();
    assert!(matches!(server.replace(&mixed), Err(TlsError::Setup(_))));
}

/// An HTTPS server whose answer has neither length nor chunks; ends with or without close_notify.
async fn closing_server(proper: bool) -> Destination {
    let server = TlsServer::new(&self_signed("server"), ClientCertificates::Ignored).unwrap();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        let (mut stream, _) = server.accept(stream).await.unwrap();
        let _ = stream.read(&mut [0; 1024]).await.unwrap();
        stream.write_all(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nthe answer").await.unwrap();
        stream.flush().await.unwrap();
        if proper {
            stream.shutdown().await.unwrap();
        }
    });
    let client = TlsClient::new(Verification::Any, None).unwrap();
    Destination { host: "127.0.0.1".to_owned(), port, security: ClientSecurity::Tls(client) }
}

#[tokio::test]
async fn an_answer_until_the_end_of_the_connection_needs_close_notify() {
    let settings = ClientSettings { accept_close_delimited: true, ..ClientSettings::default() };
    let client = HttpClient::new(settings);
    let whole = client.send(&closing_server(true).await, Request::get("/")).await.unwrap();
    assert_eq!(whole.body.read_all(100).await.unwrap(), "the answer");
    let cut = client.send(&closing_server(false).await, Request::get("/")).await.unwrap();
    assert!(matches!(cut.body.read_all(100).await, Err(BodyError::Truncated)));
}

#[tokio::test]
async fn handlers_see_who_asks() {
    let (identity, user) = (self_signed("server"), self_signed("user"));
    let security = ServerSecurity::Tls(TlsServer::new(&identity, ClientCertificates::Requested).unwrap());
    let server = Server::bind("127.0.0.1:0", security, ServerSettings::default()).await.unwrap();
    let port = server.local_address().port();
    let handler = |request: Request| async move {
        assert!(request.connection().unwrap().encrypted);
        Response::new(200).body(request.peer().map(|peer| peer.leaf().to_vec()).unwrap_or_default())
    };
    tokio::spawn(server.serve(handler, Shutdown::new()));
    let client = HttpClient::new(ClientSettings::default());
    for identity in [None, Some(&user)] {
        let tls = TlsClient::new(Verification::Any, identity).unwrap();
        let destination =
            Destination { host: "127.0.0.1".to_owned(), port, security: ClientSecurity::Tls(tls) };
        for _ in 0..2 {
            let response = client.send(&destination, Request::get("/")).await.unwrap();
            let leaf = response.body.read_all(10_000).await.unwrap();
            assert_eq!(leaf, identity.map(|identity| identity.certificates()[0].clone()).unwrap_or_default());
        }
    }
}
