//! The captured bytes. Nothing is checked here that the code under test should check.

use std::path::{Path, PathBuf};

use bytes::Bytes;
use protocol::digest::{PartDigest, PartName};
use protocol::{Limits, boundary_of, multipart, sha512};
use service_kit::http::Response;

/// Kinds of keys of the captured pairs.
pub(super) const VARIANTS: [&str; 2] = ["rsa", "ec"];

/// The captured REST exchanges with a service behind the provider.
pub(super) const ANSWERED: [&str; 9] = [
    "01-rest-get",
    "02-rest-post-json",
    "03-rest-get-query-all-headers",
    "04-rest-backend-error-500",
    "05-rest-204",
    "06-rest-backend-404",
    "09-rest-put",
    "10-rest-delete",
    "11-rest-post-binary-100k",
];
/// Those that the provider's security server refuses.
pub(super) const REFUSED: [&str; 2] = ["07-rest-access-denied", "08-rest-unknown-service"];
/// Those that it answers by itself.
pub(super) const METADATA: [&str; 2] =
    ["12-rest-metaservice-listMethods", "13-rest-metaservice-allowedMethods"];

/// Every captured REST exchange.
pub(super) fn all() -> impl Iterator<Item = &'static str> {
    ANSWERED.into_iter().chain(REFUSED).chain(METADATA)
}

/// The folder of a captured pair.
pub(super) fn folder(variant: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/vectors/x-road-7.8-live").join(variant)
}

pub(super) fn read(variant: &str, file: &str) -> Vec<u8> {
    let path = folder(variant).join(file);
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// One HTTP message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Http {
    pub(super) start: String,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Vec<u8>,
}

impl Http {
    /// A message as it crossed a connection.
    pub(super) fn from_wire(bytes: &[u8]) -> Self {
        let mut http = Self::with_plain_body(bytes);
        if http.header("transfer-encoding") == "chunked" {
            http.body = dechunked(&http.body);
        }
        http
    }

    /// A message whose body was put together when it was captured, whatever its headers say.
    pub(super) fn with_plain_body(bytes: &[u8]) -> Self {
        let end = find(bytes, b"\r\n\r\n").expect("a head");
        let head = String::from_utf8(bytes[..end].to_vec()).expect("a head in UTF-8");
        let mut lines = head.split("\r\n");
        let start = lines.next().unwrap_or_default().to_owned();
        let field = |line: &str| {
            let (name, value) = line.split_once(':').expect("a header");
            (name.to_owned(), value.trim().to_owned())
        };
        Self { start, headers: lines.map(field).collect(), body: bytes[end + 4..].to_vec() }
    }

    /// The 5500 request, 5500 response, is-request or is-response of an exchange.
    pub(super) fn captured(variant: &str, exchange: &str, which: &str) -> Self {
        let bytes = read(variant, &format!("messages/{exchange}.{which}.http"));
        // The information system's side was written with its body already put together.
        if which.starts_with("is-") { Self::with_plain_body(&bytes) } else { Self::from_wire(&bytes) }
    }

    /// The first header of this name; empty if there is none.
    pub(super) fn header(&self, name: &str) -> &str {
        let found = self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str()).unwrap_or_default()
    }

    /// Status of a response.
    pub(super) fn status(&self) -> u16 {
        self.start.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status")
    }

    /// On a connection: with the headers that it has, chunked if they say so.
    pub(super) fn to_wire(&self) -> Vec<u8> {
        let mut wire = format!("{}\r\n", self.start).into_bytes();
        for (name, value) in &self.headers {
            wire.extend_from_slice(format!("{name}: {value}\r\n").as_bytes());
        }
        wire.extend_from_slice(b"\r\n");
        if self.header("transfer-encoding") == "chunked" {
            wire.extend_from_slice(format!("{:x}\r\n", self.body.len()).as_bytes());
            wire.extend_from_slice(&self.body);
            wire.extend_from_slice(b"\r\n0\r\n\r\n");
        } else {
            wire.extend_from_slice(&self.body);
        }
        wire
    }

    /// As our client gives a response to the relay.
    pub(super) fn to_response(&self) -> Response {
        let mut response = Response::new(self.status());
        response.headers = self.headers.clone().into();
        response.body(Bytes::from(self.body.clone()))
    }

    /// The parts of the message between security servers that is the body.
    pub(super) fn message(&self) -> Message {
        let boundary = boundary_of(self.header("content-type")).expect("a boundary");
        let parts = multipart::parse_all(&boundary, &self.body, &Limits::default()).expect("a multipart");
        let part = |(headers, content): (multipart::PartHeaders, Vec<u8>)| Part {
            content_type: headers.content_type().unwrap_or_default().to_owned(),
            content,
        };
        Message { boundary: boundary.to_string(), parts: parts.into_iter().map(part).collect() }
    }
}

