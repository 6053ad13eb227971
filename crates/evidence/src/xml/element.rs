//! Looking into a document.

use std::borrow::Cow;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::node::{Document, Kind, NONE, Node};
use super::{expand_reference, tag};

/// An element of a document. Cheap to copy.
#[derive(Clone, Copy)]
pub struct Element<'d, 'a> {
    document: &'d Document<'a>,
    index: u32,
}

impl PartialEq for Element<'_, '_> {
    fn eq(&self, other: &Self) -> bool {
        self.index == other.index && std::ptr::eq(self.document.source, other.document.source)
    }
}

impl std::fmt::Debug for Element<'_, '_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "<{}>", self.name())
    }
}

impl<'d, 'a> Element<'d, 'a> {
    pub(super) fn new(document: &'d Document<'a>, index: u32) -> Self {
        Self { document, index }
    }

    pub(crate) fn index(self) -> u32 {
        self.index
    }

    fn node(self) -> Option<&'d Node> {
        self.document.node(self.index)
    }

    /// Name with prefix, as written.
    pub fn name(self) -> &'a str {
        self.node().map(|node| self.document.span(node)).unwrap_or_default()
    }

    /// Name without prefix.
    pub fn local(self) -> &'a str {
        let name = self.name();
        name.split_once(':').map_or(name, |(_, local)| local)
    }

    /// Namespace of the name; empty for none.
    pub fn namespace(self) -> &'d str {
        self.node().map_or("", |node| self.document.namespace(node.namespace))
    }

    /// Whether the element has this namespace and local name.
    pub fn is(self, namespace: &str, local: &str) -> bool {
        self.local() == local && self.namespace() == namespace
    }

    /// Value of the attribute without namespace.
    pub fn attribute(self, name: &str) -> Option<&'d str> {
        let attributes = self.document.attributes_of(self.node()?);
        let own = |a: &&super::Attribute<'a>| a.name == name && a.namespace == NONE;
        attributes.iter().find(own).map(|attribute| attribute.value.as_ref())
    }

    /// The element around this one.
    pub fn parent(self) -> Option<Self> {
        let parent = self.node()?.parent;
        (parent != NONE).then(|| Self::new(self.document, parent))
    }

    /// The elements directly inside, in order.
    pub fn children(self) -> impl Iterator<Item = Element<'d, 'a>> {
        let document = self.document;
        let past = self.node().map_or(0, |node| node.past);
        let mut next = self.index.saturating_add(1);
        std::iter::from_fn(move || {
            while next < past {
                let index = next;
                let node = document.node(index)?;
                next = node.past.max(index.saturating_add(1));
                if node.kind == Kind::Element {
                    return Some(Element::new(document, index));
                }
            }
            None
        })
    }

    /// The first element directly inside with this name.
    pub fn child(self, namespace: &str, local: &str) -> Option<Self> {
        self.children().find(|child| child.is(namespace, local))
    }

    /// All elements inside, at any depth, with this name.
    pub fn descendants(self, namespace: &str, local: &str) -> impl Iterator<Item = Element<'d, 'a>> {
        let document = self.document;
        let past = self.node().map_or(0, |node| node.past);
        (self.index.saturating_add(1)..past)
            .filter(move |index| document.node(*index).is_some_and(|node| node.kind == Kind::Element))
            .map(move |index| Element::new(document, index))
            .filter(move |element| element.is(namespace, local))
    }

    /// The text directly inside, if there is nothing but text (comments are passed over).
    pub fn text(self) -> Option<Cow<'a, str>> {
        let mut text: Option<Cow<'a, str>> = None;
        for (kind, span) in self.texts()? {
            let piece = match kind {
                Kind::Reference => Cow::Owned(expand_reference(span)?.to_string()),
                _ if span.contains('\r') => Cow::Owned(span.replace("\r\n", "\n").replace('\r', "\n")),
                _ => Cow::Borrowed(span),
            };
            text = Some(match text {
                Some(before) => before + piece,
                None => piece,
            });
        }
        Some(text.unwrap_or_default())
    }

    /// The octets that the text inside encodes; white space (also as `&#13;`) is passed over.
    pub fn base64(self) -> Option<Vec<u8>> {
        STANDARD.decode(self.base64_text()?).ok()
    }

    /// The base64 text inside without white space.
    pub(crate) fn base64_text(self) -> Option<Vec<u8>> {
        let mut text = Vec::new();
        for (kind, span) in self.texts()? {
            if kind == Kind::Reference {
                let expanded = expand_reference(span)?;
                if !tag::is_space(expanded) {
                    return None;
                }
            } else {
                text.reserve(span.len());
                text.extend(span.bytes().filter(|b| !b.is_ascii_whitespace()));
            }
        }
        Some(text)
    }

    /// Texts and references directly inside; `None` if there are elements too.
    fn texts(self) -> Option<impl Iterator<Item = (Kind, &'a str)>> {
        let document = self.document;
        let range = self.index as usize + 1..self.node()?.past as usize;
        let inside = document.nodes.get(range)?;
        if inside.iter().any(|node| node.kind == Kind::Element) {
            return None;
        }
        let textual = |node: &&Node| matches!(node.kind, Kind::Text | Kind::CData | Kind::Reference);
        Some(inside.iter().filter(textual).map(move |node| (node.kind, document.span(node))))
    }

    /// Byte offset in the source where the content begins; `None` for an empty tag.
    pub(crate) fn content_start(self) -> Option<usize> {
        self.node()
            .map(|node| node.content)
            .filter(|content| *content != NONE)
            .map(|content| content as usize)
    }
}
