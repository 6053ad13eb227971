//! Heads of requests and responses (RFC 9112 sections 2 to 5): start line and header fields.
//!
//! Requests are read strictly: every deviation that two programs could read differently is refused. Responses,
//! which come from services of all ages, may use bare line feeds and folded lines.

use super::Headers;

/// Limits of a head.
#[derive(Clone, Copy, Debug)]
pub(crate) struct HeadLimits {
    /// Start line and fields together, bytes.
    pub(crate) max_bytes: usize,
    /// Number of fields.
    pub(crate) max_headers: usize,
}

/// Protocol version of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Version {
    Http10,
    Http11,
}

/// A request without its body.
#[derive(Debug)]
pub(crate) struct RequestHead {
    pub(crate) method: String,
    pub(crate) target: String,
    pub(crate) version: Version,
    pub(crate) headers: Headers,
}

/// A response without its body.
#[derive(Debug)]
pub(crate) struct ResponseHead {
    pub(crate) status: u16,
    pub(crate) reason: String,
    pub(crate) version: Version,
    pub(crate) headers: Headers,
}

/// What is wrong with a head.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum HeadError {
    #[error("the start line is longer than the limit")]
    TargetTooLong,
    #[error("the head is longer than the limit")]
    TooLong,
    #[error("there are more header fields than the limit")]
    TooManyHeaders,
    #[error("the start line is malformed")]
    StartLine,
    #[error("the protocol version is not HTTP/1.0 or HTTP/1.1")]
    Version,
    #[error("a line does not end with CR LF")]
    LineEnd,
    #[error("a header line is folded")]
    Folded,
    #[error("a header name is malformed")]
    Name,
    #[error("a header value has a forbidden character")]
    Value,
    #[error("the Host header is missing, doubled or not needed")]
    Host,
    #[error("Content-Length is malformed, doubled or beside Transfer-Encoding")]
    ContentLength,
    #[error("Transfer-Encoding is something else than chunked, or in HTTP/1.0")]
    TransferEncoding,
    #[error("the Expect header asks for something unknown")]
    Expect,
}

/// How far a head may deviate from the grammar.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Tolerance {
    Strict,
    Lenient,
}

/// Where the head ends (behind its empty line), looking from `from` on.
pub(crate) fn head_end(bytes: &[u8], from: usize) -> Option<usize> {
    memchr::memchr_iter(b'\n', bytes.get(from..)?).map(|position| from + position).find_map(|line_feed| {
        match bytes.get(line_feed + 1..)? {
            [b'\n', ..] => Some(line_feed + 2),
            [b'\r', b'\n', ..] => Some(line_feed + 3),
            _ => None,
        }
    })
}

/// Is this a token (RFC 9110 section 5.6.2): a method or a header name?
pub(crate) fn is_token(bytes: &[u8]) -> bool {
    let token_character = |byte: &u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(byte);
    !bytes.is_empty() && bytes.iter().all(token_character)
}

/// May this octet stand in a field value? Octets above ASCII are taken as they are.
pub(crate) const fn is_value_octet(byte: u8) -> bool {
    byte == b'\t' || (byte >= 0x20 && byte != 0x7f)
}

/// May this octet stand in a request target? Escapes are not looked at.
pub(crate) const fn is_target_octet(byte: u8) -> bool {
    byte > 0x20 && byte < 0x7f
}

impl RequestHead {
    /// Reads a whole head, empty line included.
    pub(crate) fn parse(bytes: &[u8], limits: HeadLimits) -> Result<Self, HeadError> {
        let mut lines = Lines { rest: bytes, tolerance: Tolerance::Strict };
        let start = lines.next_line()?;
        let mut words = start.split(|byte| *byte == b' ');
        let (Some(method), Some(target), Some(version), None) =
            (words.next(), words.next(), words.next(), words.next())
        else {
            return Err(HeadError::StartLine);
        };
        if !is_token(method) || target.is_empty() || !target.iter().copied().all(is_target_octet) {
            return Err(HeadError::StartLine);
        }
        let version = parse_version(version)?;
        let headers = parse_fields(lines, limits)?;
        let hosts = headers.get_all("host").count();
        if hosts > 1 || (hosts == 0 && version == Version::Http11) {
            return Err(HeadError::Host);
        }
        Ok(Self { method: text(method), target: origin_form(&text(target)), version, headers })
    }
}

