//! Parsed X.509 certificates (RFC 5280).

mod extensions;
mod parse;

use crate::algorithm::{AlgorithmError, SignatureAlgorithm};
use crate::asn1::{Malformed, oid};
use crate::digest;
use crate::name::Name;
use crate::pem;
use crate::public_key::{PublicKey, PublicKeyError, SignatureError, key_bits};
use der::asn1::ObjectIdentifier;
use extensions::Extensions;
pub(crate) use extensions::extension_facts;
use std::sync::{Arc, OnceLock};
use time::OffsetDateTime;

/// A certificate with its original octets, parsed once. Cheap to clone; equal when the octets are equal.
///
/// Parsing accepts weak keys and signatures, because the global configuration may carry old certificates; whatever
/// is proven with them ([`Certificate::public_key`], [`Certificate::verify_issued_by`]) refuses them.
#[derive(Clone)]
pub struct Certificate {
    inner: Arc<Inner>,
}

struct Inner {
    der: Vec<u8>,
    tbs: std::ops::Range<usize>,
    version: u32,
    serial: Vec<u8>,
    signature_algorithm: Vec<u8>,
    signature: Vec<u8>,
    issuer: Name,
    subject: Name,
    not_before: OffsetDateTime,
    not_after: OffsetDateTime,
    spki: Vec<u8>,
    extensions: Extensions,
    sha1: OnceLock<[u8; 20]>,
    sha256: OnceLock<[u8; 32]>,
    public_key: OnceLock<Result<PublicKey, PublicKeyError>>,
}

/// Why bytes are no certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CertificateError {
    /// Not a DER certificate, or two contradictory statements inside.
    #[error("malformed certificate")]
    Malformed,
    /// Larger than [`Certificate::MAX_LEN`].
    #[error("certificate of {0} bytes is too large")]
    TooLarge(usize),
    /// No `CERTIFICATE` block, or one that is not Base64.
    #[error("no certificate in the PEM text")]
    NoPem,
}

