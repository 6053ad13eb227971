//! XML read once from front to back, with hard limits and without building anything.
//!
//! [`Scanner`] gives elements, attributes and text with their namespaces and their places in the source, so that a
//! caller can take what it needs and put other bytes into exactly one place. Document type declarations are refused
//! before anything is made of them; entities other than the five of XML are errors; nothing is ever fetched.

mod encoding;
mod error;
mod scanner;
mod scope;
mod tag;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::ops::Range;

pub use encoding::{Decoded, EncodingError, decode, to_utf8};
pub use error::XmlError;
pub use scanner::Scanner;
pub use tag::{expand_reference, normalise_value};

pub(crate) use encoding::UTF8_DECLARATION;

/// The namespace of a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Namespace {
    /// The name is in no namespace.
    None,
    /// One of the namespaces that the caller knows.
    Known(&'static str),
    /// Another namespace.
    Other,
}

/// The name of an element or attribute, with its namespace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Name<'a> {
    /// Its namespace.
    pub namespace: Namespace,
    /// The prefix as written; empty without one.
    pub prefix: &'a str,
    /// The name without prefix.
    pub local: &'a str,
}

impl Name<'_> {
    /// Whether this is the name `local` in a known namespace.
    #[must_use]
    pub fn is(&self, namespace: &str, local: &str) -> bool {
        self.local == local && matches!(self.namespace, Namespace::Known(known) if known == namespace)
    }
}

/// An attribute, or a namespace declaration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attribute<'a> {
    /// Its name; declarations of namespaces have the prefix `xmlns` or are named so.
    pub name: Name<'a>,
    /// The value, normalised as XML 1.0 section 3.3.3 demands.
    pub value: Cow<'a, str>,
    /// Where name and value with its quotes stand in the source.
    pub span: Range<usize>,
    /// Where the value stands, without its quotes.
    pub value_span: Range<usize>,
}

impl Attribute<'_> {
    /// Whether it declares a namespace.
    #[must_use]
    pub fn is_declaration(&self) -> bool {
        self.name.prefix == "xmlns" || (self.name.prefix.is_empty() && self.name.local == "xmlns")
    }
}

/// What the scanner found next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Token<'a> {
    /// An element begins. Its attributes are [`Scanner::attributes`].
    Start(Name<'a>),
    /// The innermost open element ends. An empty tag gives this too, with an empty span.
    End,
    /// Text inside an element: character data, a CDATA section or one reference, resolved, line ends normalised.
    Text(Cow<'a, str>),
    /// Something without meaning for data: a comment, an instruction, white space beside the root, the declaration.
    Other,
}
