//! The part of MIME that directories use: headers, multipart bodies, parameters. All of it in one
//! slice of at most [`super::MAX_DIRECTORY_BYTES`].

use super::DirectoryError;

/// Most headers of one part; real ones have five.
const MAX_HEADERS: usize = 32;
/// Longest header with its continuation lines, in bytes; real ones have less than 200.
const MAX_HEADER_BYTES: usize = 8 * 1024;
/// Most parts of a multipart body, before their content is looked at.
const MAX_BODIES: usize = 128;

/// Headers of a part: names in lower case, values trimmed.
pub(super) struct Headers {
    fields: Vec<(String, String)>,
}

/// A header value in front of its parameters, and the parameters (names in lower case).
pub(super) struct Parameters<'a> {
    pub(super) value: &'a str,
    parameters: Vec<(String, &'a str)>,
}

impl Headers {
    /// Value of a header.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        let mut fields = self.fields.iter();
        fields.find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// Value of a mandatory header.
    pub(super) fn required(&self, name: &'static str) -> Result<&str, DirectoryError> {
        self.get(name).ok_or(DirectoryError::HeaderMissing(name))
    }

    /// A mandatory header that can have one value only.
    pub(super) fn must_be(&self, name: &'static str, wanted: &str) -> Result<(), DirectoryError> {
        let value = self.required(name)?;
        if value.eq_ignore_ascii_case(wanted) {
            return Ok(());
        }
        Err(DirectoryError::HeaderValue { header: name, value: value.chars().take(80).collect() })
    }

    /// Boundary of a multipart body.
    pub(super) fn boundary(&self) -> Result<&str, DirectoryError> {
        let content_type = Parameters::of(self.required("Content-Type")?);
        if !content_type.value.to_ascii_lowercase().starts_with("multipart/") {
            return Err(DirectoryError::Malformed("the content is not multipart"));
        }
        let boundary = content_type.get("boundary").filter(|boundary| !boundary.is_empty());
        boundary.ok_or(DirectoryError::Malformed("the boundary is missing"))
    }
}

impl<'a> Parameters<'a> {
    /// Takes a value apart: `value; name=text; name='text'; name="text"`. Quotes, if any, are taken
    /// off. No text of a directory contains a semicolon, so they are not looked for inside quotes.
    pub(super) fn of(header: &'a str) -> Self {
        let mut pieces = header.split(';').map(str::trim);
        let value = pieces.next().unwrap_or_default();
        let parameters = pieces
            .filter_map(|piece| piece.split_once('='))
            .map(|(name, text)| (name.trim().to_ascii_lowercase(), unquoted(text.trim())))
            .collect();
        Self { value, parameters }
    }

    /// Text of a parameter.
    pub(super) fn get(&self, name: &str) -> Option<&'a str> {
        self.parameters.iter().find(|(known, _)| known == name).map(|(_, text)| *text)
    }
}

fn unquoted(text: &str) -> &str {
    let inner = |quote| text.strip_prefix(quote).and_then(|rest: &str| rest.strip_suffix(quote));
    inner('"').or_else(|| inner('\'')).unwrap_or(text)
}

/// Splits a part into headers and body: the body starts behind the first empty line. A part that
/// is nothing but headers has an empty body.
pub(super) fn split_headers(part: &[u8]) -> Result<(Headers, &[u8]), DirectoryError> {
    let mut fields: Vec<(String, String)> = Vec::new();
    let mut rest = part;
    while !rest.is_empty() {
        let (line, after) = line(rest);
        rest = after;
        if line.is_empty() {
            break;
        }
        let text =
            std::str::from_utf8(line).map_err(|_| DirectoryError::Malformed("a header is not text"))?;
        if text.starts_with([' ', '\t']) {
            let last = fields.last_mut().ok_or(DirectoryError::Malformed("a header starts with a space"))?;
            last.1.push(' ');
            last.1.push_str(text.trim());
        } else {
            let (name, value) =
                text.split_once(':').ok_or(DirectoryError::Malformed("a header has no colon"))?;
            let name = name.trim().to_ascii_lowercase();
            if fields.iter().any(|(known, _)| *known == name) {
                return Err(DirectoryError::Malformed("a header occurs twice"));
            }
            fields.push((name, value.trim().to_owned()));
        }
        let longest = fields.last().map_or(0, |(name, value)| name.len() + value.len());
        if fields.len() > MAX_HEADERS || longest > MAX_HEADER_BYTES {
            return Err(DirectoryError::Malformed("the headers of a part are too large"));
        }
    }
    Ok((Headers { fields }, rest))
}

/// Splits a multipart body. The line end in front of a delimiter belongs to the delimiter. What
/// stands before the first one and behind the closing one is dropped. The closing one may be
/// missing: a directory that was cut short fails by its signature.
pub(super) fn split_multipart<'a>(body: &'a [u8], boundary: &str) -> Result<Vec<&'a [u8]>, DirectoryError> {
    let mut parts = Vec::new();
    // Where the part that is being read starts; none before the first delimiter.
    let mut start = None;
    let mut position = 0;
    while position < body.len() {
        let (line, after) = line(&body[position..]);
        let next = body.len() - after.len();
        if let Some(closing) = delimiter(line, boundary) {
            if let Some(start) = start {
                parts.push(without_line_end(body, start, position));
            }
            if parts.len() > MAX_BODIES {
                return Err(DirectoryError::TooManyParts);
            }
            if closing {
                return Ok(parts);
            }
            start = Some(next);
        }
        position = next;
    }
    if let Some(start) = start {
        parts.push(&body[start..]);
    }
    Ok(parts)
}

/// Whether the line is a delimiter, and if so whether it is the closing one.
fn delimiter(line: &[u8], boundary: &str) -> Option<bool> {
    let rest = line.strip_prefix(b"--")?.strip_prefix(boundary.as_bytes())?;
    match rest.trim_ascii() {
        b"" => Some(false),
        b"--" => Some(true),
        _ => None,
    }
}

/// The bytes from `start` up to the delimiter at `end`, without the line end that belongs to it.
fn without_line_end(body: &[u8], start: usize, end: usize) -> &[u8] {
    let part = body.get(start..end).unwrap_or_default();
    let part = part.strip_suffix(b"\n").unwrap_or(part);
    part.strip_suffix(b"\r").unwrap_or(part)
}

/// The first line without its end (CR LF or LF), and what follows.
fn line(bytes: &[u8]) -> (&[u8], &[u8]) {
    match bytes.iter().position(|byte| *byte == b'\n') {
        Some(end) => {
            let line = &bytes[..end];
            (line.strip_suffix(b"\r").unwrap_or(line), &bytes[end + 1..])
        }
        None => (bytes, &[]),
    }
}
