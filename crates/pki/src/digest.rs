//! Digest algorithms and their names.
use der::asn1::ObjectIdentifier;

/// A digest algorithm that may stand in evidence. SHA-1 is missing on purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DigestAlgorithm {
    Sha256,
    Sha384,
    Sha512,
}

impl DigestAlgorithm {
    pub fn digest(self, _data: &[u8]) -> Vec<u8> {
        todo!()
    }
    pub fn output_len(self) -> usize {
        todo!()
    }
    pub fn oid(self) -> ObjectIdentifier {
        todo!()
    }
    pub fn from_oid(_oid: &ObjectIdentifier) -> Option<Self> {
        todo!()
    }
    /// XML-DSig / XML encryption URI of the digest method.
    pub fn uri(self) -> &'static str {
        todo!()
    }
    pub fn from_uri(_uri: &str) -> Option<Self> {
        todo!()
    }
    /// Name as in X-Road headers: `SHA-512`.
    pub fn name(self) -> &'static str {
        todo!()
    }
    pub fn from_name(_name: &str) -> Option<Self> {
        todo!()
    }
}

/// SHA-1: for certificate identifiers only, never for a signature.
pub fn sha1(_data: &[u8]) -> [u8; 20] {
    todo!()
}
