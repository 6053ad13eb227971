//! The verdict about a container, offline.

use pki::trust::Trust;
use time::OffsetDateTime;

use crate::asic::Container;

/// What a valid container proves.
#[derive(Debug, Clone)]
pub struct Report {
    /// Time of the verdict: the timestamp's, unless another was given.
    pub verified_at: OffsetDateTime,
}

/// Why a container proves nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ContainerError {
    /// Malformed signature.
    #[error("malformed signature: {0}")]
    Malformed(String),
}

impl ContainerError {
    /// X-Road's reason code, e.g. `malformed_signature.invalid_hash_chain`.
    pub fn code(&self) -> String {
        todo!()
    }
}

/// Verifies a container at the time of its timestamp, or at `at`.
pub fn verify_container(
    container: &Container,
    trust: &dyn Trust,
    at: Option<OffsetDateTime>,
) -> Result<Report, ContainerError> {
    let _ = (container, trust, at);
    todo!()
}
