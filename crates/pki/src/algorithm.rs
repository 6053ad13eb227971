//! Signature algorithms and their names in XML-DSig (RFC 6931) and X.509 (RFC 4055, RFC 5758).

use crate::asn1::{oid, read, read::Reader, write};
use crate::digest::DigestAlgorithm;
use der::asn1::ObjectIdentifier;

/// A signature algorithm that may stand in evidence. Nothing with SHA-1 or MD5 is here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SignatureAlgorithm {
    /// RSA PKCS#1 v1.5 with SHA-256.
    RsaSha256,
    /// RSA PKCS#1 v1.5 with SHA-384.
    RsaSha384,
    /// RSA PKCS#1 v1.5 with SHA-512: X-Road's usual choice.
    RsaSha512,
    /// RSASSA-PSS with SHA-256, MGF1 with the same digest, salt as long as the digest.
    RsaPssSha256,
    /// RSASSA-PSS with SHA-384, MGF1 with the same digest, salt as long as the digest.
    RsaPssSha384,
    /// RSASSA-PSS with SHA-512, MGF1 with the same digest, salt as long as the digest.
    RsaPssSha512,
    /// ECDSA with SHA-256.
    EcdsaSha256,
    /// ECDSA with SHA-384.
    EcdsaSha384,
    /// ECDSA with SHA-512: X-Road's choice for EC keys, also on P-256.
    EcdsaSha512,
}

/// Why a name of a signature algorithm is not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AlgorithmError {
    /// Known, and no longer a proof: MD2, MD5 or SHA-1 underneath.
    #[error("signature algorithm {0} is too weak")]
    Weak(String),
    /// Not known here.
    #[error("signature algorithm {0} is unknown")]
    Unknown(String),
    /// The parameters of the algorithm are not those that make it safe.
    #[error("parameters of signature algorithm {0} are not acceptable")]
    Parameters(String),
}

use SignatureAlgorithm as A;

const NAMES: [(A, &str); 9] = [
    (A::RsaSha256, "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"),
    (A::RsaSha384, "http://www.w3.org/2001/04/xmldsig-more#rsa-sha384"),
    (A::RsaSha512, "http://www.w3.org/2001/04/xmldsig-more#rsa-sha512"),
    (A::RsaPssSha256, "http://www.w3.org/2007/05/xmldsig-more#sha256-rsa-MGF1"),
    (A::RsaPssSha384, "http://www.w3.org/2007/05/xmldsig-more#sha384-rsa-MGF1"),
    (A::RsaPssSha512, "http://www.w3.org/2007/05/xmldsig-more#sha512-rsa-MGF1"),
    (A::EcdsaSha256, "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256"),
    (A::EcdsaSha384, "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha384"),
    (A::EcdsaSha512, "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha512"),
];

const WEAK_URIS: [&str; 6] = [
    "http://www.w3.org/2000/09/xmldsig#rsa-sha1",
    "http://www.w3.org/2000/09/xmldsig#dsa-sha1",
    "http://www.w3.org/2001/04/xmldsig-more#rsa-md5",
    "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha1",
    "http://www.w3.org/2007/05/xmldsig-more#sha1-rsa-MGF1",
    "http://www.w3.org/2007/05/xmldsig-more#md5-rsa-MGF1",
];

const WEAK_OIDS: [ObjectIdentifier; 5] =
    [oid::RSA_MD2, oid::RSA_MD5, oid::RSA_SHA1, oid::ECDSA_SHA1, oid::DSA_SHA1];

