//! The scanner.

use std::borrow::Cow;
use std::ops::Range;

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use super::scope::{NO_NAMESPACE, NamespaceNumber, Scope};
use super::tag::{self, Attributes};
use super::{Attribute, Name, Namespace, Token, XmlError};
use crate::Limits;

/// Reads a document token by token. Offsets count bytes of the text it was given.
pub struct Scanner<'a> {
    source: &'a str,
    reader: Reader<&'a [u8]>,
    max_depth: usize,
    max_attributes: usize,
    max_name: usize,
    scope: Scope<'a>,
    /// For every open element, how many declarations were in scope outside.
    open: Vec<usize>,
    attributes: Vec<Attribute<'a>>,
    /// Namespace and local name of each attribute, to find duplicates.
    names: Vec<(NamespaceNumber, &'a str)>,
    span: Range<usize>,
    seen_root: bool,
    /// The last token was an empty tag whose end has not been given.
    pending_end: bool,
}

impl<'a> Scanner<'a> {
    /// Starts at the beginning of a document without byte order mark. Names are told apart by the namespaces in
    /// `known`; all others are [`Namespace::Other`].
    ///
    /// # Errors
    /// A character that XML does not allow, anywhere in the document.
    pub fn new(source: &'a str, known: &'static [&'static str], limits: &Limits) -> Result<Self, XmlError> {
        // The reader would skip a byte order mark, and all offsets with it.
        if source.starts_with('\u{feff}') {
            return Err(XmlError::NotWellFormed(0));
        }
        if let Some(at) = tag::forbidden_character(source) {
            return Err(XmlError::NotWellFormed(at));
        }
        let mut reader = Reader::from_str(source);
        reader.config_mut().check_comments = true;
        Ok(Self {
            source,
            reader,
            max_depth: limits.xml_depth,
            max_attributes: limits.xml_attributes,
            max_name: limits.xml_name,
            scope: Scope::new(known, limits.xml_namespaces),
            open: Vec::new(),
            attributes: Vec::new(),
            names: Vec::new(),
            span: 0..0,
            seen_root: false,
            pending_end: false,
        })
    }

    /// How many elements are open: after [`Token::Start`] the element counts, after [`Token::End`] no more.
    #[must_use]
    pub fn depth(&self) -> usize {
        self.open.len()
    }

    /// Where the last token stands.
    #[must_use]
    pub fn span(&self) -> Range<usize> {
        self.span.clone()
    }

    /// The source of the last token.
    #[must_use]
    pub fn raw(&self) -> &'a str {
        self.source.get(self.span.clone()).unwrap_or_default()
    }

    /// The attributes of the element that began last, in their order.
    #[must_use]
    pub fn attributes(&self) -> &[Attribute<'a>] {
        &self.attributes
    }

    /// The value of an attribute of the element that began last, by namespace (`None` for none) and local name.
    #[must_use]
    pub fn attribute(&self, namespace: Option<&str>, local: &str) -> Option<&str> {
        let found = self.attributes.iter().find(|attribute| match namespace {
            Some(namespace) => attribute.name.is(namespace, local),
            None => attribute.name.namespace == Namespace::None && attribute.name.local == local,
        });
        found.map(|attribute| attribute.value.as_ref())
    }

    /// Whether a prefix stands for a known namespace at this place.
    #[must_use]
    pub fn binds(&self, prefix: &str, namespace: &str) -> bool {
        let number = self.scope.of_element(prefix);
        let bound = number.map(|number| self.scope.namespace(number));
        matches!(bound, Some(Namespace::Known(known)) if known == namespace)
    }

