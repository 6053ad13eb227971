//! Signature algorithms and their names in XML-DSig and X.509.
use crate::digest::DigestAlgorithm;

/// A signature algorithm that may stand in evidence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SignatureAlgorithm {
    RsaSha256,
    RsaSha384,
    RsaSha512,
    RsaPssSha256,
    RsaPssSha384,
    RsaPssSha512,
    EcdsaSha256,
    EcdsaSha384,
    EcdsaSha512,
}

/// Why a name of a signature algorithm is not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AlgorithmError {
    #[error("signature algorithm {0} is too weak")]
    Weak(String),
    #[error("signature algorithm {0} is unknown")]
    Unknown(String),
}

impl SignatureAlgorithm {
    /// XML-DSig URI of the signature method.
    pub fn uri(self) -> &'static str {
        todo!()
    }
    pub fn from_uri(_uri: &str) -> Result<Self, AlgorithmError> {
        todo!()
    }
    pub fn digest(self) -> DigestAlgorithm {
        todo!()
    }
    pub fn is_ecdsa(self) -> bool {
        todo!()
    }
}
