//! Canonical XML in one pass: the bytes that are digested and signed.
//!
//! Inclusive (Canonical XML 1.0) and exclusive (Exclusive XML Canonicalization 1.0 with prefix
//! list), each with or without comments, of a whole document or of one element in its context.
//! Documents here have no document type declaration, so there are no default attributes and no
//! attribute types but CDATA.

mod namespaces;

use crate::xml::{Attribute, Document, Element, Kind, NONE, NS_XML, Node, expand_reference};
use namespaces::Namespaces;

/// A canonicalization method.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Method {
    exclusive: bool,
    comments: bool,
    /// Prefixes that exclusive canonicalization treats inclusively; empty text is the default namespace.
    prefixes: Vec<String>,
}

impl Method {
    /// Canonical XML 1.0 without comments: what X-Road uses, and the default for references.
    pub const INCLUSIVE: Self = Self { exclusive: false, comments: false, prefixes: Vec::new() };

    /// The method with this XML-DSig algorithm name. `None` for all others, Canonical XML 1.1 included.
    pub fn from_uri(uri: &str) -> Option<Self> {
        let (exclusive, comments) = match uri {
            "http://www.w3.org/TR/2001/REC-xml-c14n-20010315" => (false, false),
            "http://www.w3.org/TR/2001/REC-xml-c14n-20010315#WithComments" => (false, true),
            "http://www.w3.org/2001/10/xml-exc-c14n#" => (true, false),
            "http://www.w3.org/2001/10/xml-exc-c14n#WithComments" => (true, true),
            _ => return None,
        };
        Some(Self { exclusive, comments, prefixes: Vec::new() })
    }

    /// The same method with an `InclusiveNamespaces` prefix list; only exclusive methods have one.
    pub fn with_prefix_list(mut self, list: &str) -> Self {
        if self.exclusive {
            let plain = |prefix: &str| if prefix == "#default" { String::new() } else { prefix.to_owned() };
            self.prefixes = list.split_ascii_whitespace().map(plain).collect();
        }
        self
    }
}

/// The canonical form of the whole document.
pub fn document(document: &Document<'_>, method: &Method) -> Vec<u8> {
    let mut writer = Writer::new(document, method);
    let root = document.root().index();
    for (index, node) in (0u32..).zip(&document.nodes) {
        if node.parent != NONE {
            continue;
        }
        match node.kind {
            Kind::Element => writer.subtree(index),
            _ => writer.beside_root(node, index < root),
        }
    }
    writer.out
}

/// The canonical form of an element and all it contains, as part of its document.
pub fn element(element: Element<'_, '_>, document: &Document<'_>, method: &Method) -> Vec<u8> {
    let mut writer = Writer::new(document, method);
    writer.enter_context(element);
    writer.subtree(element.index());
    writer.out
}

struct Writer<'d, 'a> {
    document: &'d Document<'a>,
    method: &'d Method,
    namespaces: Namespaces<'d>,
    /// `xml:` attributes of the ancestors of the first element, which it inherits.
    inherited: Vec<(&'d str, &'d str)>,
    out: Vec<u8>,
}

impl<'d, 'a> Writer<'d, 'a> {
    fn new(document: &'d Document<'a>, method: &'d Method) -> Self {
        Self {
            document,
            method,
            namespaces: Namespaces::default(),
            inherited: Vec::new(),
            out: Vec::with_capacity(1024),
        }
    }

    /// Takes over what the ancestors of the first element declare.
    fn enter_context(&mut self, apex: Element<'d, 'a>) {
        let mut ancestors: Vec<Element<'d, 'a>> =
            std::iter::successors(apex.parent(), |element| element.parent()).collect();
        ancestors.reverse();
        for ancestor in ancestors {
            let Some(node) = self.document.node(ancestor.index()) else { continue };
            for attribute in self.document.attributes_of(node) {
                if let Some(prefix) = attribute.declared_prefix() {
                    self.namespaces.inherit(prefix, &attribute.value);
                } else if attribute.name.starts_with("xml:") && !self.method.exclusive {
                    self.inherited.retain(|(name, _)| *name != attribute.name);
                    self.inherited.push((attribute.name, &attribute.value));
                }
            }
        }
    }

    /// Writes an element and all inside, without recursion.
    fn subtree(&mut self, first: u32) {
        let Some(past) = self.document.node(first).map(|node| node.past) else { return };
        let mut open: Vec<&Node> = Vec::new();
        for index in first..past {
            let Some(node) = self.document.node(index) else { break };
            self.close_finished(&mut open, index);
            match node.kind {
                Kind::Element => {
                    self.start_tag(node, index == first);
                    open.push(node);
                }
                Kind::Text => escape_text(self.document.span(node), &mut self.out),
                Kind::CData => escape_text(self.document.span(node), &mut self.out),
                Kind::Reference => self.reference(node),
                Kind::Comment => self.comment(node),
                Kind::Instruction => self.instruction(node),
            }
        }
        self.close_finished(&mut open, past);
    }

    fn close_finished(&mut self, open: &mut Vec<&Node>, index: u32) {
        while let Some(node) = open.pop_if(|node| node.past <= index) {
            self.out.extend_from_slice(b"</");
            self.out.extend_from_slice(self.document.span(node).as_bytes());
            self.out.push(b'>');
            self.namespaces.leave();
        }
    }

