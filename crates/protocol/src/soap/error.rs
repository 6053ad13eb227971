//! Why a SOAP message was refused, and with what code.

use identifiers::IdentifierError;

use crate::content_type::ContentTypeError;
use crate::fault::{FaultCode, Origin, Word};
use crate::multipart::MultipartError;
use crate::soap_fault::SoapFaultError;
use crate::xml::{EncodingError, XmlError};

/// Whose message is read, which decides how the same mistake is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sender {
    /// The consumer's information system; read by the consumer's security server.
    Client,
    /// The consumer's security server; read by the provider's.
    ClientProxy,
    /// The provider's information system; read by the provider's security server.
    Service,
    /// The provider's security server; read by the consumer's.
    ServerProxy,
}

/// Why a SOAP message was refused. The texts are told to the sender.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SoapError {
    /// No content type at all.
    #[error("Could not get content type")]
    NoContentType,
    /// A content type that SOAP messages do not have.
    #[error("Invalid content type: {0}")]
    ContentType(String),
    /// A content type that cannot be read, or a multipart without usable boundary.
    #[error("Invalid content type: {0}")]
    MalformedContentType(#[from] ContentTypeError),
    /// A part without content type, or with one that cannot be read.
    #[error("Could not get content type for part")]
    PartWithoutContentType,
    /// Attachments in a message whose own content type is not that of a container.
    #[error("Content type {0} cannot have attachments")]
    NotAContainer(String),
    /// The container cannot be read.
    #[error("{0}")]
    Multipart(MultipartError),
    /// Containers inside containers, more than [`Limits::multipart_depth`](crate::Limits::multipart_depth).
    #[error("multipart nested too deeply")]
    MultipartDepth,
    /// A container without any part.
    #[error("Message does not contain a SOAP message")]
    NoSoapPart,
    /// Larger than [`Limits::soap_message`](crate::Limits::soap_message).
    #[error("SOAP message is larger than {0} bytes")]
    TooLarge(usize),
    /// The encoding.
    #[error("Malformed SOAP message: {0}")]
    Encoding(#[from] EncodingError),
    /// XML that is not well-formed, or beyond the limits.
    #[error("Malformed SOAP message: {0}")]
    Xml(#[from] XmlError),
    /// The root element is not a SOAP 1.1 envelope, or the envelope has two headers.
    #[error("Malformed SOAP message: envelope missing")]
    EnvelopeMissing,
    /// The envelope has more than one header.
    #[error("Malformed SOAP message: more than one header")]
    SecondHeader,
    /// A header field is longer than [`Limits::soap_header_field`](crate::Limits::soap_header_field).
    #[error("Header field '{0}' is too long")]
    FieldTooLong(&'static str),
    /// The envelope has no header.
    #[error("Malformed SOAP message: header missing")]
    HeaderMissing,
    /// A mandatory header field is missing.
    #[error("Required field '{0}' is missing")]
    FieldMissing(&'static str),
    /// The protocol version does not begin with `4.`.
    #[error("Invalid protocol version (supported: 4.x, provided: {0})")]
    ProtocolVersion(String),
    /// A header field, or a part of an identifier, occurs twice.
    #[error("SOAP header contains duplicate field '{0}'")]
    DuplicateField(&'static str),
    /// `objectType` is missing, unknown, or not that of the field.
    #[error("Field '{field}' has a wrong objectType: {found}")]
    ObjectType {
        /// The header field.
        field: &'static str,
        /// What it has; empty for nothing.
        found: String,
    },
    /// An identifier lacks a part, or a part is nothing but blanks.
    #[error("Field '{field}' lacks {part}")]
    IdentifierPart {
        /// The header field.
        field: &'static str,
        /// The part of the identifier.
        part: &'static str,
    },
    /// An identifier has a part that no identifier can have.
    #[error("Field '{field}': {reason}")]
    Identifier {
        /// The header field.
        field: &'static str,
        /// What is wrong with it.
        reason: IdentifierError,
    },
    /// The envelope has no body.
    #[error("Malformed SOAP message: body missing")]
    BodyMissing,
    /// The body has no child element or more than one, or there are two bodies.
    #[error("Malformed SOAP message: body must have exactly one child element")]
    Body,
    /// The body is not that of the service.
    #[error("Malformed SOAP message: service code does not match in header and body")]
    ServiceCode,
    /// A body that is a fault, but none that can be understood.
    #[error("Malformed SOAP fault: {0}")]
    Fault(SoapFaultError),
    /// A malformed SOAPAction.
    #[error("Malformed SOAPAction header: {0}")]
    SoapAction(String),
    /// A parameter of a metadata service is missing.
    #[error("Missing {0} in message body")]
    MissingParameter(&'static str),
}

impl SoapError {
    /// The code of the fault that the sender is told, as X-Road composes it.
    #[must_use]
    pub fn code(&self, sender: Sender) -> FaultCode {
        let word = self.word(sender);
        let plain = matches!(self, Self::SoapAction(_) | Self::MissingParameter(_));
        match sender {
            // X-Road fails here before it knows that it is the client's fault.
            Sender::Client if *self == Self::NoContentType => FaultCode::new(Origin::ClientProxy, &[word]),
            Sender::Client => FaultCode::new(Origin::Client, &[word]),
            Sender::ClientProxy if plain => FaultCode::new(Origin::ServerProxy, &[word]),
            Sender::ClientProxy | Sender::Service => {
                FaultCode::new(Origin::ServerProxy, &[Word::ServiceFailed, word])
            }
            Sender::ServerProxy => FaultCode::new(Origin::ClientProxy, &[Word::ServiceFailed, word]),
        }
    }

    /// The most particular word of the code.
    #[must_use]
    pub fn word(&self, sender: Sender) -> Word {
        match self {
            Self::NoContentType if sender != Sender::Service => Word::InternalError,
            Self::NoContentType
            | Self::ContentType(_)
            | Self::MalformedContentType(_)
            | Self::PartWithoutContentType
            | Self::NotAContainer(_) => Word::InvalidContentType,
            Self::Multipart(MultipartError::TooManyParts) | Self::MultipartDepth => Word::MimeParsingFailed,
            Self::Multipart(MultipartError::NoDelimiter) | Self::NoSoapPart if sender == Sender::Service => {
                Word::InvalidMessage
            }
            Self::Multipart(MultipartError::NoDelimiter) | Self::NoSoapPart => Word::MissingSoap,
            Self::Multipart(_) => Word::MimeParsingFailed,
            Self::TooLarge(_)
            | Self::Encoding(_)
            | Self::Xml(_)
            | Self::EnvelopeMissing
            | Self::SecondHeader
            | Self::FieldTooLong(_)
            | Self::Fault(_) => Word::InvalidSoap,
            Self::HeaderMissing => Word::MissingHeader,
            Self::FieldMissing(_) => Word::MissingHeaderField,
            Self::ProtocolVersion(_) => Word::InvalidProtocolVersion,
            Self::DuplicateField(_) => Word::DuplicateHeaderField,
            Self::ObjectType { .. } => Word::InvalidXml,
            Self::IdentifierPart { .. } | Self::Identifier { .. } => Word::InternalError,
            Self::BodyMissing => Word::MissingBody,
            Self::Body => Word::InvalidBody,
            Self::ServiceCode => Word::InconsistentHeaders,
            Self::SoapAction(_) => Word::InvalidSoapAction,
            Self::MissingParameter(_) => Word::InvalidRequest,
        }
    }
}

/// A received text for an error message: at most 100 characters, and nothing that could break a log line.
pub(super) fn shortened(text: &str) -> String {
    text.chars().take(100).map(|c| if c.is_control() { '?' } else { c }).collect()
}
