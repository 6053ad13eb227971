//! A pull reader over quick-xml with the limits of [`super`].

use quick_xml::events::{BytesRef, BytesStart, Event};
use quick_xml::name::ResolveResult;
use quick_xml::{NsReader, XmlVersion};

use super::{
    IDENTIFIER_NAMESPACE, MAX_ATTRIBUTES, MAX_DEPTH, MAX_DOCUMENT_BYTES, MAX_TEXT_BYTES, XROAD_NAMESPACE,
    XmlError,
};

/// Namespaces that matter to us.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Namespace {
    /// Unqualified.
    None,
    /// [`XROAD_NAMESPACE`].
    Xroad,
    /// [`IDENTIFIER_NAMESPACE`].
    Identifiers,
    /// Any other.
    Other,
}

/// The start of an element.
#[derive(Debug)]
pub(crate) struct Element {
    namespace: Namespace,
    local_name: String,
    attributes: Vec<(Namespace, String, String)>,
}

/// A document that is read from top to bottom.
pub(crate) struct Document<'i> {
    reader: NsReader<&'i [u8]>,
    depth: usize,
}

/// What matters of the next event.
enum Token<'i> {
    Start(Element),
    End,
    Text(std::borrow::Cow<'i, str>),
    Nothing,
    EndOfDocument,
}

impl Element {
    /// The name of an unqualified element, otherwise an empty text, which no element has.
    pub(crate) fn name(&self) -> &str {
        if self.namespace == Namespace::None { &self.local_name } else { "" }
    }

    /// The name of an element in the identifier namespace, otherwise an empty text.
    pub(crate) fn identifier_name(&self) -> &str {
        if self.namespace == Namespace::Identifiers { &self.local_name } else { "" }
    }

    /// The name without namespace, for messages.
    pub(crate) fn local_name(&self) -> &str {
        &self.local_name
    }

    /// Value of an unqualified attribute.
    pub(crate) fn attribute(&self, name: &str) -> Option<&str> {
        self.find(Namespace::None, name)
    }

    /// Value of an attribute in the identifier namespace.
    pub(crate) fn identifier_attribute(&self, name: &str) -> Option<&str> {
        self.find(Namespace::Identifiers, name)
    }

    /// The error for an element that the schema does not have here.
    pub(crate) fn unexpected_in(&self, parent: &str) -> XmlError {
        XmlError::UnexpectedElement { parent: parent.to_owned(), element: self.local_name.clone() }
    }

    fn find(&self, namespace: Namespace, name: &str) -> Option<&str> {
        let mut attributes = self.attributes.iter();
        attributes
            .find(|(space, local, _)| *space == namespace && local == name)
            .map(|(_, _, value)| value.as_str())
    }
}

impl<'i> Document<'i> {
    /// Opens a document whose root element has this name in the X-Road namespace; returns it with
    /// the root already entered.
    pub(crate) fn open(bytes: &'i [u8], root: &str) -> Result<Self, XmlError> {
        if bytes.len() > MAX_DOCUMENT_BYTES {
            return Err(XmlError::TooLarge);
        }
        let text = std::str::from_utf8(bytes).map_err(|_| XmlError::NotUtf8)?;
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        // The reader would skip a second byte order mark.
        if text.starts_with('\u{feff}') || text.contains(is_forbidden) {
            return Err(forbidden());
        }
        let mut reader = NsReader::from_str(text);
        reader.config_mut().expand_empty_elements = true;
        let mut document = Self { reader, depth: 0 };
        loop {
            match document.token()? {
                Token::Start(element)
                    if element.namespace == Namespace::Xroad && element.local_name == root =>
                {
                    return Ok(document);
                }
                Token::Start(element) => return Err(XmlError::WrongRoot(element.local_name)),
                Token::Nothing => {}
                Token::Text(text) if is_blank(&text) => {}
                Token::Text(_) | Token::End | Token::EndOfDocument => {
                    return Err(XmlError::NotWellFormed("there is no root element".into()));
                }
            }
        }
    }

    /// The next child of the element that was entered last, which is entered by that; `None` at the
    /// end of the parent. `parent` is named in errors.
    pub(crate) fn next_child(&mut self, parent: &str) -> Result<Option<Element>, XmlError> {
        loop {
            match self.token()? {
                Token::Start(element) => return Ok(Some(element)),
                Token::End => return Ok(None),
                Token::Nothing => {}
                Token::Text(text) if is_blank(&text) => {}
                Token::Text(_) => return Err(XmlError::UnexpectedText(parent.to_owned())),
                Token::EndOfDocument => return Err(ended()),
            }
        }
    }

    /// The text of the element that was entered last, which is left by that.
    pub(crate) fn text(&mut self, element: &Element) -> Result<String, XmlError> {
        let mut content = String::new();
        loop {
            match self.token()? {
                Token::Text(text) => {
                    if content.len() + text.len() > MAX_TEXT_BYTES {
                        return Err(XmlError::TextTooLong(element.local_name.clone()));
                    }
                    content.push_str(&text);
                }
                Token::Start(child) => return Err(child.unexpected_in(&element.local_name)),
                Token::End => return Ok(content),
                Token::Nothing => {}
                Token::EndOfDocument => return Err(ended()),
            }
        }
    }

