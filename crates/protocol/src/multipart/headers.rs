//! Headers of a part.

use super::MultipartError;
use crate::Limits;
use crate::content_type::is_token;
use crate::names::header;

/// The headers of a part in their order. Bytes of values are taken as ISO-8859-1 both ways, so that writing a value
/// that was read gives the same bytes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PartHeaders(Vec<(String, String)>);

impl PartHeaders {
    /// Takes headers as they are.
    #[must_use]
    pub fn new(headers: Vec<(String, String)>) -> Self {
        Self(headers)
    }

    /// The value of the first header of that name, in any case.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    /// The value of the first `Content-Type`, as sent.
    #[must_use]
    pub fn content_type(&self) -> Option<&str> {
        self.get(header::CONTENT_TYPE)
    }

    /// Every header, name and value as sent.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The headers except `Content-Type`.
    #[must_use]
    pub fn without_content_type(self) -> Vec<(String, String)> {
        let mut headers = self.0;
        headers.retain(|(name, _)| !name.eq_ignore_ascii_case(header::CONTENT_TYPE));
        headers
    }
}

/// Collects the header lines of one part.
#[derive(Default)]
pub(super) struct HeaderReader {
    headers: Vec<(String, String)>,
    /// The last line, which is complete only when the next one is known not to continue it.
    open: Vec<u8>,
    bytes: usize,
}

impl HeaderReader {
    /// Takes one line without its line break; gives the headers when the line is empty.
    pub(super) fn line(
        &mut self,
        line: &[u8],
        limits: &Limits,
    ) -> Result<Option<PartHeaders>, MultipartError> {
        self.bytes += line.len();
        if self.bytes > limits.part_headers {
            return Err(MultipartError::HeadersTooLong);
        }
        if line.is_empty() {
            self.close_line(limits)?;
            return Ok(Some(PartHeaders(std::mem::take(self).headers)));
        }
        // A line that begins with white space continues the one before (RFC 5322, section 2.2.3).
        if !line.starts_with(b" ") && !line.starts_with(b"\t") {
            self.close_line(limits)?;
        } else if self.open.is_empty() {
            return Err(MultipartError::MalformedHeader);
        }
        if self.open.len() + line.len() > limits.part_header_line {
            return Err(MultipartError::HeaderLineTooLong);
        }
        self.open.extend_from_slice(line);
        Ok(None)
    }

    fn close_line(&mut self, limits: &Limits) -> Result<(), MultipartError> {
        if self.open.is_empty() {
            return Ok(());
        }
        if self.headers.len() == limits.part_header_count {
            return Err(MultipartError::TooManyHeaders);
        }
        self.headers.push(header_of(&self.open)?);
        self.open.clear();
        Ok(())
    }
}

/// Splits `Name: value`. One blank after the colon belongs to the syntax, further ones to the value.
fn header_of(line: &[u8]) -> Result<(String, String), MultipartError> {
    let colon = memchr::memchr(b':', line).ok_or(MultipartError::MalformedHeader)?;
    let (name, value) = (&line[..colon], &line[colon + 1..]);
    let value = value.strip_prefix(b" ").or_else(|| value.strip_prefix(b"\t")).unwrap_or(value);
    let named = !name.is_empty() && name.iter().copied().all(is_token);
    if !named || value.iter().any(|byte| byte.is_ascii_control() && *byte != b'\t') {
        return Err(MultipartError::MalformedHeader);
    }
    Ok((latin1(name), latin1(value)))
}

fn latin1(bytes: &[u8]) -> String {
    bytes.iter().copied().map(char::from).collect()
}