/// Why a certificate does not count as issued by another one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IssuedByError {
    /// The issuer name of the one is not the subject of the other.
    #[error("the issuer has another name")]
    Name,
    /// Signed with SHA-1 or MD5, or with an algorithm unknown here.
    #[error(transparent)]
    Algorithm(#[from] AlgorithmError),
    /// The issuer's key is too weak or unusable.
    #[error("issuer: {0}")]
    Key(#[from] PublicKeyError),
    /// The issuer's key did not make the signature.
    #[error("certificate: {0}")]
    Signature(#[from] SignatureError),
}

impl From<Malformed> for CertificateError {
    fn from(_: Malformed) -> Self {
        Self::Malformed
    }
}

impl Certificate {
    /// Largest certificate that is read, in bytes.
    pub const MAX_LEN: usize = 64 * 1024;

    /// From DER; nothing may follow.
    pub fn from_der(der: &[u8]) -> Result<Self, CertificateError> {
        if der.len() > Self::MAX_LEN {
            return Err(CertificateError::TooLarge(der.len()));
        }
        Ok(Self { inner: Arc::new(parse::certificate(der)?) })
    }

    /// The first `CERTIFICATE` block of the text.
    pub fn from_pem(pem: &[u8]) -> Result<Self, CertificateError> {
        let blocks = pem::decode_all(pem, "CERTIFICATE");
        Self::from_der(blocks.first().ok_or(CertificateError::NoPem)?)
    }

    /// All `CERTIFICATE` blocks of the text, at least one.
    pub fn all_from_pem(pem: &[u8]) -> Result<Vec<Self>, CertificateError> {
        let blocks = pem::decode_all(pem, "CERTIFICATE");
        if blocks.is_empty() {
            return Err(CertificateError::NoPem);
        }
        blocks.iter().map(|block| Self::from_der(block)).collect()
    }

    /// PEM text.
    pub fn to_pem(&self) -> String {
        pem::encode(self.der(), "CERTIFICATE")
    }

    /// The original octets.
    pub fn der(&self) -> &[u8] {
        &self.inner.der
    }

    /// To whom it was issued.
    pub fn subject(&self) -> &Name {
        &self.inner.subject
    }

    /// By whom it was issued.
    pub fn issuer(&self) -> &Name {
        &self.inner.issuer
    }

    /// Issuer as XAdES `X509IssuerName` carries it in X-Road: [`Name::rfc2253`].
    pub fn issuer_rfc2253(&self) -> String {
        self.inner.issuer.rfc2253()
    }

    /// X.509 version number: 1, 2 or 3.
    pub fn version(&self) -> u32 {
        self.inner.version
    }

    /// Serial number: content octets of the INTEGER.
    pub fn serial(&self) -> &[u8] {
        &self.inner.serial
    }

    /// Serial number in decimal digits, as XAdES `X509SerialNumber` carries it.
    pub fn serial_decimal(&self) -> String {
        parse::decimal(&self.inner.serial)
    }

    /// Begin of the validity.
    pub fn not_before(&self) -> OffsetDateTime {
        self.inner.not_before
    }

    /// End of the validity, itself included.
    pub fn not_after(&self) -> OffsetDateTime {
        self.inner.not_after
    }

    /// Whether `now` lies within the validity, both ends included.
    pub fn valid_at(&self, now: OffsetDateTime) -> bool {
        self.not_before() <= now && now <= self.not_after()
    }

    /// SHA-1 of the DER: the name of the certificate on port 5577 and in caches, no proof of anything.
    pub fn sha1(&self) -> &[u8; 20] {
        self.inner.sha1.get_or_init(|| digest::sha1(self.der()))
    }

    /// SHA-256 of the DER: X-Road's `authCertHash`.
    pub fn sha256(&self) -> &[u8; 32] {
        self.inner.sha256.get_or_init(|| digest::sha256(self.der()))
    }

    /// X-Road's test for an authentication certificate: EKU clientAuth, or key usage digitalSignature,
    /// keyEncipherment or dataEncipherment.
    pub fn is_auth_cert(&self) -> bool {
        let usages =
            [extensions::DIGITAL_SIGNATURE, extensions::KEY_ENCIPHERMENT, extensions::DATA_ENCIPHERMENT];
        self.ekus().contains(&oid::CLIENT_AUTH)
            || usages.iter().any(|bit| self.inner.extensions.has_usage(*bit))
    }

    /// X-Road's test for a signing certificate: key usage nonRepudiation (contentCommitment).
    pub fn is_signing_cert(&self) -> bool {
        self.inner.extensions.has_usage(extensions::NON_REPUDIATION)
    }

    /// Whether the certificate may stand above others: basic constraints say CA, and key usage, if there, says
    /// keyCertSign. Certificates before version 3 have no extensions and are taken when self-issued (old roots).
    pub fn is_ca(&self) -> bool {
        let extensions = &self.inner.extensions;
        if self.inner.version < 3 {
            return self.is_self_issued();
        }
        extensions.is_ca
            && extensions.key_usage.is_none_or(|_| extensions.has_usage(extensions::KEY_CERT_SIGN))
    }

    /// How many intermediates may follow below this CA; `None` without limit.
    pub fn path_len(&self) -> Option<u32> {
        self.inner.extensions.path_len
    }

    /// Extended key usages; empty without the extension.
    pub fn ekus(&self) -> &[ObjectIdentifier] {
        &self.inner.extensions.ekus
    }

    /// Content of the subject key identifier extension.
    pub fn subject_key_identifier(&self) -> Option<&[u8]> {
        self.inner.extensions.subject_key_identifier.as_deref()
    }

    /// OCSP addresses of the authority information access extension.
    pub fn ocsp_urls(&self) -> &[String] {
        &self.inner.extensions.ocsp_urls
    }

    /// DNS names of the subject alternative name extension.
    pub fn dns_names(&self) -> &[String] {
        &self.inner.extensions.dns_names
    }

    /// A critical extension that this crate does not process; no path with it is valid.
    pub fn unknown_critical_extension(&self) -> Option<&ObjectIdentifier> {
        self.inner.extensions.unknown_critical.as_ref()
    }

    /// Whether subject and issuer are the same name.
    pub fn is_self_issued(&self) -> bool {
        self.subject().matches(self.issuer())
    }

    /// SubjectPublicKeyInfo, DER.
    pub fn spki(&self) -> &[u8] {
        &self.inner.spki
    }

    /// The public key, parsed at the first call; refused if it is too weak.
    pub fn public_key(&self) -> Result<&PublicKey, PublicKeyError> {
        self.inner
            .public_key
            .get_or_init(|| PublicKey::from_spki(&self.inner.spki))
            .as_ref()
            .map_err(|error| *error)
    }

    /// SHA-1 of the key bits, as OCSP names keys (RFC 6960 4.1.1).
    pub(crate) fn key_sha1(&self) -> [u8; 20] {
        digest::sha1(key_bits(&self.inner.spki))
    }

    /// Whether `issuer` signed this certificate, with an algorithm and a key that are still a proof.
    ///
    /// Says nothing about validity or about the right of `issuer` to issue.
    pub fn verify_issued_by(&self, issuer: &Certificate) -> Result<(), IssuedByError> {
        if !self.issuer().matches(issuer.subject()) {
            return Err(IssuedByError::Name);
        }
        let algorithm = SignatureAlgorithm::from_identifier(&self.inner.signature_algorithm)?;
        Ok(issuer.public_key()?.verify(algorithm, self.tbs(), &self.inner.signature)?)
    }

    /// The signed octets.
    pub(crate) fn tbs(&self) -> &[u8] {
        &self.inner.der[self.inner.tbs.clone()]
    }

    /// The issuer's signature.
    pub(crate) fn signature(&self) -> &[u8] {
        &self.inner.signature
    }
}

impl PartialEq for Certificate {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.inner, &other.inner) || self.inner.der == other.inner.der
    }
}

impl Eq for Certificate {}

impl std::hash::Hash for Certificate {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.inner.der.hash(state);
    }
}

impl std::fmt::Debug for Certificate {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Certificate({}, serial {})", self.subject(), self.serial_decimal())
    }
}

#[cfg(test)]
mod tests;
