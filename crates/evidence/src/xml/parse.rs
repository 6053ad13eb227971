//! From bytes to nodes, in one pass.

use protocol::xml::normalise_value;
use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use super::node::{Attribute, Document, Kind, NONE, Node};
use super::tag::{self, RawAttribute};
use super::{NS_XML, XmlError, XmlLimits, expand_reference};

pub(super) fn parse<'a>(bytes: &'a [u8], limits: &XmlLimits) -> Result<Document<'a>, XmlError> {
    if bytes.len() > limits.bytes.min(u32::MAX as usize / 2) {
        return Err(XmlError::TooLarge);
    }
    let text = std::str::from_utf8(bytes).map_err(|_| XmlError::Encoding)?;
    let source = text.strip_prefix('\u{feff}').unwrap_or(text);
    refuse_forbidden_characters(source)?;
    Parser::new(source, limits).run()
}

/// Control characters and non-characters that XML 1.0 section 2.2 excludes.
fn refuse_forbidden_characters(source: &str) -> Result<(), XmlError> {
    let control = source.bytes().position(|b| b < 0x20 && !matches!(b, b'\t' | b'\n' | b'\r'));
    let other = || source.find(['\u{fffe}', '\u{ffff}']);
    // A second byte order mark is a character before the root. The reader would skip it, and all offsets with it.
    let mark = || source.starts_with('\u{feff}').then_some(0);
    match control.or_else(other).or_else(mark) {
        Some(at) => Err(XmlError::NotWellFormed(at)),
        None => Ok(()),
    }
}

struct Parser<'a, 'l> {
    limits: &'l XmlLimits,
    reader: Reader<&'a [u8]>,
    document: Document<'a>,
    /// Open elements, outermost first.
    open: Vec<u32>,
    /// Namespace declarations in scope as attribute indexes, and how many each open element found.
    scope: Vec<u32>,
    scope_sizes: Vec<usize>,
    raw: Vec<RawAttribute<'a>>,
}

impl<'a, 'l> Parser<'a, 'l> {
    fn new(source: &'a str, limits: &'l XmlLimits) -> Self {
        let mut reader = Reader::from_str(source);
        reader.config_mut().check_comments = true;
        Self {
            limits,
            reader,
            document: Document { source, nodes: Vec::new(), attributes: Vec::new(), root: NONE },
            open: Vec::new(),
            scope: Vec::new(),
            scope_sizes: Vec::new(),
            raw: Vec::new(),
        }
    }

