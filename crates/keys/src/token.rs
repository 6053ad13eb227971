//! A software token: a folder of PKCS#12 files, one for each key, protected by the PIN.
use crate::identity::Identity;
use crate::pin::Pin;
use crate::signing_key::{KeyType, SigningKey};
use pki::Certificate;
use pki::csr::{CertificateUse, CsrParameters};
use std::path::{Path, PathBuf};

/// Name of a key in its token: 40 upper-case hexadecimal digits for new keys.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct KeyId(String);

impl KeyId {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What is known about a key without opening it.
#[derive(Clone, Debug)]
pub struct KeyEntry {
    pub id: KeyId,
    pub label: String,
    pub usage: Option<CertificateUse>,
    pub certificates: Vec<Certificate>,
}

/// An open token.
pub struct SoftwareToken {}

#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    #[error("{path}: {source}")]
    Io { path: PathBuf, source: std::io::Error },
    #[error("the PIN does not open the token")]
    WrongPin,
    #[error("no key {0} in the token")]
    NoSuchKey(String),
    #[error("no key of the token belongs to the certificate")]
    NoKeyForCertificate,
}

impl SoftwareToken {
    /// A new token in an empty or missing folder.
    pub fn create(_folder: &Path, _pin: &Pin) -> Result<Self, TokenError> {
        todo!()
    }
    /// Opens the token: every key is decrypted once.
    pub fn open(_folder: &Path, _pin: &Pin) -> Result<Self, TokenError> {
        todo!()
    }
    pub fn list(&self) -> &[KeyEntry] {
        todo!()
    }
    pub fn create_key(&mut self, _usage: CertificateUse, _kind: KeyType, _label: &str) -> Result<KeyId, TokenError> {
        todo!()
    }
    pub fn csr(&self, _id: &KeyId, _parameters: &CsrParameters) -> Result<Vec<u8>, TokenError> {
        todo!()
    }
    /// Puts the certificate to the key whose public key it carries.
    pub fn import_certificate(&mut self, _certificate: &Certificate) -> Result<KeyId, TokenError> {
        todo!()
    }
    pub fn key(&self, _id: &KeyId) -> Result<&SigningKey, TokenError> {
        todo!()
    }
    /// Key and certificate of every imported certificate.
    pub fn identities(&self) -> Vec<Identity> {
        todo!()
    }
}
