//! From a certificate to its trust anchor.
use crate::certificate::Certificate;
use time::OffsetDateTime;

/// Proof: this path was valid at the time it was checked. Leaf first, anchor last.
#[derive(Clone, Debug)]
pub struct ValidPath {
    certificates: Vec<Certificate>,
}

impl ValidPath {
    pub fn leaf(&self) -> &Certificate {
        todo!()
    }
    pub fn anchor(&self) -> &Certificate {
        todo!()
    }
    /// Leaf first, anchor last.
    pub fn certificates(&self) -> &[Certificate] {
        &self.certificates
    }
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PathError {
    #[error("no path from the certificate to the trust anchor")]
    NoPath,
}

pub fn validate(_leaf: &Certificate, _intermediates: &[Certificate], _anchor: &Certificate, _now: OffsetDateTime) -> Result<ValidPath, PathError> {
    todo!()
}
