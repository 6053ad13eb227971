//! Digest algorithms and their names.

use crate::asn1::oid;
use aws_lc_rs::digest;
use der::asn1::ObjectIdentifier;

/// A digest algorithm that may stand in evidence. SHA-1 is missing on purpose, see [`sha1`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DigestAlgorithm {
    /// SHA-256 (FIPS 180-4), 32 bytes.
    Sha256,
    /// SHA-384 (FIPS 180-4), 48 bytes.
    Sha384,
    /// SHA-512 (FIPS 180-4), 64 bytes: what X-Road uses for messages.
    Sha512,
}

/// Algorithm, object identifier, XML name, X-Road name.
const NAMES: [(DigestAlgorithm, ObjectIdentifier, &str, &str); 3] = [
    (DigestAlgorithm::Sha256, oid::SHA256, "http://www.w3.org/2001/04/xmlenc#sha256", "SHA-256"),
    (DigestAlgorithm::Sha384, oid::SHA384, "http://www.w3.org/2001/04/xmldsig-more#sha384", "SHA-384"),
    (DigestAlgorithm::Sha512, oid::SHA512, "http://www.w3.org/2001/04/xmlenc#sha512", "SHA-512"),
];

impl DigestAlgorithm {
    /// Digest of the data.
    pub fn digest(self, data: &[u8]) -> Vec<u8> {
        digest::digest(self.implementation(), data).as_ref().to_vec()
    }

    /// Length of a digest in bytes.
    pub fn output_len(self) -> usize {
        self.implementation().output_len()
    }

    /// Object identifier (RFC 5754).
    pub fn oid(self) -> ObjectIdentifier {
        self.names().1
    }

    /// The algorithm of this object identifier; `None` for weak and unknown ones.
    pub fn from_oid(oid: &ObjectIdentifier) -> Option<Self> {
        NAMES.iter().find(|names| names.1 == *oid).map(|names| names.0)
    }

    /// URI of the digest method in XML (RFC 6931).
    pub fn uri(self) -> &'static str {
        self.names().2
    }

    /// The algorithm of this digest method; `None` for weak and unknown ones.
    pub fn from_uri(uri: &str) -> Option<Self> {
        NAMES.iter().find(|names| names.2 == uri).map(|names| names.0)
    }

    /// Name in X-Road's headers and files, for instance `SHA-512`.
    pub fn name(self) -> &'static str {
        self.names().3
    }

    /// The algorithm of this X-Road name; `None` for weak and unknown ones.
    pub fn from_name(name: &str) -> Option<Self> {
        NAMES.iter().find(|names| names.3 == name).map(|names| names.0)
    }

    pub(crate) fn implementation(self) -> &'static digest::Algorithm {
        match self {
            Self::Sha256 => &digest::SHA256,
            Self::Sha384 => &digest::SHA384,
            Self::Sha512 => &digest::SHA512,
        }
    }

    fn names(self) -> &'static (DigestAlgorithm, ObjectIdentifier, &'static str, &'static str) {
        match self {
            Self::Sha256 => &NAMES[0],
            Self::Sha384 => &NAMES[1],
            Self::Sha512 => &NAMES[2],
        }
    }
}

/// SHA-1, for names of certificates only (OCSP CertID, X-Road's port 5577): it proves nothing.
pub fn sha1(data: &[u8]) -> [u8; 20] {
    fixed(digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, data).as_ref())
}

/// SHA-256 as an array.
pub fn sha256(data: &[u8]) -> [u8; 32] {
    fixed(digest::digest(&digest::SHA256, data).as_ref())
}

/// The digest's length is fixed by its algorithm, so nothing is cut off or left over.
fn fixed<const N: usize>(bytes: &[u8]) -> [u8; N] {
    let mut out = [0; N];
    out.copy_from_slice(bytes);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_leads_back() {
        for algorithm in [DigestAlgorithm::Sha256, DigestAlgorithm::Sha384, DigestAlgorithm::Sha512] {
            assert_eq!(DigestAlgorithm::from_oid(&algorithm.oid()), Some(algorithm));
            assert_eq!(DigestAlgorithm::from_uri(algorithm.uri()), Some(algorithm));
            assert_eq!(DigestAlgorithm::from_name(algorithm.name()), Some(algorithm));
            assert_eq!(algorithm.digest(b"x").len(), algorithm.output_len());
        }
        assert_eq!(DigestAlgorithm::from_uri("http://www.w3.org/2000/09/xmldsig#sha1"), None);
        assert_eq!(DigestAlgorithm::from_oid(&oid::SHA1), None);
    }

    #[test]
    fn known_digests() {
        assert_eq!(hex::encode(sha1(b"abc")), "a9993e364706816aba3e25717850c26c9cd0d89d");
        assert!(hex::encode(sha256(b"abc")).starts_with("ba7816bf8f01cfea"));
    }
}
