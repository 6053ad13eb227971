//! TLS servers for information systems, citizens and administrators: TLS 1.2 (AEAD) and 1.3.

use std::sync::Arc;

use arc_swap::ArcSwap;
use rustls::ServerConfig;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_rustls::TlsAcceptor;

use super::configuration::{TLS12_AND_13, handshake_error, peer_identity, server_config};
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
pub struct TlsServer {
    clients: ClientCertificates,
    config: Arc<ArcSwap<ServerConfig>>,
}

impl TlsServer {
    /// A server with this key and certificate.
    ///
    /// # Errors
    /// [`TlsError::Setup`] when the key does not fit the certificate or is of an unknown kind.
    pub fn new(identity: &TlsIdentity, clients: ClientCertificates) -> Result<Self, TlsError> {
        let config = server_config(identity, &clients, TLS12_AND_13)?;
        Ok(Self { clients, config: Arc::new(ArcSwap::new(config)) })
    }

    /// From now on new connections see this key and certificate.
    ///
    /// # Errors
    /// As [`TlsServer::new`]; the old ones stay in use then.
    pub fn replace(&self, identity: &TlsIdentity) -> Result<(), TlsError> {
        self.config.store(server_config(identity, &self.clients, TLS12_AND_13)?);
        Ok(())
    }

    /// Does the handshake; the caller limits the time. The identity is `None` when the client presented no
    /// certificate.
    ///
    /// # Errors
    /// [`TlsError`].
    pub async fn accept<S>(&self, stream: S) -> Result<(Box<dyn Transport>, Option<PeerIdentity>), TlsError>
    where
        S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        let stream =
            TlsAcceptor::from(self.config.load_full()).accept(stream).await.map_err(handshake_error)?;
        let peer = peer_identity(stream.get_ref().1);
        if let ClientCertificates::Required(admit) = &self.clients {
            // Asked again: the verifier does not see the certificate of a resumed session.
            if !peer.as_ref().is_some_and(|peer| admit(peer.leaf())) {
                return Err(TlsError::NotAdmitted);
            }
        }
        Ok((Box::new(stream), peer))
    }
}
