//! Parsed X.509 certificates.
use crate::name::Name;
use crate::public_key::{PublicKey, PublicKeyError};
use der::asn1::ObjectIdentifier;
use time::OffsetDateTime;

/// A certificate with its original bytes. Cheap to clone; equal when the bytes are equal.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Certificate {}

/// Why bytes are no certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CertificateError {
    #[error("malformed certificate")]
    Malformed,
    #[error("no certificate in the PEM text")]
    NoPem,
}

impl Certificate {
    pub fn from_der(_der: &[u8]) -> Result<Self, CertificateError> {
        todo!()
    }
    /// The first `CERTIFICATE` block.
    pub fn from_pem(_pem: &[u8]) -> Result<Self, CertificateError> {
        todo!()
    }
    /// All `CERTIFICATE` blocks, at least one.
    pub fn all_from_pem(_pem: &[u8]) -> Result<Vec<Self>, CertificateError> {
        todo!()
    }
    pub fn to_pem(&self) -> String {
        todo!()
    }
    pub fn der(&self) -> &[u8] {
        todo!()
    }
    pub fn subject(&self) -> &Name {
        todo!()
    }
    pub fn issuer(&self) -> &Name {
        todo!()
    }
    pub fn issuer_rfc2253(&self) -> String {
        todo!()
    }
    /// Serial number, content octets of the INTEGER.
    pub fn serial(&self) -> &[u8] {
        todo!()
    }
    pub fn serial_decimal(&self) -> String {
        todo!()
    }
    pub fn not_before(&self) -> OffsetDateTime {
        todo!()
    }
    pub fn not_after(&self) -> OffsetDateTime {
        todo!()
    }
    pub fn valid_at(&self, _now: OffsetDateTime) -> bool {
        todo!()
    }
    pub fn sha1(&self) -> &[u8; 20] {
        todo!()
    }
    pub fn sha256(&self) -> &[u8; 32] {
        todo!()
    }
    pub fn is_auth_cert(&self) -> bool {
        todo!()
    }
    pub fn is_signing_cert(&self) -> bool {
        todo!()
    }
    pub fn is_ca(&self) -> bool {
        todo!()
    }
    pub fn ekus(&self) -> &[ObjectIdentifier] {
        todo!()
    }
    pub fn subject_key_identifier(&self) -> Option<&[u8]> {
        todo!()
    }
    /// OCSP addresses of the authority information access extension.
    pub fn ocsp_urls(&self) -> &[String] {
        todo!()
    }
    /// SubjectPublicKeyInfo, DER.
    pub fn spki(&self) -> &[u8] {
        todo!()
    }
    pub fn public_key(&self) -> Result<&PublicKey, PublicKeyError> {
        todo!()
    }
}
