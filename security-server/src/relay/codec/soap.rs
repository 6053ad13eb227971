//! SOAP message protocol 4.0: from and to HTTP, and from and to the message part.

use std::time::Duration;

use bytes::Bytes;
use futures_util::stream;
use protocol::fault::{Origin, Word};
use protocol::names::{header, mime};
use protocol::soap::{
    Sender, SoapDecoder, SoapEncoder, SoapError, SoapMessage, check_soap_action, refused_fault,
};
use protocol::{Limits, Sha512};
use service_kit::http::{self, Body, BodyError};
use service_kit::random;

use super::request::{Exchange, RequestForm, RequestMessage};
use super::response::{ResponseForm, ResponseMessage};
use crate::relay::enclosure::{Enclosure, EnclosureError, SoapBeginning, SoapReading};
use crate::relay::stage::Refusal;
use crate::relay::state::Parts;

/// An information system that has not sent its whole SOAP message after this time is refused, as X-Road does.
/// Attachments may take longer.
const PATIENCE: Duration = Duration::from_secs(30);

/// A SOAP request.
#[derive(Debug, Clone)]
pub struct Call {
    /// The message.
    pub message: Box<SoapMessage>,
    /// `SOAPAction` of the information system's request; empty if there was none.
    pub action: String,
}

/// A SOAP response.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The message.
    pub message: Box<SoapMessage>,
    /// `Content-Type` of the service's answer, in whose form the consumer gets it.
    pub original_content_type: String,
}

impl Call {
    /// The header fields of the request to a service. None of the consumer's own HTTP header fields goes along.
    pub(super) fn service_headers(&self) -> Vec<(String, String)> {
        let fields = [(header::SOAP_ACTION, self.action.as_str()), ("accept-encoding", "")];
        fields.map(|(name, value)| (name.to_owned(), value.to_owned())).into()
    }
}

/// Reads the request of an information system up to the end of the SOAP message; the request id is made here.
///
/// # Errors
/// `client.` and a word of [`SoapError`] or `invalid_http_method`; `server.clientproxy.internal_error` without content
/// type or when the message does not come, `io_error` when the connection fails.
pub async fn from_client(
    request: http::Request,
    limits: &Limits,
) -> Result<(RequestMessage, Enclosure), Refusal> {
    let http::Request { method, headers, body, .. } = request;
    if method != "POST" {
        let text = format!("Must use POST request method instead of {method}");
        return Err(Refusal::new(Origin::Client, &[Word::InvalidHttpMethod], text));
    }
    let refuse = |error: SoapError| Refusal::of_soap(&error, Sender::Client);
    let action = headers.get(header::SOAP_ACTION);
    check_soap_action(action).map_err(refuse)?;
    let content_type = headers.get(header::CONTENT_TYPE);
    let decoder = SoapDecoder::new(content_type, limits).map_err(refuse)?;
    let begun = tokio::time::timeout(PATIENCE, SoapReading::begin(decoder, body)).await;
    let begun = begun.map_err(|_| {
        let text = "Reading SOAP from request timed out";
        Refusal::new(Origin::ClientProxy, &[Word::InternalError], text)
    })?;
    match begun.map_err(|error| refuse_unread(error, Origin::ClientProxy))? {
        SoapBeginning::Fault(fault) => Err(Refusal::handed_on(refused_fault(&fault))),
        SoapBeginning::Message(message, attachments) => {
            let action = action.unwrap_or_default().to_owned();
            let content_type = content_type.unwrap_or_default().to_owned();
            let message = request_message(message, action, random::uuid(), content_type);
            Ok((message, Enclosure::Attachments(attachments)))
        }
    }
}

/// A received request. `request_id` and `original_content_type` are HTTP header fields, `action` is `SOAPAction` of the
/// information system's request.
pub(in crate::relay) fn request_message(
    message: Box<SoapMessage>,
    action: String,
    request_id: String,
    original_content_type: String,
) -> RequestMessage {
    let header = message.header();
    let exchange = Exchange {
        consumer: header.client.clone(),
        service: header.service.clone(),
        query_id: header.id.clone(),
        request_id,
    };
    let wanted_server = header.security_server.clone();
    let form = RequestForm::Soap(Call { message, action });
    RequestMessage { exchange, wanted_server, original_content_type, form }
}

/// A received response; `original_content_type` is the HTTP header field.
pub(in crate::relay) fn response_message(
    message: Box<SoapMessage>,
    original_content_type: String,
) -> ResponseMessage {
    ResponseMessage { form: ResponseForm::Soap(Answer { message, original_content_type }) }
}

