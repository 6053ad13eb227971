//! A provider's security server: the OpenSSL library, one thread for each connection.

use std::io::{BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context as _, Result, ensure};
use keys::Identity;
use openssl::pkey::PKey;
use openssl::ssl::{SslAcceptor, SslMethod, SslStream, SslVerifyMode, SslVersion};
use openssl::x509::X509;
use protocol::names::{HASH_ALGORITHM, header};

use super::SUITE;
use super::http::Received;
use crate::provider::{Answering, Reply};

/// One connection that a message came by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Connection {
    /// Whether the session of an earlier connection was resumed.
    pub resumed: bool,
    /// The suite.
    pub suite: String,
}

/// A running server; it ends with the test program.
pub struct StockProvider {
    connections: Arc<Mutex<Vec<Connection>>>,
}

impl StockProvider {
    /// Listens on this port of the loopback, shows `identity`, lets anybody in who shows a certificate.
    ///
    /// # Errors
    /// TLS cannot be set up, or the port is taken.
    pub fn start(identity: &Identity, port: u16, answering: Answering) -> Result<Self> {
        let acceptor = acceptor(identity)?;
        let listener = TcpListener::bind(("127.0.0.1", port))?;
        let connections = Arc::<Mutex<Vec<Connection>>>::default();
        let seen = Arc::clone(&connections);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (acceptor, answering, seen) =
                    (acceptor.clone(), Arc::clone(&answering), Arc::clone(&seen));
                std::thread::spawn(move || {
                    // Connections without a message are of no interest: a first try with TLS 1.3, or a refusal.
                    let _ = serve(&acceptor, stream, &answering, &seen);
                });
            }
        });
        Ok(Self { connections })
    }

    /// Every connection that a message came by.
    #[must_use]
    pub fn connections(&self) -> Vec<Connection> {
        self.connections.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

fn acceptor(identity: &Identity) -> Result<SslAcceptor> {
    let mut builder = SslAcceptor::mozilla_intermediate(SslMethod::tls_server())?;
    builder.set_min_proto_version(Some(SslVersion::TLS1_2))?;
    builder.set_max_proto_version(Some(SslVersion::TLS1_2))?;
    builder.set_cipher_list(SUITE)?;
    builder.set_private_key(PKey::private_key_from_der(&identity.key().to_pkcs8()?)?.as_ref())?;
    builder.set_certificate(X509::from_der(identity.certificate().der())?.as_ref())?;
    builder.set_verify_callback(SslVerifyMode::PEER | SslVerifyMode::FAIL_IF_NO_PEER_CERT, |_, _| true);
    builder.set_session_id_context(b"stock provider")?;
    Ok(builder.build())
}

fn serve(
    acceptor: &SslAcceptor,
    stream: TcpStream,
    answering: &Answering,
    seen: &Mutex<Vec<Connection>>,
) -> Result<()> {
    let stream = acceptor.accept(stream).ok().context("no TLS session")?;
    let (resumed, suite) = (stream.ssl().session_reused(), stream.ssl().current_cipher());
    let suite = suite.map(|cipher| cipher.name().to_owned()).unwrap_or_default();
    let mut reader = BufReader::new(stream);
    let request = Received::read(&mut reader)?;
    seen.lock().unwrap_or_else(PoisonError::into_inner).push(Connection { resumed, suite });
    let content_type = request.field("content-type");
    ensure!(!content_type.is_empty(), "no content type");
    let reply = Reply::to(content_type, &request.body, request.field(header::REQUEST_ID))?;
    let (content_type, body) = answering(reply)?.encode();
    answer(reader.into_inner(), &content_type, &body)
}

/// The end of the body is the end of the connection, so only the message itself can say whether it is whole.
fn answer(mut stream: SslStream<TcpStream>, content_type: &str, body: &[u8]) -> Result<()> {
    let head = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: {content_type}\r\n{}: {HASH_ALGORITHM}\r\nConnection: close\r\n\r\n",
        header::HASH_ALGORITHM
    );
    stream.write_all(head.as_bytes())?;
    stream.write_all(body)?;
    stream.flush()?;
    stream.shutdown()?;
    Ok(())
}
