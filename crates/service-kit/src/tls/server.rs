//! TLS servers for information systems, citizens and administrators: TLS 1.2 (AEAD) and 1.3.

use tokio::net::TcpStream;

use super::{Admission, TlsError, TlsIdentity};
use crate::peer_tls::PeerIdentity;
use crate::transport::Transport;

/// What a TLS server does about certificates of its clients.
#[derive(Clone)]
pub enum ClientCertificates {
    /// Does not ask.
    Ignored,
    /// Asks, takes any or none; whoever handles the request decides (X-Road's information systems).
    Requested,
    /// Demands one that is admitted.
    Required(Admission),
}

/// A TLS server side whose key and certificate can be replaced while it runs. Clones share them.
#[derive(Clone)]
pub struct TlsServer {}

impl TlsServer {
    /// A server with this key and certificate.
    ///
    /// # Errors
    /// [`TlsError::Setup`] when the key does not fit the certificate or is of an unknown kind.
    pub fn new(_identity: &TlsIdentity, _clients: ClientCertificates) -> Result<Self, TlsError> {
        todo!()
    }

    /// From now on new connections see this key and certificate.
    ///
    /// # Errors
    /// As [`TlsServer::new`]; the old ones stay in use then.
    pub fn replace(&self, _identity: &TlsIdentity) -> Result<(), TlsError> {
        todo!()
    }

    /// Does the handshake. The identity is `None` when the client presented no certificate.
    ///
    /// # Errors
    /// [`TlsError`].
    pub async fn accept(
        &self,
        _stream: TcpStream,
    ) -> Result<(Box<dyn Transport>, Option<PeerIdentity>), TlsError> {
        todo!()
    }
}
