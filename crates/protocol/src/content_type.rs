//! Content types (RFC 2045, section 5.1), as far as the protocol needs them.

/// Why a content type was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ContentTypeError {
    /// Nothing before the first `;`.
    #[error("content type is empty")]
    Empty,
    /// Not `type/subtype; name=value; ...`.
    #[error("content type is malformed")]
    Malformed,
    /// The same parameter twice: two readers could choose differently.
    #[error("content type has the parameter {0} twice")]
    DuplicateParameter(String),
    /// A multipart without `boundary`.
    #[error("multipart content type has no boundary")]
    NoBoundary,
    /// A boundary that is too long or has characters that RFC 2046, section 5.1.1 does not allow.
    #[error("multipart boundary is malformed")]
    BadBoundary,
}

/// A parsed content type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContentType {
    essence: String,
    parameters: Vec<(String, String)>,
}

impl ContentType {
    /// Parses a header value. The type may contain more than one `/`, as X-Road's `signature/bdoc-1.0/ts` does.
    ///
    /// # Errors
    /// See [`ContentTypeError`].
    pub fn parse(value: &str) -> Result<Self, ContentTypeError> {
        let (essence, rest) = value.split_once(';').map_or((value, ""), |(essence, rest)| (essence, rest));
        let essence = essence.trim().to_ascii_lowercase();
        if essence.is_empty() {
            return Err(ContentTypeError::Empty);
        }
        if !essence.contains('/') || !essence.bytes().all(|byte| byte == b'/' || is_token(byte)) {
            return Err(ContentTypeError::Malformed);
        }
        Ok(Self { essence, parameters: parameters(rest)? })
    }

    /// `type/subtype` in lower case.
    #[must_use]
    pub fn essence(&self) -> &str {
        &self.essence
    }

    /// The value of a parameter; `name` in lower case.
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The multipart boundary, checked against RFC 2046, section 5.1.1.
    ///
    /// # Errors
    /// [`ContentTypeError::NoBoundary`] or [`ContentTypeError::BadBoundary`].
    pub fn boundary(&self) -> Result<&str, ContentTypeError> {
        let boundary = self.parameter("boundary").ok_or(ContentTypeError::NoBoundary)?;
        check_boundary(boundary).map(|()| boundary)
    }
}

/// The boundary of a multipart content type.
///
/// # Errors
/// See [`ContentTypeError`].
pub fn boundary_of(content_type: &str) -> Result<String, ContentTypeError> {
    ContentType::parse(content_type)?.boundary().map(str::to_owned)
}

/// Checks a boundary: 1 to 70 characters of RFC 2046's `bchars`, the last one no space.
pub(crate) fn check_boundary(boundary: &str) -> Result<(), ContentTypeError> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"'()+_,-./:=? ".contains(&byte);
    let good =
        (1..=70).contains(&boundary.len()) && boundary.bytes().all(allowed) && !boundary.ends_with(' ');
    if good { Ok(()) } else { Err(ContentTypeError::BadBoundary) }
}

fn parameters(mut rest: &str) -> Result<Vec<(String, String)>, ContentTypeError> {
    let mut parameters: Vec<(String, String)> = Vec::new();
    loop {
        rest = rest.trim_start_matches([' ', '\t', ';']);
        if rest.is_empty() {
            return Ok(parameters);
        }
        let (name, after) = rest.split_once('=').ok_or(ContentTypeError::Malformed)?;
        let name = name.trim().to_ascii_lowercase();
        if name.is_empty() || !name.bytes().all(is_token) {
            return Err(ContentTypeError::Malformed);
        }
        let (value, after) = value(after.trim_start_matches([' ', '\t']))?;
        if parameters.iter().any(|(known, _)| *known == name) {
            return Err(ContentTypeError::DuplicateParameter(name));
        }
        parameters.push((name, value));
        rest = after;
    }
}

/// Reads one parameter value, quoted or not, up to the next `;`.
fn value(text: &str) -> Result<(String, &str), ContentTypeError> {
    if let Some(quoted) = text.strip_prefix('"') {
        return quoted_value(quoted);
    }
    let end = text.find(';').unwrap_or(text.len());
    let (value, after) = text.split_at(end);
    let value = value.trim();
    // Looser than RFC 2045's token: information systems write `boundary=:a:` and `type='a/b'` without quotes.
    if value.is_empty() || !value.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'"') {
        return Err(ContentTypeError::Malformed);
    }
    Ok((value.to_owned(), after))
}