    fn start_tag(&mut self, node: &Node, apex: bool) {
        let name = self.document.span(node);
        self.out.push(b'<');
        self.out.extend_from_slice(name.as_bytes());
        let attributes: &'d [Attribute<'a>] = self.document.attributes_of(node);
        self.namespaces.enter(attributes);
        if self.method.exclusive {
            self.namespaces.render_used(name, attributes, &self.method.prefixes, &mut self.out);
        } else {
            self.namespaces.render_changed(attributes, apex, &mut self.out);
        }
        self.plain_attributes(attributes, apex);
        self.out.push(b'>');
    }

    /// Attributes in the order of namespace name, then local name.
    fn plain_attributes(&mut self, attributes: &'d [Attribute<'a>], apex: bool) {
        let mut sorted: Vec<(&str, &str, &str, &str)> = Vec::new();
        for attribute in attributes.iter().filter(|a| a.declared_prefix().is_none()) {
            let (namespace, local) = match attribute.name.split_once(':') {
                Some(("xml", local)) => (NS_XML, local),
                Some((_, local)) => (self.document.namespace(attribute.namespace), local),
                None => ("", attribute.name),
            };
            sorted.push((namespace, local, attribute.name, &attribute.value));
        }
        if apex {
            for (name, value) in &self.inherited {
                if !sorted.iter().any(|(_, _, own, _)| own == name) {
                    sorted.push((NS_XML, name.trim_start_matches("xml:"), name, value));
                }
            }
        }
        sorted.sort_unstable();
        for (_, _, name, value) in sorted {
            write_attribute(name, value, &mut self.out);
        }
    }

    fn reference(&mut self, node: &Node) {
        if let Some(character) = expand_reference(self.document.span(node)) {
            match character {
                '\r' => self.out.extend_from_slice(b"&#xD;"),
                other => escape_text(other.encode_utf8(&mut [0; 4]), &mut self.out),
            }
        }
    }

    fn comment(&mut self, node: &Node) {
        if self.method.comments {
            self.out.extend_from_slice(b"<!--");
            normalise_lines(self.document.span(node), &mut self.out);
            self.out.extend_from_slice(b"-->");
        }
    }

    fn instruction(&mut self, node: &Node) {
        let content = self.document.span(node);
        let split = content.find([' ', '\t', '\r', '\n']).unwrap_or(content.len());
        let (target, data) = content.split_at_checked(split).unwrap_or((content, ""));
        self.out.extend_from_slice(b"<?");
        self.out.extend_from_slice(target.as_bytes());
        let data = data.trim_start_matches([' ', '\t', '\r', '\n']);
        if !data.is_empty() {
            self.out.push(b' ');
            normalise_lines(data, &mut self.out);
        }
        self.out.extend_from_slice(b"?>");
    }

    /// Comments and instructions outside the root stand on lines of their own.
    fn beside_root(&mut self, node: &Node, before: bool) {
        if node.kind == Kind::Comment && !self.method.comments {
            return;
        }
        if !before {
            self.out.push(b'\n');
        }
        match node.kind {
            Kind::Comment => self.comment(node),
            _ => self.instruction(node),
        }
        if before {
            self.out.push(b'\n');
        }
    }
}

/// Text with `&`, `<` and `>` escaped and line ends made LF. A literal CR is a line end, a CR from
/// a reference is not and never comes here.
fn escape_text(text: &str, out: &mut Vec<u8>) {
    let bytes = text.as_bytes();
    let mut from = 0;
    for (at, byte) in bytes.iter().enumerate() {
        let replacement: &[u8] = match byte {
            b'&' => b"&amp;",
            b'<' => b"&lt;",
            b'>' => b"&gt;",
            b'\r' if bytes.get(at + 1) == Some(&b'\n') => b"",
            b'\r' => b"\n",
            _ => continue,
        };
        out.extend_from_slice(bytes.get(from..at).unwrap_or_default());
        out.extend_from_slice(replacement);
        from = at + 1;
    }
    out.extend_from_slice(bytes.get(from..).unwrap_or_default());
}

fn normalise_lines(text: &str, out: &mut Vec<u8>) {
    if text.contains('\r') {
        out.extend_from_slice(text.replace("\r\n", "\n").replace('\r', "\n").as_bytes());
    } else {
        out.extend_from_slice(text.as_bytes());
    }
}

/// One attribute or namespace declaration with its value escaped.
fn write_attribute(name: &str, value: &str, out: &mut Vec<u8>) {
    out.push(b' ');
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(b"=\"");
    let bytes = value.as_bytes();
    let mut from = 0;
    for (at, byte) in bytes.iter().enumerate() {
        let replacement: &[u8] = match byte {
            b'&' => b"&amp;",
            b'<' => b"&lt;",
            b'"' => b"&quot;",
            b'\t' => b"&#x9;",
            b'\n' => b"&#xA;",
            b'\r' => b"&#xD;",
            _ => continue,
        };
        out.extend_from_slice(bytes.get(from..at).unwrap_or_default());
        out.extend_from_slice(replacement);
        from = at + 1;
    }
    out.extend_from_slice(bytes.get(from..).unwrap_or_default());
    out.push(b'"');
}

#[cfg(test)]
mod tests;
