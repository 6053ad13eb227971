//! What REST and SOAP have in common, so that one pipeline serves both.
//!
//! The stages see names, bytes and headers; only this module knows what a message looks like inside. A second
//! format is a second variant of each `form`, nothing else.
//!
//! * [`rest`]: REST message protocol 1.0;
//! * [`target`]: request targets that are not even looked at.

pub mod rest;
pub mod target;

use bytes::Bytes;
use identifiers::{ClientId, ServerId, ServiceId};
use protocol::rest::{ResponseContext, RestRequest, RestResponse};
use protocol::{Sha512, digest::PartDigest, digest::PartName};

use crate::access_rights::Operation;
use protocol::Payload;

/// The names of one exchange; they stay the same over all four legs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exchange {
    /// Who asks.
    pub consumer: ClientId,
    /// What is asked.
    pub service: ServiceId,
    /// `X-Road-Id` of REST, `id` of SOAP.
    pub query_id: String,
    /// `x-road-request-id`: made by the consumer's server for this one call.
    pub request_id: String,
}

impl Exchange {
    /// Puts the names into the log context of this exchange.
    pub fn note(&self) {
        let span = tracing::Span::current();
        span.record("client", tracing::field::display(&self.consumer));
        span.record("service", tracing::field::display(&self.service));
        span.record("query_id", &self.query_id);
        span.record("request_id", &self.request_id);
    }
}

/// A request, on either side: on its way to become a message, or received as one.
#[derive(Debug, Clone)]
pub struct RequestMessage {
    /// Its names.
    pub exchange: Exchange,
    /// The security server that must answer, if the consumer wants a certain one.
    pub wanted_server: Option<ServerId>,
    /// `Content-Type` of the information system's request (SOAP; REST does not use it).
    pub original_content_type: String,
    form: RequestForm,
}

#[derive(Debug, Clone)]
enum RequestForm {
    Rest(RestRequest),
}

/// A response, on either side.
#[derive(Debug, Clone)]
pub struct ResponseMessage {
    form: ResponseForm,
}

#[derive(Debug, Clone)]
enum ResponseForm {
    Rest(RestResponse),
}

impl RequestMessage {
    /// Message protocol.
    #[must_use]
    pub fn payload(&self) -> Payload {
        match &self.form {
            RequestForm::Rest(_) => Payload::Rest,
        }
    }

    /// `/message.xml`: the bytes that are transferred and signed under that name.
    #[must_use]
    pub fn encode(&self) -> Bytes {
        match &self.form {
            RequestForm::Rest(request) => request.encode().into(),
        }
    }

    /// What the request wants of the service, for the access rights.
    #[must_use]
    pub fn operation(&self) -> Operation<'_> {
        match &self.form {
            RequestForm::Rest(request) => {
                Operation::Rest { method: request.verb.as_str(), path: rest::service_path(&request.target) }
            }
        }
    }

    /// The headers that may carry more than X-Road needs, for the consent rules.
    #[must_use]
    pub fn headers(&self) -> &[(String, String)] {
        match &self.form {
            RequestForm::Rest(request) => &request.headers,
        }
    }

    /// As [`RequestMessage::headers`], to be changed before the message is signed.
    pub fn headers_mut(&mut self) -> &mut Vec<(String, String)> {
        match &mut self.form {
            RequestForm::Rest(request) => &mut request.headers,
        }
    }

    /// The REST form; `None` for the other format.
    #[must_use]
    pub fn as_rest(&self) -> Option<&RestRequest> {
        match &self.form {
            RequestForm::Rest(request) => Some(request),
        }
    }

    /// What a response must say to be the answer to this request, whose parts have these digests.
    #[must_use]
    pub fn expected_answer(&self, digests: &[PartDigest]) -> ResponseContext {
        let Exchange { consumer, service, query_id, request_id } = self.exchange.clone();
        let request_hash = match &self.form {
            RequestForm::Rest(request) => request.hash(body_digest(digests)),
        };
        ResponseContext { client: consumer, query_id, service, request_id, request_hash }
    }
}

impl ResponseMessage {
    /// `/message.xml`.
    #[must_use]
    pub fn encode(&self) -> Bytes {
        match &self.form {
            ResponseForm::Rest(response) => response.encode().into(),
        }
    }

    /// The REST form; `None` for the other format.
    #[must_use]
    pub fn as_rest(&self) -> Option<&RestResponse> {
        match &self.form {
            ResponseForm::Rest(response) => Some(response),
        }
    }
}

fn body_digest(digests: &[PartDigest]) -> Option<&Sha512> {
    digests.iter().find(|part| part.name == PartName::Attachment(1)).map(|part| &part.sha512)
}