    /// Leaves the element that was entered last, whatever it holds.
    pub(crate) fn skip(&mut self) -> Result<(), XmlError> {
        let outside = self.depth.saturating_sub(1);
        while self.depth > outside {
            if matches!(self.token()?, Token::EndOfDocument) {
                return Err(ended());
            }
        }
        Ok(())
    }

    /// After the end of the root: nothing but white space, comments and processing instructions.
    pub(crate) fn finish(mut self) -> Result<(), XmlError> {
        loop {
            match self.token()? {
                Token::EndOfDocument => return Ok(()),
                Token::Nothing => {}
                Token::Text(text) if is_blank(&text) => {}
                Token::Text(_) | Token::Start(_) | Token::End => {
                    return Err(XmlError::NotWellFormed("there is content after the root element".into()));
                }
            }
        }
    }

    fn token(&mut self) -> Result<Token<'i>, XmlError> {
        let event = self.reader.read_event().map_err(not_well_formed)?;
        Ok(match event {
            Event::Start(start) => {
                self.depth += 1;
                if self.depth > MAX_DEPTH {
                    return Err(XmlError::TooDeep);
                }
                Token::Start(self.element(&start)?)
            }
            Event::End(_) => {
                self.depth = self.depth.saturating_sub(1);
                Token::End
            }
            Event::Text(text) => Token::Text(text.xml10_content()),
            Event::CData(text) => Token::Text(text.xml10_content()),
            Event::GeneralRef(reference) => Token::Text(resolve(&reference)?.to_string().into()),
            Event::DocType(_) => return Err(XmlError::DoctypeRefused),
            Event::Decl(declaration) => match declaration.encoding() {
                Some(Ok(encoding)) if encoding.eq_ignore_ascii_case("utf-8") => Token::Nothing,
                None => Token::Nothing,
                Some(_) => return Err(XmlError::NotUtf8),
            },
            Event::Comment(_) | Event::PI(_) => Token::Nothing,
            Event::Eof => Token::EndOfDocument,
            // Empty elements are expanded; see `open`.
            Event::Empty(_) => {
                return Err(XmlError::NotWellFormed("an empty element was not expanded".into()));
            }
        })
    }

    fn element(&self, start: &BytesStart<'_>) -> Result<Element, XmlError> {
        let (namespace, local_name) = self.reader.resolver().resolve_element(start.name());
        let (namespace, local_name) = (known(&namespace)?, local_name.as_ref().to_owned());
        let mut attributes = Vec::new();
        for (count, attribute) in start.attributes().enumerate() {
            if count >= MAX_ATTRIBUTES {
                return Err(XmlError::TooManyAttributes);
            }
            let attribute = attribute.map_err(|error| not_well_formed(error.into()))?;
            if attribute.key.as_namespace_binding().is_some() {
                continue;
            }
            let (namespace, local_name) = self.reader.resolver().resolve_attribute(attribute.key);
            let value = attribute.normalized_value(XmlVersion::Explicit1_0).map_err(not_well_formed)?;
            if value.contains(is_forbidden) {
                return Err(forbidden());
            }
            attributes.push((known(&namespace)?, local_name.as_ref().to_owned(), value.into_owned()));
        }
        Ok(Element { namespace, local_name, attributes })
    }
}

fn known(resolved: &ResolveResult<'_>) -> Result<Namespace, XmlError> {
    match resolved {
        ResolveResult::Unbound => Ok(Namespace::None),
        ResolveResult::Bound(namespace) => Ok(match namespace.0 {
            XROAD_NAMESPACE => Namespace::Xroad,
            IDENTIFIER_NAMESPACE => Namespace::Identifiers,
            _ => Namespace::Other,
        }),
        ResolveResult::Unknown(prefix) => {
            Err(XmlError::NotWellFormed(format!("the prefix {prefix:?} is not declared")))
        }
    }
}

/// The five entities of XML and character references; there is no document type that could
/// declare others.
fn resolve(reference: &BytesRef<'_>) -> Result<char, XmlError> {
    if let Some(character) = reference.resolve_char_ref().map_err(not_well_formed)? {
        return if is_forbidden(character) { Err(forbidden()) } else { Ok(character) };
    }
    match reference.xml10_content().as_ref() {
        "amp" => Ok('&'),
        "lt" => Ok('<'),
        "gt" => Ok('>'),
        "quot" => Ok('"'),
        "apos" => Ok('\''),
        _ => Err(XmlError::NotWellFormed("an entity is not declared".into())),
    }
}

fn is_blank(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n'))
}

/// Characters that a document cannot contain in any form (XML 1.0 section 2.2).
fn is_forbidden(character: char) -> bool {
    matches!(character, '\0'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}')
}

fn forbidden() -> XmlError {
    XmlError::NotWellFormed("there is a character that XML does not allow".into())
}

fn ended() -> XmlError {
    XmlError::NotWellFormed("the document ends inside an element".into())
}

fn not_well_formed(error: quick_xml::Error) -> XmlError {
    XmlError::NotWellFormed(error.to_string())
}