/// Reads the answer of a service up to the end of the SOAP message, and puts the hash of the request into it.
///
/// # Errors
/// `server.serverproxy.service_failed.` and `http_error`, `io_error` or a word of [`SoapError`]; a fault of the service
/// as it came.
pub async fn from_service(
    response: http::Response,
    request_hash: &Sha512,
    limits: &Limits,
) -> Result<(ResponseMessage, Enclosure), Refusal> {
    let http::Response { status, reason, headers, body, .. } = response;
    if status != 200 && status != 500 {
        let text = format!("Server responded with error {status}: {reason}");
        return Err(Refusal::new(Origin::ServerProxy, &[Word::ServiceFailed, Word::HttpError], text));
    }
    let refuse = |error: SoapError| Refusal::of_soap(&error, Sender::Service);
    let content_type = headers.get(header::CONTENT_TYPE);
    let decoder = SoapDecoder::new(content_type, limits).map_err(refuse)?;
    let begun = SoapReading::begin(decoder, body).await;
    match begun.map_err(|error| refuse_unread(error, Origin::ServerProxy))? {
        SoapBeginning::Fault(fault) => Err(Refusal::handed_on(fault).because("the service answered with it")),
        SoapBeginning::Message(message, attachments) => {
            let message = message.with_request_hash(request_hash, limits).map_err(refuse)?;
            let answer = response_message(Box::new(message), content_type.unwrap_or_default().to_owned());
            Ok((answer, Enclosure::Attachments(attachments)))
        }
    }
}

/// The refusal of an information system that broke off, or sent what is no SOAP message.
pub(in crate::relay) fn refuse_unread(error: EnclosureError, found_by: Origin) -> Refusal {
    let (sender, words): (_, &[Word]) = match found_by {
        Origin::ServerProxy => (Sender::Service, &[Word::ServiceFailed, Word::IoError]),
        Origin::Client | Origin::ClientProxy => (Sender::Client, &[Word::IoError]),
    };
    match error {
        EnclosureError::Soap(error) => Refusal::of_soap(&error, sender),
        EnclosureError::Body(error) => {
            let text = "The message could not be read from the information system";
            Refusal::new(found_by, words, text).because(error)
        }
    }
}

/// Whether a message can be written in the form of `original_content_type`.
///
/// # Errors
/// See [`SoapEncoder::new`].
pub fn check_form(original_content_type: &str, attachments: bool) -> Result<(), SoapError> {
    SoapEncoder::new(original_content_type, attachments).map(|_| ())
}

/// The request to the provider's information system: the form and the boundary are those of the consumer's.
///
/// # Errors
/// The form cannot be written, which [`check_form`] has found out before.
pub(super) fn to_service(
    call: &Call,
    original_content_type: &str,
    headers: Vec<(String, String)>,
    parts: &Parts,
) -> Result<http::Request, Refusal> {
    let (content_type, body) =
        written(&call.message, original_content_type, parts, |encoder| encoder.content_type().to_owned())
            .map_err(|error| Refusal::of_soap(&error, Sender::ClientProxy))?;
    let mut request = http::Request::new("POST", "/");
    request.headers = headers.into();
    Ok(request.header("Content-Type", content_type).body(body))
}

/// The answer to the consumer's information system, in the form and with the boundary of the service's.
///
/// # Errors
/// The form cannot be written, which [`check_form`] has found out before.
pub(super) fn to_client(answer: &Answer, parts: &Parts) -> Result<http::Response, Refusal> {
    let form = &answer.original_content_type;
    let (content_type, body) = written(&answer.message, form, parts, SoapEncoder::answer_content_type)
        .map_err(|error| Refusal::of_soap(&error, Sender::ServerProxy))?;
    // Without announced length, as X-Road does.
    Ok(http::Response::with(200, &content_type, Body::stream(body, None)))
}

/// A fault, as X-Road tells one to peers and to SOAP information systems.
#[must_use]
pub fn fault(document: Vec<u8>) -> http::Response {
    http::Response::with(200, mime::FAULT, document).header(header::SOAP_ACTION, "")
}

fn written(
    message: &SoapMessage,
    original_content_type: &str,
    parts: &Parts,
    content_type: fn(&SoapEncoder) -> String,
) -> Result<(String, Body), SoapError> {
    let mut encoder = SoapEncoder::new(original_content_type, !parts.attachments.is_empty())?;
    let content_type = content_type(&encoder);
    let mut frames = vec![(encoder.soap(message.part()), 0)];
    for attachment in &parts.attachments {
        frames.push((encoder.attachment_start(&attachment.headers), attachment.length));
    }
    frames.push((encoder.finish(), 0));
    let length = frames.iter().map(|(frame, content)| frame.len() as u64 + content).sum();
    let content = parts.body.as_ref().map_or_else(Body::empty, |spooled| spooled.body());
    let writing = Writing { frames: frames.into_iter(), due: 0, content, piece: Bytes::new() };
    let body = Body::stream(stream::try_unfold(writing, Writing::next), Some(length));
    Ok((content_type, body))
}

/// Frames, and between them the attachments out of the spool.
struct Writing {
    /// Bytes of the frame, and how many of the content follow.
    frames: std::vec::IntoIter<(Bytes, u64)>,
    /// Bytes of the content that are due before the next frame.
    due: u64,
    content: Body,
    /// What was read of the content and is not due yet.
    piece: Bytes,
}

impl Writing {
    async fn next(mut self) -> Result<Option<(Bytes, Self)>, BodyError> {
        while self.due == 0 {
            let Some((frame, due)) = self.frames.next() else { return Ok(None) };
            self.due = due;
            if !frame.is_empty() {
                return Ok(Some((frame, self)));
            }
        }
        if self.piece.is_empty() {
            self.piece = self.content.piece().await.ok_or(BodyError::Truncated)??;
        }
        let taken = self.piece.len().min(usize::try_from(self.due).unwrap_or(usize::MAX));
        self.due -= taken as u64;
        let piece = self.piece.split_to(taken);
        Ok(Some((piece, self)))
    }
}
