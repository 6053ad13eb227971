//! Public keys, parsed once and used often.
use crate::algorithm::SignatureAlgorithm;

/// A public key that is strong enough to be believed. Cheap to clone.
#[derive(Clone)]
pub struct PublicKey {}

/// Why a public key is not usable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PublicKeyError {
    #[error("RSA key of {0} bits, at least 2048 are required")]
    RsaTooSmall(usize),
    #[error("unsupported kind of public key")]
    Unsupported,
    #[error("malformed public key")]
    Malformed,
}

/// Why a signature is not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    #[error("the signature does not match")]
    Mismatch,
    #[error("the algorithm does not belong to this kind of key")]
    WrongKeyKind,
    #[error("the signature value is malformed")]
    Malformed,
}

/// Kind and size of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum KeyKind {
    Rsa { bits: usize },
    P256,
    P384,
    P521,
}

impl PublicKey {
    pub fn from_spki(_der: &[u8]) -> Result<Self, PublicKeyError> {
        todo!()
    }
    pub fn kind(&self) -> KeyKind {
        todo!()
    }
    /// Signature as X.509, OCSP, CMS carry it (ECDSA: DER).
    pub fn verify(&self, _algorithm: SignatureAlgorithm, _data: &[u8], _signature: &[u8]) -> Result<(), SignatureError> {
        todo!()
    }
    /// Signature as XML-DSig carries it (ECDSA: r and s side by side).
    pub fn verify_xmldsig(&self, _algorithm: SignatureAlgorithm, _data: &[u8], _signature: &[u8]) -> Result<(), SignatureError> {
        todo!()
    }
}
