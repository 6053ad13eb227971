//! Why a time-stamp is no proof.

use crate::asn1::Malformed;

/// Why a time-stamp is no proof, or no time-stamp at all.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TimestampError {
    /// Not the structure of RFC 3161 and RFC 5652.
    #[error("malformed time-stamp")]
    Malformed,
    /// Larger than [`super::MAX_LEN`].
    #[error("time-stamp message of {0} bytes is too large")]
    TooLarge(usize),
    /// An imprint or a signer's digest with SHA-1, MD5 or something unknown.
    #[error("time-stamp uses a digest algorithm that is too weak or unknown")]
    Digest,
    /// The authority did not grant the request.
    #[error("time-stamping authority refused with status {status}: {text}")]
    Refused {
        /// PKIStatus (RFC 3161 2.4.2): 2 is rejection.
        status: u32,
        /// What it said.
        text: String,
    },
    /// Granted, but no token came with it.
    #[error("time-stamping response without a token")]
    NoToken,
    /// The token answers another request.
    #[error("time-stamp does not answer the request")]
    WrongRequest,
    /// The token was made for other data.
    #[error("time-stamp was made for other data")]
    WrongImprint,
    /// No approved time-stamping authority has the signer's name (X-Road: `tsp_certificate_not_found`).
    #[error("signer of the time-stamp is not an approved time-stamping authority")]
    UnknownSigner,
    /// The authority's key is too weak or not usable.
    #[error("key of the time-stamping authority is too weak or unusable")]
    SignerKey,
    /// The signature's algorithm is too weak or unknown.
    #[error("time-stamp is signed with an algorithm that is too weak or unknown")]
    Algorithm,
    /// A signed attribute that RFC 3161 or RFC 5652 demands is missing, double or does not fit the content.
    #[error("signed attributes of the time-stamp do not fit")]
    SignedAttributes,
    /// The signing-certificate attribute names another certificate (RFC 5816).
    #[error("time-stamp was signed with another certificate than it says")]
    SigningCertificate,
    /// The authority's certificate is not for time-stamping (RFC 3161 2.3).
    #[error("certificate of the time-stamping authority is not for time-stamping")]
    SignerPurpose,
    /// The authority's certificate was not valid at the stamped time.
    #[error("certificate of the time-stamping authority was not valid at the stamped time")]
    SignerNotValid,
    /// The authority's key did not make the signature (X-Road: `timestamp_signer_verification_failed`).
    #[error("signature of the time-stamp is wrong")]
    Signature,
}

impl From<Malformed> for TimestampError {
    fn from(_: Malformed) -> Self {
        Self::Malformed
    }
}
