//! The flat form of a document.

use std::borrow::Cow;

use super::{Element, XmlError, XmlLimits};

/// "No such node" or "no such attribute" in index fields.
pub(crate) const NONE: u32 = u32::MAX;

/// What a node is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Element,
    Text,
    CData,
    /// `&amp;`, `&#13;`: always one character.
    Reference,
    Comment,
    Instruction,
}

/// A node in document order. Spans are byte offsets into the source.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Node {
    pub(crate) kind: Kind,
    /// Element: its name. Otherwise: the content between the delimiters.
    pub(crate) start: u32,
    pub(crate) end: u32,
    /// The element around it, or [`NONE`] for what stands beside the root.
    pub(crate) parent: u32,
    /// Index after the last node inside; for other kinds than elements the next index.
    pub(crate) past: u32,
    /// Element: its attributes, as a range of [`Document::attributes`].
    pub(crate) attributes: (u32, u32),
    /// Element: the attribute that declares the namespace of its name, or [`NONE`].
    pub(crate) namespace: u32,
    /// Element: where its content begins, or [`NONE`] if it is written as an empty tag.
    pub(crate) content: u32,
}

/// An attribute or namespace declaration.
#[derive(Debug, Clone)]
pub(crate) struct Attribute<'a> {
    pub(crate) name: &'a str,
    /// Normalised value: references expanded, white space as XML 1.0 section 3.3.3 demands.
    pub(crate) value: Cow<'a, str>,
    /// The declaration of its prefix, or [`NONE`].
    pub(crate) namespace: u32,
}

impl<'a> Attribute<'a> {
    /// The declared prefix if this is a namespace declaration; empty for the default namespace.
    pub(crate) fn declared_prefix(&self) -> Option<&'a str> {
        match self.name.strip_prefix("xmlns") {
            Some("") => Some(""),
            Some(rest) => rest.strip_prefix(':'),
            None => None,
        }
    }
}

/// A well-formed, namespace-correct document without document type declaration.
#[derive(Debug, Clone)]
pub struct Document<'a> {
    pub(crate) source: &'a str,
    pub(crate) nodes: Vec<Node>,
    pub(crate) attributes: Vec<Attribute<'a>>,
    pub(crate) root: u32,
}

impl<'a> Document<'a> {
    /// Reads a whole document within `limits`.
    pub fn parse(bytes: &'a [u8], limits: &XmlLimits) -> Result<Self, XmlError> {
        super::parse::parse(bytes, limits)
    }

    /// The root element.
    pub fn root(&self) -> Element<'_, 'a> {
        Element::new(self, self.root)
    }

    /// All elements in document order.
    pub fn elements(&self) -> impl Iterator<Item = Element<'_, 'a>> {
        (0u32..)
            .zip(&self.nodes)
            .filter(|(_, node)| node.kind == Kind::Element)
            .map(|(index, _)| Element::new(self, index))
    }

    /// The only element that carries this identifier in an attribute `Id`, `ID` or `id`; `None` if
    /// there is no such element or more than one.
    pub fn element_by_id(&self, id: &str) -> Option<Element<'_, 'a>> {
        let mut found = self
            .elements()
            .filter(|element| ["Id", "ID", "id"].iter().any(|name| element.attribute(name) == Some(id)));
        let first = found.next()?;
        if found.next().is_some() { None } else { Some(first) }
    }

    pub(crate) fn node(&self, index: u32) -> Option<&Node> {
        self.nodes.get(index as usize)
    }

    pub(crate) fn span(&self, node: &Node) -> &'a str {
        self.source.get(node.start as usize..node.end as usize).unwrap_or_default()
    }

    pub(crate) fn attributes_of(&self, node: &Node) -> &[Attribute<'a>] {
        self.attributes.get(node.attributes.0 as usize..node.attributes.1 as usize).unwrap_or_default()
    }

    /// The namespace that a declaration index stands for; empty for none.
    pub(crate) fn namespace(&self, declaration: u32) -> &str {
        self.attributes.get(declaration as usize).map_or("", |attribute| attribute.value.as_ref())
    }
}
