//! Read a message of the other security server into the spool.

use protocol::Payload;
use protocol::fault::{Origin, Word};
use protocol::names::{HASH_ALGORITHM, MESSAGE_TYPE_REST, header};
use protocol::proxy_message::MessageDecoder;
use service_kit::http::{Headers, Request, Response};

use crate::relay::Relay;
use crate::relay::codec::rest;
use crate::relay::inflow::{EndOfBody, Inflow, InflowError};
use crate::relay::stage::Refusal;
use crate::relay::state::{Awaiting, Parts, ReceivedRequest, ReceivedResponse};
use crate::relay::version::{PeerVersion, VersionError};

/// Reads a request of a peer to its end.
///
/// # Errors
/// `server.serverproxy.` and `invalid_http_method`, `client_proxy_version_not_supported`, `internal_error`,
/// `missing_rest`, `missing_signature`, or `service_failed.` with the transport's own words.
pub async fn receive_request(relay: &Relay, request: Request) -> Result<ReceivedRequest, Refusal> {
    let Request { method, headers, body, .. } = request;
    if method != "POST" {
        let text = format!("Must use POST request method instead of {method}");
        return Err(refuse_request(&[Word::InvalidHttpMethod], text));
    }
    check_version(relay, headers.get(header::PROXY_VERSION))?;
    let payload = if headers.get(header::MESSAGE_TYPE) == Some(MESSAGE_TYPE_REST) {
        Payload::Rest
    } else {
        Payload::Soap
    };
    check_hash_algorithm(&headers).map_err(|text| refuse_request(&[Word::InternalError], text))?;
    let refused = |error: InflowError| refuse_request(error.words(payload), error.to_string());
    let content_type = headers.get(header::CONTENT_TYPE).unwrap_or_default();
    let decoder =
        MessageDecoder::request(content_type, relay.limits()).map_err(|error| refused(error.into()))?;
    let taken =
        Inflow::take(decoder, body, EndOfBody::Announced, relay.spool(), relay.max_body_bytes()).await;
    let taken = taken.map_err(refused)?;
    let request_id = headers.get(header::REQUEST_ID).unwrap_or_default();
    let original = headers.get(header::ORIGINAL_CONTENT_TYPE).unwrap_or_default();
    let message = decode_request(relay, payload, &taken, request_id, original)?;
    message.exchange.note();
    let parts = parts(taken)
        .ok_or_else(|| refuse_request(&[Word::MissingSignature], "Request does not have signature"))?;
    Ok(ReceivedRequest { message, parts })
}

/// Reads the response of a peer to its end. A fault of the peer ends the exchange here.
///
/// # Errors
/// `server.clientproxy.` and `http_error`, `invalid_content_type`, `internal_error`, `missing_rest`,
/// `missing_signature`, or `service_failed.` with the transport's own words; a fault of the peer as it came.
pub async fn receive_response(relay: &Relay, awaiting: Awaiting) -> Result<ReceivedResponse, Refusal> {
    let Awaiting { message: request, expected, provider, response } = awaiting;
    let hash_algorithm = check_hash_algorithm(&response.headers);
    let taken = take_response(relay, response).await?;
    if let Some(fault) = taken.fault {
        return Err(Refusal::handed_on(fault));
    }
    hash_algorithm.map_err(|text| refuse_response(&[Word::InternalError], text))?;
    let Some((Payload::Rest, bytes)) = &taken.message else {
        return Err(refuse_response(&[Word::MissingRest], "Response does not have REST message"));
    };
    let message = rest::decode_response(bytes, relay.limits()).map_err(|error| {
        refuse_response(&[Word::ServiceFailed, rest::peer_word(&error)], error.to_string())
    })?;
    let parts = parts(taken)
        .ok_or_else(|| refuse_response(&[Word::MissingSignature], "Response does not have signature"))?;
    Ok(ReceivedResponse { message, parts, request, expected, provider })
}

/// The refusal inside a response that came before our request was complete.
pub(super) async fn fault_of(relay: &Relay, response: Response) -> Refusal {
    match take_response(relay, response).await {
        Ok(Inflow { fault: Some(fault), .. }) => Refusal::handed_on(fault),
        Ok(_) => {
            let text = "The provider's security server answered before the request was complete";
            refuse_response(&[Word::NetworkError], text)
        }
        Err(refusal) => refusal,
    }
}

async fn take_response(relay: &Relay, response: Response) -> Result<Inflow, Refusal> {
    let Response { status, headers, body, .. } = response;
    if status != 200 && status != 500 {
        return Err(refuse_response(&[Word::HttpError], format!("Server responded with status {status}")));
    }
    let Some(content_type) = headers.get(header::CONTENT_TYPE) else {
        return Err(refuse_response(&[Word::InvalidContentType], "Could not get content type from response"));
    };
    let refused = |error: InflowError| refuse_response(error.words(Payload::Rest), error.to_string());
    let decoder =
        MessageDecoder::response(content_type, relay.limits()).map_err(|error| refused(error.into()))?;
    let end = EndOfBody::of(&headers);
    Inflow::take(decoder, body, end, relay.spool(), relay.max_body_bytes()).await.map_err(refused)
}

fn decode_request(
    relay: &Relay,
    payload: Payload,
    taken: &Inflow,
    request_id: &str,
    original_content_type: &str,
) -> Result<crate::relay::state::RequestMessage, Refusal> {
    if taken.fault.is_some() {
        return Err(refuse_request(&[Word::ServiceFailed, Word::InvalidMessage], "A fault is not a request"));
    }
    match (&taken.message, payload) {
        (Some((Payload::Rest, bytes)), Payload::Rest) => {
            rest::decode_request(bytes, request_id, original_content_type, relay.limits()).map_err(|error| {
                refuse_request(&[Word::ServiceFailed, rest::peer_word(&error)], error.to_string())
            })
        }
        (None, _) | (Some((Payload::Soap, _)), Payload::Rest) => {
            Err(refuse_request(&[Word::MissingRest], "Request does not have REST message"))
        }
        (Some(_), Payload::Soap) => {
            let text = "SOAP messages are not served by this server";
            Err(refuse_request(&[Word::ServiceFailed, Word::InvalidContentType], text))
        }
    }
}

fn parts(taken: Inflow) -> Option<Parts> {
    let seal = taken.seal()?;
    let (_, bytes) = taken.message?;
    Some(Parts { bytes, body: taken.body, digests: taken.digests, ocsp: taken.ocsp, seal })
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

fn refuse_request(words: &[Word], text: impl Into<String>) -> Refusal {
    Refusal::new(Origin::ServerProxy, words, text)
}

fn refuse_response(words: &[Word], text: impl Into<String>) -> Refusal {
    Refusal::new(Origin::ClientProxy, words, text)
}
