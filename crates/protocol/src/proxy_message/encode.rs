//! The encoder.

use bytes::{Bytes, BytesMut};

use super::{Boundary, Direction, MessageEvent, SoapPart};
use crate::multipart::{PartHeaders, Writer};
use crate::names::mime;

/// Encodes one message part by part, byte for byte as X-Road does. Each method gives the bytes to send next; those of
/// bodies and attachments go out between them unchanged. The caller keeps the order of the parts.
#[derive(Debug)]
pub struct MessageEncoder {
    direction: Direction,
    boundary: Boundary,
    outer: Writer,
    attachments: Option<Writer>,
}

impl MessageEncoder {
    /// An encoder for a request.
    #[must_use]
    pub fn request(boundary: Boundary) -> Self {
        Self::new(Direction::Request, boundary)
    }

    /// An encoder for a response.
    #[must_use]
    pub fn response(boundary: Boundary) -> Self {
        Self::new(Direction::Response, boundary)
    }

    fn new(direction: Direction, boundary: Boundary) -> Self {
        Self { direction, outer: Writer::new(boundary.outer()), boundary, attachments: None }
    }

    /// The `Content-Type` of the message.
    #[must_use]
    pub fn content_type(&self) -> String {
        self.outer.content_type()
    }

    /// An OCSP response (DER).
    pub fn ocsp(&mut self, response: &[u8]) -> Bytes {
        self.whole(mime::OCSP_RESPONSE, response)
    }

    /// The REST request or response message.
    pub fn rest_message(&mut self, message: &[u8]) -> Bytes {
        let content_type = match self.direction {
            Direction::Request => mime::REST_REQUEST,
            Direction::Response => mime::REST_RESPONSE,
        };
        self.whole(content_type, message)
    }

    /// The SOAP message.
    pub fn soap(&mut self, soap: &SoapPart) -> Bytes {
        let headers = soap.headers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        joined(&self.outer.part(&soap.content_type, headers), &soap.bytes)
    }

    /// Begins the REST body, whose bytes follow unchanged.
    pub fn body_start(&mut self) -> Bytes {
        self.outer.part(mime::REST_BODY, [])
    }

    /// Begins the container of attachments.
    pub fn attachments_start(&mut self) -> Bytes {
        let nested = Writer::nested(self.boundary.attachments());
        let start = self.outer.part(&nested.content_type(), []);
        self.attachments = Some(nested);
        start
    }

    /// Begins an attachment, whose bytes follow unchanged. Opens the container if it is not open.
    pub fn attachment_start(&mut self, headers: &PartHeaders) -> Bytes {
        let container = if self.attachments.is_none() { self.attachments_start() } else { Bytes::new() };
        let content_type = headers.content_type().unwrap_or_default();
        let others = headers.iter().filter(|(name, _)| !name.eq_ignore_ascii_case("content-type"));
        let start =
            self.attachments.as_mut().map(|nested| nested.part(content_type, others)).unwrap_or_default();
        if container.is_empty() { start } else { joined(&container, &start) }
    }

    /// Closes the container of attachments; nothing if it is not open.
    pub fn attachments_end(&mut self) -> Bytes {
        self.attachments.take().map(Writer::close).unwrap_or_default()
    }

    /// The hash chain result of a batch signature.
    pub fn hash_chain_result(&mut self, document: &[u8]) -> Bytes {
        self.whole(mime::HASH_CHAIN_RESULT, document)
    }

    /// The hash chain of a batch signature.
    pub fn hash_chain(&mut self, document: &[u8]) -> Bytes {
        self.whole(mime::HASH_CHAIN, document)
    }

    /// The signature document.
    pub fn signature(&mut self, document: &[u8]) -> Bytes {
        self.whole(mime::SIGNATURE, document)
    }

    /// A fault instead of what has not been sent yet. Closes an open container of attachments first.
    pub fn fault(&mut self, document: &[u8]) -> Bytes {
        let container = self.attachments_end();
        let fault = self.whole(mime::TEXT_XML_UTF8, document);
        if container.is_empty() { fault } else { joined(&container, &fault) }
    }

    /// Ends the message.
    #[must_use]
    pub fn finish(self) -> Bytes {
        self.outer.close()
    }

    /// Encodes a decoded event again, [`MessageEvent::End`] excepted: for that there is [`MessageEncoder::finish`].
    pub fn event(&mut self, event: &MessageEvent) -> Bytes {
        match event {
            MessageEvent::Ocsp(response) => self.ocsp(response),
            MessageEvent::RestMessage(message) => self.rest_message(message),
            MessageEvent::Soap(soap) => self.soap(soap),
            MessageEvent::BodyStart => self.body_start(),
            MessageEvent::Body(data) | MessageEvent::Attachment(data) => data.clone(),
            MessageEvent::AttachmentsStart => self.attachments_start(),
            MessageEvent::AttachmentStart(headers) => self.attachment_start(headers),
            MessageEvent::AttachmentsEnd => self.attachments_end(),
            MessageEvent::HashChainResult(document) => self.hash_chain_result(document),
            MessageEvent::HashChain(document) => self.hash_chain(document),
            MessageEvent::Signature(document) => self.signature(document),
            MessageEvent::Fault(fault) => self.fault(&fault.xml),
            MessageEvent::BodyEnd | MessageEvent::AttachmentEnd | MessageEvent::End => Bytes::new(),
        }
    }

    fn whole(&mut self, content_type: &str, content: &[u8]) -> Bytes {
        joined(&self.outer.part(content_type, []), content)
    }
}

fn joined(head: &[u8], content: &[u8]) -> Bytes {
    let mut bytes = BytesMut::with_capacity(head.len() + content.len());
    bytes.extend_from_slice(head);
    bytes.extend_from_slice(content);
    bytes.freeze()
}