    /// The next token; `None` at the end of a complete document.
    ///
    /// # Errors
    /// See [`XmlError`]. Nothing sensible comes after an error.
    pub fn next_token(&mut self) -> Result<Option<Token<'a>>, XmlError> {
        if std::mem::take(&mut self.pending_end) {
            self.span.start = self.span.end;
            self.close();
            return Ok(Some(Token::End));
        }
        let start = self.offset();
        let event = self.reader.read_event().map_err(|_| XmlError::NotWellFormed(start))?;
        self.span = start..self.offset();
        match event {
            Event::Start(element) => self.start(&element, 1).map(Some),
            Event::Empty(element) => {
                self.pending_end = true;
                self.start(&element, 2).map(Some)
            }
            Event::End(_) => {
                self.close();
                Ok(Some(Token::End))
            }
            Event::Text(_) => self.text().map(Some),
            Event::CData(_) => {
                self.inside("<![CDATA[".len(), "]]>".len()).map(|text| Some(Token::Text(text)))
            }
            Event::GeneralRef(_) => self.reference().map(Some),
            Event::Comment(_) => Ok(Some(Token::Other)),
            Event::PI(_) => self.instruction().map(Some),
            Event::Decl(_) => self.declaration().map(Some),
            Event::DocType(_) => Err(XmlError::DocumentType),
            Event::Eof if !self.seen_root || !self.open.is_empty() => Err(XmlError::NotWellFormed(start)),
            Event::Eof => Ok(None),
        }
    }

    fn offset(&self) -> usize {
        usize::try_from(self.reader.buffer_position()).unwrap_or(usize::MAX)
    }

    fn malformed(&self) -> XmlError {
        XmlError::NotWellFormed(self.span.start)
    }

    /// The content of a token without its delimiters; only inside elements.
    fn inside(&self, open: usize, close: usize) -> Result<Cow<'a, str>, XmlError> {
        if self.open.is_empty() {
            return Err(self.malformed());
        }
        let range = self.span.start + open..self.span.end.saturating_sub(close);
        Ok(tag::normalise_lines(self.source.get(range).unwrap_or_default()))
    }

    fn text(&self) -> Result<Token<'a>, XmlError> {
        let raw = self.raw();
        if memchr::memmem::find(raw.as_bytes(), b"]]>").is_some() {
            return Err(self.malformed());
        }
        if !self.open.is_empty() {
            return Ok(Token::Text(tag::normalise_lines(raw)));
        }
        if raw.chars().all(tag::is_space) { Ok(Token::Other) } else { Err(self.malformed()) }
    }

    fn reference(&self) -> Result<Token<'a>, XmlError> {
        let name = self.inside(1, 1)?;
        let character = tag::expand_reference(&name).ok_or_else(|| self.malformed())?;
        Ok(Token::Text(Cow::Owned(character.to_string())))
    }

    fn instruction(&self) -> Result<Token<'a>, XmlError> {
        let inside =
            self.source.get(self.span.start + 2..self.span.end.saturating_sub(2)).unwrap_or_default();
        let target = inside.split(tag::is_space).next().unwrap_or_default();
        if !tag::is_name(target) || target.contains(':') || target.eq_ignore_ascii_case("xml") {
            return Err(self.malformed());
        }
        Ok(Token::Other)
    }

    /// The XML declaration: only at the very start, only version 1.0. The encoding is the caller's affair.
    fn declaration(&self) -> Result<Token<'a>, XmlError> {
        let mut attributes = Attributes::new(self.source, "<?xml".len()..self.span.end.saturating_sub(2));
        if self.span.start != 0 {
            return Err(self.malformed());
        }
        let mut expected = ["version", "encoding", "standalone"].iter();
        let mut first = true;
        while let Some(attribute) = attributes.next().map_err(|()| self.malformed())? {
            // Each at most once, in this order.
            if !expected.any(|name| *name == attribute.name) || (first && attribute.name != "version") {
                return Err(self.malformed());
            }
            first = false;
            match (attribute.name, attribute.value) {
                ("version", "1.0") | ("encoding", _) | ("standalone", "yes" | "no") => {}
                ("version", _) => return Err(XmlError::Version),
                _ => return Err(self.malformed()),
            }
        }
        if first { Err(self.malformed()) } else { Ok(Token::Other) }
    }

    fn start(&mut self, element: &BytesStart<'a>, close: usize) -> Result<Token<'a>, XmlError> {
        if self.open.is_empty() && self.seen_root {
            return Err(self.malformed());
        }
        if self.open.len() >= self.max_depth {
            return Err(XmlError::TooDeep);
        }
        self.seen_root = true;
        let name_start = self.span.start + 1;
        let name_end = name_start + element.name().as_ref().len();
        let name = self.source.get(name_start..name_end).unwrap_or_default();
        self.check_name(name)?;
        self.open.push(self.scope.mark());
        self.read_attributes(name_end..self.span.end.saturating_sub(close))?;
        let (prefix, local) = tag::split_name(name);
        let number = self.scope.of_element(prefix).ok_or(XmlError::Namespace(name_start))?;
        Ok(Token::Start(Name { namespace: self.scope.namespace(number), prefix, local }))
    }

    fn close(&mut self) {
        if let Some(mark) = self.open.pop() {
            self.scope.leave(mark);
        }
    }

    fn check_name(&self, name: &str) -> Result<(), XmlError> {
        if name.len() > self.max_name {
            return Err(XmlError::NameTooLong);
        }
        if tag::is_name(name) { Ok(()) } else { Err(self.malformed()) }
    }

    fn read_attributes(&mut self, range: Range<usize>) -> Result<(), XmlError> {
        self.attributes.clear();
        let mut raw = Attributes::new(self.source, range);
        while let Some(attribute) = raw.next().map_err(|()| self.malformed())? {
            if self.attributes.len() == self.max_attributes {
                return Err(XmlError::TooManyAttributes);
            }
            self.check_name(attribute.name)?;
            let value = tag::normalise_value(attribute.value).ok_or_else(|| self.malformed())?;
            let (prefix, local) = tag::split_name(attribute.name);
            if prefix == "xmlns" {
                self.scope.declare(local, value.clone(), attribute.span.start)?;
            } else if attribute.name == "xmlns" {
                self.scope.declare("", value.clone(), attribute.span.start)?;
            }
            let name = Name { namespace: Namespace::None, prefix, local };
            let (span, value_span) = (attribute.span, attribute.value_span);
            self.attributes.push(Attribute { name, value, span, value_span });
        }
        self.bind_attributes()
    }

    /// Finds the namespaces of the attributes, and refuses a name given twice.
    fn bind_attributes(&mut self) -> Result<(), XmlError> {
        self.names.clear();
        for attribute in &mut self.attributes {
            let number = if attribute.is_declaration() {
                // Declarations have a namespace of their own; two of one prefix differ from two attributes in none.
                usize::MAX - usize::from(attribute.name.prefix.is_empty())
            } else {
                let number = self.scope.of_attribute(attribute.name.prefix);
                number.ok_or(XmlError::Namespace(attribute.span.start))?
            };
            if number != NO_NAMESPACE && !attribute.is_declaration() {
                attribute.name.namespace = self.scope.namespace(number);
            }
            self.names.push((number, attribute.name.local));
        }
        if self.names.len() < 2 {
            return Ok(());
        }
        self.names.sort_unstable();
        let twice = self.names.windows(2).any(|pair| pair.first() == pair.last());
        if twice { Err(self.malformed()) } else { Ok(()) }
    }
}