impl SignatureAlgorithm {
    /// URI of the signature method in XML-DSig.
    pub fn uri(self) -> &'static str {
        NAMES.iter().find(|names| names.0 == self).map_or("", |names| names.1)
    }

    /// The algorithm of this signature method.
    pub fn from_uri(uri: &str) -> Result<Self, AlgorithmError> {
        match NAMES.iter().find(|names| names.1 == uri) {
            Some(names) => Ok(names.0),
            None if WEAK_URIS.contains(&uri) => Err(AlgorithmError::Weak(uri.to_owned())),
            None => Err(AlgorithmError::Unknown(uri.chars().take(200).collect())),
        }
    }

    /// The digest that is signed.
    pub fn digest(self) -> DigestAlgorithm {
        match self {
            A::RsaSha256 | A::RsaPssSha256 | A::EcdsaSha256 => DigestAlgorithm::Sha256,
            A::RsaSha384 | A::RsaPssSha384 | A::EcdsaSha384 => DigestAlgorithm::Sha384,
            A::RsaSha512 | A::RsaPssSha512 | A::EcdsaSha512 => DigestAlgorithm::Sha512,
        }
    }

    /// Whether the algorithm is for elliptic curve keys.
    pub fn is_ecdsa(self) -> bool {
        matches!(self, A::EcdsaSha256 | A::EcdsaSha384 | A::EcdsaSha512)
    }

    /// Whether the algorithm is RSASSA-PSS.
    pub fn is_pss(self) -> bool {
        matches!(self, A::RsaPssSha256 | A::RsaPssSha384 | A::RsaPssSha512)
    }

    /// From an X.509 `AlgorithmIdentifier` (all its octets).
    pub(crate) fn from_identifier(der: &[u8]) -> Result<Self, AlgorithmError> {
        let unreadable = |_| AlgorithmError::Unknown("(unreadable)".to_owned());
        let mut reader = Reader::only(der, read::SEQUENCE).map_err(unreadable)?;
        let identifier = reader.oid().map_err(unreadable)?;
        if identifier == oid::RSA_PSS {
            return pss_parameters(reader).ok_or_else(|| AlgorithmError::Parameters(identifier.to_string()));
        }
        match identifier {
            oid::RSA_SHA256 => Ok(A::RsaSha256),
            oid::RSA_SHA384 => Ok(A::RsaSha384),
            oid::RSA_SHA512 => Ok(A::RsaSha512),
            oid::ECDSA_SHA256 => Ok(A::EcdsaSha256),
            oid::ECDSA_SHA384 => Ok(A::EcdsaSha384),
            oid::ECDSA_SHA512 => Ok(A::EcdsaSha512),
            weak if WEAK_OIDS.contains(&weak) => Err(AlgorithmError::Weak(weak.to_string())),
            other => Err(AlgorithmError::Unknown(other.to_string())),
        }
    }

    /// From a CMS `SignerInfo`, where the key's identifier plus the digest's may stand for the algorithm (RFC 5754).
    pub(crate) fn from_cms(identifier: &[u8], digest: DigestAlgorithm) -> Result<Self, AlgorithmError> {
        let found = Reader::only(identifier, read::SEQUENCE).and_then(|mut reader| reader.oid());
        let algorithm = match (found, digest) {
            (Ok(oid::RSA), DigestAlgorithm::Sha256) => A::RsaSha256,
            (Ok(oid::RSA), DigestAlgorithm::Sha384) => A::RsaSha384,
            (Ok(oid::RSA), DigestAlgorithm::Sha512) => A::RsaSha512,
            _ => Self::from_identifier(identifier)?,
        };
        if algorithm.digest() == digest {
            Ok(algorithm)
        } else {
            Err(AlgorithmError::Parameters(algorithm.uri().to_owned()))
        }
    }

    /// As an X.509 `AlgorithmIdentifier` (all its octets).
    pub(crate) fn to_identifier(self) -> Vec<u8> {
        match self {
            A::RsaSha256 => write::algorithm(&oid::RSA_SHA256, &write::null()),
            A::RsaSha384 => write::algorithm(&oid::RSA_SHA384, &write::null()),
            A::RsaSha512 => write::algorithm(&oid::RSA_SHA512, &write::null()),
            A::EcdsaSha256 => write::algorithm(&oid::ECDSA_SHA256, &[]),
            A::EcdsaSha384 => write::algorithm(&oid::ECDSA_SHA384, &[]),
            A::EcdsaSha512 => write::algorithm(&oid::ECDSA_SHA512, &[]),
            A::RsaPssSha256 | A::RsaPssSha384 | A::RsaPssSha512 => {
                let digest = write::algorithm(&self.digest().oid(), &write::null());
                let salt = write::unsigned(&[self.digest().output_len() as u8]);
                let parameters = write::sequence(&[
                    &write::tlv(read::context(0), &[&digest]),
                    &write::tlv(read::context(1), &[&write::algorithm(&oid::MGF1, &digest)]),
                    &write::tlv(read::context(2), &[&salt]),
                ]);
                write::algorithm(&oid::RSA_PSS, &parameters)
            }
        }
    }
}

