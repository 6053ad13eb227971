//! What REST and SOAP have in common, so that one pipeline serves both.
//!
//! The stages see names, parts and what is enclosed; only this module knows what a message looks like inside. Each
//! format is one variant of each `form`, and one module:
//!
//! * [`rest`]: REST message protocol 1.0;
//! * [`soap`]: SOAP message protocol 4.0;
//! * [`RequestMessage`], [`ResponseMessage`]: the two as one;
//! * [`target`]: request targets that are not even looked at.

mod request;
mod response;
pub mod rest;
pub mod soap;
pub mod target;

use bytes::Bytes;
use protocol::proxy_message::{MessageEvent, SoapPart};
use protocol::{Limits, Payload};
use service_kit::http;

pub use request::{Exchange, RequestMessage};
pub use response::{ExpectedAnswer, Mismatch, ResponseMessage};

use crate::relay::enclosure::Enclosure;
use crate::relay::stage::Refusal;

/// The message part: what is transferred, recorded and signed as `/message.xml`.
#[derive(Debug, Clone)]
pub enum MessagePart {
    /// Request or status line and header fields.
    Rest(Bytes),
    /// A SOAP document with the headers of its part.
    Soap(SoapPart),
}

impl MessagePart {
    /// Its message protocol.
    #[must_use]
    pub fn payload(&self) -> Payload {
        match self {
            Self::Rest(_) => Payload::Rest,
            Self::Soap(_) => Payload::Soap,
        }
    }

    /// Its bytes.
    #[must_use]
    pub fn bytes(&self) -> &Bytes {
        match self {
            Self::Rest(bytes) => bytes,
            Self::Soap(part) => &part.bytes,
        }
    }

    /// As a step of writing a message.
    #[must_use]
    pub fn event(&self) -> MessageEvent {
        match self {
            Self::Rest(bytes) => MessageEvent::RestMessage(bytes.clone()),
            Self::Soap(part) => MessageEvent::Soap(part.clone()),
        }
    }
}

/// Reads the request of an information system: the message, and what is enclosed and still to come.
///
/// # Errors
/// See [`rest::from_client`] and [`soap::from_client`].
pub async fn from_client(
    request: http::Request,
    own_instance: &str,
    limits: &Limits,
) -> Result<(RequestMessage, Enclosure), Refusal> {
    if request.path().starts_with(rest::PREFIX) {
        let http::Request { method, target, headers, body, .. } = request;
        let message = rest::from_client(&method, &target, headers, own_instance)?;
        return Ok((message, Enclosure::body_if_any(body)));
    }
    soap::from_client(request, limits).await
}

/// Reads the answer of a service to `request`: the message, bound to the request, and what is enclosed.
///
/// # Errors
/// See [`rest::from_service`] and [`soap::from_service`].
pub async fn from_service(
    request: &RequestMessage,
    response: http::Response,
    expected: &ExpectedAnswer,
    limits: &Limits,
) -> Result<(ResponseMessage, Enclosure), Refusal> {
    match expected {
        ExpectedAnswer::Rest(context) => {
            let method = request.as_rest().map_or("", |rest| rest.verb.as_str());
            rest::from_service(method, response, context)
        }
        ExpectedAnswer::Soap(hash) => soap::from_service(response, hash, limits).await,
    }
}
