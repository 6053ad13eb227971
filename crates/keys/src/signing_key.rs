//! A private key that signs, on aws-lc-rs.

use crate::pem::{self, PrivateKeyPem};
use aws_lc_rs::digest::{self, Digest};
use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    self as lc, EcdsaKeyPair, EcdsaSigningAlgorithm, KeyPair as _, RsaEncoding, RsaKeyPair,
};
use pki::public_key::KeyKind;
use pki::{Certificate, PublicKey, PublicKeyError, SignatureAlgorithm, Signer, SigningError, ecdsa};
use std::sync::Arc;
use zeroize::Zeroizing;

/// Kind of a key to be generated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum KeyType {
    /// RSA, 2048 bits: X-Road's default, accepted by every peer.
    Rsa2048,
    /// RSA, 3072 bits: default of X-Road's Estonian, Finnish and Faroese packages.
    Rsa3072,
    /// RSA, 4096 bits.
    Rsa4096,
    /// ECDSA on NIST P-256: needs peers of 7.6 or later.
    P256,
    /// ECDSA on NIST P-384.
    P384,
}

/// A private key. Cheap to clone; never printed.
#[derive(Clone)]
pub struct SigningKey {
    inner: Arc<Inner>,
}

struct Inner {
    pair: Pair,
    public: PublicKey,
}

/// The library clears both when they are dropped.
enum Pair {
    Rsa(RsaKeyPair),
    Ec(EcdsaKeyPair, &'static digest::Algorithm),
}

/// Why there is no key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// Not a private key, or of an unknown kind.
    #[error("malformed private key")]
    Malformed,
    /// Too short to prove anything today.
    #[error("RSA key below 2048 bits")]
    RsaTooSmall,
    /// The library could not make a key.
    #[error("key generation failed")]
    Generation,
}

impl SigningKey {
    /// A new key.
    pub fn generate(kind: KeyType) -> Result<Self, KeyError> {
        let rsa = |size| RsaKeyPair::generate(size).map(Pair::Rsa);
        let pair = match kind {
            KeyType::Rsa2048 => rsa(KeySize::Rsa2048),
            KeyType::Rsa3072 => rsa(KeySize::Rsa3072),
            KeyType::Rsa4096 => rsa(KeySize::Rsa4096),
            KeyType::P256 => EcdsaKeyPair::generate(CURVES[0].0).map(|pair| Pair::Ec(pair, CURVES[0].1)),
            KeyType::P384 => EcdsaKeyPair::generate(CURVES[1].0).map(|pair| Pair::Ec(pair, CURVES[1].1)),
        };
        Self::from_pair(pair.map_err(|_| KeyError::Generation)?)
    }

    /// From PKCS#8 (RFC 5958), DER.
    pub fn from_pkcs8(der: &[u8]) -> Result<Self, KeyError> {
        match RsaKeyPair::from_pkcs8(der) {
            Ok(pair) => return Self::from_pair(Pair::Rsa(pair)),
            Err(error) if rsa_error(&error) == KeyError::RsaTooSmall => return Err(KeyError::RsaTooSmall),
            Err(_) => {}
        }
        for (algorithm, digest) in CURVES {
            if let Ok(pair) = EcdsaKeyPair::from_pkcs8(algorithm, der) {
                return Self::from_pair(Pair::Ec(pair, digest));
            }
        }
        Err(KeyError::Malformed)
    }

    /// From the first private key of a PEM text: PKCS#8, PKCS#1 or SEC 1, not encrypted.
    pub fn from_pem(text: &[u8]) -> Result<Self, KeyError> {
        match pem::private_key(text).ok_or(KeyError::Malformed)? {
            PrivateKeyPem::Pkcs8(der) => Self::from_pkcs8(&der),
            PrivateKeyPem::Rsa(der) => {
                Self::from_pair(Pair::Rsa(RsaKeyPair::from_der(&der).map_err(|error| rsa_error(&error))?))
            }
            PrivateKeyPem::Ec(der) => {
                let pairs = CURVES.into_iter().find_map(|(algorithm, digest)| {
                    Some(Pair::Ec(EcdsaKeyPair::from_private_key_der(algorithm, &der).ok()?, digest))
                });
                Self::from_pair(pairs.ok_or(KeyError::Malformed)?)
            }
        }
    }

