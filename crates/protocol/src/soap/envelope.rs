//! Reading an envelope: one pass, every rule of the message protocol in the order in which X-Road finds it broken.

use std::ops::Range;

use super::SoapError;
use super::field::{Field, Fields, OpenField};
use super::header::SoapHeader;
use super::layout::{Layout, Tag, Wrapper};
use crate::Limits;
use crate::names::xmlns;
use crate::xml::{Name, Scanner, Token};

const KNOWN: &[&str] = &[xmlns::SOAP, xmlns::XROAD, xmlns::IDENTIFIERS, xmlns::REPRESENTATION];

/// What an envelope holds.
pub(super) enum Content {
    Message(Box<(SoapHeader, Layout)>),
    Fault,
}

/// Reads the text of an envelope.
pub(super) fn scan(text: &str, limits: &Limits) -> Result<Content, SoapError> {
    let mut scan = Scan {
        scanner: Scanner::new(text, KNOWN, limits)?,
        field_limit: limits.soap_header_field,
        section: Section::Envelope,
        seen_header: false,
        seen_body: false,
        fields: Fields::default(),
        open: None,
        fault: false,
        has_wrapper: false,
        header: None,
        layout: Layout::default(),
        seen_indent: false,
        field_start: 0,
    };
    while let Some(token) = scan.scanner.next_token()? {
        match token {
            Token::Start(name) => scan.start(&name)?,
            Token::End => scan.end()?,
            Token::Text(text) => scan.text(&text)?,
            Token::Other => {}
        }
    }
    match scan.header {
        Some(header) => Ok(Content::Message(Box::new((header, scan.layout)))),
        None if scan.fault => Ok(Content::Fault),
        None => Err(SoapError::EnvelopeMissing),
    }
}

/// The child of the envelope that is open.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Section {
    Envelope,
    Header,
    Body,
    Other,
}

struct Scan<'a> {
    scanner: Scanner<'a>,
    field_limit: usize,
    section: Section,
    seen_header: bool,
    seen_body: bool,
    fields: Fields,
    open: Option<OpenField>,
    fault: bool,
    has_wrapper: bool,
    /// Set when the envelope has ended and is a message.
    header: Option<SoapHeader>,
    layout: Layout,
    seen_indent: bool,
    /// Where the open header field begins.
    field_start: usize,
}

