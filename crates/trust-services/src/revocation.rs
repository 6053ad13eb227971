//! What is known about a revocation.

use clap::ValueEnum;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

/// Why a certificate is revoked: CRLReason of RFC 5280 5.3.1, as far as it fits certificates of members.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Reason {
    /// Nothing was said.
    Unspecified,
    /// Somebody else may have the private key.
    KeyCompromise,
    /// The member is called otherwise now, or is another one.
    AffiliationChanged,
    /// Another certificate has taken its place.
    Superseded,
    /// It is not needed any more.
    CessationOfOperation,
    /// For now: the only one that can be taken back. X-Road calls it suspended.
    CertificateHold,
}

impl Reason {
    /// The number in OCSP responses; `None` for unspecified, which RFC 5280 5.3.1 wants left out.
    #[must_use]
    pub const fn code(self) -> Option<u8> {
        match self {
            Self::Unspecified => None,
            Self::KeyCompromise => Some(1),
            Self::AffiliationChanged => Some(3),
            Self::Superseded => Some(4),
            Self::CessationOfOperation => Some(5),
            Self::CertificateHold => Some(6),
        }
    }
}

/// That a certificate is revoked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Revocation {
    /// Since when.
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
    /// Why.
    pub reason: Reason,
}
