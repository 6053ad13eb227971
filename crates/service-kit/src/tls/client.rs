//! TLS clients: TLS 1.2 (AEAD) and 1.3.

use tokio::net::TcpStream;

use super::{TlsError, TlsIdentity};
use crate::peer_tls::PeerIdentity;
use crate::transport::Transport;

/// How a server proves who it is.
#[derive(Clone, Debug)]
pub enum Verification {
    /// Any certificate: for services inside the organisation that X-Road does not verify, and where the caller
    /// checks the returned identity itself.
    Any,
    /// Exactly one of these leaf certificates (DER); names, dates and issuers are not looked at.
    Pinned(Vec<Vec<u8>>),
    /// A chain to one of these authorities (DER), for the host name that is connected to.
    Authorities(Vec<Vec<u8>>),
}

/// A TLS client side. Clones share it, and its sessions.
#[derive(Clone)]
pub struct TlsClient {}

impl TlsClient {
    /// A client that checks servers this way and presents `identity` when asked for a certificate.
    ///
    /// # Errors
    /// [`TlsError::Setup`].
    pub fn new(_verification: Verification, _identity: Option<&TlsIdentity>) -> Result<Self, TlsError> {
        todo!()
    }

    /// Does the handshake with `host`.
    ///
    /// # Errors
    /// [`TlsError`].
    pub async fn connect(
        &self,
        _host: &str,
        _stream: TcpStream,
    ) -> Result<(Box<dyn Transport>, PeerIdentity), TlsError> {
        todo!()
    }

    /// Tells clients apart; clones have the same number.
    pub(crate) fn id(&self) -> u64 {
        todo!()
    }
}
