//! REST message protocol 1.0: from and to HTTP, and from and to the message part.

use protocol::Limits;
use protocol::fault::{Origin, Word};
use protocol::rest::{ResponseContext, RestError, RestRequest, RestResponse};
use service_kit::http;
use service_kit::random;

use super::request::{Exchange, RequestForm, RequestMessage};
use super::response::{ResponseForm, ResponseMessage};
use crate::relay::enclosure::Enclosure;
use crate::relay::stage::Refusal;
use crate::relay::state::Parts;

/// Everything below this belongs to the REST protocol.
pub const PREFIX: &str = "/r1/";

/// Reads the request of an information system. The query id is made where the system gave none
/// (`<own instance>-<UUID>`), the request id always.
///
/// # Errors
/// `server.clientproxy.internal_error` for a target or header that cannot be read,
/// `server.clientproxy.invalid_client_identifier` without `X-Road-Client`.
pub fn from_client(
    method: &str,
    target: &str,
    headers: http::Headers,
    own_instance: &str,
) -> Result<RequestMessage, Refusal> {
    let refuse = |error: RestError| Refusal::new(Origin::ClientProxy, &[error.word()], client_text(&error));
    let original_content_type = headers.get("content-type").unwrap_or_default().to_owned();
    let request_id = random::uuid();
    let mut request =
        RestRequest::from_client(method, target, headers.into_vec(), &request_id).map_err(refuse)?;
    request.check_identifiers().map_err(refuse)?;
    request.add_query_id_if_absent(&format!("{own_instance}-{}", random::uuid()));
    message(request, request_id, original_content_type).map_err(refuse)
}

/// Reads a received request message. `request_id` is the HTTP header of the same name, which is what the answer
/// must repeat.
///
/// # Errors
/// See [`RestError`].
pub fn decode_request(
    bytes: &[u8],
    request_id: &str,
    original_content_type: &str,
    limits: &Limits,
) -> Result<RequestMessage, RestError> {
    let request = RestRequest::decode(bytes, limits)?;
    message(request, request_id.to_owned(), original_content_type.to_owned())
}

/// Reads a received response message.
///
/// # Errors
/// See [`RestError`].
pub fn decode_response(bytes: &[u8], limits: &Limits) -> Result<ResponseMessage, RestError> {
    Ok(ResponseMessage { form: ResponseForm::Rest(RestResponse::decode(bytes, limits)?) })
}

/// Makes the response message from the answer of a service to a request with `method`.
///
/// # Errors
/// `server.serverproxy.internal_error`: a header that no message can carry.
pub fn from_service(
    method: &str,
    response: http::Response,
    context: &ResponseContext,
) -> Result<(ResponseMessage, Enclosure), Refusal> {
    let http::Response { status, reason, headers, body, .. } = response;
    let made = RestResponse::from_service(status, &reason, headers.into_vec(), context);
    let message = made.map_err(|error| {
        let text = "The service's answer cannot be relayed";
        Refusal::new(Origin::ServerProxy, &[Word::InternalError], text).because(error)
    })?;
    let enclosure = if has_body(method, status) { Enclosure::body(body) } else { Enclosure::none() };
    Ok((ResponseMessage { form: ResponseForm::Rest(message) }, enclosure))
}

/// The raw path below the service in a request target; empty when there is none.
#[must_use]
pub fn service_path(target: &str) -> &str {
    let path = target.split('?').next().unwrap_or_default();
    // "", r1, instance, class, member, subsystem, service, rest
    path.match_indices('/').nth(6).map_or("", |(start, _)| &path[start..])
}

/// The address to call: the service's base address, the path below the service and the query, nothing decoded.
#[must_use]
pub fn service_url(base: &str, target: &str) -> String {
    let path = service_path(target);
    let base = if path.is_empty() { base } else { base.strip_suffix('/').unwrap_or(base) };
    match target.split_once('?') {
        Some((_, query)) => format!("{base}{path}?{query}"),
        None => format!("{base}{path}"),
    }
}

/// The request to the provider's information system: all headers in their order. The target is still to be set.
pub(super) fn to_service(
    request: &RestRequest,
    headers: Vec<(String, String)>,
    parts: &Parts,
) -> http::Request {
    let mut out = http::Request::new(request.verb.as_str(), "/");
    out.headers = headers.into();
    match &parts.body {
        Some(body) if request.verb.hands_on_body() => out.body(body.body()),
        _ => out,
    }
}

/// The answer of a metadata service: as X-Road does, it repeats the headers of the request.
#[must_use]
pub fn metadata_answer(
    headers: Vec<(String, String)>,
    content_type: &str,
    body: impl Into<http::Body>,
) -> http::Response {
    let mut out = http::Response::new(200);
    "OK".clone_into(&mut out.reason);
    out.headers = headers.into();
    out.headers.remove("content-type");
    out.header("content-type", content_type).body(body)
}

