//! Public keys, parsed once and used often.

use crate::algorithm::SignatureAlgorithm;
use crate::asn1::{Malformed, oid, read, read::Reader};
use crate::ecdsa;
use aws_lc_rs::signature::{self as lc, ParsedPublicKey, VerificationAlgorithm};
use std::sync::{Arc, OnceLock};

/// A public key that is strong enough to be believed. Cheap to clone; the clones share the parsed form.
#[derive(Clone)]
pub struct PublicKey {
    inner: Arc<Inner>,
}

struct Inner {
    kind: KeyKind,
    spki: Vec<u8>,
    /// The library binds a parsed key to one algorithm; each is made at its first use.
    parsed: [OnceLock<Option<ParsedPublicKey>>; 9],
}

/// Kind and size of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum KeyKind {
    /// RSA.
    Rsa {
        /// Length of the modulus in bits.
        bits: usize,
    },
    /// NIST P-256 (secp256r1).
    P256,
    /// NIST P-384 (secp384r1).
    P384,
    /// NIST P-521 (secp521r1).
    P521,
}

/// Why a public key is not usable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PublicKeyError {
    /// Too short to prove anything today.
    #[error("RSA key of {0} bits, at least 2048 are required")]
    RsaTooSmall(usize),
    /// Another algorithm or curve, or an RSA key above 8192 bits.
    #[error("unsupported kind of public key")]
    Unsupported,
    /// Not a SubjectPublicKeyInfo, or numbers that are no key.
    #[error("malformed public key")]
    Malformed,
}

/// Why a signature is not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// Other data, another key, or a forgery.
    #[error("the signature does not match")]
    Mismatch,
    /// For instance an ECDSA algorithm for an RSA key.
    #[error("the algorithm does not belong to this kind of key")]
    WrongKeyKind,
    /// The signature value has not the form of its algorithm.
    #[error("the signature value is malformed")]
    Malformed,
}

impl From<Malformed> for PublicKeyError {
    fn from(_: Malformed) -> Self {
        Self::Malformed
    }
}

impl KeyKind {
    /// Length of the curve's field in bytes; `None` for RSA.
    pub fn field_len(self) -> Option<usize> {
        match self {
            Self::Rsa { .. } => None,
            Self::P256 => Some(32),
            Self::P384 => Some(48),
            Self::P521 => Some(66),
        }
    }
}

impl PublicKey {
    /// Smallest RSA modulus that is believed, in bits.
    pub const MIN_RSA_BITS: usize = 2048;

    /// From a SubjectPublicKeyInfo (RFC 5280 4.1.2.7), DER.
    pub fn from_spki(der: &[u8]) -> Result<Self, PublicKeyError> {
        let kind = kind_of(der)?;
        let probe = match kind {
            KeyKind::Rsa { bits } if bits < Self::MIN_RSA_BITS => {
                return Err(PublicKeyError::RsaTooSmall(bits));
            }
            KeyKind::Rsa { bits } if bits > 8192 => return Err(PublicKeyError::Unsupported),
            KeyKind::Rsa { .. } => SignatureAlgorithm::RsaSha512,
            _ => SignatureAlgorithm::EcdsaSha512,
        };
        let inner = Inner { kind, spki: der.to_vec(), parsed: std::array::from_fn(|_| OnceLock::new()) };
        let key = Self { inner: Arc::new(inner) };
        match key.parsed(probe) {
            Ok(_) => Ok(key),
            Err(_) => Err(PublicKeyError::Malformed),
        }
    }

    /// Kind and size.
    pub fn kind(&self) -> KeyKind {
        self.inner.kind
    }

    /// SubjectPublicKeyInfo, DER.
    pub fn spki(&self) -> &[u8] {
        &self.inner.spki
    }

    /// The same key, however its SubjectPublicKeyInfo is written (RSA parameters may be NULL or absent).
    pub fn is_same_key(&self, other: &Self) -> bool {
        self.inner.kind == other.inner.kind && key_bits(&self.inner.spki) == key_bits(&other.inner.spki)
    }

    /// Verifies a signature as X.509, OCSP and CMS carry it (ECDSA: DER).
    pub fn verify(
        &self,
        algorithm: SignatureAlgorithm,
        data: &[u8],
        signature: &[u8],
    ) -> Result<(), SignatureError> {
        self.parsed(algorithm)?.verify_sig(data, signature).map_err(|_| SignatureError::Mismatch)
    }

    /// Verifies a signature as XML-DSig carries it (ECDSA: r and s side by side).
    pub fn verify_xmldsig(
        &self,
        algorithm: SignatureAlgorithm,
        data: &[u8],
        signature: &[u8],
    ) -> Result<(), SignatureError> {
        match self.inner.kind.field_len() {
            Some(field) if algorithm.is_ecdsa() => {
                let der = ecdsa::raw_to_der(signature, field).ok_or(SignatureError::Malformed)?;
                self.verify(algorithm, data, &der)
            }
            _ => self.verify(algorithm, data, signature),
        }
    }

