//! The one operation asked of a private key.
use crate::algorithm::SignatureAlgorithm;

/// A private key that signs. Implemented by `keys::SigningKey`.
pub trait Signer {
    /// SubjectPublicKeyInfo, DER.
    fn public_key_der(&self) -> &[u8];
    /// Signature as X.509, OCSP, CMS carry it (ECDSA: DER).
    fn sign(&self, algorithm: SignatureAlgorithm, data: &[u8]) -> Result<Vec<u8>, SigningError>;
    /// The algorithm for certificates, requests and responses of this key.
    fn default_algorithm(&self) -> SignatureAlgorithm;
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SigningError {
    #[error("the key cannot sign with this algorithm")]
    WrongKeyKind,
    #[error("the signing operation failed")]
    Failed,
    #[error("the data to be signed cannot be encoded")]
    Encoding,
}
