//! Whose authentication certificate a peer shows (rules of X-Road's transport, both directions).
//!
//! TLS proves possession of a key; everything else is decided here, on every connection and on every
//! message: an approved service issued the certificate, it is valid and not revoked, and the global
//! configuration registers it for a server at which the other party of the message is registered.

use std::sync::Arc;

use ::globalconf::ValidGlobalConf;
use bytes::Bytes;
use identifiers::{ClientId, ServerId};
use pki::Certificate;
use protocol::fault::{Fault, Origin, Word};

use super::ocsp::OcspStore;

/// What a peer presented in its handshake: leaf first.
#[derive(Debug, Clone)]
pub struct Presented {
    certificates: Arc<[Certificate]>,
}

/// Why a peer is not who the message needs it to be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text}")]
pub struct PeerRefusal {
    words: Vec<Word>,
    text: String,
}

/// Proof that a connection leads to a server at which the provider is registered.
#[derive(Debug, Clone)]
pub struct VerifiedProvider {
    server: ServerId,
}

/// Proof that a request comes from a server at which the consumer is registered.
#[derive(Debug, Clone)]
pub struct VerifiedConsumer {
    server: ServerId,
}

/// Decides about peers; remembers verdicts so that an unchanged peer costs no cryptography twice.
pub struct PeerTrust {}

impl Presented {
    /// From the DER certificates of the handshake.
    ///
    /// # Errors
    /// No certificate, or one that cannot be read.
    pub fn from_der(chain: &[impl AsRef<[u8]>]) -> Result<Self, PeerRefusal> {
        todo!()
    }

    /// Leaf first.
    #[must_use]
    pub fn certificates(&self) -> &[Certificate] {
        &self.certificates
    }
}

impl PeerRefusal {
    /// The fault that the refused party sees.
    #[must_use]
    pub fn into_fault(self, origin: Origin) -> Fault {
        todo!()
    }
}

impl VerifiedProvider {
    /// The provider's security server.
    #[must_use]
    pub fn server(&self) -> &ServerId {
        &self.server
    }
}

impl VerifiedConsumer {
    /// The consumer's security server.
    #[must_use]
    pub fn server(&self) -> &ServerId {
        &self.server
    }
}

impl PeerTrust {
    /// Decides with the responses of `ocsp`.
    #[must_use]
    pub fn new(ocsp: Arc<OcspStore>) -> Arc<Self> {
        todo!()
    }

    /// During the handshake of an incoming connection: is the leaf registered for any server?
    ///
    /// # Errors
    /// It is not; the connection must be dropped.
    pub fn admit(&self, peer: &Presented, conf: &ValidGlobalConf) -> Result<ServerId, PeerRefusal> {
        todo!()
    }

    /// Right after the handshake of an outgoing connection, before a byte of HTTP is sent.
    /// Fetches the peer's OCSP responses from `ocsp_at` (host and port, usually 5577) when none is at hand.
    ///
    /// # Errors
    /// `ssl_authentication_failed...`: the connection must be dropped.
    pub async fn verify_provider(
        &self,
        peer: &Presented,
        ocsp_at: (&str, u16),
        provider: &ClientId,
        conf: &ValidGlobalConf,
    ) -> Result<VerifiedProvider, PeerRefusal> {
        todo!()
    }

    /// For every incoming message: `ocsp` are its OCSP parts, `consumer` its client.
    ///
    /// # Errors
    /// `service_failed.ssl_authentication_failed` (or `.internal_error` where no approved service issued the certificate).
    pub fn verify_consumer(
        &self,
        peer: &Presented,
        ocsp: &[Bytes],
        consumer: &ClientId,
        conf: &ValidGlobalConf,
    ) -> Result<VerifiedConsumer, PeerRefusal> {
        todo!()
    }
}
