//! Reading.

use std::borrow::Cow;

use bytes::Bytes;
use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use crate::Limits;
use crate::fault::ReceivedFault;
use crate::names::SOAP_NAMESPACE;

/// Why a document is not taken for a fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SoapFaultError {
    /// Larger than [`Limits::fault`].
    #[error("fault document too large")]
    TooLarge,
    /// Contains a document type declaration.
    #[error("document type declarations are not allowed")]
    Dtd,
    /// Not well-formed XML, or a reference to an entity that XML does not define.
    #[error("not well-formed XML")]
    Malformed,
    /// Elements nested deeper than [`Limits::xml_depth`].
    #[error("XML nested too deeply")]
    TooDeep,
    /// An element with more attributes than [`Limits::xml_attributes`].
    #[error("XML element with too many attributes")]
    TooManyAttributes,
    /// The root element is not a SOAP 1.1 envelope.
    #[error("not a SOAP 1.1 envelope")]
    NotSoap,
    /// The envelope has no body.
    #[error("SOAP envelope without body")]
    MissingBody,
    /// The body holds no fault, or something besides it.
    #[error("SOAP message is not a fault")]
    NotFault,
    /// The fault has no `faultcode`.
    #[error("SOAP fault without faultcode")]
    MissingCode,
}

/// True if the document is a SOAP 1.1 message whose body begins with a fault. Reads no further than needed.
#[must_use]
pub fn is_fault(xml: &[u8], limits: &Limits) -> bool {
    let text = String::from_utf8_lossy(xml);
    let mut walk = Walk::new(&text, limits);
    loop {
        match walk.step() {
            Ok(Some(_)) if walk.in_fault => return true,
            Ok(Some(_)) => {}
            Ok(None) | Err(_) => return false,
        }
    }
}

/// Reads a fault. The document must be well formed to its end.
///
/// # Errors
/// See [`SoapFaultError`].
pub fn parse(xml: &Bytes, limits: &Limits) -> Result<ReceivedFault, SoapFaultError> {
    // A service may send another encoding than UTF-8; the texts are for people, the bytes are kept.
    parse_text(&String::from_utf8_lossy(xml), xml, limits)
}

/// Reads a fault from the text of a document whose bytes are `xml`.
pub(crate) fn parse_text(text: &str, xml: &Bytes, limits: &Limits) -> Result<ReceivedFault, SoapFaultError> {
    if xml.len() > limits.fault {
        return Err(SoapFaultError::TooLarge);
    }
    let mut walk = Walk::new(text, limits);
    let mut found = Texts::default();
    while let Some(step) = walk.step()? {
        found.take(&walk, step);
    }
    if !walk.in_fault {
        return Err(if walk.seen_body { SoapFaultError::NotFault } else { SoapFaultError::MissingBody });
    }
    let code = found.code.map(|code| code.trim().to_owned()).filter(|code| !code.is_empty());
    Ok(ReceivedFault {
        code: code.ok_or(SoapFaultError::MissingCode)?,
        text: found.text,
        actor: found.actor,
        detail: found.detail,
        xml: xml.clone(),
    })
}

/// The texts of a fault, collected on the way.
#[derive(Default)]
struct Texts {
    code: Option<String>,
    text: Option<String>,
    actor: Option<String>,
    detail: Option<String>,
}

impl Texts {
    fn take(&mut self, walk: &Walk<'_>, step: Step<'_>) {
        if !walk.in_fault {
            return;
        }
        // Path of an open element from the envelope: Envelope, Body, Fault, then the fault's own elements.
        let path: Vec<&str> = walk.open.iter().skip(3).map(|name| local(name)).collect();
        let slot = match path.as_slice() {
            ["faultcode"] => &mut self.code,
            ["faultstring"] => &mut self.text,
            ["faultactor"] => &mut self.actor,
            ["detail", .., "faultDetail"] => &mut self.detail,
            _ => return,
        };
        let value = slot.get_or_insert_default();
        if let Step::Text(text) = step {
            value.push_str(&text);
        }
    }
}

/// What one step over the document brought; [`Walk::open`] tells where it is.
enum Step<'a> {
    Other,
    Text(Cow<'a, str>),
}

/// Walks over a SOAP document and checks its outer elements and the limits.
struct Walk<'a> {
    reader: Reader<&'a [u8]>,
    limits: &'a Limits,
    open: Vec<String>,
    /// Namespace declarations of the elements down to the fault: depth, prefix, namespace.
    namespaces: Vec<(usize, String, String)>,
    seen_root: bool,
    seen_body: bool,
    in_fault: bool,
}

impl<'a> Walk<'a> {
    fn new(text: &'a str, limits: &'a Limits) -> Self {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        Self {
            reader: Reader::from_str(text),
            limits,
            open: Vec::new(),
            namespaces: Vec::new(),
            seen_root: false,
            seen_body: false,
            in_fault: false,
        }
    }

