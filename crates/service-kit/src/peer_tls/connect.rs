//! The client side of port 5500.

use super::{PeerConnectError, PeerIdentity, PeerTlsMode};
use crate::tls::{TlsError, TlsIdentity};
use crate::transport::Transport;

/// Connects to peers: TLS 1.3 first, the legacy stack for those that never spoke better. Clones share key,
/// certificate, sessions and the memory of who spoke what.
#[derive(Clone)]
pub struct PeerConnector {}

impl PeerConnector {
    /// A connector that presents `identity`.
    ///
    /// # Errors
    /// [`TlsError::Setup`].
    pub fn new(_identity: &TlsIdentity, _mode: PeerTlsMode) -> Result<Self, TlsError> {
        todo!()
    }

    /// From now on new connections present this key and certificate; kept sessions are forgotten.
    ///
    /// # Errors
    /// As [`PeerConnector::new`]; the old ones stay in use then.
    pub fn replace(&self, _identity: &TlsIdentity) -> Result<(), TlsError> {
        todo!()
    }

    /// Connects to `host:port`; the caller limits the time. Any certificate passes the handshake: the caller must
    /// check the returned identity before it sends a byte.
    ///
    /// # Errors
    /// [`PeerConnectError`].
    pub async fn connect(
        &self,
        _host: &str,
        _port: u16,
    ) -> Result<(Box<dyn Transport>, PeerIdentity), PeerConnectError> {
        todo!()
    }

    /// Tells connectors apart; clones have the same number.
    pub(crate) fn id(&self) -> u64 {
        todo!()
    }
}
