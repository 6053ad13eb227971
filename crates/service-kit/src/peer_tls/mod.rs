//! TLS between security servers (X-Road port 5500): two stacks, one port, one identity type.
//!
//! Our own servers speak TLS 1.3 (rustls). Stock X-Road 7.8 servers offer TLS 1.2 with CBC suites only, which
//! goes through OpenSSL (crate `legacy-tls`). [`PeerAcceptor`] reads the ClientHello and chooses,
//! [`PeerConnector`] tries 1.3 first and falls back only for peers that never spoke better.
//!
//! Both demand a certificate and prove that the peer holds its key; *who* that is, the caller decides by the
//! global configuration: at the handshake through [`Admission`], and again from [`PeerIdentity`] for each
//! message, because a resumed session does not show the verifier its certificate.

mod accept;
mod connect;
mod hello;
mod memory;

pub use crate::tls::Admission;
pub use accept::PeerAcceptor;
pub use connect::PeerConnector;
pub use hello::{Hello, read_hello};

use serde::Deserialize;

use crate::tls::TlsError;
use crate::transport::TcpError;

/// Which implementation of TLS carried a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Stack {
    /// rustls.
    Modern,
    /// OpenSSL, for peers that offer X-Road's TLS 1.2 suites only.
    Legacy,
}

/// Are peers served that cannot speak TLS 1.3? Setting `peer_tls`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PeerTlsMode {
    /// Yes: stock X-Road 7.8 servers.
    #[default]
    Compatible,
    /// No: TLS 1.3 only.
    Modern,
}

/// No connection to a peer.
#[derive(Debug, thiserror::Error)]
pub enum PeerConnectError {
    /// No TCP connection.
    #[error(transparent)]
    Tcp(#[from] TcpError),
    /// No TLS connection.
    #[error(transparent)]
    Tls(#[from] TlsError),
}

/// What TLS proved about the other side: it holds the private key of `certificates[0]`.
#[derive(Clone, Debug)]
pub struct PeerIdentity {
    /// DER certificates as presented, leaf first. Of a session that a client resumed on the legacy
    /// stack, the leaf only.
    pub certificates: Vec<Vec<u8>>,
    /// The stack that did the handshake.
    pub stack: Stack,
    /// Protocol version, for example `TLSv1.3`.
    pub protocol: String,
    /// Cipher suite, in the words of its stack.
    pub cipher_suite: String,
    /// Was an earlier session resumed, so that no certificate crossed the wire this time?
    pub resumed: bool,
}

impl PeerIdentity {
    /// The leaf certificate in DER; empty only if the peer presented none.
    #[must_use]
    pub fn leaf(&self) -> &[u8] {
        self.certificates.first().map(Vec::as_slice).unwrap_or_default()
    }
}

fn legacy_identity(peer: legacy_tls::Peer) -> PeerIdentity {
    let legacy_tls::Peer { certificates, protocol, cipher_suite, resumed } = peer;
    PeerIdentity { certificates, stack: Stack::Legacy, protocol, cipher_suite, resumed }
}

fn legacy_error(error: legacy_tls::LegacyTlsError) -> TlsError {
    use legacy_tls::LegacyTlsError as Legacy;
    match error {
        Legacy::Setup(_) => TlsError::Setup(error.to_string()),
        Legacy::NotAdmitted | Legacy::NoCertificate => TlsError::NotAdmitted,
        Legacy::Handshake(_) => TlsError::Handshake(error.to_string()),
    }
}

#[cfg(test)]
mod jsse_tests;
#[cfg(test)]
mod tests;
