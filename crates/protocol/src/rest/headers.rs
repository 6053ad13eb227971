//! Headers of REST messages: which are forwarded, and how they are looked up.

use super::RestError;
use crate::content_type::is_token;
use crate::names::header;

/// Headers in their order, names as sent.
pub type Headers = Vec<(String, String)>;

/// Headers that concern one connection only. Security servers take them out in both directions, and a message that
/// contains one is refused by its receiver: the list must be exactly X-Road's.
const HOP_HEADERS: [&str; 13] = [
    "transfer-encoding",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "te",
    "trailer",
    "upgrade",
    "connection",
    "user-agent",
    "host",
    "content-length",
    "server",
    "expect",
];

pub(super) fn is_hop_header(name: &str) -> bool {
    HOP_HEADERS.iter().any(|hop| hop.eq_ignore_ascii_case(name))
}

/// True if the consumer's security server forwards this header of the information system's request.
#[must_use]
pub fn is_forwarded_in_request(name: &str) -> bool {
    let own = [header::REQUEST_ID, header::REQUEST_HASH];
    !is_hop_header(name) && !own.iter().any(|known| known.eq_ignore_ascii_case(name))
}

/// True if the provider's security server forwards this header of the service's response. A service's own
/// `x-road-service` is forwarded; ours comes after it and wins.
#[must_use]
pub fn is_forwarded_in_response(name: &str) -> bool {
    let own = [header::QUERY_ID, header::REQUEST_HASH, header::CLIENT, header::REQUEST_ID];
    !is_hop_header(name) && !own.iter().any(|known| known.eq_ignore_ascii_case(name))
}

/// The headers of a request that are forwarded, order and case kept.
#[must_use]
pub fn filter_request_headers(mut headers: Headers) -> Headers {
    headers.retain(|(name, _)| is_forwarded_in_request(name));
    headers
}

/// The headers of a response that are forwarded, order and case kept.
#[must_use]
pub fn filter_response_headers(mut headers: Headers) -> Headers {
    headers.retain(|(name, _)| is_forwarded_in_response(name));
    headers
}

/// The text of a header value that came over HTTP: bytes that are no ASCII are taken as ISO-8859-1.
#[must_use]
pub fn header_value_text(value: &[u8]) -> String {
    value.iter().copied().map(char::from).collect()
}

/// Refuses names and values that no HTTP header can have, so that no message line can smuggle another one.
pub(super) fn check_header(name: &str, value: &str) -> Result<(), RestError> {
    let named = !name.is_empty() && name.bytes().all(is_token);
    if named && !value.bytes().any(|byte| byte.is_ascii_control() && byte != b'\t') {
        Ok(())
    } else {
        Err(RestError::MalformedHeader)
    }
}

/// The first value of a header.
pub(super) fn first<'a>(headers: &'a [(String, String)], name: &str) -> Option<&'a str> {
    headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
}

/// The last value of a header, which wins for X-Road's own headers.
pub(super) fn last<'a>(headers: &'a [(String, String)], name: &str) -> Option<&'a str> {
    headers.iter().rev().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
}