fn quoted_value(text: &str) -> Result<(String, &str), ContentTypeError> {
    let mut value = String::new();
    let mut characters = text.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '"' => {
                let after = text[at + 1..].trim_start_matches([' ', '\t']);
                let separated = after.is_empty() || after.starts_with(';');
                return if separated { Ok((value, after)) } else { Err(ContentTypeError::Malformed) };
            }
            '\\' => value.push(characters.next().ok_or(ContentTypeError::Malformed)?.1),
            _ => value.push(character),
        }
    }
    Err(ContentTypeError::Malformed)
}

/// RFC 9110 `tchar`.
pub(crate) const fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(
            byte,
            b'!' | b'#'
                | b'$'
                | b'%'
                | b'&'
                | b'\''
                | b'*'
                | b'+'
                | b'-'
                | b'.'
                | b'^'
                | b'_'
                | b'`'
                | b'|'
                | b'~'
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_seen_in_the_field() {
        let cases = [
            ("multipart/mixed; charset=UTF-8; boundary=xtopAbC", "multipart/mixed", "xtopAbC"),
            ("multipart/mixed; boundary=jetty42;charset=ISO-8859-1", "multipart/mixed", "jetty42"),
            (
                "Multipart/Related; start-info=\"application/soap+xml\"; boundary=\"jetty771207119h3h10dty\"",
                "multipart/related",
                "jetty771207119h3h10dty",
            ),
            (
                "multipart/related; start-info=text/xml; type='application/xop+xml'; boundary=:gkMa5KAvuHP7ahe9IQHONLgnncvv:",
                "multipart/related",
                ":gkMa5KAvuHP7ahe9IQHONLgnncvv:",
            ),
            ("multipart/mixed;boundary=\"a\\b\" ; x = y", "multipart/mixed", "ab"),
        ];
        for (value, essence, boundary) in cases {
            let parsed = ContentType::parse(value).unwrap();
            assert_eq!(parsed.essence(), essence, "{value}");
            assert_eq!(parsed.boundary().unwrap(), boundary, "{value}");
        }
        assert_eq!(ContentType::parse("signature/bdoc-1.0/ts").unwrap().essence(), "signature/bdoc-1.0/ts");
        assert_eq!(ContentType::parse("text/xml;charset=utf-8").unwrap().parameter("charset"), Some("utf-8"));
        assert_eq!(ContentType::parse("Text/XML ;").unwrap().essence(), "text/xml");
    }

    #[test]
    fn refused_with_reason() {
        let long = format!("multipart/mixed; boundary={}", "a".repeat(71));
        for (value, reason) in [
            ("", ContentTypeError::Empty),
            (" ;boundary=a", ContentTypeError::Empty),
            ("blah", ContentTypeError::Malformed),
            ("text /xml", ContentTypeError::Malformed),
            ("multipart/mixed; boundary", ContentTypeError::Malformed),
            ("multipart/mixed; =a", ContentTypeError::Malformed),
            ("multipart/mixed; boundary=", ContentTypeError::Malformed),
            ("multipart/mixed; boundary=\"a", ContentTypeError::Malformed),
            ("multipart/mixed; boundary=\"a\"b", ContentTypeError::Malformed),
            ("multipart/mixed; boundary=\"a\\", ContentTypeError::Malformed),
            ("multipart/mixed; charset=UTF-8", ContentTypeError::NoBoundary),
            (
                "multipart/mixed; boundary=a; BOUNDARY=b",
                ContentTypeError::DuplicateParameter("boundary".into()),
            ),
            ("multipart/mixed; boundary=a{b", ContentTypeError::BadBoundary),
            ("multipart/mixed; boundary=\"a\rb\"", ContentTypeError::BadBoundary),
            ("multipart/mixed; boundary=\"a \"", ContentTypeError::BadBoundary),
            (long.as_str(), ContentTypeError::BadBoundary),
        ] {
            assert_eq!(boundary_of(value), Err(reason), "{value}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_input_panics(value in "\\PC*", tail in "[;=\"\\\\ a/]*") {
            let _ = boundary_of(&value);
            let _ = boundary_of(&format!("multipart/mixed;{tail}"));
        }
    }
}