/// The parts of a message between security servers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Message {
    pub(super) boundary: String,
    pub(super) parts: Vec<Part>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Part {
    pub(super) content_type: String,
    pub(super) content: Vec<u8>,
}

pub(super) const OCSP: &str = "application/ocsp-response";
pub(super) const REQUEST: &str = "application/x-road-rest-request";
pub(super) const RESPONSE: &str = "application/x-road-rest-response";
pub(super) const BODY: &str = "application/x-road-rest-body";
pub(super) const RESULT: &str = "application/hash-chain-result";
pub(super) const CHAIN: &str = "application/hash-chain";
pub(super) const SIGNATURE: &str = "signature/bdoc-1.0/ts";

impl Message {
    /// The content of the first part of this type.
    pub(super) fn part(&self, content_type: &str) -> Option<&[u8]> {
        self.parts.iter().find(|part| part.content_type == content_type).map(|part| part.content.as_slice())
    }

    pub(super) fn content_types(&self) -> Vec<&str> {
        self.parts.iter().map(|part| part.content_type.as_str()).collect()
    }

    /// Digests of what a signature covers.
    pub(super) fn digests(&self) -> Vec<PartDigest> {
        let message =
            self.part(REQUEST).or_else(|| self.part(RESPONSE)).map(|part| (PartName::Message, part));
        let body = self.part(BODY).map(|part| (PartName::Attachment(1), part));
        let digest = |(name, part): (PartName, &[u8])| PartDigest { name, sha512: sha512(part) };
        message.into_iter().chain(body).map(digest).collect()
    }

    /// In the form of a stock server.
    pub(super) fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        for part in &self.parts {
            let line_break = if bytes.is_empty() { "" } else { "\r\n" };
            let head =
                format!("{line_break}--{}\r\ncontent-type: {}\r\n\r\n", self.boundary, part.content_type);
            bytes.extend_from_slice(head.as_bytes());
            bytes.extend_from_slice(&part.content);
        }
        bytes.extend_from_slice(format!("\r\n--{}--\r\n", self.boundary).as_bytes());
        bytes
    }
}

pub(super) fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    bytes.windows(what.len()).position(|window| window == what)
}

/// What stands between two marks, first occurrence.
pub(super) fn between<'t>(text: &'t str, from: &str, to: &str) -> &'t str {
    let (_, rest) = text.split_once(from).unwrap_or_else(|| panic!("{from} is not there"));
    rest.split_once(to).unwrap_or_else(|| panic!("{to} is not there")).0
}

/// Puts chunks together. Four of the captures lack the last, empty chunk: the server had read enough before it came.
fn dechunked(mut rest: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    while let Some(line) = find(rest, b"\r\n") {
        let size =
            std::str::from_utf8(&rest[..line]).ok().and_then(|hex| usize::from_str_radix(hex, 16).ok());
        let size = size.expect("the size of a chunk");
        if size == 0 {
            break;
        }
        body.extend_from_slice(&rest[line + 2..line + 2 + size]);
        rest = &rest[line + 2 + size + 2..];
    }
    body
}

/// The captured request exactly as it crossed the connection, and complete.
pub(super) fn request_bytes(variant: &str, exchange: &str) -> Vec<u8> {
    const END: &[u8] = b"\r\n0\r\n\r\n";
    let mut bytes = read(variant, &format!("messages/{exchange}.5500-request.http"));
    if !bytes.ends_with(END) {
        assert!(bytes.ends_with(b"--\r\n\r\n"), "{variant} {exchange}: only the last chunk may be missing");
        bytes.extend_from_slice(&END[2..]);
    }
    bytes
}

#[test]
fn taking_apart_and_putting_together_changes_nothing() {
    for variant in VARIANTS {
        for exchange in all() {
            let request = Http::captured(variant, exchange, "5500-request");
            assert_eq!(request.message().encode(), request.body, "{variant} {exchange}");
            assert_eq!(Http::from_wire(&request.to_wire()), request);
            if !REFUSED.contains(&exchange) {
                let response = Http::captured(variant, exchange, "5500-response");
                assert_eq!(response.message().encode(), response.body, "{variant} {exchange}");
                assert_eq!(
                    response.to_wire(),
                    read(variant, &format!("messages/{exchange}.5500-response.http"))
                );
            }
        }
    }
}
