//! Revocation status: our own certificates ahead of need, peers' responses by certificate hash.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use pki::Certificate;
use service_kit::clock::Clock;

use super::globalconf::GlobalConfStore;

/// `[ocsp]`.
#[derive(Debug, Clone, serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct OcspConfig {
    /// Folder of cached responses; relative to the state folder of the server.
    pub folder: PathBuf,
    /// Seconds between fetches. Absent: the global configuration's interval (1,200 when it names none).
    pub fetch_interval_seconds: Option<u64>,
    /// Seconds until the next attempt after a failure.
    pub retry_seconds: u64,
    /// Port on which peers answer requests by certificate hash.
    pub peer_port: u16,
    /// Time allowed for a connection. Seconds.
    pub connect_timeout_seconds: u64,
    /// Time allowed for an answer. Seconds.
    pub read_timeout_seconds: u64,
}

impl Default for OcspConfig {
    fn default() -> Self {
        Self {
            folder: PathBuf::from("ocsp"),
            fetch_interval_seconds: None,
            retry_seconds: 60,
            peer_port: 5577,
            connect_timeout_seconds: 20,
            read_timeout_seconds: 30,
        }
    }
}

/// No usable status of one of our own certificates: nothing may be signed or shown with it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no fresh OCSP response of the own certificate {subject}")]
pub struct OwnStatusMissing {
    /// Subject of the certificate.
    pub subject: String,
}

/// OCSP responses of our own and our peers' certificates.
pub struct OcspStore {}

impl OcspStore {
    /// Loads the cache folder. `own`: each certificate that we show or sign with, with its intermediates.
    ///
    /// # Errors
    /// The folder cannot be used.
    pub fn open(
        folder: &Path,
        config: OcspConfig,
        own: Vec<Certificate>,
        globalconf: Arc<GlobalConfStore>,
        clock: Clock,
    ) -> anyhow::Result<Arc<Self>> {
        todo!()
    }

    /// Fetches responses of our own certificates for ever; to be spawned and aborted at shutdown.
    pub async fn run(self: Arc<Self>) {
        todo!()
    }

    /// Fetches the responses of all own certificates once.
    ///
    /// # Errors
    /// What could not be fetched; the others are kept.
    pub async fn refresh(&self) -> anyhow::Result<()> {
        todo!()
    }

    /// The fresh, good responses of an own certificate and its intermediates, in that order: the
    /// OCSP parts of a request, the OCSP values of a signature.
    ///
    /// # Errors
    /// [`OwnStatusMissing`]: one of them has none.
    pub fn own_responses(&self, chain: &[Certificate]) -> Result<Vec<Bytes>, OwnStatusMissing> {
        todo!()
    }
}