impl Scan<'_> {
    fn start(&mut self, name: &Name<'_>) -> Result<(), SoapError> {
        match (self.scanner.depth(), self.section) {
            (1, _) => self.envelope(name),
            (2, _) => self.section(name),
            (3, Section::Header) => self.field(name),
            (4, Section::Header) => self.open.as_mut().map_or(Ok(()), |open| open.part_start(name)),
            (3, Section::Body) => self.body_child(name),
            _ => Ok(()),
        }
    }

    fn end(&mut self) -> Result<(), SoapError> {
        let span = self.scanner.span();
        match (self.scanner.depth(), self.section) {
            (0, _) => self.envelope_end(span.end),
            (1, section) => {
                if section == Section::Body {
                    self.layout.body.end = span.start.max(self.layout.body.start);
                }
                self.section = Section::Envelope;
                Ok(())
            }
            (2, Section::Header) => self.field_end(span.end),
            (2, Section::Body) => {
                // An empty tag has no end tag to rename.
                let name_start = span.start + "</".len().min(span.len());
                self.layout.wrapper.end_name = name_of(self.scanner.raw(), name_start);
                Ok(())
            }
            (3, Section::Header) => {
                if let Some(open) = &mut self.open {
                    open.part_end();
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn text(&mut self, text: &str) -> Result<(), SoapError> {
        if self.section != Section::Header {
            return Ok(());
        }
        // References and CDATA sections are not white space as written.
        if !self.seen_indent && self.scanner.raw().trim_ascii().is_empty() {
            self.seen_indent = true;
            self.layout.indent = self.scanner.span();
        }
        let depth = self.scanner.depth();
        match &mut self.open {
            Some(open) if depth == 3 || depth == 4 => open.take(text, depth == 4, self.field_limit),
            _ => Ok(()),
        }
    }

    fn envelope(&mut self, name: &Name<'_>) -> Result<(), SoapError> {
        if !name.is(xmlns::SOAP, "Envelope") {
            return Err(SoapError::EnvelopeMissing);
        }
        let span = self.scanner.span();
        let attributes = self.scanner.attributes().iter().map(|attribute| attribute.span.clone()).collect();
        self.layout.root = Tag { name_end: name_range(name, span.start).end, span, attributes };
        Ok(())
    }

    fn section(&mut self, name: &Name<'_>) -> Result<(), SoapError> {
        self.section = Section::Other;
        if name.is(xmlns::SOAP, "Header") {
            if std::mem::replace(&mut self.seen_header, true) {
                return Err(SoapError::SecondHeader);
            }
            self.section = Section::Header;
        } else if name.is(xmlns::SOAP, "Body") {
            // X-Road would go by the second, a service perhaps by the first.
            if std::mem::replace(&mut self.seen_body, true) {
                return Err(SoapError::Body);
            }
            self.section = Section::Body;
            let end = self.scanner.span().end;
            self.layout.body = end..end;
            self.layout.xroad_bound = self.scanner.binds("xroad", xmlns::XROAD);
            self.layout.id_bound = self.scanner.binds("id", xmlns::IDENTIFIERS);
        }
        Ok(())
    }

    fn field(&mut self, name: &Name<'_>) -> Result<(), SoapError> {
        let Some(field) = Field::of(name) else { return Ok(()) };
        if self.fields.has(field) {
            return Err(SoapError::DuplicateField(field.name()));
        }
        let allowed = field.object_types();
        if !allowed.is_empty() {
            let found = self.scanner.attribute(Some(xmlns::IDENTIFIERS), "objectType").unwrap_or_default();
            if !allowed.contains(&found) {
                let found = super::error::shortened(found);
                return Err(SoapError::ObjectType { field: field.name(), found });
            }
        }
        self.field_start = self.scanner.span().start;
        if field == Field::Id {
            name.prefix.clone_into(&mut self.layout.id_prefix);
            let attributes = self.scanner.attributes().iter();
            // The request hash gets the same attributes, and one more of this name.
            let kept = attributes.filter(|attribute| attribute.name.local != "algorithmId");
            self.layout.id_attributes = kept.map(|attribute| attribute.span.clone()).collect();
        }
        let algorithm = self.scanner.attribute(None, "algorithmId").map(str::to_owned);
        self.open = Some(OpenField::new(field, algorithm));
        Ok(())
    }

    fn field_end(&mut self, end: usize) -> Result<(), SoapError> {
        let Some(open) = self.open.take() else { return Ok(()) };
        match open.field {
            Field::Id => self.layout.id_end = end,
            Field::RequestHash => self.layout.request_hash = Some(self.field_start..end),
            _ => {}
        }
        self.fields.take(open)
    }

    fn body_child(&mut self, name: &Name<'_>) -> Result<(), SoapError> {
        if self.has_wrapper || self.fault {
            return Err(SoapError::Body);
        }
        if name.is(xmlns::SOAP, "Fault") {
            self.fault = true;
            return Ok(());
        }
        self.has_wrapper = true;
        self.layout.wrapper = Wrapper {
            prefix: name.prefix.to_owned(),
            local: name.local.to_owned(),
            start_name: name_range(name, self.scanner.span().start),
            end_name: 0..0,
        };
        Ok(())
    }

    /// The envelope is complete: what is missing is missing. A fault needs no header.
    fn envelope_end(&mut self, end: usize) -> Result<(), SoapError> {
        self.layout.root_end = end;
        if self.fault {
            return Ok(());
        }
        if !self.seen_header {
            return Err(SoapError::HeaderMissing);
        }
        let header = complete(std::mem::take(&mut self.fields))?;
        if !self.seen_body {
            return Err(SoapError::BodyMissing);
        }
        if !self.has_wrapper {
            return Err(SoapError::Body);
        }
        if !self.layout.wrapper.local.starts_with(header.service.code()) {
            return Err(SoapError::ServiceCode);
        }
        self.header = Some(header);
        Ok(())
    }
}

fn complete(fields: Fields) -> Result<SoapHeader, SoapError> {
    let missing = |field: Field| SoapError::FieldMissing(field.name());
    Ok(SoapHeader {
        protocol_version: fields.protocol_version.ok_or(missing(Field::ProtocolVersion))?,
        client: fields.client.ok_or(missing(Field::Client))?,
        id: fields.id.ok_or(missing(Field::Id))?,
        service: fields.service.ok_or(missing(Field::Service))?,
        security_server: fields.security_server,
        user_id: fields.user_id,
        issue: fields.issue,
        represented_party: fields.represented_party,
        request_hash: fields.request_hash,
    })
}

/// Where the name of a start tag stands that begins at `tag`.
fn name_range(name: &Name<'_>, tag: usize) -> Range<usize> {
    let prefix = if name.prefix.is_empty() { 0 } else { name.prefix.len() + 1 };
    tag + 1..tag + 1 + prefix + name.local.len()
}

/// Where the name of an end tag stands; `start` is behind `</`.
fn name_of(end_tag: &str, start: usize) -> Range<usize> {
    let name = end_tag.strip_prefix("</").unwrap_or_default();
    let name = name.trim_end_matches('>').trim_ascii_end();
    start..start + name.len()
}
