//! What REST and SOAP have in common, so that one pipeline serves both.
//!
//! The stages see names, parts and what is enclosed; only this module knows what a message looks like inside. Each
//! format is one variant of each `form`, and one module:
//!
//! * [`rest`]: REST message protocol 1.0;
//! * [`soap`]: SOAP message protocol 4.0;
//! * [`target`]: request targets that are not even looked at.

pub mod rest;
pub mod soap;
pub mod target;

use bytes::Bytes;
use identifiers::{ClientId, ServerId, ServiceId};
use protocol::fault::Word;
use protocol::proxy_message::{MessageEvent, SoapPart};
use protocol::rest::{ResponseContext, RestRequest, RestResponse};
use protocol::soap::SoapMessage;
use protocol::{Limits, Payload, Sha512, digest::PartDigest, digest::PartName};
use service_kit::http;

use crate::access_rights::Operation;
use crate::relay::enclosure::Enclosure;
use crate::relay::stage::Refusal;
use crate::relay::state::Parts;

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

/// A request, on either side: on its way to become a message, or received as one.
#[derive(Debug, Clone)]
pub struct RequestMessage {
    /// Its names.
    pub exchange: Exchange,
    /// The security server that must answer, if the consumer wants a certain one.
    pub wanted_server: Option<ServerId>,
    /// `Content-Type` of the information system's request. The provider's side of SOAP writes the same form again;
    /// REST does not use it.
    pub original_content_type: String,
    form: RequestForm,
}

#[derive(Debug, Clone)]
enum RequestForm {
    Rest(RestRequest),
    Soap(soap::Call),
}

/// A response, on either side.
#[derive(Debug, Clone)]
pub struct ResponseMessage {
    form: ResponseForm,
}

#[derive(Debug, Clone)]
enum ResponseForm {
    Rest(RestResponse),
    Soap(soap::Answer),
}

/// What a response must say to be the answer to a certain request.
#[derive(Debug, Clone)]
pub enum ExpectedAnswer {
    /// Header fields.
    Rest(ResponseContext),
    /// The request hash; the header fields are compared with those of the request.
    Soap(Sha512),
}

/// In what a response is not the answer to its request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mismatch {
    /// The words of the fault.
    pub words: &'static [Word],
    /// The text of the fault.
    pub text: String,
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

impl RequestMessage {
    /// Message protocol.
    #[must_use]
    pub fn payload(&self) -> Payload {
        match &self.form {
            RequestForm::Rest(_) => Payload::Rest,
            RequestForm::Soap(_) => Payload::Soap,
        }
    }

    /// `/message.xml`.
    #[must_use]
    pub fn part(&self) -> MessagePart {
        match &self.form {
            RequestForm::Rest(request) => MessagePart::Rest(request.encode().into()),
            RequestForm::Soap(call) => MessagePart::Soap(call.message.part().clone()),
        }
    }

