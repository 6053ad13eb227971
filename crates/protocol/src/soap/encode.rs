//! Messages to information systems on their way out.

use bytes::{Bytes, BytesMut};

use super::SoapError;
use super::content_type::{MessageType, with_utf8};
use super::error::shortened;
use crate::content_type::ContentType;
use crate::multipart::{PartHeaders, Writer};
use crate::names::mime;
use crate::proxy_message::SoapPart;

/// Writes a message in the form in which the other information system sent it: the document alone, or a container with
/// the same boundary. Each method gives the bytes to send next; those of attachments go out between them unchanged.
#[derive(Debug)]
pub struct SoapEncoder {
    content_type: String,
    container: Option<Writer>,
}

impl SoapEncoder {
    /// An encoder for a message whose sender declared `original_content_type` (`x-original-content-type` between
    /// security servers), with or without attachments.
    ///
    /// # Errors
    /// No content type, one that SOAP messages do not have, or attachments without container.
    pub fn new(original_content_type: &str, attachments: bool) -> Result<Self, SoapError> {
        if original_content_type.trim().is_empty() {
            return Err(SoapError::NoContentType);
        }
        let parsed = ContentType::parse(original_content_type)?;
        match MessageType::of(&parsed) {
            Some(MessageType::Container) => {
                let boundary = parsed.boundary()?;
                // The two forms are X-Road's.
                let writer =
                    if attachments { Writer::for_attachments(boundary) } else { Writer::new(boundary) };
                Ok(Self { content_type: original_content_type.to_owned(), container: Some(writer) })
            }
            Some(MessageType::Document) if attachments => {
                Err(SoapError::NotAContainer(shortened(parsed.essence())))
            }
            // X-Road writes this whatever the sender declared.
            Some(MessageType::Document) => {
                Ok(Self { content_type: mime::TEXT_XML_UTF8.to_owned(), container: None })
            }
            None => Err(SoapError::ContentType(shortened(parsed.essence()))),
        }
    }

    /// `Content-Type` of the request to a service.
    #[must_use]
    pub fn content_type(&self) -> &str {
        &self.content_type
    }

    /// `Content-Type` of the answer to a consumer's information system: X-Road says of each that it is UTF-8.
    #[must_use]
    pub fn answer_content_type(&self) -> String {
        with_utf8(&self.content_type)
    }

    /// The SOAP message.
    pub fn soap(&mut self, soap: &SoapPart) -> Bytes {
        let Some(container) = &mut self.container else { return soap.bytes.clone() };
        let headers = soap.headers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let head = container.part(&soap.content_type, headers);
        let mut bytes = BytesMut::with_capacity(head.len() + soap.bytes.len());
        bytes.extend_from_slice(&head);
        bytes.extend_from_slice(&soap.bytes);
        bytes.freeze()
    }

    /// Begins an attachment, whose bytes follow unchanged.
    pub fn attachment_start(&mut self, headers: &PartHeaders) -> Bytes {
        let Some(container) = &mut self.container else { return Bytes::new() };
        let others = headers.iter().filter(|(name, _)| !name.eq_ignore_ascii_case("content-type"));
        container.part(headers.content_type().unwrap_or_default(), others)
    }

    /// Ends the message.
    #[must_use]
    pub fn finish(self) -> Bytes {
        self.container.map(Writer::close).unwrap_or_default()
    }
}
