//! REST message protocol 1.0: requests and responses as security servers sign and transfer them.
//!
//! A message is the request line (or status and reason) and the headers; the body travels as a part of its own.

mod hash;
mod headers;
mod lines;
mod request;
mod response;
mod target;
#[cfg(test)]
mod tests;

pub use hash::request_hash;
pub use headers::{
    Headers, filter_request_headers, filter_response_headers, header_value_text, is_forwarded_in_request,
    is_forwarded_in_response,
};
pub use request::{RepresentedParty, RestRequest, Verb};
pub use response::{Mismatch, ResponseContext, RestResponse};
pub use target::{RestTarget, check_uri, parse_target};

use identifiers::IdentifierError;

use crate::fault::Word;

/// Why a REST message or URL was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RestError {
    /// Larger than [`Limits::rest_message`](crate::Limits::rest_message).
    #[error("REST message too large")]
    TooLarge,
    /// Not UTF-8.
    #[error("REST message is not UTF-8")]
    NotUtf8,
    /// Ends before the request target or the reason.
    #[error("REST message is incomplete")]
    Incomplete,
    /// A method that the protocol does not know.
    #[error("unknown HTTP method")]
    UnknownVerb,
    /// The target is longer than [`Limits::target`](crate::Limits::target).
    #[error("request target too long")]
    TargetTooLong,
    /// The target has a scheme, an authority or a fragment, or characters that a URI must escape.
    #[error("request target is not a valid URI path and query")]
    InvalidUri,
    /// The target does not begin with `/r1/`.
    #[error("request target is not of REST message protocol version 1")]
    ProtocolVersion,
    /// The target has too few segments to name a service of a subsystem.
    #[error("request target does not name a service")]
    ServiceMissing,
    /// More headers than [`Limits::headers`](crate::Limits::headers).
    #[error("too many headers")]
    TooManyHeaders,
    /// A header line that is no header, or a name or value that a header cannot have.
    #[error("malformed header")]
    MalformedHeader,
    /// A header that security servers must take out.
    #[error("header {0} must not be in a message")]
    ForbiddenHeader(String),
    /// No `X-Road-Client`.
    #[error("X-Road-Client is missing")]
    ClientMissing,
    /// An identifier in the target or in a header is wrong.
    #[error("{place}: {reason}")]
    Identifier {
        /// The header, or `request target`.
        place: &'static str,
        /// What is wrong with it.
        reason: IdentifierError,
    },
    /// The status is not a three-digit number.
    #[error("malformed status")]
    MalformedStatus,
    /// A response without `x-road-id`.
    #[error("x-road-id is missing")]
    QueryIdMissing,
    /// A response without `x-road-request-hash`, or with one that is not base64 of something.
    #[error("x-road-request-hash is missing or malformed")]
    RequestHashMissing,
}

impl RestError {
    /// The word of the fault code, as X-Road answers: nearly everything is an internal error there.
    #[must_use]
    pub const fn word(&self) -> Word {
        match self {
            Self::ClientMissing => Word::InvalidClientIdentifier,
            _ => Word::InternalError,
        }
    }
}
