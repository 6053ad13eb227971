//! Distinguished names (RFC 5280 4.1.2.4), with their original encoding.

mod text;

use crate::asn1::{Malformed, read, read::Reader};
use der::asn1::ObjectIdentifier;
use std::sync::Arc;

/// A distinguished name. Cheap to clone. `==` compares octets; [`Name::matches`] compares as RFC 5280 7.1 does.
#[derive(Clone)]
pub struct Name {
    inner: Arc<Inner>,
}

struct Inner {
    der: Vec<u8>,
    /// In the order of the encoding: most general first.
    rdns: Vec<Vec<Attribute>>,
    canonical: String,
}

/// One attribute of a name.
struct Attribute {
    kind: ObjectIdentifier,
    /// All octets of the value.
    value: Vec<u8>,
    /// The value as text; `None` if it is no string.
    text: Option<String>,
}

/// More relative names than any name has.
const MAX_RDNS: usize = 64;

impl Name {
    /// From all octets of a Name.
    pub(crate) fn parse(der: &[u8]) -> Result<Self, Malformed> {
        let mut reader = Reader::only(der, read::SEQUENCE)?;
        let mut rdns = Vec::new();
        while !reader.is_empty() {
            rdns.push(relative_name(reader.nested(read::SET)?)?);
            if rdns.len() > MAX_RDNS {
                return Err(Malformed);
            }
        }
        let canonical = canonical(rdns.iter());
        Ok(Self { inner: Arc::new(Inner { der: der.to_vec(), rdns, canonical }) })
    }

    /// All octets as they came.
    pub fn der(&self) -> &[u8] {
        &self.inner.der
    }

    /// Whether the name has no attribute at all.
    pub fn is_empty(&self) -> bool {
        self.inner.rdns.is_empty()
    }

    /// Text of RFC 2253 exactly as Java's `X500Principal.getName()` prints it, for instance `CN=Test CA,O=Test,C=FI`.
    ///
    /// X-Road writes this form into `X509IssuerName` of a signature.
    pub fn rfc2253(&self) -> String {
        let rdns = self.inner.rdns.iter().rev().map(|rdn| {
            rdn.iter()
                .map(|attribute| text::rfc2253(&attribute.kind, attribute.text.as_deref(), &attribute.value))
                .collect::<Vec<_>>()
                .join("+")
        });
        rdns.collect::<Vec<_>>().join(",")
    }

    /// Value of the first attribute of this type in the encoding; `None` if there is none or it is no string.
    pub fn attribute(&self, kind: &ObjectIdentifier) -> Option<&str> {
        self.inner.rdns.iter().flatten().find(|attribute| attribute.kind == *kind)?.text.as_deref()
    }

    /// The same name, whatever string types and letter case were used (RFC 5280 7.1).
    pub fn matches(&self, other: &Self) -> bool {
        self.inner.der == other.inner.der || self.inner.canonical == other.inner.canonical
    }

    /// As [`Name::matches`], or the same relative names the other way round, as some OCSP responders write their name.
    pub fn matches_in_either_order(&self, other: &Self) -> bool {
        self.matches(other) || canonical(self.inner.rdns.iter().rev()) == other.inner.canonical
    }

    /// Equal for names that match: a key for maps.
    pub fn canonical(&self) -> &str {
        &self.inner.canonical
    }

    /// Types and texts of all attributes in the order of the encoding; `None` for a value that is no string.
    pub fn attributes(&self) -> impl Iterator<Item = (&ObjectIdentifier, Option<&str>)> {
        self.inner.rdns.iter().flatten().map(|attribute| (&attribute.kind, attribute.text.as_deref()))
    }
}

impl PartialEq for Name {
    fn eq(&self, other: &Self) -> bool {
        self.inner.der == other.inner.der
    }
}

impl Eq for Name {}

impl std::hash::Hash for Name {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.inner.der.hash(state);
    }
}

impl std::fmt::Display for Name {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.rfc2253())
    }
}

impl std::fmt::Debug for Name {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Name({self})")
    }
}

fn relative_name(mut set: Reader<'_>) -> Result<Vec<Attribute>, Malformed> {
    let mut attributes = Vec::new();
    while !set.is_empty() {
        let mut pair = set.nested(read::SEQUENCE)?;
        let kind = pair.oid()?;
        let value = pair.any()?;
        pair.finish()?;
        attributes.push(Attribute {
            kind,
            text: text::decode(value.tag, value.value),
            value: value.raw.to_vec(),
        });
        if attributes.len() > MAX_RDNS {
            return Err(Malformed);
        }
    }
    if attributes.is_empty() { Err(Malformed) } else { Ok(attributes) }
}

/// One line in which names that match are equal. Control characters separate, texts cannot contain them unescaped.
fn canonical<'a>(rdns: impl Iterator<Item = &'a Vec<Attribute>>) -> String {
    let mut out = String::new();
    for rdn in rdns {
        let mut parts: Vec<String> = rdn
            .iter()
            .map(|attribute| match &attribute.text {
                Some(text) => format!("{}={}", attribute.kind, text::canonical(text)),
                None => format!("{}=#{}", attribute.kind, hex::encode(&attribute.value)),
            })
            .collect();
        parts.sort();
        out.push_str(&parts.join("\u{1}"));
        out.push('\u{2}');
    }
    out
}

#[cfg(test)]
mod tests;
