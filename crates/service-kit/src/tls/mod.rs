//! TLS by rustls: our own key and certificate, servers for information systems and web pages, clients for
//! services and registries. TLS between security servers is in [`crate::peer_tls`].

mod client;
mod configuration;
mod identity;
mod server;
mod verifier;

pub use client::{TlsClient, Verification};
pub use identity::{IdentityError, TlsIdentity};
pub use server::{ClientCertificates, TlsServer};

pub(crate) use client::{connect, next_client_id};
pub(crate) use configuration::{TLS13_ONLY, client_config, handshake_error, peer_identity, server_config};

use std::sync::Arc;

/// Decides at the handshake, by the DER bytes of the leaf certificate, whether a peer may go on. It runs inside
/// the handshake, so it must only look things up in memory.
pub type Admission = Arc<dyn Fn(&[u8]) -> bool + Send + Sync>;

/// TLS could not be set up or a handshake failed.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// The configuration (key, certificates) is not usable.
    #[error("TLS cannot be set up: {0}")]
    Setup(String),
    /// The handshake failed; the text says who refused what.
    #[error("the TLS handshake failed: {0}")]
    Handshake(String),
    /// The two sides have no protocol version or cipher suite in common; the text is the reason.
    #[error("the two sides have no TLS version or cipher suite in common: {0}")]
    NoCommonVersion(String),
    /// The peer's certificate is not one that we accept.
    #[error("the peer's TLS certificate is not accepted")]
    NotAdmitted,
    /// The connection failed during the handshake.
    #[error("the connection failed during the TLS handshake: {0}")]
    Io(#[from] std::io::Error),
}

#[cfg(test)]
mod tests;
