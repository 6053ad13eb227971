//! A key with its certificate and chain.
use crate::signing_key::SigningKey;
use pki::Certificate;

/// What a server shows and signs with.
#[derive(Clone)]
pub struct Identity {
    key: SigningKey,
    certificate: Certificate,
    chain: Vec<Certificate>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the certificate does not belong to the key")]
pub struct IdentityMismatch;

impl Identity {
    /// `chain`: intermediates without the root, nearest first.
    pub fn new(key: SigningKey, certificate: Certificate, chain: Vec<Certificate>) -> Result<Self, IdentityMismatch> {
        Ok(Self { key, certificate, chain })
    }
    pub fn key(&self) -> &SigningKey {
        &self.key
    }
    pub fn certificate(&self) -> &Certificate {
        &self.certificate
    }
    pub fn chain(&self) -> &[Certificate] {
        &self.chain
    }
}
