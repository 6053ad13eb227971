//! TLS clients: TLS 1.2 (AEAD) and 1.3.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use rustls::ClientConfig;
use rustls_pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_rustls::TlsConnector;

use super::configuration::{TLS12_AND_13, client_config, handshake_error, peer_identity};
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
pub struct TlsClient {
    config: Arc<ClientConfig>,
    id: u64,
}

impl TlsClient {
    /// A client that checks servers this way and presents `identity` when asked for a certificate.
    ///
    /// # Errors
    /// [`TlsError::Setup`].
    pub fn new(verification: Verification, identity: Option<&TlsIdentity>) -> Result<Self, TlsError> {
        let config = client_config(&verification, identity, TLS12_AND_13)?;
        Ok(Self { config, id: next_client_id() })
    }

    /// Does the handshake with `host`; the caller limits the time.
    ///
    /// # Errors
    /// [`TlsError`].
    pub async fn connect<S>(
        &self,
        host: &str,
        stream: S,
    ) -> Result<(Box<dyn Transport>, PeerIdentity), TlsError>
    where
        S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        connect(&self.config, host, stream).await
    }

    /// Tells clients apart; clones have the same number.
    pub(crate) const fn id(&self) -> u64 {
        self.id
    }
}

/// A number that no other client side of this process has.
pub(crate) fn next_client_id() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

/// A handshake by rustls.
pub(crate) async fn connect<S>(
    config: &Arc<ClientConfig>,
    host: &str,
    stream: S,
) -> Result<(Box<dyn Transport>, PeerIdentity), TlsError>
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let name = ServerName::try_from(host.to_owned())
        .map_err(|_| TlsError::Setup(format!("{host:?} is not a name that TLS can ask for")))?;
    let connected = TlsConnector::from(Arc::clone(config)).connect(name, stream).await;
    let stream = connected.map_err(handshake_error)?;
    let peer = peer_identity(stream.get_ref().1);
    let peer = peer.ok_or_else(|| TlsError::Handshake("the server presented no certificate".to_owned()))?;
    Ok((Box::new(stream), peer))
}
