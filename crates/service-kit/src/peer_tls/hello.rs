//! The first flight of a client, read ahead to choose the stack.

use bytes::{Bytes, BytesMut};
use rustls::CipherSuite::{
    TLS13_AES_128_CCM_SHA256, TLS13_AES_128_GCM_SHA256, TLS13_AES_256_GCM_SHA384,
    TLS13_CHACHA20_POLY1305_SHA256,
};
use rustls::server::Acceptor;
use tokio::io::{AsyncRead, AsyncReadExt};

use crate::tls::TlsError;

/// Longest first flight. A ClientHello with many key shares is about 2 KB; one TLS record holds 16 KiB.
const MAX_HELLO: usize = 24 * 1024;

/// Cipher suites that exist in TLS 1.3 only.
const TLS13_SUITES: [rustls::CipherSuite; 4] = [
    TLS13_AES_128_GCM_SHA256,
    TLS13_AES_256_GCM_SHA384,
    TLS13_CHACHA20_POLY1305_SHA256,
    TLS13_AES_128_CCM_SHA256,
];

/// What the first flight says.
#[derive(Debug)]
pub struct Hello {
    /// All bytes read so far; whichever stack is chosen reads them again.
    pub bytes: Bytes,
    /// Does it offer TLS 1.3?
    pub offers_tls13: bool,
}

/// Reads until the ClientHello is complete. What is no ClientHello at all does not offer TLS 1.3 either; the other
/// stack refuses it with the right alert.
///
/// # Errors
/// The stream failed or ended too early, or the first flight is longer than any that is meant seriously.
pub async fn read_hello(stream: &mut (impl AsyncRead + Unpin)) -> Result<Hello, TlsError> {
    let mut acceptor = Acceptor::default();
    let mut bytes = BytesMut::with_capacity(2048);
    loop {
        let start = bytes.len();
        if start >= MAX_HELLO {
            return Err(TlsError::Handshake("the ClientHello is too long".to_owned()));
        }
        if stream.read_buf(&mut bytes).await? == 0 {
            return Err(TlsError::Handshake("the connection ended before a ClientHello".to_owned()));
        }
        let mut fresh = &bytes[start..];
        while !fresh.is_empty() {
            let read = acceptor.read_tls(&mut fresh);
            match (read, acceptor.accept()) {
                (Ok(1..), Ok(None)) => {}
                (Ok(_), Ok(Some(accepted))) => {
                    let hello = accepted.client_hello();
                    let offers_tls13 = hello.cipher_suites().iter().any(|suite| TLS13_SUITES.contains(suite));
                    return Ok(Hello { bytes: bytes.freeze(), offers_tls13 });
                }
                (Ok(0) | Err(_), _) | (_, Err(_)) => {
                    return Ok(Hello { bytes: bytes.freeze(), offers_tls13: false });
                }
            }
        }
    }
}
