//! TLS by rustls: our own key and certificate, servers for information systems and web pages, clients for
//! services and registries. TLS between security servers is in [`crate::peer_tls`].

mod client;
mod identity;
mod server;

pub use client::{TlsClient, Verification};
pub use identity::{IdentityError, TlsIdentity};
pub use server::{ClientCertificates, TlsServer};

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
    /// The peer's certificate is not one that we accept.
    #[error("the peer's TLS certificate is not accepted")]
    NotAdmitted,
    /// The handshake took too long.
    #[error("the TLS handshake took longer than {0:?}")]
    TooSlow(std::time::Duration),
    /// The connection failed during the handshake.
    #[error("the connection failed during the TLS handshake: {0}")]
    Io(#[from] std::io::Error),
}
