//! Requests and responses.

use std::net::SocketAddr;
use std::sync::Arc;

use serde::Serialize;

use super::{Body, Headers};
use crate::http_server::ConnectionInfo;
use crate::peer_tls::PeerIdentity;

/// A request, received or to be sent.
#[derive(Debug, Default)]
pub struct Request {
    /// The method as written, for example `GET`. Case counts.
    pub method: String,
    /// The request target as written: raw path and query, nothing decoded.
    pub target: String,
    /// The header fields. Content-Length, Transfer-Encoding, Connection and Host of a request to be sent
    /// are the client's business and need not be here.
    pub headers: Headers,
    /// The body.
    pub body: Body,
    pub(crate) connection: Option<Arc<ConnectionInfo>>,
}

/// A response, received or to be sent.
#[derive(Debug, Default)]
pub struct Response {
    /// The status code, 100 to 999.
    pub status: u16,
    /// The reason phrase; when empty in a response to be sent, the usual one of the status is written.
    pub reason: String,
    /// The header fields; those of framing (see [`Request::headers`]) belong to the server.
    pub headers: Headers,
    /// The body.
    pub body: Body,
    pub(crate) closing: bool,
}

impl Request {
    /// A request without header fields and body.
    #[must_use]
    pub fn new(method: impl Into<String>, target: impl Into<String>) -> Self {
        Self { method: method.into(), target: target.into(), ..Self::default() }
    }

    /// A GET request.
    #[must_use]
    pub fn get(target: impl Into<String>) -> Self {
        Self::new("GET", target)
    }

    /// A POST request with a body of this media type.
    #[must_use]
    pub fn post(target: impl Into<String>, content_type: &str, body: impl Into<Body>) -> Self {
        Self::new("POST", target).header("Content-Type", content_type).body(body)
    }

    /// Adds a header field at the end.
    #[must_use]
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.append(name, value);
        self
    }

    /// Replaces the body.
    #[must_use]
    pub fn body(mut self, body: impl Into<Body>) -> Self {
        self.body = body.into();
        self
    }

    /// As if it had come by the connection of `other`: for a request that we make on behalf of who sent that one.
    #[must_use]
    pub fn on_behalf_of(mut self, other: &Self) -> Self {
        self.connection.clone_from(&other.connection);
        self
    }

    /// The raw path of the target, without the query.
    #[must_use]
    pub fn path(&self) -> &str {
        self.target.split('?').next().unwrap_or_default()
    }

    /// The raw query of the target, without the question mark.
    #[must_use]
    pub fn query(&self) -> Option<&str> {
        self.target.split_once('?').map(|(_, query)| query)
    }

    /// The pieces of the path between slashes, percent-decoded; `None` when one of them is not valid
    /// percent-encoded UTF-8. The leading slash gives no piece: `/a/b` is `["a", "b"]`, `/` is `[""]`.
    #[must_use]
    pub fn segments(&self) -> Option<Vec<String>> {
        self.path().trim_start_matches('/').split('/').map(percent_decoded).collect()
    }

    /// Names and values of the query, percent-decoded (`+` is a space); pairs that cannot be decoded are
    /// left out.
    #[must_use]
    pub fn query_pairs(&self) -> Vec<(String, String)> {
        let decoded = |text: &str| percent_decoded(&text.replace('+', " "));
        let pairs = self.query().unwrap_or_default().split('&').filter(|pair| !pair.is_empty());
        pairs
            .filter_map(|pair| {
                let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
                Some((decoded(name)?, decoded(value)?))
            })
            .collect()
    }

    /// The first value of a query parameter.
    #[must_use]
    pub fn query_value(&self, name: &str) -> Option<String> {
        self.query_pairs().into_iter().find(|(known, _)| known == name).map(|(_, value)| value)
    }

    /// The connection that a received request came by; `None` for requests that we made.
    #[must_use]
    pub fn connection(&self) -> Option<&Arc<ConnectionInfo>> {
        self.connection.as_ref()
    }

    /// Who sent it by TLS; `None` over plain HTTP and for requests that we made.
    #[must_use]
    pub fn peer(&self) -> Option<&PeerIdentity> {
        self.connection.as_ref().and_then(|connection| connection.tls.as_ref())
    }

    /// The address it came from.
    #[must_use]
    pub fn peer_address(&self) -> Option<SocketAddr> {
        self.connection.as_ref().map(|connection| connection.peer_address)
    }
}