    /// The next step, `None` at the end of a complete document.
    fn step(&mut self) -> Result<Option<Step<'a>>, SoapFaultError> {
        let event = self.reader.read_event().map_err(|_| SoapFaultError::Malformed)?;
        match event {
            Event::Start(element) => self.start(&element).map(|()| Some(Step::Other)),
            Event::Empty(element) => {
                self.start(&element)?;
                self.end();
                Ok(Some(Step::Other))
            }
            Event::End(_) => {
                self.end();
                Ok(Some(Step::Other))
            }
            Event::Text(text) => self.text(text.xml10_content()),
            Event::CData(data) => self.text(data.xml10_content()),
            Event::GeneralRef(reference) => {
                let resolved = resolve(&reference).ok_or(SoapFaultError::Malformed)?;
                self.text(Cow::Owned(resolved))
            }
            Event::DocType(_) => Err(SoapFaultError::Dtd),
            Event::Decl(_) | Event::PI(_) | Event::Comment(_) => Ok(Some(Step::Other)),
            Event::Eof if !self.open.is_empty() => Err(SoapFaultError::Malformed),
            Event::Eof if !self.seen_root => Err(SoapFaultError::NotSoap),
            Event::Eof => Ok(None),
        }
    }

    fn text(&self, text: Cow<'a, str>) -> Result<Option<Step<'a>>, SoapFaultError> {
        if self.open.is_empty() && !text.trim_ascii().is_empty() {
            return Err(if self.seen_root { SoapFaultError::Malformed } else { SoapFaultError::NotSoap });
        }
        Ok(Some(Step::Text(text)))
    }

    fn start(&mut self, element: &BytesStart<'_>) -> Result<(), SoapFaultError> {
        let depth = self.open.len();
        if depth == self.limits.xml_depth {
            return Err(SoapFaultError::TooDeep);
        }
        self.attributes(element, depth)?;
        let name = element.name();
        let name = name.as_ref();
        match depth {
            0 if self.seen_root => return Err(SoapFaultError::Malformed),
            0 if !self.is_soap(name, "Envelope") => return Err(SoapFaultError::NotSoap),
            0 => self.seen_root = true,
            1 => self.seen_body |= self.is_soap(name, "Body"),
            2 if self.open.get(1).is_some_and(|parent| self.is_soap(parent, "Body")) => {
                if self.in_fault || !self.is_soap(name, "Fault") {
                    return Err(SoapFaultError::NotFault);
                }
                self.in_fault = true;
            }
            _ => {}
        }
        self.open.push(name.to_owned());
        Ok(())
    }

    fn end(&mut self) {
        self.open.pop();
        let depth = self.open.len();
        // Declarations are noted for the three outer levels only.
        if depth < 3 {
            self.namespaces.retain(|(declared, ..)| *declared < depth);
        }
    }

    /// Counts the attributes of an element and takes note of namespace declarations where names are compared.
    fn attributes(&mut self, element: &BytesStart<'_>, depth: usize) -> Result<(), SoapFaultError> {
        let mut attributes = element.attributes();
        // The check for duplicates is quadratic; a duplicate does no harm here.
        attributes.with_checks(false);
        for (index, attribute) in attributes.enumerate() {
            let attribute = attribute.map_err(|_| SoapFaultError::Malformed)?;
            if index == self.limits.xml_attributes {
                return Err(SoapFaultError::TooManyAttributes);
            }
            let key = attribute.key.as_ref();
            let prefix = if key == "xmlns" { Some("") } else { key.strip_prefix("xmlns:") };
            if let (0..=2, Some(prefix)) = (depth, prefix) {
                self.namespaces.push((depth, prefix.to_owned(), attribute.value.to_string()));
            }
        }
        Ok(())
    }

    fn is_soap(&self, name: &str, expected: &str) -> bool {
        let prefix = name.split_once(':').map_or("", |(prefix, _)| prefix);
        let declared = self.namespaces.iter().rev().find(|(_, known, _)| known == prefix);
        local(name) == expected && declared.is_some_and(|(.., namespace)| namespace == SOAP_NAMESPACE)
    }
}

fn local(name: &str) -> &str {
    name.split_once(':').map_or(name, |(_, local)| local)
}

/// The text of a character reference or of one of the five entities that XML defines.
fn resolve(reference: &quick_xml::events::BytesRef<'_>) -> Option<String> {
    if reference.is_char_ref() {
        return reference.resolve_char_ref().ok().flatten().map(String::from);
    }
    let text = match &**reference {
        "amp" => "&",
        "lt" => "<",
        "gt" => ">",
        "quot" => "\"",
        "apos" => "'",
        _ => return None,
    };
    Some(text.to_owned())
}
