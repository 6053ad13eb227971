//! MIME containers, read for comparisons: the leaves in their order, with any nesting taken away. Written here, so that
//! it shares no code with the servers under test.

use anyhow::{Context, Result};

use crate::wire::{Headers, last};

/// A part that is no container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// Header fields.
    pub headers: Headers,
    /// Content between the blank line and the line break before the next delimiter.
    pub content: Vec<u8>,
}

impl Part {
    /// Content type, or nothing.
    #[must_use]
    pub fn content_type(&self) -> &str {
        last(&self.headers, "content-type").unwrap_or_default()
    }
}

/// The parts of a body: one for a body that is no container.
///
/// # Errors
/// A container without boundary.
pub fn leaves(content_type: &str, body: &[u8]) -> Result<Vec<Part>> {
    if !is_container(content_type) {
        let headers = vec![("Content-Type".to_owned(), content_type.to_owned())];
        return Ok(vec![Part { headers, content: body.to_vec() }]);
    }
    let boundary = parameter(content_type, "boundary")
        .with_context(|| format!("the content type {content_type:?} has no boundary"))?;
    let mut found = Vec::new();
    for part in split(body, &format!("--{boundary}")) {
        let (headers, content) = part_of(part);
        if headers.is_empty() && content.is_empty() {
            continue;
        }
        let content_type = last(&headers, "content-type").unwrap_or_default().to_owned();
        if is_container(&content_type) {
            found.extend(leaves(&content_type, content)?);
        } else {
            found.push(Part { headers, content: content.to_vec() });
        }
    }
    Ok(found)
}

/// Whether this is a multipart type.
#[must_use]
pub fn is_container(content_type: &str) -> bool {
    content_type.trim().to_ascii_lowercase().starts_with("multipart/")
}

/// A parameter of a content type, without quotes.
#[must_use]
pub fn parameter<'t>(content_type: &'t str, name: &str) -> Option<&'t str> {
    content_type.split(';').skip(1).find_map(|parameter| {
        let (found, value) = parameter.split_once('=')?;
        found.trim().eq_ignore_ascii_case(name).then(|| value.trim().trim_matches('"'))
    })
}

/// Type and parameters without what may differ between two ways of writing the same: case, blanks, quotes, order, and
/// the character set that a stock server adds.
#[must_use]
pub fn canonical(content_type: &str) -> Vec<String> {
    let pieces = content_type.split(';').map(|piece| piece.trim().replace('"', ""));
    let lower = |piece: String| match piece.split_once('=') {
        Some((name, value)) if name.trim().eq_ignore_ascii_case("boundary") => format!("boundary={value}"),
        _ => piece.to_ascii_lowercase(),
    };
    let mut pieces: Vec<String> =
        pieces.map(lower).filter(|piece| !piece.is_empty() && piece != "charset=utf-8").collect();
    pieces[1..].sort();
    pieces
}

/// The bytes between delimiters; what stands before the first and after the closing one is left out.
fn split<'b>(body: &'b [u8], delimiter: &str) -> Vec<&'b [u8]> {
    let mut parts = Vec::new();
    let mut start = None;
    let mut at = 0;
    for line in body.split_inclusive(|byte| *byte == b'\n') {
        let text = line.trim_ascii_end();
        let closing = text.strip_prefix(delimiter.as_bytes()).is_some_and(|rest| rest == b"--");
        if text == delimiter.as_bytes() || closing {
            if let Some(start) = start {
                parts.push(without_line_break(&body[start..at]));
            }
            start = Some(at + line.len());
            if closing {
                return parts;
            }
        }
        at += line.len();
    }
    if let Some(start) = start {
        parts.push(&body[start.min(body.len())..]);
    }
    parts
}

fn without_line_break(bytes: &[u8]) -> &[u8] {
    let bytes = bytes.strip_suffix(b"\n").unwrap_or(bytes);
    bytes.strip_suffix(b"\r").unwrap_or(bytes)
}

fn part_of(part: &[u8]) -> (Headers, &[u8]) {
    let mut headers = Headers::new();
    let mut at = 0;
    for line in part.split_inclusive(|byte| *byte == b'\n') {
        at += line.len();
        let text = String::from_utf8_lossy(line);
        let text = text.trim_end();
        if text.is_empty() {
            break;
        }
        match (text.starts_with([' ', '\t']), text.split_once(':'), headers.last_mut()) {
            (true, _, Some((_, value))) => {
                value.push(' ');
                value.push_str(text.trim());
            }
            (false, Some((name, value)), _) => headers.push((name.to_owned(), value.trim().to_owned())),
            _ => {}
        }
    }
    (headers, &part[at..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nested_parts_become_leaves() {
        let body = "--b\nContent-Type: text/xml\n\n<a/>\n\n--b\r\ncontent-type:multipart/mixed; boundary=\"c\"\r\n\
                    \r\n\r\n--c\r\nContent-Type: text/plain\r\nX: y\r\n\r\nblaah\r\n--c--\r\n\r\n--b--\n";
        let parts = leaves("Multipart/Related; Boundary=\"b\"", body.as_bytes()).unwrap();
        let contents: Vec<&[u8]> = parts.iter().map(|part| part.content.as_slice()).collect();
        assert_eq!(contents, [b"<a/>\n".as_slice(), b"blaah"]);
        assert_eq!(parts[1].headers[1], ("X".to_owned(), "y".to_owned()));
        assert!(leaves("multipart/related", b"").is_err());
    }

    #[test]
    fn types_are_compared_by_meaning() {
        assert_eq!(canonical("text/xml;charset=UTF-8"), canonical("text/xml; charset=\"utf-8\""));
        assert_eq!(canonical("a/b; x=1; boundary=Q"), canonical("A/B;boundary=\"Q\"; X=1"));
        assert_ne!(canonical("a/b; boundary=Q"), canonical("a/b; boundary=q"));
    }
}
