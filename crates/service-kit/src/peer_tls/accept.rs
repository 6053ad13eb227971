//! The server side of port 5500.

use std::sync::Arc;

use arc_swap::ArcSwap;
use rustls::ServerConfig;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_rustls::TlsAcceptor;

use super::hello::read_hello;
use super::{Admission, PeerIdentity, PeerTlsMode, legacy_error, legacy_identity};
use crate::tls::{
    ClientCertificates, TLS13_ONLY, TlsError, TlsIdentity, handshake_error, peer_identity, server_config,
};
use crate::transport::{Replayed, Transport};

/// Accepts peers by either stack: TLS 1.3 by rustls whenever the ClientHello offers it, everything else by OpenSSL.
/// Clones share key, certificate and sessions.
#[derive(Clone)]
pub struct PeerAcceptor {
    admit: Admission,
    mode: PeerTlsMode,
    stacks: Arc<ArcSwap<Stacks>>,
}

struct Stacks {
    modern: Arc<ServerConfig>,
    /// Absent in mode `modern`.
    legacy: Option<legacy_tls::Acceptor>,
}

impl PeerAcceptor {
    /// An acceptor that presents `identity` and lets in whom `admit` knows.
    ///
    /// # Errors
    /// [`TlsError::Setup`].
    pub fn new(identity: &TlsIdentity, admit: Admission, mode: PeerTlsMode) -> Result<Self, TlsError> {
        let stacks = Stacks::new(identity, &[], &admit, mode)?;
        Ok(Self { admit, mode, stacks: Arc::new(ArcSwap::from_pointee(stacks)) })
    }

    /// From now on new connections see this key and certificate, and (legacy stack) these subject names (DER) as
    /// acceptable authorities.
    ///
    /// # Errors
    /// As [`PeerAcceptor::new`]; the old ones stay in use then.
    pub fn replace(&self, identity: &TlsIdentity, authorities: &[Vec<u8>]) -> Result<(), TlsError> {
        self.stacks.store(Arc::new(Stacks::new(identity, authorities, &self.admit, self.mode)?));
        Ok(())
    }

    /// Reads the ClientHello, chooses the stack, does the handshake, asks the admission again. The caller limits the
    /// time.
    ///
    /// # Errors
    /// [`TlsError`].
    pub async fn accept<S>(&self, mut stream: S) -> Result<(Box<dyn Transport>, PeerIdentity), TlsError>
    where
        S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        let hello = read_hello(&mut stream).await?;
        let stream = Replayed::new(hello.bytes, stream);
        let stacks = self.stacks.load_full();
        let (stream, peer): (Box<dyn Transport>, _) = match &stacks.legacy {
            Some(legacy) if !hello.offers_tls13 => {
                let (stream, peer) = legacy.accept(stream).await.map_err(legacy_error)?;
                (Box::new(stream), legacy_identity(peer))
            }
            Some(_) | None => {
                let modern = TlsAcceptor::from(Arc::clone(&stacks.modern));
                let stream = modern.accept(stream).await.map_err(handshake_error)?;
                let peer = peer_identity(stream.get_ref().1);
                (Box::new(stream), peer.ok_or(TlsError::NotAdmitted)?)
            }
        };
        // Asked again: a resumed session does not show its certificate to the verifier.
        if !(self.admit)(peer.leaf()) {
            return Err(TlsError::NotAdmitted);
        }
        Ok((stream, peer))
    }
}

impl Stacks {
    fn new(
        identity: &TlsIdentity,
        authorities: &[Vec<u8>],
        admit: &Admission,
        mode: PeerTlsMode,
    ) -> Result<Self, TlsError> {
        let modern = server_config(identity, &ClientCertificates::Required(Arc::clone(admit)), TLS13_ONLY)?;
        let legacy = match mode {
            PeerTlsMode::Modern => None,
            PeerTlsMode::Compatible => {
                let identity = legacy_tls::Identity {
                    certificates: identity.certificates(),
                    private_key: identity.private_key(),
                };
                let acceptor = legacy_tls::Acceptor::new(identity, authorities, Arc::clone(admit));
                Some(acceptor.map_err(legacy_error)?)
            }
        };
        Ok(Self { modern, legacy })
    }
}