impl Response {
    /// A response without header fields and body.
    #[must_use]
    pub fn new(status: u16) -> Self {
        Self { status, ..Self::default() }
    }

    /// A response with a body of this media type.
    #[must_use]
    pub fn with(status: u16, content_type: &str, body: impl Into<Body>) -> Self {
        Self::new(status).header("Content-Type", content_type).body(body)
    }

    /// A short plain text.
    #[must_use]
    pub fn text(status: u16, text: impl Into<String>) -> Self {
        Self::with(status, "text/plain; charset=utf-8", text.into())
    }

    /// A JSON document. A value that cannot be written as JSON becomes an empty 500.
    #[must_use]
    pub fn json(status: u16, value: &impl Serialize) -> Self {
        match serde_json::to_vec(value) {
            Ok(bytes) => Self::with(status, "application/json", bytes),
            Err(error) => {
                tracing::error!(%error, "an answer could not be written as JSON");
                Self::new(500)
            }
        }
    }

    /// Adds a header field at the end.
    #[must_use]
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.append(name, value);
        self
    }

    /// Replaces the body.
    #[must_use]
    pub fn body(mut self, body: impl Into<Body>) -> Self {
        self.body = body.into();
        self
    }

    /// The connection ends after this response, whatever the client wants.
    #[must_use]
    pub const fn closing(mut self) -> Self {
        self.closing = true;
        self
    }

    /// Is the status between 200 and 299?
    #[must_use]
    pub const fn is_success(&self) -> bool {
        self.status >= 200 && self.status < 300
    }
}

/// The usual reason phrase of a status (RFC 9110 section 15); empty for unusual ones.
#[must_use]
pub const fn reason_phrase(status: u16) -> &'static str {
    match status {
        100 => "Continue",
        200 => "OK",
        201 => "Created",
        202 => "Accepted",
        204 => "No Content",
        206 => "Partial Content",
        301 => "Moved Permanently",
        302 => "Found",
        303 => "See Other",
        304 => "Not Modified",
        307 => "Temporary Redirect",
        308 => "Permanent Redirect",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        406 => "Not Acceptable",
        408 => "Request Timeout",
        409 => "Conflict",
        410 => "Gone",
        413 => "Content Too Large",
        414 => "URI Too Long",
        415 => "Unsupported Media Type",
        417 => "Expectation Failed",
        422 => "Unprocessable Content",
        429 => "Too Many Requests",
        431 => "Request Header Fields Too Large",
        500 => "Internal Server Error",
        501 => "Not Implemented",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        504 => "Gateway Timeout",
        505 => "HTTP Version Not Supported",
        _ => "",
    }
}

fn percent_decoded(text: &str) -> Option<String> {
    let mut decoded = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        if byte == b'%' {
            let high = char::from(bytes.next()?).to_digit(16)?;
            let low = char::from(bytes.next()?).to_digit(16)?;
            decoded.push(u8::try_from(high * 16 + low).ok()?);
        } else {
            decoded.push(byte);
        }
    }
    String::from_utf8(decoded).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_are_taken_apart_without_touching_them() {
        let request = Request::get("/a%2Fb/%C3%A4/c?x=1+2&y=%3D&z");
        assert_eq!(request.path(), "/a%2Fb/%C3%A4/c");
        assert_eq!(request.segments().unwrap(), ["a/b", "ä", "c"]);
        assert_eq!(request.query_value("x").as_deref(), Some("1 2"));
        assert_eq!(request.query_value("y").as_deref(), Some("="));
        assert_eq!(request.query_value("z").as_deref(), Some(""));
        assert_eq!(Request::get("/%ff").segments(), None);
        assert_eq!(Request::get("/%4").segments(), None);
    }
}
