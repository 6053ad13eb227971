//! Percent-encoding of identifiers in URLs and headers.
//!
//! Writing and reading are not symmetric on purpose: what we write is what Guava's path-segment escaper writes (the
//! form of X-Road's own `x-road-client` and `x-road-service` headers); what we read may escape more than needed but
//! must not leave anything unescaped that RFC 3986 forbids in a path segment.

use std::borrow::Cow;

use crate::IdentifierError;

/// RFC 3986 `pchar` without escapes: unreserved, sub-delims, `:` and `@`.
const fn is_literal(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(
            byte,
            b'-' | b'.'
                | b'_'
                | b'~'
                | b'!'
                | b'$'
                | b'&'
                | b'\''
                | b'('
                | b')'
                | b'*'
                | b'+'
                | b','
                | b';'
                | b'='
                | b':'
                | b'@'
        )
}

/// Percent-encodes one path segment: every byte of the UTF-8 form that may not stand literally becomes `%XX` in
/// upper case.
#[must_use]
pub fn encode_segment(value: &str) -> Cow<'_, str> {
    if value.bytes().all(is_literal) {
        return Cow::Borrowed(value);
    }
    let mut encoded = String::with_capacity(value.len() + 16);
    append_segment(&mut encoded, value);
    Cow::Owned(encoded)
}

/// Decodes one path segment strictly: no character but the literal ones may stand unescaped, every escape is complete,
/// and the result is UTF-8. A `+` stays a `+`.
///
/// # Errors
/// [`IdentifierError::IllegalCharacter`], [`IdentifierError::IncompleteEscape`] or [`IdentifierError::NotUtf8`].
pub fn decode_segment(segment: &str) -> Result<Cow<'_, str>, IdentifierError> {
    let bytes = segment.as_bytes();
    if bytes.iter().copied().all(is_literal) {
        return Ok(Cow::Borrowed(segment));
    }
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        if byte == b'%' {
            decoded.push(escaped_byte(bytes, at)?);
            at += 3;
        } else if is_literal(byte) {
            decoded.push(byte);
            at += 1;
        } else {
            return Err(IdentifierError::IllegalCharacter(at));
        }
    }
    String::from_utf8(decoded).map(Cow::Owned).map_err(|_| IdentifierError::NotUtf8)
}

/// Appends the encoded form of one segment.
pub(crate) fn append_segment(out: &mut String, value: &str) {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    for byte in value.bytes() {
        if is_literal(byte) {
            out.push(char::from(byte));
        } else {
            out.push('%');
            out.push(char::from(HEX[usize::from(byte >> 4)]));
            out.push(char::from(HEX[usize::from(byte & 0x0f)]));
        }
    }
}

/// Joins segments with `/`, each encoded.
pub(crate) fn join<'a>(segments: impl IntoIterator<Item = &'a str>) -> String {
    let mut path = String::with_capacity(48);
    for (index, segment) in segments.into_iter().enumerate() {
        if index > 0 {
            path.push('/');
        }
        append_segment(&mut path, segment);
    }
    path
}

/// Splits at `/` into at most `limit + 1` raw segments, so that a long hostile path costs nothing and the caller can
/// still tell that there were too many.
pub(crate) fn split(path: &str, limit: usize) -> Vec<&str> {
    path.splitn(limit + 1, '/').collect()
}

fn escaped_byte(bytes: &[u8], at: usize) -> Result<u8, IdentifierError> {
    let digit = |offset: usize| bytes.get(at + offset).and_then(|byte| char::from(*byte).to_digit(16));
    match (digit(1), digit(2)) {
        (Some(high), Some(low)) => {
            u8::try_from(high * 16 + low).map_err(|_| IdentifierError::IncompleteEscape(at))
        }
        _ => Err(IdentifierError::IncompleteEscape(at)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encodes_like_guava() {
        let literal = "AZaz09-._~!$'()*,;&=@:+";
        assert_eq!(encode_segment(literal), literal);
        for (raw, encoded) in [
            ("a b", "a%20b"),
            ("a/b", "a%2Fb"),
            ("100%", "100%25"),
            ("ä", "%C3%A4"),
            ("市", "%E5%B8%82"),
            ("\"<>?#[]^`{|}\\", "%22%3C%3E%3F%23%5B%5D%5E%60%7B%7C%7D%5C"),
        ] {
            assert_eq!(encode_segment(raw), encoded, "{raw}");
            assert_eq!(decode_segment(encoded).unwrap(), raw, "{raw}");
        }
    }

    #[test]
    fn decodes_strictly() {
        for (segment, expected) in [
            ("a+b", Ok("a+b")),
            ("%61%2f%2F", Ok("a//")),
            ("", Ok("")),
            ("a b", Err(IdentifierError::IllegalCharacter(1))),
            ("a/b", Err(IdentifierError::IllegalCharacter(1))),
            ("ä", Err(IdentifierError::IllegalCharacter(0))),
            ("a\"", Err(IdentifierError::IllegalCharacter(1))),
            ("%", Err(IdentifierError::IncompleteEscape(0))),
            ("ab%2", Err(IdentifierError::IncompleteEscape(2))),
            ("%zz", Err(IdentifierError::IncompleteEscape(0))),
            ("%+1", Err(IdentifierError::IncompleteEscape(0))),
            ("%ff", Err(IdentifierError::NotUtf8)),
            ("%C3", Err(IdentifierError::NotUtf8)),
            ("%C0%AF", Err(IdentifierError::NotUtf8)),
        ] {
            assert_eq!(decode_segment(segment).as_deref().map_err(Clone::clone), expected, "{segment}");
        }
    }

    proptest::proptest! {
        #[test]
        fn every_text_survives(text in "\\PC*") {
            let encoded = encode_segment(&text).into_owned();
            proptest::prop_assert!(encoded.is_ascii());
            let decoded = decode_segment(&encoded).unwrap();
            proptest::prop_assert_eq!(&*decoded, text.as_str());
        }

        #[test]
        fn no_input_panics(text in ".*") {
            let _ = decode_segment(&text);
        }
    }
}
