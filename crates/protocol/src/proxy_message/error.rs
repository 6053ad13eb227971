//! Why a message was refused.

use std::fmt;

use crate::Payload;
use crate::content_type::ContentTypeError;
use crate::fault::Word;
use crate::multipart::MultipartError;
use crate::soap_fault::SoapFaultError;

/// The parts that are held in memory, for errors about their size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PartKind {
    /// An OCSP response.
    Ocsp,
    /// The REST message.
    Rest,
    /// The SOAP message.
    Soap,
    /// A fault.
    Fault,
    /// The hash chain result.
    HashChainResult,
    /// The hash chain.
    HashChain,
    /// The signature.
    Signature,
}

impl fmt::Display for PartKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Ocsp => "OCSP response",
            Self::Rest => "REST message",
            Self::Soap => "SOAP message",
            Self::Fault => "fault",
            Self::HashChainResult => "hash chain result",
            Self::HashChain => "hash chain",
            Self::Signature => "signature",
        })
    }
}

/// Why a message between security servers was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MessageError {
    /// The content type of the whole message.
    #[error("Unexpected content type: {0}")]
    ContentType(String),
    /// The content type of the whole message cannot be read, or has no boundary.
    #[error(transparent)]
    MalformedContentType(ContentTypeError),
    /// A part has a content type that may not stand where it stands.
    #[error("Unexpected content type: {0}")]
    PartContentType(String),
    /// A part has no content type, or one that cannot be read.
    #[error("Part without valid content type")]
    PartWithoutContentType,
    /// A part follows the signature or a fault in its place.
    #[error("Extra content ({0}) after signature")]
    ExtraContent(String),
    /// A part is larger than its limit.
    #[error("{0} is too large")]
    PartTooLarge(PartKind),
    /// The outer container.
    #[error(transparent)]
    Multipart(#[from] MultipartError),
    /// The container of attachments.
    #[error("attachments: {0}")]
    Attachments(MultipartError),
    /// A plain answer that should be a fault is none.
    #[error("Invalid fault message: {0}")]
    Fault(SoapFaultError),
    /// The message has neither REST nor SOAP part.
    #[error("Request does not have message part")]
    MessageMissing,
    /// The message has no signature.
    #[error("Message does not have signature")]
    SignatureMissing,
}

impl MessageError {
    /// The words of the fault code after the side's prefix, as X-Road answers.
    #[must_use]
    pub const fn words(&self, payload: Payload) -> &'static [Word] {
        match self {
            Self::ContentType(_)
            | Self::MalformedContentType(_)
            | Self::PartContentType(_)
            | Self::PartWithoutContentType
            | Self::Attachments(MultipartError::Boundary(_)) => {
                &[Word::ServiceFailed, Word::InvalidContentType]
            }
            Self::ExtraContent(_)
            | Self::PartTooLarge(_)
            | Self::Multipart(MultipartError::TooManyParts | MultipartError::Epilogue)
            | Self::Attachments(MultipartError::TooManyParts | MultipartError::Epilogue)
            | Self::Fault(SoapFaultError::NotFault) => &[Word::ServiceFailed, Word::InvalidMessage],
            Self::Fault(SoapFaultError::MissingBody) => &[Word::ServiceFailed, Word::MissingBody],
            Self::Fault(_) => &[Word::ServiceFailed, Word::InvalidSoap],
            Self::Multipart(MultipartError::Truncated) => &[Word::ServiceFailed, Word::IoError],
            Self::Multipart(MultipartError::NoDelimiter) | Self::MessageMissing => match payload {
                Payload::Rest => &[Word::MissingRest],
                Payload::Soap => &[Word::MissingSoap],
            },
            Self::Multipart(_) | Self::Attachments(_) => &[Word::ServiceFailed, Word::MimeParsingFailed],
            Self::SignatureMissing => &[Word::MissingSignature],
        }
    }
}