    fn parsed(&self, algorithm: SignatureAlgorithm) -> Result<&ParsedPublicKey, SignatureError> {
        let (slot, implementation) =
            implementation(algorithm, self.inner.kind).ok_or(SignatureError::WrongKeyKind)?;
        self.inner.parsed[slot]
            .get_or_init(|| ParsedPublicKey::new(implementation, &self.inner.spki).ok())
            .as_ref()
            .ok_or(SignatureError::Malformed)
    }
}

impl std::fmt::Debug for PublicKey {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "PublicKey({:?})", self.inner.kind)
    }
}

impl PartialEq for PublicKey {
    fn eq(&self, other: &Self) -> bool {
        self.inner.spki == other.inner.spki
    }
}

impl Eq for PublicKey {}

/// Slot in [`Inner::parsed`] and the library's algorithm; `None` if key and algorithm do not belong together.
fn implementation(
    algorithm: SignatureAlgorithm,
    kind: KeyKind,
) -> Option<(usize, &'static dyn VerificationAlgorithm)> {
    use SignatureAlgorithm as A;
    Some(match (algorithm, kind) {
        (A::RsaSha256, KeyKind::Rsa { .. }) => (0, &lc::RSA_PKCS1_2048_8192_SHA256),
        (A::RsaSha384, KeyKind::Rsa { .. }) => (1, &lc::RSA_PKCS1_2048_8192_SHA384),
        (A::RsaSha512, KeyKind::Rsa { .. }) => (2, &lc::RSA_PKCS1_2048_8192_SHA512),
        (A::RsaPssSha256, KeyKind::Rsa { .. }) => (3, &lc::RSA_PSS_2048_8192_SHA256),
        (A::RsaPssSha384, KeyKind::Rsa { .. }) => (4, &lc::RSA_PSS_2048_8192_SHA384),
        (A::RsaPssSha512, KeyKind::Rsa { .. }) => (5, &lc::RSA_PSS_2048_8192_SHA512),
        (A::EcdsaSha256, KeyKind::P256) => (6, &lc::ECDSA_P256_SHA256_ASN1),
        (A::EcdsaSha384, KeyKind::P256) => (7, &lc::ECDSA_P256_SHA384_ASN1),
        (A::EcdsaSha512, KeyKind::P256) => (8, &lc::ECDSA_P256_SHA512_ASN1),
        (A::EcdsaSha256, KeyKind::P384) => (6, &lc::ECDSA_P384_SHA256_ASN1),
        (A::EcdsaSha384, KeyKind::P384) => (7, &lc::ECDSA_P384_SHA384_ASN1),
        (A::EcdsaSha512, KeyKind::P384) => (8, &lc::ECDSA_P384_SHA512_ASN1),
        (A::EcdsaSha256, KeyKind::P521) => (6, &lc::ECDSA_P521_SHA256_ASN1),
        (A::EcdsaSha384, KeyKind::P521) => (7, &lc::ECDSA_P521_SHA384_ASN1),
        (A::EcdsaSha512, KeyKind::P521) => (8, &lc::ECDSA_P521_SHA512_ASN1),
        _ => return None,
    })
}

/// Content of the BIT STRING of a SubjectPublicKeyInfo; empty if there is none.
pub(crate) fn key_bits(spki: &[u8]) -> &[u8] {
    let bits = || {
        let mut reader = Reader::only(spki, read::SEQUENCE)?;
        reader.any()?;
        reader.bit_string()
    };
    bits().unwrap_or_default()
}

/// Reads kind and size from a SubjectPublicKeyInfo.
fn kind_of(spki: &[u8]) -> Result<KeyKind, PublicKeyError> {
    let mut outer = Reader::only(spki, read::SEQUENCE)?;
    let mut algorithm = outer.nested(read::SEQUENCE)?;
    match algorithm.oid()? {
        oid::RSA => {
            let mut numbers = Reader::only(outer.bit_string()?, read::SEQUENCE)?;
            let modulus = numbers.integer()?;
            let digits = modulus.strip_prefix(&[0]).unwrap_or(modulus);
            let first = digits.first().ok_or(PublicKeyError::Malformed)?;
            Ok(KeyKind::Rsa { bits: digits.len() * 8 - first.leading_zeros() as usize })
        }
        oid::EC => match algorithm.oid()? {
            oid::P256 => Ok(KeyKind::P256),
            oid::P384 => Ok(KeyKind::P384),
            oid::P521 => Ok(KeyKind::P521),
            _ => Err(PublicKeyError::Unsupported),
        },
        _ => Err(PublicKeyError::Unsupported),
    }
}
