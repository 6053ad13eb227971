//! Why a container proves nothing, in X-Road's words.

use pki::timestamp::TimestampError;

use crate::hash_chain::HashChainError;
use crate::signature::SealError;

/// Why a container proves nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ContainerError {
    /// The message does not tell who sent it.
    #[error("the message does not name its sender")]
    NoSender,
    /// The signature or what it covers.
    #[error(transparent)]
    Signature(#[from] SealError),
    /// Neither in the signature nor beside it.
    #[error("the container has no timestamp")]
    NoTimestamp,
    /// The token does not prove the time.
    #[error("timestamp: {0}")]
    Timestamp(#[from] TimestampError),
    /// The timestamp does not cover the signature.
    #[error("hash chain of the timestamp: {0}")]
    TimestampHashChain(HashChainError),
}

impl ContainerError {
    /// X-Road's reason code, e.g. `malformed_signature.invalid_hash_chain`.
    pub fn code(&self) -> String {
        match self {
            Self::NoSender => "internal_error".to_owned(),
            Self::Signature(error) => error.code(),
            Self::NoTimestamp => "asic_timestamp_not_found".to_owned(),
            Self::Timestamp(error) => timestamp_code(error).to_owned(),
            Self::TimestampHashChain(_) => "malformed_signature".to_owned(),
        }
    }
}

fn timestamp_code(error: &TimestampError) -> &'static str {
    match error {
        TimestampError::Malformed
        | TimestampError::TooLarge(_)
        | TimestampError::Digest
        | TimestampError::Refused { .. }
        | TimestampError::NoToken
        | TimestampError::WrongRequest
        | TimestampError::WrongImprint => "malformed_signature",
        TimestampError::UnknownSigner => "mlog.tsp_certificate_not_found",
        TimestampError::SignerKey
        | TimestampError::Algorithm
        | TimestampError::SignedAttributes
        | TimestampError::SigningCertificate
        | TimestampError::SignerPurpose
        | TimestampError::SignerNotValid
        | TimestampError::Signature => "mlog.timestamp_signer_verification_failed",
    }
}
