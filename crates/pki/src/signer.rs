//! The one operation asked of a private key.

use crate::algorithm::SignatureAlgorithm;

/// A private key that signs. `keys::SigningKey` is one; a hardware token would be another.
pub trait Signer {
    /// SubjectPublicKeyInfo, DER.
    fn public_key_der(&self) -> &[u8];

    /// Signs as X.509, OCSP and CMS carry it (ECDSA: DER).
    fn sign(&self, algorithm: SignatureAlgorithm, data: &[u8]) -> Result<Vec<u8>, SigningError>;

    /// The algorithm for certificates, requests and responses of this key: the digest goes with the key's strength.
    fn default_algorithm(&self) -> SignatureAlgorithm;
}

/// Why nothing was signed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SigningError {
    /// For instance an ECDSA algorithm for an RSA key.
    #[error("the key cannot sign with this algorithm")]
    WrongKeyKind,
    /// The key, or what holds it, failed.
    #[error("the signing operation failed")]
    Failed,
    /// What is to be signed cannot be written down, for instance a name with illegal characters.
    #[error("the data to be signed cannot be encoded")]
    Encoding,
}
