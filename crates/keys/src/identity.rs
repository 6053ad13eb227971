//! A key with its certificate and chain.

use crate::signing_key::SigningKey;
use pki::Certificate;

/// What a server shows and signs with: the key belongs to the certificate. Cheap to clone.
#[derive(Clone)]
pub struct Identity {
    key: SigningKey,
    certificate: Certificate,
    chain: Vec<Certificate>,
}

/// A certificate was put to a key that is not its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the certificate does not belong to the key")]
pub struct IdentityMismatch;

impl Identity {
    /// `chain`: intermediates without the root, nearest first; may be empty.
    pub fn new(
        key: SigningKey,
        certificate: Certificate,
        chain: Vec<Certificate>,
    ) -> Result<Self, IdentityMismatch> {
        if key.belongs_to(&certificate) {
            Ok(Self { key, certificate, chain })
        } else {
            Err(IdentityMismatch)
        }
    }

    /// The private key.
    pub fn key(&self) -> &SigningKey {
        &self.key
    }

    /// The certificate of the key.
    pub fn certificate(&self) -> &Certificate {
        &self.certificate
    }

    /// Intermediates without the root, nearest first.
    pub fn chain(&self) -> &[Certificate] {
        &self.chain
    }

    /// The certificate, then its intermediates: what needs an OCSP response.
    pub fn certificates(&self) -> impl Iterator<Item = &Certificate> {
        std::iter::once(&self.certificate).chain(&self.chain)
    }
}

/// Shows the certificate only.
impl std::fmt::Debug for Identity {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Identity({:?})", self.certificate)
    }
}
