//! The lines of a REST message.

use super::RestError;
use super::headers::{Headers, check_header, is_hop_header};
use crate::Limits;

/// Splits at CR, LF or CRLF, as receivers of X-Road do; the end of the last line needs no line break.
pub(super) struct Lines<'a>(&'a str);

impl<'a> Lines<'a> {
    /// Checks size and encoding of a message.
    pub(super) fn of(message: &'a [u8], limits: &Limits) -> Result<Self, RestError> {
        if message.len() > limits.rest_message {
            return Err(RestError::TooLarge);
        }
        std::str::from_utf8(message).map(Self).map_err(|_| RestError::NotUtf8)
    }

    /// Reads all lines that are left as headers `Name:value`; the value is everything after the colon.
    pub(super) fn headers(self, limits: &Limits) -> Result<Headers, RestError> {
        let mut headers = Headers::new();
        for line in self {
            let (name, value) = line.split_once(':').ok_or(RestError::MalformedHeader)?;
            check_header(name, value)?;
            if is_hop_header(name) {
                return Err(RestError::ForbiddenHeader(name.to_owned()));
            }
            if headers.len() == limits.headers {
                return Err(RestError::TooManyHeaders);
            }
            headers.push((name.to_owned(), value.to_owned()));
        }
        Ok(headers)
    }
}

impl<'a> Iterator for Lines<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        if self.0.is_empty() {
            return None;
        }
        let Some(end) = memchr::memchr2(b'\r', b'\n', self.0.as_bytes()) else {
            return Some(std::mem::take(&mut self.0));
        };
        let (line, rest) = self.0.split_at(end);
        self.0 = rest.strip_prefix("\r\n").unwrap_or(&rest[1..]);
        Some(line)
    }
}

/// Appends `Name:value` and a line break for each header.
pub(super) fn write_headers(out: &mut Vec<u8>, headers: &[(String, String)]) {
    for (name, value) in headers {
        out.extend_from_slice(name.as_bytes());
        out.push(b':');
        out.extend_from_slice(value.as_bytes());
        out.extend_from_slice(b"\r\n");
    }
}

/// Bytes that [`write_headers`] appends.
pub(super) fn headers_length(headers: &[(String, String)]) -> usize {
    headers.iter().map(|(name, value)| name.len() + value.len() + 3).sum()
}