    fn from_pair(pair: Pair) -> Result<Self, KeyError> {
        let spki: Result<PublicKeyX509Der<'_>, _> = match &pair {
            Pair::Rsa(pair) => pair.public_key().as_der(),
            Pair::Ec(pair, _) => pair.public_key().as_der(),
        };
        let public = PublicKey::from_spki(spki.map_err(|_| KeyError::Malformed)?.as_ref());
        let public = public.map_err(|error| match error {
            PublicKeyError::RsaTooSmall(_) => KeyError::RsaTooSmall,
            PublicKeyError::Unsupported | PublicKeyError::Malformed => KeyError::Malformed,
        })?;
        Ok(Self { inner: Arc::new(Inner { pair, public }) })
    }

    /// PKCS#8, DER: for the TLS library and for tokens. Zeroized when dropped.
    pub fn to_pkcs8(&self) -> Result<Zeroizing<Vec<u8>>, KeyError> {
        let copy = |bytes: &[u8]| Zeroizing::new(bytes.to_vec());
        match &self.inner.pair {
            Pair::Rsa(pair) => {
                let der: Pkcs8V1Der<'_> = pair.as_der().map_err(|_| KeyError::Malformed)?;
                Ok(copy(der.as_ref()))
            }
            Pair::Ec(pair, _) => Ok(copy(pair.to_pkcs8v1().map_err(|_| KeyError::Malformed)?.as_ref())),
        }
    }

    /// The public half.
    pub fn public_key(&self) -> &PublicKey {
        &self.inner.public
    }

    /// SubjectPublicKeyInfo of the public half, DER.
    pub fn public_key_der(&self) -> &[u8] {
        self.inner.public.spki()
    }

    /// Whether the certificate is for this key. Two keys are compared by their numbers, however they are written.
    pub fn belongs_to(&self, certificate: &Certificate) -> bool {
        certificate.public_key().is_ok_and(|key| key.is_same_key(&self.inner.public))
    }

    /// Signs as X.509, OCSP and CMS carry it (ECDSA: DER).
    pub fn sign(&self, algorithm: SignatureAlgorithm, data: &[u8]) -> Result<Vec<u8>, SigningError> {
        match &self.inner.pair {
            Pair::Rsa(pair) => {
                let padding = rsa_encoding(algorithm).ok_or(SigningError::WrongKeyKind)?;
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(padding, &SystemRandom::new(), data, &mut signature)
                    .map_err(|_| SigningError::Failed)?;
                Ok(signature)
            }
            Pair::Ec(..) if !algorithm.is_ecdsa() => Err(SigningError::WrongKeyKind),
            Pair::Ec(pair, own_digest) => {
                let fitted = fit(&algorithm.digest().digest(data), own_digest.output_len());
                let digest =
                    Digest::import_less_safe(&fitted, own_digest).map_err(|_| SigningError::Failed)?;
                let signature = pair.sign_digest(&digest).map_err(|_| SigningError::Failed)?;
                Ok(signature.as_ref().to_vec())
            }
        }
    }

    /// Signs as XML-DSig carries it (ECDSA: r and s side by side).
    pub fn sign_xmldsig(&self, algorithm: SignatureAlgorithm, data: &[u8]) -> Result<Vec<u8>, SigningError> {
        let signature = self.sign(algorithm, data)?;
        match self.inner.public.kind().field_len() {
            None => Ok(signature),
            Some(field) => ecdsa::der_to_raw(&signature, field).ok_or(SigningError::Failed),
        }
    }

    /// What X-Road signs messages with by default: `rsa-sha512` or `ecdsa-sha512`, also on P-256.
    pub fn message_algorithm(&self) -> SignatureAlgorithm {
        match self.inner.pair {
            Pair::Rsa(_) => SignatureAlgorithm::RsaSha512,
            Pair::Ec(..) => SignatureAlgorithm::EcdsaSha512,
        }
    }
}

impl Signer for SigningKey {
    fn public_key_der(&self) -> &[u8] {
        self.public_key_der()
    }

    fn sign(&self, algorithm: SignatureAlgorithm, data: &[u8]) -> Result<Vec<u8>, SigningError> {
        self.sign(algorithm, data)
    }

    fn default_algorithm(&self) -> SignatureAlgorithm {
        match self.inner.public.kind() {
            KeyKind::Rsa { .. } => SignatureAlgorithm::RsaSha256,
            KeyKind::P256 => SignatureAlgorithm::EcdsaSha256,
            KeyKind::P384 => SignatureAlgorithm::EcdsaSha384,
            KeyKind::P521 => SignatureAlgorithm::EcdsaSha512,
        }
    }
}

/// Curves, each with the digest as long as its order, to which the library binds them.
static CURVES: [(&EcdsaSigningAlgorithm, &digest::Algorithm); 2] = [
    (&lc::ECDSA_P256_SHA256_ASN1_SIGNING, &digest::SHA256),
    (&lc::ECDSA_P384_SHA384_ASN1_SIGNING, &digest::SHA384),
];

/// The digest as ECDSA uses it on a curve whose order has `length` bytes: its leftmost bits, or the same number with
/// zeros in front (FIPS 186-5 6.4.1). So P-256 signs SHA-512, although the library names only SHA-256 for it.
fn fit(digest: &[u8], length: usize) -> Vec<u8> {
    match length.checked_sub(digest.len()) {
        None => digest[..length].to_vec(),
        Some(zeros) => [&vec![0; zeros][..], digest].concat(),
    }
}

/// The library tells the reason of a rejection in its text only.
fn rsa_error(error: &aws_lc_rs::error::KeyRejected) -> KeyError {
    if error.to_string() == "TooSmall" { KeyError::RsaTooSmall } else { KeyError::Malformed }
}

fn rsa_encoding(algorithm: SignatureAlgorithm) -> Option<&'static dyn RsaEncoding> {
    Some(match algorithm {
        SignatureAlgorithm::RsaSha256 => &lc::RSA_PKCS1_SHA256,
        SignatureAlgorithm::RsaSha384 => &lc::RSA_PKCS1_SHA384,
        SignatureAlgorithm::RsaSha512 => &lc::RSA_PKCS1_SHA512,
        SignatureAlgorithm::RsaPssSha256 => &lc::RSA_PSS_SHA256,
        SignatureAlgorithm::RsaPssSha384 => &lc::RSA_PSS_SHA384,
        SignatureAlgorithm::RsaPssSha512 => &lc::RSA_PSS_SHA512,
        SignatureAlgorithm::EcdsaSha256
        | SignatureAlgorithm::EcdsaSha384
        | SignatureAlgorithm::EcdsaSha512 => {
            return None;
        }
    })
}

#[cfg(test)]
mod tests;
