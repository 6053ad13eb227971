//! Distinguished names.

/// A distinguished name with its original encoding.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Name {
    der: Vec<u8>,
}

impl Name {
    pub fn der(&self) -> &[u8] {
        &self.der
    }
    /// RFC 2253 text exactly as Java's `X500Principal.getName()` prints it.
    pub fn rfc2253(&self) -> String {
        todo!()
    }
    /// Value of the attribute, `None` if absent.
    pub fn attribute(&self, _oid: &der::asn1::ObjectIdentifier) -> Option<&str> {
        todo!()
    }
}
