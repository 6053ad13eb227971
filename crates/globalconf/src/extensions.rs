//! The small optional files: monitoring client, OCSP fetch interval, OCSP next update check.

use identifiers::ClientId;

/// What the optional files of an instance say; defaults where a file is absent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Extensions {
    /// Client that may ask every server for monitoring data, besides the server's owner.
    pub monitoring_client: Option<ClientId>,
    /// Seconds between two fetches of OCSP responses; 1200 when not published, at least 60.
    pub ocsp_fetch_interval_seconds: u32,
    /// Whether `nextUpdate` of OCSP responses is checked; it is when nothing is published.
    pub verify_next_update: bool,
}

impl Default for Extensions {
    fn default() -> Self {
        Self { monitoring_client: None, ocsp_fetch_interval_seconds: 1200, verify_next_update: true }
    }
}