    /// What the request wants of the service, for the access rights.
    #[must_use]
    pub fn operation(&self) -> Operation<'_> {
        match &self.form {
            RequestForm::Rest(request) => {
                Operation::Rest { method: request.verb.as_str(), path: rest::service_path(&request.target) }
            }
            RequestForm::Soap(_) => Operation::Soap,
        }
    }

    /// The headers that may carry more than X-Road needs, for the consent rules. SOAP has none: it cannot name a
    /// person, so services that ask for consent are for REST.
    #[must_use]
    pub fn headers(&self) -> &[(String, String)] {
        match &self.form {
            RequestForm::Rest(request) => &request.headers,
            RequestForm::Soap(_) => &[],
        }
    }

    /// As [`RequestMessage::headers`], to be changed before the message is signed.
    pub fn headers_mut(&mut self) -> Option<&mut Vec<(String, String)>> {
        match &mut self.form {
            RequestForm::Rest(request) => Some(&mut request.headers),
            RequestForm::Soap(_) => None,
        }
    }

    /// The REST form; `None` for the other format.
    #[must_use]
    pub fn as_rest(&self) -> Option<&RestRequest> {
        match &self.form {
            RequestForm::Rest(request) => Some(request),
            RequestForm::Soap(_) => None,
        }
    }

    /// The SOAP form; `None` for the other format.
    #[must_use]
    pub fn as_soap(&self) -> Option<&SoapMessage> {
        match &self.form {
            RequestForm::Rest(_) => None,
            RequestForm::Soap(call) => Some(&call.message),
        }
    }

    /// `SOAPAction` of the information system's request; `None` for REST, which has none.
    #[must_use]
    pub fn soap_action(&self) -> Option<&str> {
        match &self.form {
            RequestForm::Rest(_) => None,
            RequestForm::Soap(call) => Some(&call.action),
        }
    }

    /// What a response must say to be the answer to this request, whose parts have these digests.
    #[must_use]
    pub fn expected_answer(&self, digests: &[PartDigest]) -> ExpectedAnswer {
        match &self.form {
            RequestForm::Rest(request) => {
                let Exchange { consumer, service, query_id, request_id } = self.exchange.clone();
                let request_hash = request.hash(body_digest(digests));
                let client = consumer;
                ExpectedAnswer::Rest(ResponseContext { client, query_id, service, request_id, request_hash })
            }
            RequestForm::Soap(call) => ExpectedAnswer::Soap(call.message.hash()),
        }
    }

    /// The header fields of the request to the provider's information system.
    #[must_use]
    pub fn service_headers(&self) -> Vec<(String, String)> {
        match &self.form {
            RequestForm::Rest(request) => request.headers.clone(),
            RequestForm::Soap(call) => call.service_headers(),
        }
    }

    /// The address to call at a service whose base address is `base`.
    #[must_use]
    pub fn service_url(&self, base: &str) -> String {
        match &self.form {
            RequestForm::Rest(request) => rest::service_url(base, &request.target),
            RequestForm::Soap(_) => base.to_owned(),
        }
    }

    /// The request to the provider's information system. Its target is still to be set.
    ///
    /// # Errors
    /// See [`soap::to_service`].
    pub fn to_service(
        &self,
        headers: Vec<(String, String)>,
        parts: &Parts,
    ) -> Result<http::Request, Refusal> {
        match &self.form {
            RequestForm::Rest(request) => Ok(rest::to_service(request, headers, parts)),
            RequestForm::Soap(call) => soap::to_service(call, &self.original_content_type, headers, parts),
        }
    }
}

impl ResponseMessage {
    /// `/message.xml`.
    #[must_use]
    pub fn part(&self) -> MessagePart {
        match &self.form {
            ResponseForm::Rest(response) => MessagePart::Rest(response.encode().into()),
            ResponseForm::Soap(answer) => MessagePart::Soap(answer.message.part().clone()),
        }
    }

    /// Whether this is the answer to `request`.
    ///
    /// # Errors
    /// The first [`Mismatch`] in X-Road's order.
    pub fn check_answers(&self, request: &RequestMessage, expected: &ExpectedAnswer) -> Result<(), Mismatch> {
        match (&self.form, &request.form, expected) {
            (ResponseForm::Rest(response), RequestForm::Rest(_), ExpectedAnswer::Rest(context)) => {
                response.check_answers(context).map_err(|mismatch| Mismatch {
                    words: &[Word::InconsistentResponse],
                    text: mismatch.to_string(),
                })
            }
            (ResponseForm::Soap(answer), RequestForm::Soap(call), ExpectedAnswer::Soap(hash)) => {
                let checked = answer.message.check_answers(call.message.header(), hash);
                checked.map_err(|mismatch| Mismatch { words: mismatch.words(), text: mismatch.to_string() })
            }
            _ => Err(Mismatch {
                words: &[Word::InconsistentResponse],
                text: "Response is not of the protocol of the request".to_owned(),
            }),
        }
    }

    /// The answer to the consumer's information system.
    ///
    /// # Errors
    /// See [`soap::to_client`].
    pub fn to_client(&self, parts: &Parts) -> Result<http::Response, Refusal> {
        match &self.form {
            ResponseForm::Rest(response) => Ok(rest::to_client(response, parts)),
            ResponseForm::Soap(answer) => soap::to_client(answer, parts),
        }
    }
}

fn body_digest(digests: &[PartDigest]) -> Option<&Sha512> {
    digests.iter().find(|part| part.name == PartName::Attachment(1)).map(|part| &part.sha512)
}