impl ResponseHead {
    /// Reads a whole head, empty line included.
    pub(crate) fn parse(bytes: &[u8], limits: HeadLimits) -> Result<Self, HeadError> {
        let mut lines = Lines { rest: bytes, tolerance: Tolerance::Lenient };
        let start = lines.next_line()?;
        let mut words = start.splitn(3, |byte| *byte == b' ');
        let version = parse_version(words.next().unwrap_or_default())?;
        let status = match words.next() {
            Some(digits @ [b'1'..=b'9', b'0'..=b'9', b'0'..=b'9']) => {
                digits.iter().fold(0, |status, digit| status * 10 + u16::from(digit - b'0'))
            }
            _ => return Err(HeadError::StartLine),
        };
        let reason = words.next().unwrap_or_default();
        if !reason.iter().copied().all(is_value_octet) {
            return Err(HeadError::StartLine);
        }
        let headers = parse_fields(lines, limits)?;
        Ok(Self { status, reason: text(reason), version, headers })
    }
}

/// The lines of a head, line ends removed and checked.
struct Lines<'a> {
    rest: &'a [u8],
    tolerance: Tolerance,
}

impl<'a> Lines<'a> {
    fn next_line(&mut self) -> Result<&'a [u8], HeadError> {
        let end = memchr::memchr(b'\n', self.rest).ok_or(HeadError::LineEnd)?;
        let line = &self.rest[..end];
        self.rest = &self.rest[end + 1..];
        match line.strip_suffix(b"\r") {
            Some(line) => Ok(line),
            None if self.tolerance == Tolerance::Lenient => Ok(line),
            None => Err(HeadError::LineEnd),
        }
    }
}

fn parse_fields(mut lines: Lines<'_>, limits: HeadLimits) -> Result<Headers, HeadError> {
    let mut fields: Vec<(String, String)> = Vec::with_capacity(16);
    loop {
        let line = lines.next_line()?;
        if line.is_empty() {
            return Ok(Headers::from(fields));
        }
        if let [b' ' | b'\t', ..] = line {
            let (true, Some((_, value))) = (lines.tolerance == Tolerance::Lenient, fields.last_mut()) else {
                return Err(HeadError::Folded);
            };
            value.push(' ');
            value.push_str(&parse_value(line)?);
            continue;
        }
        if fields.len() == limits.max_headers {
            return Err(HeadError::TooManyHeaders);
        }
        let colon = memchr::memchr(b':', line).ok_or(HeadError::Name)?;
        let (name, value) = (&line[..colon], &line[colon + 1..]);
        if !is_token(name) {
            return Err(HeadError::Name);
        }
        fields.push((text(name), parse_value(value)?));
    }
}

fn parse_value(bytes: &[u8]) -> Result<String, HeadError> {
    if !bytes.iter().copied().all(is_value_octet) {
        return Err(HeadError::Value);
    }
    let blank = |byte: &u8| matches!(byte, b' ' | b'\t');
    let start = bytes.iter().position(|byte| !blank(byte)).unwrap_or(bytes.len());
    let end = bytes.iter().rposition(|byte| !blank(byte)).map_or(start, |last| last + 1);
    Ok(text(&bytes[start..end]))
}

fn parse_version(bytes: &[u8]) -> Result<Version, HeadError> {
    match bytes {
        b"HTTP/1.1" => Ok(Version::Http11),
        b"HTTP/1.0" => Ok(Version::Http10),
        [b'H', b'T', b'T', b'P', b'/', ..] => Err(HeadError::Version),
        _ => Err(HeadError::StartLine),
    }
}

/// ISO-8859-1: each octet is one character.
fn text(bytes: &[u8]) -> String {
    bytes.iter().copied().map(char::from).collect()
}

/// A target that repeats scheme and host (RFC 9112 section 3.2.2) without them.
fn origin_form(target: &str) -> String {
    let after_scheme = ["http://", "https://"].iter().find_map(|scheme| {
        let start = target.get(..scheme.len())?;
        start.eq_ignore_ascii_case(scheme).then(|| &target[scheme.len()..])
    });
    match after_scheme {
        None => target.to_owned(),
        Some(rest) => match rest.find(['/', '?']) {
            Some(start) if rest[start..].starts_with('/') => rest[start..].to_owned(),
            Some(start) => format!("/{}", &rest[start..]),
            None => "/".to_owned(),
        },
    }
}

#[cfg(test)]
#[path = "head_tests.rs"]
mod tests;