/// Puts the message that a metadata answer became in the order of a stock server, which sets the content type last.
/// SOAP has no such order.
pub fn content_type_last(message: &mut ResponseMessage) {
    let ResponseForm::Rest(response) = &mut message.form else { return };
    let is_content_type = |(name, _): &(String, String)| name.eq_ignore_ascii_case("content-type");
    if let Some(position) = response.headers.iter().position(is_content_type) {
        let content_type = response.headers.remove(position);
        response.headers.push(content_type);
    }
}

/// The answer to the consumer's information system: status, header fields in their order, and the body.
pub(super) fn to_client(response: &RestResponse, parts: &Parts) -> http::Response {
    let mut out = http::Response::new(response.status);
    out.headers = response.headers.clone().into();
    match &parts.body {
        // Without announced length, as X-Road does: HTTP sends it chunked.
        Some(body) if !body.is_empty() => out.body(http::Body::stream(body.body(), None)),
        _ => out,
    }
}

/// Whether a response to `method` with this status has a body part.
#[must_use]
pub fn has_body(method: &str, status: u16) -> bool {
    method != "HEAD" && status != 204 && status != 304
}

fn message(
    request: RestRequest,
    request_id: String,
    original_content_type: String,
) -> Result<RequestMessage, RestError> {
    let exchange = Exchange {
        consumer: request.client()?,
        service: request.target()?.service,
        query_id: request.query_id().unwrap_or_default().to_owned(),
        request_id,
    };
    let wanted_server = request.security_server()?;
    Ok(RequestMessage { exchange, wanted_server, original_content_type, form: RequestForm::Rest(request) })
}

fn client_text(error: &RestError) -> String {
    match error {
        RestError::ClientMissing => "The client identifier is missing".to_owned(),
        other => other.to_string(),
    }
}

/// The words of an unreadable message of a peer, after `service_failed`.
#[must_use]
pub fn peer_word(error: &RestError) -> Word {
    match error {
        // Towards a peer there is no word of its own for it.
        RestError::ClientMissing => Word::InternalError,
        other => other.word(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_and_urls() {
        for (base, target, expected) in [
            ("http://h/rest", "/r1/I/C/M/S/svc", "http://h/rest"),
            ("http://h/rest/", "/r1/I/C/M/S/svc", "http://h/rest/"),
            ("http://h/rest/", "/r1/I/C/M/S/svc/a%2Fb?x=%20", "http://h/rest/a%2Fb?x=%20"),
            ("http://h/rest", "/r1/I/C/M/S/svc/?", "http://h/rest/?"),
            ("http://h/rest", "/r1/I/C/M/S/svc?q", "http://h/rest?q"),
        ] {
            assert_eq!(service_url(base, target), expected);
        }
        assert_eq!(service_path("/r1/I/C/M/S/svc/a/b?c/d"), "/a/b");
        assert_eq!(service_path("/r1/I/C/M/S/svc?a/b"), "");
    }

    #[test]
    fn a_request_gets_its_ids() {
        let headers: http::Headers =
            [("X-Road-Client", "I/C/M/T"), ("Host", "h"), ("x-b", "1"), ("X-A", "2")].into_iter().collect();
        let message = from_client("GET", "/r1/I/C/M/S/svc/x", headers, "I").unwrap();
        let names: Vec<_> = message.headers().iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["X-Road-Client", "x-b", "X-A", "x-road-request-id", "x-road-id"]);
        assert!(message.exchange.query_id.starts_with("I-"));
        let again =
            decode_request(message.part().bytes(), &message.exchange.request_id, "", &Limits::default());
        assert_eq!(again.unwrap().exchange, message.exchange);
    }

    #[test]
    fn mistakes_of_a_client_have_stock_codes() {
        let with = |client: &str| [("X-Road-Client", client)].into_iter().collect::<http::Headers>();
        let code = |method, target, headers| from_client(method, target, headers, "I").unwrap_err().code();
        let target = "/r1/I/C/M/S/svc";
        let internal = "server.clientproxy.internal_error";
        assert_eq!(code("GET", target, http::Headers::new()), "server.clientproxy.invalid_client_identifier");
        assert_eq!(code("BREW", target, with("I/C/M/T")), internal);
        assert_eq!(code("GET", "/r1/I/C/M/S", with("I/C/M/T")), internal);
        assert_eq!(code("GET", target, with("I/C")), internal);
        assert_eq!(code("GET", target, with("I/C/M/T x")), internal);
    }
}
