//! A private key that signs.
use pki::{SignatureAlgorithm, Signer, SigningError};
use zeroize::Zeroizing;

/// Kind of a key to be generated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum KeyType {
    Rsa2048,
    Rsa3072,
    Rsa4096,
    P256,
    P384,
}

/// A private key. Cheap to clone; never printed.
#[derive(Clone)]
pub struct SigningKey {}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    #[error("malformed private key")]
    Malformed,
    #[error("RSA key below 2048 bits")]
    RsaTooSmall,
    #[error("key generation failed")]
    Generation,
}

impl SigningKey {
    pub fn generate(_kind: KeyType) -> Result<Self, KeyError> {
        todo!()
    }
    pub fn from_pkcs8(_der: &[u8]) -> Result<Self, KeyError> {
        todo!()
    }
    /// PKCS#8, PKCS#1 or SEC 1 in PEM.
    pub fn from_pem(_pem: &[u8]) -> Result<Self, KeyError> {
        todo!()
    }
    pub fn to_pkcs8(&self) -> Zeroizing<Vec<u8>> {
        todo!()
    }
    /// SubjectPublicKeyInfo, DER.
    pub fn public_key_der(&self) -> &[u8] {
        todo!()
    }
    /// ECDSA: DER.
    pub fn sign(&self, _algorithm: SignatureAlgorithm, _data: &[u8]) -> Result<Vec<u8>, SigningError> {
        todo!()
    }
    /// As XML-DSig carries it (ECDSA: r and s side by side).
    pub fn sign_xmldsig(&self, _algorithm: SignatureAlgorithm, _data: &[u8]) -> Result<Vec<u8>, SigningError> {
        todo!()
    }
    /// `rsa-sha512` or `ecdsa-sha512`: what X-Road signs messages with.
    pub fn message_algorithm(&self) -> SignatureAlgorithm {
        todo!()
    }
}

impl Signer for SigningKey {
    fn public_key_der(&self) -> &[u8] {
        todo!()
    }
    fn sign(&self, _algorithm: SignatureAlgorithm, _data: &[u8]) -> Result<Vec<u8>, SigningError> {
        todo!()
    }
    fn default_algorithm(&self) -> SignatureAlgorithm {
        todo!()
    }
}
