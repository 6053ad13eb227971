//! Why a signature is refused, in X-Road's words.

use pki::profile::ProfileError;
use pki::trust::{TrustError, TrustFailure};
use protocol::fault::Word;

use crate::hash_chain::HashChainError;
use crate::xml::XmlError;

/// Why a signature was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// The signature is not an XML document that is read (`invalid_xml`).
    #[error("signature cannot be read: {0}")]
    InvalidXml(#[from] XmlError),
    /// The document is not a signature of X-Road's profile, or does not cover what it must
    /// (`malformed_signature`).
    #[error("malformed signature: {0}")]
    Malformed(String),
    /// The hash chain proves nothing (`malformed_signature` and its own word).
    #[error("hash chain of the signature: {0}")]
    HashChain(#[from] HashChainError),
    /// The certificate does not name the expected signer (`incorrect_certificate`).
    #[error("certificate names {found}, message names {expected}")]
    WrongSigner {
        /// The member that the certificate names.
        found: String,
        /// The member that the message names.
        expected: String,
    },
    /// The certificate names no member (`incorrect_certificate`).
    #[error("certificate names no member: {0}")]
    NoMember(#[from] ProfileError),
    /// The CA may not issue signing certificates (`incorrect_certificate`).
    #[error("the certification service is approved for authentication only")]
    AuthenticationOnly,
    /// The signature value is not that of the key (`invalid_signature_value`).
    #[error("signature value does not verify")]
    SignatureValue,
    /// What a reference points to has another digest (`invalid_signature_value`).
    #[error("digest of {0} does not match the signature")]
    ReferenceDigest(String),
    /// The certificate is not trusted, or its status is not good.
    #[error("signing certificate: {0}")]
    Certificate(#[from] TrustError),
}

impl SealError {
    /// X-Road's words after `signature_verification`.
    pub fn words(&self) -> Vec<Word> {
        match self {
            Self::InvalidXml(_) => vec![Word::InvalidXml],
            Self::Malformed(_) => vec![Word::MalformedSignature],
            Self::HashChain(error) => vec![Word::MalformedSignature, hash_chain_word(error)],
            Self::WrongSigner { .. } | Self::NoMember(_) | Self::AuthenticationOnly => {
                vec![Word::IncorrectCertificate]
            }
            Self::SignatureValue | Self::ReferenceDigest(_) => vec![Word::InvalidSignatureValue],
            Self::Certificate(error) => certificate_words(error),
        }
    }

    /// The words as text, e.g. `malformed_signature.invalid_hash_chain`.
    pub fn code(&self) -> String {
        self.words().iter().map(ToString::to_string).collect::<Vec<_>>().join(".")
    }
}

fn hash_chain_word(error: &HashChainError) -> Word {
    match error {
        HashChainError::Malformed(_) => Word::MalformedHashChain,
        HashChainError::InvalidReference(_) => Word::InvalidReference,
        HashChainError::InvalidDataReference(_) => Word::InvalidHashChainRef,
        HashChainError::ResultMismatch => Word::InvalidHashChain,
        HashChainError::UnusedInput(_) => Word::HashchainUnusedInputs,
    }
}

/// As a stock server names these: whatever keeps a path from being built is its internal error.
fn certificate_words(error: &TrustError) -> Vec<Word> {
    match error.failure() {
        TrustFailure::CannotCreateCertPath => vec![Word::CannotCreateCertPath, Word::InternalError],
        TrustFailure::CertValidation => vec![Word::InvalidCertPath, Word::CertValidation],
        TrustFailure::IncorrectValidationInfo => vec![Word::InvalidCertPath, Word::IncorrectValidationInfo],
    }
}
