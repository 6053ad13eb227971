//! X-Road's own TLS between security servers, through OpenSSL, for stock peers only.
//!
//! A stock X-Road 7.8 server speaks TLS 1.2 with three CBC suites and nothing else (message transport, port 5500),
//! and opens a new connection for nearly every message, resumed by session ticket. rustls knows no CBC suite by
//! principle; so this crate exists. Our own servers never use it among themselves.
//!
//! - [`Acceptor`]: the server side: demands a certificate, asks the caller at the handshake whether it is known
//! - [`Connector`]: the client side: keeps a session for each peer and resumes it
//! - [`Stream`]: bytes; an end without close_notify is an error
//! - [`Peer`]: what the handshake proved
//!
//! No certificate is validated here: no issuer, no date, no name. Whoever uses this crate decides by the global
//! configuration, after every handshake, a resumed one included.

mod acceptor;
mod connector;
mod context;
mod peer;
mod session;
mod stream;

pub use acceptor::{Acceptor, Admission};
pub use connector::Connector;
pub use context::Identity;
pub use peer::Peer;
pub use stream::Stream;

use openssl::error::ErrorStack;

/// Why there is no connection.
#[derive(Debug, thiserror::Error)]
pub enum LegacyTlsError {
    /// Key or certificates are not usable.
    #[error("the legacy TLS stack cannot be set up: {0}")]
    Setup(#[from] ErrorStack),
    /// The peer's certificate is not one that the caller knows.
    #[error("the peer's TLS certificate is not accepted")]
    NotAdmitted,
    /// The peer presented no certificate.
    #[error("the peer presented no TLS certificate")]
    NoCertificate,
    /// The handshake failed; the text is OpenSSL's.
    #[error("the TLS 1.2 handshake failed: {0}")]
    Handshake(String),
}

#[cfg(test)]
mod tests;
