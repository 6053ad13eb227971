//! A SOAP message: its part with its bytes, and what its header says.

use bytes::Bytes;

use super::SoapError;
use super::content_type::{MessageType, charset_of};
use super::envelope::{self, Content};
use super::error::shortened;
use super::header::SoapHeader;
use super::layout::Layout;
use crate::content_type::ContentType;
use crate::digest::{Sha512, sha512};
use crate::fault::ReceivedFault;
use crate::proxy_message::SoapPart;
use crate::soap_fault;
use crate::xml::{self, Decoded};
use crate::{Limits, names::mime};

/// A valid SOAP message. The part keeps the bytes that came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SoapMessage {
    pub(super) part: SoapPart,
    pub(super) header: SoapHeader,
    pub(super) layout: Layout,
}

/// What a SOAP part turned out to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SoapDocument {
    /// A message.
    Message(Box<SoapMessage>),
    /// A fault; headers are not asked for.
    Fault(ReceivedFault),
}

impl SoapMessage {
    /// Reads a SOAP part and checks it against the message protocol.
    ///
    /// # Errors
    /// See [`SoapError`]; of several mistakes, the one that X-Road would report.
    pub fn read(part: SoapPart, limits: &Limits) -> Result<SoapDocument, SoapError> {
        let content_type = ContentType::parse(&part.content_type)?;
        if MessageType::of(&content_type) != Some(MessageType::Document) {
            return Err(SoapError::ContentType(shortened(content_type.essence())));
        }
        if part.bytes.len() > limits.soap_message {
            return Err(SoapError::TooLarge(limits.soap_message));
        }
        let Decoded { text, mark, utf8 } = xml::decode(&part.bytes, charset_of(&content_type))?;
        match envelope::scan(&text, limits)? {
            Content::Message(read) => {
                let (header, layout) = *read;
                let layout = Layout { mark, utf8, ..layout };
                Ok(SoapDocument::Message(Box::new(Self { part, header, layout })))
            }
            Content::Fault => {
                let fault = soap_fault::parse_text(&text, &part.bytes, limits).map_err(SoapError::Fault)?;
                Ok(SoapDocument::Fault(fault))
            }
        }
    }

    /// Reads a document that we wrote ourselves, in UTF-8.
    pub(super) fn read_own(document: String, limits: &Limits) -> Result<Self, SoapError> {
        let content_type = mime::TEXT_XML_UTF8.to_owned();
        let part = SoapPart { content_type, headers: Vec::new(), bytes: Bytes::from(document) };
        match Self::read(part, limits)? {
            SoapDocument::Message(message) => Ok(*message),
            SoapDocument::Fault(_) => Err(SoapError::Body),
        }
    }

    /// The part: content type, other headers, and the bytes that are transferred and signed as `/message.xml`.
    #[must_use]
    pub fn part(&self) -> &SoapPart {
        &self.part
    }

    /// Takes the part out.
    #[must_use]
    pub fn into_part(self) -> SoapPart {
        self.part
    }

    /// What the header says.
    #[must_use]
    pub fn header(&self) -> &SoapHeader {
        &self.header
    }

    /// The local name of the body's child element; it begins with the service code.
    #[must_use]
    pub fn body_name(&self) -> &str {
        &self.layout.wrapper.local
    }

    /// SHA-512 of the exact bytes: what the response must give as request hash.
    #[must_use]
    pub fn hash(&self) -> Sha512 {
        sha512(&self.part.bytes)
    }

    /// The text again, as it was scanned.
    pub(super) fn text(&self) -> Result<Decoded<'_>, SoapError> {
        let content_type = ContentType::parse(&self.part.content_type)?;
        Ok(xml::decode(&self.part.bytes, charset_of(&content_type))?)
    }
}
