//! Read a message of the other security server into the spool.

use bytes::Bytes;
use protocol::Payload;
use protocol::fault::{Origin, Word};
use protocol::names::{HASH_ALGORITHM, header};
use protocol::proxy_message::MessageDecoder;
use protocol::soap::{Sender, check_soap_action};
use service_kit::http::{Headers, Request, Response};

use crate::relay::Relay;
use crate::relay::codec::{rest, soap};
use crate::relay::inflow::{Arrived, Bounds, EndOfBody, Inflow, InflowError};
use crate::relay::stage::Refusal;
use crate::relay::state::{Awaiting, Parts, ReceivedRequest, ReceivedResponse, RequestMessage};
use crate::relay::version::{PeerVersion, VersionError};

/// Reads a request of a peer to its end.
///
/// # Errors
/// `server.serverproxy.` and `invalid_http_method`, `client_proxy_version_not_supported`, `invalid_soap_action`,
/// `internal_error`, `missing_rest`, `missing_soap`, `missing_signature`, or `service_failed.` with the transport's own words.
pub async fn receive_request(relay: &Relay, request: Request) -> Result<ReceivedRequest, Refusal> {
    let Request { method, headers, body, .. } = request;
    if method != "POST" {
        let text = format!("Must use POST request method instead of {method}");
        return Err(refuse_request(&[Word::InvalidHttpMethod], text));
    }
    check_version(relay, headers.get(header::PROXY_VERSION))?;
    let payload = Payload::of_message_type(headers.get(header::MESSAGE_TYPE));
    if payload == Payload::Soap {
        let checked = check_soap_action(headers.get(header::ORIGINAL_SOAP_ACTION));
        checked.map_err(|error| Refusal::of_soap(&error, Sender::ClientProxy))?;
    }
    check_hash_algorithm(&headers).map_err(|text| refuse_request(&[Word::InternalError], text))?;
    let refused = |error: InflowError| refuse_inflow(Origin::ServerProxy, payload, &error);
    let content_type = headers.get(header::CONTENT_TYPE).unwrap_or_default();
    let decoder =
        MessageDecoder::request(content_type, relay.limits()).map_err(|error| refused(error.into()))?;
    let taken = Inflow::take(decoder, body, EndOfBody::Announced, &bounds(relay)).await.map_err(refused)?;
    let (message, parts) = request_of(relay, payload, taken, &headers)?;
    message.exchange.note();
    Ok(ReceivedRequest { message, parts })
}

/// Reads the response of a peer to its end. A fault of the peer ends the exchange here.
///
/// # Errors
/// `server.clientproxy.` and `http_error`, `invalid_content_type`, `internal_error`, `missing_rest`, `missing_soap`,
/// `missing_signature`, or `service_failed.` with the transport's own words; a fault of the peer as it came.
pub async fn receive_response(relay: &Relay, awaiting: Awaiting) -> Result<ReceivedResponse, Refusal> {
    let Awaiting { message: request, expected, provider, response } = awaiting;
    let hash_algorithm = check_hash_algorithm(&response.headers);
    let original = response.headers.get(header::ORIGINAL_CONTENT_TYPE).unwrap_or_default().to_owned();
    let taken = take_response(relay, request.payload(), response).await?;
    if let Some(fault) = taken.fault {
        return Err(Refusal::handed_on(fault));
    }
    hash_algorithm.map_err(|text| refuse_response(&[Word::InternalError], text))?;
    let (arrived, parts) = parts(taken);
    let message = match (arrived, request.payload()) {
        (Some(Arrived::Rest(bytes)), Payload::Rest) => rest::decode_response(&bytes, relay.limits())
            .map_err(|error| {
                refuse_response(&[Word::ServiceFailed, rest::peer_word(&error)], error.to_string())
            })?,
        (Some(Arrived::Soap(message)), Payload::Soap) => {
            soap::check_form(&original, parts.as_ref().is_some_and(|parts| !parts.attachments.is_empty()))
                .map_err(|error| Refusal::of_soap(&error, Sender::ServerProxy))?;
            soap::response_message(message, original)
        }
        (_, payload) => return Err(missing(Origin::ClientProxy, payload)),
    };
    let parts = parts
        .ok_or_else(|| refuse_response(&[Word::MissingSignature], "Response does not have signature"))?;
    Ok(ReceivedResponse { message, parts, request, expected, provider })
}

/// The refusal inside a response that came before our request was complete.
pub(super) async fn fault_of(relay: &Relay, payload: Payload, response: Response) -> Refusal {
    match take_response(relay, payload, response).await {
        Ok(Inflow { fault: Some(fault), .. }) => Refusal::handed_on(fault),
        Ok(_) => {
            let text = "The provider's security server answered before the request was complete";
            refuse_response(&[Word::NetworkError], text)
        }
        Err(refusal) => refusal,
    }
}

