//! Why an OCSP response is no proof.

use crate::asn1::Malformed;
use time::OffsetDateTime;

/// Why an OCSP response is no proof of "good", or no response at all.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OcspError {
    /// Not the structure of RFC 6960.
    #[error("malformed OCSP message")]
    Malformed,
    /// Larger than [`super::MAX_LEN`].
    #[error("OCSP message of {0} bytes is too large")]
    TooLarge(usize),
    /// The responder refused: 1 malformedRequest, 2 internalError, 3 tryLater, 5 sigRequired, 6 unauthorized.
    #[error("the responder refused with status {0}")]
    Refused(u32),
    /// Another response type than id-pkix-ocsp-basic.
    #[error("unsupported type of OCSP response")]
    UnsupportedType,
    /// A critical extension that is not known here.
    #[error("OCSP response with an unknown critical extension")]
    CriticalExtension,
    /// The first single response is about another certificate, or there is none.
    #[error("OCSP response does not correspond to the certificate")]
    WrongCertificate,
    /// No certificate at hand is the responder's.
    #[error("certificate of the OCSP responder is not at hand")]
    UnknownResponder,
    /// Signed with SHA-1 or MD5, or an unknown algorithm.
    #[error("OCSP response is signed with an algorithm that is too weak or unknown")]
    Algorithm,
    /// The responder's key is too weak or not usable.
    #[error("key of the OCSP responder is too weak or unusable")]
    ResponderKey,
    /// The responder's key did not make the signature.
    #[error("signature of the OCSP response is wrong")]
    Signature,
    /// The responder may not speak for the issuer (RFC 6960 4.2.2.2).
    #[error("OCSP responder is not authorised")]
    NotAuthorised,
    /// `thisUpdate` is further back than the freshness allows.
    #[error("OCSP response of {0} is too old")]
    Stale(OffsetDateTime),
    /// `nextUpdate` has passed: newer information exists.
    #[error("OCSP response expired at {0}")]
    NextUpdatePassed(OffsetDateTime),
    /// The certificate is revoked; reason code 6 (certificate hold) is X-Road's "suspended".
    #[error("certificate is revoked since {at}")]
    Revoked {
        /// Since when.
        at: OffsetDateTime,
        /// CRLReason (RFC 5280 5.3.1).
        reason: Option<u8>,
    },
    /// The responder does not know the certificate.
    #[error("certificate is unknown to the OCSP responder")]
    Unknown,
}

impl OcspError {
    /// True: the certificate itself is not good (X-Road's `cert_validation`). False: the response is no usable
    /// information (X-Road's `incorrect_validation_info`).
    pub fn is_status(&self) -> bool {
        matches!(self, Self::Revoked { .. } | Self::Unknown)
    }
}

impl From<Malformed> for OcspError {
    fn from(_: Malformed) -> Self {
        Self::Malformed
    }
}
