//! A response in either format, and what makes it the answer to a request.

use protocol::Sha512;
use protocol::fault::Word;
use protocol::rest::{ResponseContext, RestResponse};
use service_kit::http;

use super::request::{RequestForm, RequestMessage};
use super::{MessagePart, rest, soap};
use crate::relay::stage::Refusal;
use crate::relay::state::Parts;

/// A response, on either side.
#[derive(Debug, Clone)]
pub struct ResponseMessage {
    pub(super) form: ResponseForm,
}

#[derive(Debug, Clone)]
pub(super) enum ResponseForm {
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