async fn take_response(relay: &Relay, payload: Payload, response: Response) -> Result<Inflow, Refusal> {
    let Response { status, headers, body, .. } = response;
    if status != 200 && status != 500 {
        return Err(refuse_response(&[Word::HttpError], format!("Server responded with status {status}")));
    }
    let Some(content_type) = headers.get(header::CONTENT_TYPE) else {
        return Err(refuse_response(&[Word::InvalidContentType], "Could not get content type from response"));
    };
    let refused = |error: InflowError| refuse_inflow(Origin::ClientProxy, payload, &error);
    let decoder =
        MessageDecoder::response(content_type, relay.limits()).map_err(|error| refused(error.into()))?;
    Inflow::take(decoder, body, EndOfBody::of(&headers), &bounds(relay)).await.map_err(refused)
}

/// The message of a request and its other parts.
fn request_of(
    relay: &Relay,
    payload: Payload,
    taken: Inflow,
    headers: &Headers,
) -> Result<(RequestMessage, Parts), Refusal> {
    if taken.fault.is_some() {
        return Err(refuse_request(&[Word::ServiceFailed, Word::InvalidMessage], "A fault is not a request"));
    }
    let field = |name| headers.get(name).unwrap_or_default();
    let (request_id, original) = (field(header::REQUEST_ID), field(header::ORIGINAL_CONTENT_TYPE));
    let (arrived, parts) = parts(taken);
    let parts =
        parts.ok_or_else(|| refuse_request(&[Word::MissingSignature], "Request does not have signature"));
    let message = match (arrived, payload) {
        (Some(Arrived::Rest(bytes)), Payload::Rest) => {
            let decoded = rest::decode_request(&bytes, request_id, original, relay.limits());
            decoded.map_err(|error| {
                refuse_request(&[Word::ServiceFailed, rest::peer_word(&error)], error.to_string())
            })?
        }
        (Some(Arrived::Soap(message)), Payload::Soap) => {
            let attachments = parts.as_ref().is_ok_and(|parts| !parts.attachments.is_empty());
            soap::check_form(original, attachments)
                .map_err(|error| Refusal::of_soap(&error, Sender::ClientProxy))?;
            let action = field(header::ORIGINAL_SOAP_ACTION).to_owned();
            soap::request_message(message, action, request_id.to_owned(), original.to_owned())
        }
        (_, payload) => return Err(missing(Origin::ServerProxy, payload)),
    };
    Ok((message, parts?))
}

/// The message part, and the others if there is a signature among them.
fn parts(taken: Inflow) -> (Option<Arrived>, Option<Parts>) {
    let seal = taken.seal();
    let Inflow { message, body, attachments, digests, ocsp, .. } = taken;
    let bytes = match &message {
        Some(Arrived::Rest(bytes)) => bytes.clone(),
        Some(Arrived::Soap(message)) => message.part().bytes.clone(),
        None => Bytes::new(),
    };
    (message, seal.map(|seal| Parts { bytes, body, attachments, digests, ocsp, seal }))
}

fn bounds(relay: &Relay) -> Bounds<'_> {
    Bounds { limits: relay.limits(), body: relay.max_body_bytes(), room: relay.spool() }
}

/// The parts are hashed with SHA-512 and nothing else; X-Road's REST messages know no other either.
fn check_hash_algorithm(headers: &Headers) -> Result<(), String> {
    match headers.get(header::HASH_ALGORITHM) {
        Some(named) if named.eq_ignore_ascii_case(HASH_ALGORITHM) => Ok(()),
        Some(named) => {
            Err(format!("Hash algorithm {} is not supported", named.chars().take(40).collect::<String>()))
        }
        None => Err("Could not get hash algorithm identifier from message".to_owned()),
    }
}

fn check_version(relay: &Relay, announced: Option<&str>) -> Result<(), Refusal> {
    let Some(minimum) = relay.min_client_version() else { return Ok(()) };
    let version = PeerVersion::parse(announced.unwrap_or("unknown"));
    match version.and_then(|version| version.at_least(minimum)) {
        Ok(()) => Ok(()),
        Err(error @ VersionError::TooOld { .. }) => {
            Err(refuse_request(&[Word::ClientProxyVersionNotSupported], error.to_string()))
        }
        Err(error @ VersionError::Unreadable) => {
            Err(refuse_request(&[Word::InternalError], error.to_string()))
        }
    }
}

fn missing(side: Origin, payload: Payload) -> Refusal {
    let (word, name) = match payload {
        Payload::Rest => (Word::MissingRest, "REST"),
        Payload::Soap => (Word::MissingSoap, "SOAP"),
    };
    let what = if side == Origin::ServerProxy { "Request" } else { "Response" };
    Refusal::new(side, &[word], format!("{what} does not have {name} message"))
}

fn refuse_inflow(side: Origin, payload: Payload, error: &InflowError) -> Refusal {
    Refusal::with_code(error.code(side, payload), error.to_string())
}

fn refuse_request(words: &[Word], text: impl Into<String>) -> Refusal {
    Refusal::new(Origin::ServerProxy, words, text)
}

fn refuse_response(words: &[Word], text: impl Into<String>) -> Refusal {
    Refusal::new(Origin::ClientProxy, words, text)
}
