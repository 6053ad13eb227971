//! Content types of SOAP messages.

use crate::content_type::ContentType;
use crate::names::mime;

/// The two forms that a SOAP message has towards information systems.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MessageType {
    /// `text/xml` or `application/xop+xml`: the document alone.
    Document,
    /// `multipart/related`: the document in a container, usually with attachments.
    Container,
}

impl MessageType {
    /// The form that a content type means; `None` if SOAP messages do not have it.
    #[must_use]
    pub fn of(content_type: &ContentType) -> Option<Self> {
        match content_type.essence() {
            mime::TEXT_XML | mime::XOP_XML => Some(Self::Document),
            mime::MULTIPART_RELATED => Some(Self::Container),
            _ => None,
        }
    }
}

/// The `charset` of a content type.
pub(super) fn charset_of(content_type: &ContentType) -> Option<&str> {
    content_type.parameter("charset")
}

/// A content type as it was, with `charset=utf-8` instead of another charset. X-Road says so of every answer it gives
/// to an information system.
pub(super) fn with_utf8(value: &str) -> String {
    let charset =
        ContentType::parse(value).ok().and_then(|parsed| charset_of(&parsed).map(str::to_ascii_lowercase));
    match charset.as_deref() {
        Some("utf-8") => value.to_owned(),
        None => format!("{value};charset=utf-8"),
        Some(_) => format!("{};charset=utf-8", without_charset(value)),
    }
}

/// Takes the parameter `charset` out of a content type that has been parsed.
fn without_charset(value: &str) -> String {
    let parameters = split_parameters(value);
    let kept = parameters.into_iter().filter(|parameter| {
        let name = parameter.split('=').next().unwrap_or_default();
        !name.trim().eq_ignore_ascii_case("charset")
    });
    kept.collect::<Vec<_>>().join(";")
}

/// Splits at the semicolons outside of quotes.
fn split_parameters(value: &str) -> Vec<&str> {
    let (mut quoted, mut escaped) = (false, false);
    let split = |c: char| {
        let separator = c == ';' && !quoted;
        quoted ^= c == '"' && !escaped;
        escaped = c == '\\' && quoted && !escaped;
        separator
    };
    value.split(split).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn charset_of_answers() {
        for (value, expected) in [
            ("text/xml; charset=UTF-8", "text/xml; charset=UTF-8"),
            (
                "multipart/related; boundary=b;charset=\"utf-8\"",
                "multipart/related; boundary=b;charset=\"utf-8\"",
            ),
            ("multipart/related; boundary=b", "multipart/related; boundary=b;charset=utf-8"),
            (
                "Multipart/Related; Charset=ISO-8859-1; start=\"<a;charset=x>\"; boundary=b",
                "Multipart/Related; start=\"<a;charset=x>\"; boundary=b;charset=utf-8",
            ),
            ("text/xml;charset=\"a\\\";b\" ;x=y", "text/xml;x=y;charset=utf-8"),
        ] {
            assert_eq!(with_utf8(value), expected);
        }
    }

    #[test]
    fn forms() {
        let of = |value: &str| MessageType::of(&ContentType::parse(value).unwrap());
        assert_eq!(of("Text/XML"), Some(MessageType::Document));
        assert_eq!(of("application/xop+xml; type=\"application/soap+xml\""), Some(MessageType::Document));
        assert_eq!(of("Multipart/Related; boundary=x"), Some(MessageType::Container));
        assert_eq!(of("application/soap+xml"), None);
        assert_eq!(of("multipart/mixed; boundary=x"), None);
    }
}
