//! Namespaces in scope. A look-up takes the same time however many declarations there are.

use std::borrow::Cow;
use std::collections::HashMap;

use super::{Namespace, XmlError};

/// A namespace by its place in the table; equal numbers mean equal URIs.
pub(super) type NamespaceNumber = usize;

/// Number of "no namespace".
pub(super) const NO_NAMESPACE: NamespaceNumber = 0;
/// Number of the namespace of the prefix `xml`.
const XML: NamespaceNumber = 1;

const XML_URI: &str = "http://www.w3.org/XML/1998/namespace";
const XMLNS_URI: &str = "http://www.w3.org/2000/xmlns/";

struct Binding<'a> {
    prefix: &'a str,
    namespace: NamespaceNumber,
    /// What the prefix meant outside.
    outer: Option<usize>,
}

pub(super) struct Scope<'a> {
    known: &'static [&'static str],
    limit: usize,
    numbers: HashMap<Cow<'a, str>, NamespaceNumber>,
    table: Vec<Namespace>,
    bindings: Vec<Binding<'a>>,
    current: HashMap<&'a str, usize>,
}

impl<'a> Scope<'a> {
    pub(super) fn new(known: &'static [&'static str], limit: usize) -> Self {
        let xml = if known.contains(&XML_URI) { Namespace::Known(XML_URI) } else { Namespace::Other };
        Self {
            known,
            limit,
            numbers: HashMap::from([(Cow::Borrowed(XML_URI), XML)]),
            table: vec![Namespace::None, xml],
            bindings: Vec::new(),
            current: HashMap::new(),
        }
    }

    /// How many declarations are in scope; [`Scope::leave`] takes it back.
    pub(super) fn mark(&self) -> usize {
        self.bindings.len()
    }

    /// Leaves the scope of an element that was entered at `mark`.
    pub(super) fn leave(&mut self, mark: usize) {
        for Binding { prefix, outer, .. } in self.bindings.drain(mark..).rev() {
            match outer {
                Some(outer) => self.current.insert(prefix, outer),
                None => self.current.remove(prefix),
            };
        }
    }

    /// Declares a prefix, or the default namespace with an empty prefix.
    pub(super) fn declare(&mut self, prefix: &'a str, uri: Cow<'a, str>, at: usize) -> Result<(), XmlError> {
        let reserved = prefix == "xmlns" || uri == XMLNS_URI || (prefix == "xml") != (uri == XML_URI);
        if reserved || (uri.is_empty() && !prefix.is_empty()) {
            return Err(XmlError::Namespace(at));
        }
        let namespace = self.number(uri)?;
        let outer = self.current.insert(prefix, self.bindings.len());
        self.bindings.push(Binding { prefix, namespace, outer });
        Ok(())
    }

    fn number(&mut self, uri: Cow<'a, str>) -> Result<NamespaceNumber, XmlError> {
        if uri.is_empty() {
            return Ok(NO_NAMESPACE);
        }
        if let Some(number) = self.numbers.get(&uri) {
            return Ok(*number);
        }
        if self.table.len() > self.limit {
            return Err(XmlError::TooManyNamespaces);
        }
        let known = self.known.iter().find(|known| **known == uri);
        self.table.push(known.map_or(Namespace::Other, |known| Namespace::Known(known)));
        self.numbers.insert(uri, self.table.len() - 1);
        Ok(self.table.len() - 1)
    }

    /// The namespace that a prefix of an element name stands for; `None` if it was never declared.
    pub(super) fn of_element(&self, prefix: &str) -> Option<NamespaceNumber> {
        match self.current.get(prefix) {
            Some(binding) => self.bindings.get(*binding).map(|binding| binding.namespace),
            None if prefix.is_empty() => Some(NO_NAMESPACE),
            None if prefix == "xml" => Some(XML),
            None => None,
        }
    }

    /// The same for an attribute name: without prefix it is in no namespace.
    pub(super) fn of_attribute(&self, prefix: &str) -> Option<NamespaceNumber> {
        if prefix.is_empty() { Some(NO_NAMESPACE) } else { self.of_element(prefix) }
    }

    pub(super) fn namespace(&self, number: NamespaceNumber) -> Namespace {
        self.table.get(number).copied().unwrap_or(Namespace::Other)
    }
}