    fn run(mut self) -> Result<Document<'a>, XmlError> {
        loop {
            let at = self.offset();
            let event = self.reader.read_event().map_err(|_| XmlError::NotWellFormed(at))?;
            match event {
                Event::Start(start) => self.element(&start, at, false)?,
                Event::Empty(start) => self.element(&start, at, true)?,
                Event::End(_) => self.close(),
                Event::Text(_) => self.text(at)?,
                Event::CData(_) => self.content(Kind::CData, at, "<![CDATA[".len(), "]]>".len())?,
                Event::GeneralRef(_) => self.reference(at)?,
                Event::Comment(_) => self.content(Kind::Comment, at, "<!--".len(), "-->".len())?,
                Event::PI(_) => self.instruction(at)?,
                Event::Decl(_) => self.declaration(at)?,
                Event::DocType(_) => return Err(XmlError::DocumentType),
                Event::Eof => break,
            }
        }
        if self.document.root == NONE || !self.open.is_empty() {
            return Err(XmlError::NotWellFormed(self.offset()));
        }
        Ok(self.document)
    }

    fn offset(&self) -> usize {
        usize::try_from(self.reader.buffer_position()).unwrap_or(usize::MAX)
    }

    fn push(&mut self, kind: Kind, start: usize, end: usize) -> Result<u32, XmlError> {
        if self.document.nodes.len() >= self.limits.nodes {
            return Err(XmlError::TooManyNodes);
        }
        let index = to_u32(self.document.nodes.len());
        self.document.nodes.push(Node {
            kind,
            start: to_u32(start),
            end: to_u32(end),
            parent: self.open.last().copied().unwrap_or(NONE),
            past: index.saturating_add(1),
            attributes: (0, 0),
            namespace: NONE,
            content: NONE,
        });
        Ok(index)
    }

    /// CDATA, comment: what stands between the delimiters.
    fn content(&mut self, kind: Kind, at: usize, open: usize, close: usize) -> Result<(), XmlError> {
        if kind == Kind::CData && self.open.is_empty() {
            return Err(XmlError::NotWellFormed(at));
        }
        let end = self.offset().saturating_sub(close);
        self.push(kind, at.saturating_add(open), end)?;
        Ok(())
    }

    fn text(&mut self, at: usize) -> Result<(), XmlError> {
        let end = self.offset();
        let text = self.document.source.get(at..end).unwrap_or_default();
        if text.contains("]]>") {
            return Err(XmlError::NotWellFormed(at));
        }
        if !self.open.is_empty() {
            self.push(Kind::Text, at, end)?;
        } else if !text.chars().all(tag::is_space) {
            return Err(XmlError::NotWellFormed(at));
        }
        Ok(())
    }

    fn reference(&mut self, at: usize) -> Result<(), XmlError> {
        let (start, end) = (at.saturating_add(1), self.offset().saturating_sub(1));
        let known = self.document.source.get(start..end).and_then(expand_reference);
        if known.is_none() || self.open.is_empty() {
            return Err(XmlError::NotWellFormed(at));
        }
        self.push(Kind::Reference, start, end)?;
        Ok(())
    }

    fn instruction(&mut self, at: usize) -> Result<(), XmlError> {
        let content = self.document.source.get(at.saturating_add(2)..self.offset().saturating_sub(2));
        let target = content.unwrap_or_default().split(tag::is_space).next().unwrap_or_default();
        if !tag::is_name(target) || target.contains(':') || target.eq_ignore_ascii_case("xml") {
            return Err(XmlError::NotWellFormed(at));
        }
        self.content(Kind::Instruction, at, "<?".len(), "?>".len())
    }

    /// The XML declaration: only at the very start, only version 1.0, only UTF-8.
    fn declaration(&mut self, at: usize) -> Result<(), XmlError> {
        let inside = self.document.source.get("<?xml".len()..self.offset().saturating_sub(2));
        let mut attributes = Vec::new();
        if at != 0 || inside.and_then(|text| tag::split_attributes(text, &mut attributes)).is_none() {
            return Err(XmlError::NotWellFormed(at));
        }
        let known = |(name, value): &RawAttribute<'_>| match *name {
            "version" => *value == "1.0",
            "encoding" => value.eq_ignore_ascii_case("UTF-8"),
            "standalone" => matches!(*value, "yes" | "no"),
            _ => false,
        };
        let versioned = attributes.first().is_some_and(|(name, _)| *name == "version");
        if versioned && attributes.iter().all(known) { Ok(()) } else { Err(XmlError::Encoding) }
    }

    fn element(&mut self, start: &BytesStart<'a>, at: usize, empty: bool) -> Result<(), XmlError> {
        if self.open.is_empty() && self.document.root != NONE {
            return Err(XmlError::NotWellFormed(at));
        }
        if self.open.len() >= self.limits.depth {
            return Err(XmlError::TooDeep);
        }
        let name_start = at.saturating_add(1);
        let name_end = name_start.saturating_add(start.name().as_ref().len());
        let tag_end = self.offset().saturating_sub(if empty { 2 } else { 1 });
        let index = self.push(Kind::Element, name_start, name_end)?;
        if self.document.root == NONE {
            self.document.root = index;
        }
        self.scope_sizes.push(self.scope.len());
        self.attributes(index, name_end, tag_end)?;
        self.open.push(index);
        if empty {
            self.close();
        } else if let Some(node) = self.document.nodes.get_mut(index as usize) {
            node.content = to_u32(tag_end.saturating_add(1));
        }
        Ok(())
    }

    fn close(&mut self) {
        let past = to_u32(self.document.nodes.len());
        if let Some(index) = self.open.pop()
            && let Some(node) = self.document.nodes.get_mut(index as usize)
        {
            node.past = past;
        }
        if let Some(size) = self.scope_sizes.pop() {
            self.scope.truncate(size);
        }
    }

    /// Reads the attributes of an element and binds all its prefixes.
    fn attributes(&mut self, index: u32, from: usize, to: usize) -> Result<(), XmlError> {
        let source = self.document.source;
        self.raw.clear();
        let name = self.document.node(index).map(|node| self.document.span(node)).unwrap_or_default();
        let inside = source.get(from..to).unwrap_or_default();
        if !tag::is_name(name) || tag::split_attributes(inside, &mut self.raw).is_none() {
            return Err(XmlError::NotWellFormed(from));
        }
        if self.raw.len() > self.limits.attributes {
            return Err(XmlError::TooManyAttributes);
        }
        let first = self.document.attributes.len();
        for (name, value) in &self.raw {
            let value = normalise_value(value).ok_or(XmlError::NotWellFormed(from))?;
            self.document.attributes.push(Attribute { name, value, namespace: NONE });
        }
        self.declare(first, from)?;
        self.bind(index, name, first, from)
    }

    /// Puts the namespace declarations among the attributes into scope.
    fn declare(&mut self, first: usize, at: usize) -> Result<(), XmlError> {
        for (offset, attribute) in self.document.attributes.iter().enumerate().skip(first) {
            let Some(prefix) = attribute.declared_prefix() else { continue };
            let value: &str = attribute.value.as_ref();
            let reserved = prefix == "xmlns"
                || value == "http://www.w3.org/2000/xmlns/"
                || (prefix == "xml") != (value == NS_XML);
            if reserved || (value.is_empty() && !prefix.is_empty()) {
                return Err(XmlError::Namespace(at));
            }
            self.scope.push(to_u32(offset));
        }
        if self.scope.len() > self.limits.namespaces {
            return Err(XmlError::TooManyNamespaces);
        }
        Ok(())
    }

    /// Binds element and attribute names to declarations, and refuses an attribute given twice.
    fn bind(&mut self, index: u32, name: &str, first: usize, at: usize) -> Result<(), XmlError> {
        let namespace = match name.split_once(':') {
            Some((prefix, _)) => self.declaration_of(prefix).ok_or(XmlError::Namespace(at))?,
            None => self.declaration_of("").unwrap_or(NONE),
        };
        let past = self.document.attributes.len();
        for offset in first..past {
            let bound = match self.document.attributes.get(offset).map(|attribute| attribute.name) {
                Some(name) if !name.starts_with("xmlns:") && !name.starts_with("xml:") => {
                    name.split_once(':').map(|(prefix, _)| self.declaration_of(prefix))
                }
                _ => None,
            };
            if let (Some(bound), Some(attribute)) = (bound, self.document.attributes.get_mut(offset)) {
                attribute.namespace = bound.ok_or(XmlError::Namespace(at))?;
            }
        }
        self.refuse_duplicates(first, at)?;
        if let Some(node) = self.document.nodes.get_mut(index as usize) {
            node.attributes = (to_u32(first), to_u32(past));
            node.namespace = namespace;
        }
        Ok(())
    }

    fn declaration_of(&self, prefix: &str) -> Option<u32> {
        let declares = |declaration: &&u32| {
            let attribute = self.document.attributes.get(**declaration as usize);
            attribute.and_then(Attribute::declared_prefix) == Some(prefix)
        };
        self.scope.iter().rev().find(declares).copied()
    }

    fn refuse_duplicates(&self, first: usize, at: usize) -> Result<(), XmlError> {
        let document = &self.document;
        let own = document.attributes.get(first..).unwrap_or_default();
        if own.len() < 2 {
            return Ok(());
        }
        let expanded = |attribute: &Attribute<'a>| {
            let local = attribute.name.split_once(':').map_or(attribute.name, |(_, local)| local);
            match attribute.namespace {
                NONE => ("", attribute.name.to_owned()),
                bound => (document.namespace(bound), local.to_owned()),
            }
        };
        let mut names: Vec<(&str, String)> = own.iter().map(expanded).collect();
        names.sort_unstable();
        let twice = names.windows(2).any(|pair| pair.first() == pair.last());
        if twice { Err(XmlError::NotWellFormed(at)) } else { Ok(()) }
    }
}

/// Offsets and counts are below the size limit, which fits.
fn to_u32(value: usize) -> u32 {
    u32::try_from(value).unwrap_or(NONE)
}
