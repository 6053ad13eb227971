//! The server side of port 5500.

use tokio::net::TcpStream;

use super::{Admission, PeerIdentity, PeerTlsMode};
use crate::tls::{TlsError, TlsIdentity};
use crate::transport::Transport;

/// Accepts peers by either stack. Clones share key, certificate and sessions.
#[derive(Clone)]
pub struct PeerAcceptor {}

impl PeerAcceptor {
    /// An acceptor that presents `identity` and lets in whom `admit` knows.
    ///
    /// # Errors
    /// [`TlsError::Setup`].
    pub fn new(_identity: &TlsIdentity, _admit: Admission, _mode: PeerTlsMode) -> Result<Self, TlsError> {
        todo!()
    }

    /// From now on new connections see this key and certificate, and (legacy stack) these subject names (DER) as
    /// acceptable authorities.
    ///
    /// # Errors
    /// As [`PeerAcceptor::new`]; the old ones stay in use then.
    pub fn replace(&self, _identity: &TlsIdentity, _authorities: &[Vec<u8>]) -> Result<(), TlsError> {
        todo!()
    }

    /// Reads the ClientHello, chooses the stack, does the handshake, asks the admission again.
    ///
    /// # Errors
    /// [`TlsError`].
    pub async fn accept(&self, _stream: TcpStream) -> Result<(Box<dyn Transport>, PeerIdentity), TlsError> {
        todo!()
    }
}
