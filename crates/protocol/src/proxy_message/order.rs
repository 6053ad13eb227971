//! Which part may stand where.

use super::{Direction, MessageError, PartKind};
use crate::Limits;
use crate::content_type::ContentType;
use crate::multipart::PartHeaders;
use crate::names::mime;

/// How far a message has come: the next part may be of this place or of a later one, up to the next mandatory part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Place {
    /// OCSP responses or the message.
    Message,
    /// After a REST message: its body.
    Body,
    /// After a SOAP message: its attachments.
    Attachments,
    /// The hash chain result.
    HashChainResult,
    /// The hash chain.
    HashChain,
    /// The signature, or a fault in its place.
    Signature,
    /// Nothing.
    End,
}

/// What to do with the content of a part.
#[derive(Debug)]
pub(super) enum Content {
    /// Hold it, and give it as one event.
    Held(PartKind),
    /// Hand it on as REST body.
    Body,
    /// Read it as container of attachments with this boundary.
    Attachments(String),
}

impl Place {
    /// Decides about a part that begins: what it is, and what may follow it.
    pub(super) fn admit(
        self,
        headers: &PartHeaders,
        direction: Direction,
    ) -> Result<(Content, Self), MessageError> {
        let declared = headers.content_type().unwrap_or_default();
        if self == Self::End {
            return Err(MessageError::ExtraContent(shortened(declared)));
        }
        let parsed = ContentType::parse(declared).map_err(|_| MessageError::PartWithoutContentType)?;
        let unexpected = || MessageError::PartContentType(shortened(declared));
        let admitted = match parsed.essence() {
            mime::OCSP_RESPONSE if direction == Direction::Request => {
                (Content::Held(PartKind::Ocsp), Self::Message)
            }
            mime::REST_REQUEST if direction == Direction::Request => {
                (Content::Held(PartKind::Rest), Self::Body)
            }
            mime::REST_RESPONSE if direction == Direction::Response => {
                (Content::Held(PartKind::Rest), Self::Body)
            }
            mime::TEXT_XML if self == Self::Message => (Content::Held(PartKind::Soap), Self::Attachments),
            mime::XOP_XML => (Content::Held(PartKind::Soap), Self::Attachments),
            mime::REST_BODY => (Content::Body, Self::HashChainResult),
            mime::MULTIPART_MIXED => {
                let boundary = parsed.boundary().map_err(|error| MessageError::Attachments(error.into()))?;
                (Content::Attachments(boundary.to_owned()), Self::HashChainResult)
            }
            mime::HASH_CHAIN_RESULT => (Content::Held(PartKind::HashChainResult), Self::HashChain),
            mime::HASH_CHAIN => (Content::Held(PartKind::HashChain), Self::Signature),
            mime::SIGNATURE => (Content::Held(PartKind::Signature), Self::End),
            mime::TEXT_XML => (Content::Held(PartKind::Fault), Self::End),
            _ => return Err(unexpected()),
        };
        if self.allows(&admitted.0) { Ok(admitted) } else { Err(unexpected()) }
    }

    fn allows(self, content: &Content) -> bool {
        let after_message = self != Self::Message;
        match content {
            Content::Held(PartKind::Ocsp | PartKind::Rest | PartKind::Soap) => self == Self::Message,
            Content::Body => self == Self::Body,
            Content::Attachments(_) => self == Self::Attachments,
            Content::Held(PartKind::HashChainResult) => after_message && self <= Self::HashChainResult,
            Content::Held(PartKind::HashChain) => after_message && self <= Self::HashChain,
            Content::Held(PartKind::Signature | PartKind::Fault) => after_message && self <= Self::Signature,
        }
    }
}

impl PartKind {
    /// The limit for parts of this kind.
    pub(super) const fn limit(self, limits: &Limits) -> usize {
        match self {
            Self::Ocsp => limits.ocsp_response,
            Self::Rest => limits.rest_message,
            Self::Soap => limits.soap_message,
            Self::Fault => limits.fault,
            Self::HashChainResult => limits.hash_chain_result,
            Self::HashChain => limits.hash_chain,
            Self::Signature => limits.signature,
        }
    }
}

/// A received text for an error message: at most 100 characters, and nothing that could break a log line.
pub(super) fn shortened(text: &str) -> String {
    text.chars().take(100).map(|c| if c.is_control() { '?' } else { c }).collect()
}
