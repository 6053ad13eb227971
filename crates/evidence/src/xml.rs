//! XML documents read once, within limits, and kept as a flat list of nodes.
//!
//! Every document of this crate is read here and nowhere else: document type declarations are
//! refused before anything is interpreted, sizes and depths are bounded, and what follows
//! (look-ups, canonical form) works on the same reading of the same bytes.

mod element;
mod limits;
mod node;
mod parse;
mod tag;

pub use element::Element;
pub use limits::{XmlError, XmlLimits};
pub use node::Document;

pub(crate) use node::{Attribute, Kind, NONE, Node};
pub(crate) use protocol::xml::expand_reference;

/// Namespace of XML signatures (XML-DSig).
pub const NS_DS: &str = "http://www.w3.org/2000/09/xmldsig#";
/// Namespace of XAdES 1.3.2, the version that X-Road writes.
pub const NS_XADES: &str = "http://uri.etsi.org/01903/v1.3.2#";
/// Namespace that the prefix `xml` is bound to without declaration.
pub(crate) const NS_XML: &str = "http://www.w3.org/XML/1998/namespace";

#[cfg(test)]
mod tests;
