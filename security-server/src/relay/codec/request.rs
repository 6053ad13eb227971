//! A request in either format.

use identifiers::{ClientId, ServerId, ServiceId};
use protocol::rest::{ResponseContext, RestRequest};
use protocol::soap::SoapMessage;
use protocol::{PartDigest, PartName, Payload, Sha512};
use service_kit::http;

use super::{ExpectedAnswer, MessagePart, rest, soap};
use crate::access_rights::Operation;
use crate::relay::refusals;
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
    /// Puts the names into the log context of this exchange, and where its refusal will look for them.
    pub fn note(&self) {
        let span = tracing::Span::current();
        span.record("client", tracing::field::display(&self.consumer));
        span.record("service", tracing::field::display(&self.service));
        span.record("query_id", &self.query_id);
        span.record("request_id", &self.request_id);
        refusals::note(self);
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
    pub(super) form: RequestForm,
}

#[derive(Debug, Clone)]
pub(super) enum RequestForm {
    Rest(RestRequest),
    Soap(soap::Call),
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

fn body_digest(digests: &[PartDigest]) -> Option<&Sha512> {
    digests.iter().find(|part| part.name == PartName::Attachment(1)).map(|part| &part.sha512)
}