/// RSASSA-PSS parameters (RFC 4055 3.1); the defaults mean SHA-1, so everything must be spelled out.
fn pss_parameters(mut reader: Reader<'_>) -> Option<SignatureAlgorithm> {
    let mut parameters = reader.nested(read::SEQUENCE).ok()?;
    let hash = Reader::only(parameters.value(read::context(0)).ok()?, read::SEQUENCE).ok()?.oid().ok()?;
    let mut mask = Reader::only(parameters.value(read::context(1)).ok()?, read::SEQUENCE).ok()?;
    let mask_is_mgf1 = mask.oid().ok()? == oid::MGF1;
    let mask_hash = mask.nested(read::SEQUENCE).ok()?.oid().ok()?;
    let salt = Reader::new(parameters.value(read::context(2)).ok()?).small(read::INTEGER).ok()?;
    let digest = DigestAlgorithm::from_oid(&hash)?;
    if !mask_is_mgf1 || mask_hash != hash || salt as usize != digest.output_len() {
        return None;
    }
    Some(match digest {
        DigestAlgorithm::Sha256 => A::RsaPssSha256,
        DigestAlgorithm::Sha384 => A::RsaPssSha384,
        DigestAlgorithm::Sha512 => A::RsaPssSha512,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_leads_back() {
        for (algorithm, uri) in NAMES {
            assert_eq!(algorithm.uri(), uri);
            assert_eq!(SignatureAlgorithm::from_uri(uri), Ok(algorithm));
            assert_eq!(SignatureAlgorithm::from_identifier(&algorithm.to_identifier()), Ok(algorithm));
        }
    }

    #[test]
    fn weak_and_unknown_are_told_apart() {
        for uri in WEAK_URIS {
            assert_eq!(SignatureAlgorithm::from_uri(uri), Err(AlgorithmError::Weak(uri.to_owned())));
        }
        assert_eq!(SignatureAlgorithm::from_uri("urn:x"), Err(AlgorithmError::Unknown("urn:x".to_owned())));
        for weak in WEAK_OIDS {
            let der = write::algorithm(&weak, &write::null());
            assert_eq!(
                SignatureAlgorithm::from_identifier(&der),
                Err(AlgorithmError::Weak(weak.to_string()))
            );
        }
    }

    #[test]
    fn pss_without_spelled_out_parameters_means_sha1_and_is_refused() {
        let der = write::algorithm(&oid::RSA_PSS, &write::sequence(&[]));
        assert!(matches!(SignatureAlgorithm::from_identifier(&der), Err(AlgorithmError::Parameters(_))));
    }

    #[test]
    fn cms_may_name_the_key_only_but_not_another_digest() {
        let rsa = write::algorithm(&oid::RSA, &write::null());
        assert_eq!(SignatureAlgorithm::from_cms(&rsa, DigestAlgorithm::Sha512), Ok(A::RsaSha512));
        let other = A::RsaSha256.to_identifier();
        assert!(SignatureAlgorithm::from_cms(&other, DigestAlgorithm::Sha512).is_err());
    }
}
