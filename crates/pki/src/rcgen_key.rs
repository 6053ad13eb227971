//! Between this crate's keys and names and those of rcgen, which writes certificates and requests.

use crate::SignatureAlgorithm;
use crate::csr::{Subject, SubjectAttribute};
use crate::public_key::{KeyKind, PublicKey, key_bits};
use crate::signer::{Signer, SigningError};
use rcgen::string::PrintableString;
use rcgen::{DistinguishedName, DnType, DnValue, PublicKeyData, SanType, SigningKey};

/// A [`Signer`] as rcgen wants it.
pub(crate) struct RcgenKey<'a> {
    key: &'a dyn Signer,
    bits: Vec<u8>,
    algorithm: &'static rcgen::SignatureAlgorithm,
}

impl<'a> RcgenKey<'a> {
    pub(crate) fn new(key: &'a dyn Signer) -> Result<Self, SigningError> {
        let public = PublicKey::from_spki(key.public_key_der()).map_err(|_| SigningError::WrongKeyKind)?;
        let algorithm = match (key.default_algorithm(), public.kind()) {
            (SignatureAlgorithm::RsaSha256, KeyKind::Rsa { .. }) => &rcgen::PKCS_RSA_SHA256,
            (SignatureAlgorithm::RsaSha384, KeyKind::Rsa { .. }) => &rcgen::PKCS_RSA_SHA384,
            (SignatureAlgorithm::RsaSha512, KeyKind::Rsa { .. }) => &rcgen::PKCS_RSA_SHA512,
            (SignatureAlgorithm::EcdsaSha256, KeyKind::P256) => &rcgen::PKCS_ECDSA_P256_SHA256,
            (SignatureAlgorithm::EcdsaSha384, KeyKind::P384) => &rcgen::PKCS_ECDSA_P384_SHA384,
            (SignatureAlgorithm::EcdsaSha512, KeyKind::P521) => &rcgen::PKCS_ECDSA_P521_SHA512,
            _ => return Err(SigningError::WrongKeyKind),
        };
        Ok(Self { key, bits: key_bits(public.spki()).to_vec(), algorithm })
    }
}

impl PublicKeyData for RcgenKey<'_> {
    fn der_bytes(&self) -> &[u8] {
        &self.bits
    }

    fn algorithm(&self) -> &'static rcgen::SignatureAlgorithm {
        self.algorithm
    }
}

impl SigningKey for RcgenKey<'_> {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, rcgen::Error> {
        self.key.sign(self.key.default_algorithm(), message).map_err(|_| rcgen::Error::RemoteKeyError)
    }
}

pub(crate) fn signing_error(error: &rcgen::Error) -> SigningError {
    match error {
        rcgen::Error::RemoteKeyError => SigningError::Failed,
        _ => SigningError::Encoding,
    }
}

pub(crate) fn distinguished_name(subject: &Subject) -> Result<DistinguishedName, SigningError> {
    let mut name = DistinguishedName::new();
    for (attribute, text) in subject.attributes() {
        let arcs: Vec<u64> = attribute.oid().arcs().map(u64::from).collect();
        // RFC 5280 appendix A: these two are PrintableString, nothing else.
        let printable = matches!(attribute, SubjectAttribute::Country | SubjectAttribute::SerialNumber);
        let value = match PrintableString::try_from(text.as_str()) {
            Ok(text) if printable => DnValue::PrintableString(text),
            _ => DnValue::Utf8String(text.clone()),
        };
        if text.is_empty() {
            return Err(SigningError::Encoding);
        }
        name.push(DnType::from_oid(&arcs), value);
    }
    Ok(name)
}

pub(crate) fn dns_names(names: &[String]) -> Result<Vec<SanType>, SigningError> {
    names
        .iter()
        .map(|name| Ok(SanType::DnsName(name.as_str().try_into().map_err(|_| SigningError::Encoding)?)))
        .collect()
}
