//! The character encoding of a document.
//!
//! The bytes are never touched; this only finds out what they say. The order is that of XML readers: byte order mark,
//! then the encoding that the XML declaration names, then the `charset` of the content type, then UTF-8.

use std::borrow::Cow;

/// Why the text of a document is not known.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EncodingError {
    /// An encoding that we do not read. UTF-8, US-ASCII, ISO-8859-1 and UTF-16 are read.
    #[error("Encoding {0} is not supported")]
    Unknown(String),
    /// Bytes that the encoding does not have.
    #[error("Bytes are not of the encoding of the document")]
    Malformed,
}

/// A document as text.
#[derive(Debug, Clone)]
pub struct Decoded<'a> {
    /// The document without byte order mark.
    pub text: Cow<'a, str>,
    /// Bytes of the byte order mark.
    pub mark: usize,
    /// Offsets in the text are offsets in the bytes behind the mark.
    pub utf8: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Encoding {
    Utf8,
    Ascii,
    Latin1,
    Utf16 { big_endian: bool },
}

/// Decodes a document. `charset` is the parameter of its content type.
///
/// # Errors
/// See [`EncodingError`].
pub fn decode<'a>(bytes: &'a [u8], charset: Option<&str>) -> Result<Decoded<'a>, EncodingError> {
    let (encoding, mark) = match by_first_bytes(bytes) {
        Some(found) => found,
        None => (by_name(bytes, charset)?, 0),
    };
    let content = bytes.get(mark..).unwrap_or_default();
    let text = match encoding {
        Encoding::Utf8 => std::str::from_utf8(content).ok().map(Cow::Borrowed),
        Encoding::Ascii if content.is_ascii() => std::str::from_utf8(content).ok().map(Cow::Borrowed),
        Encoding::Ascii => None,
        Encoding::Latin1 if content.is_ascii() => std::str::from_utf8(content).ok().map(Cow::Borrowed),
        Encoding::Latin1 => Some(Cow::Owned(content.iter().copied().map(char::from).collect())),
        Encoding::Utf16 { big_endian } => utf16(content, big_endian).map(Cow::Owned),
    };
    let text = text.ok_or(EncodingError::Malformed)?;
    let utf8 = matches!(encoding, Encoding::Utf8 | Encoding::Ascii);
    Ok(Decoded { text, mark, utf8 })
}

/// Byte order marks (Unicode 16.0, section 23.8), and `<` in UTF-16 without one (XML 1.0, appendix F).
fn by_first_bytes(bytes: &[u8]) -> Option<(Encoding, usize)> {
    match bytes {
        [0xef, 0xbb, 0xbf, ..] => Some((Encoding::Utf8, 3)),
        [0xfe, 0xff, ..] => Some((Encoding::Utf16 { big_endian: true }, 2)),
        [0xff, 0xfe, ..] => Some((Encoding::Utf16 { big_endian: false }, 2)),
        [0, b'<', ..] => Some((Encoding::Utf16 { big_endian: true }, 0)),
        [b'<', 0, ..] => Some((Encoding::Utf16 { big_endian: false }, 0)),
        _ => None,
    }
}

fn by_name(bytes: &[u8], charset: Option<&str>) -> Result<Encoding, EncodingError> {
    let declared = declared_encoding(bytes);
    let Some(name) = declared.as_deref().or(charset).filter(|name| !name.is_empty()) else {
        return Ok(Encoding::Utf8);
    };
    match name.to_ascii_lowercase().as_str() {
        "utf-8" | "utf8" => Ok(Encoding::Utf8),
        "us-ascii" | "ascii" => Ok(Encoding::Ascii),
        "iso-8859-1" | "iso8859-1" | "iso_8859-1" | "latin1" | "l1" => Ok(Encoding::Latin1),
        // The bytes are not of two each, or `by_first_bytes` would have seen it.
        _ => Err(EncodingError::Unknown(name.chars().take(40).collect())),
    }
}

/// The encoding that an XML declaration in an encoding with ASCII as its beginning names.
fn declared_encoding(bytes: &[u8]) -> Option<String> {
    let head = bytes.get(..bytes.len().min(256))?.strip_prefix(b"<?xml")?;
    let end = memchr::memmem::find(head, b"?>")?;
    let declaration = std::str::from_utf8(head.get(..end)?).ok()?;
    let (_, after) = declaration.split_once("encoding")?;
    let after = after.trim_start().strip_prefix('=')?.trim_start();
    let quote = after.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    let (name, _) = after.get(1..)?.split_once(quote)?;
    Some(name.to_owned())
}

fn utf16(bytes: &[u8], big_endian: bool) -> Option<String> {
    let (pairs, rest) = bytes.as_chunks::<2>();
    if !rest.is_empty() {
        return None;
    }
    let unit =
        |pair: &[u8; 2]| if big_endian { u16::from_be_bytes(*pair) } else { u16::from_le_bytes(*pair) };
    char::decode_utf16(pairs.iter().map(unit)).collect::<Result<_, _>>().ok()
}

/// Makes a document out of decoded text that is to be sent as UTF-8: a declaration says so.
#[must_use]
pub fn to_utf8(text: &str) -> String {
    let declaration = text.starts_with("<?xml").then(|| text.split_once("?>")).flatten();
    match declaration {
        Some((_, rest)) => format!("{UTF8_DECLARATION}{rest}"),
        None => text.to_owned(),
    }
}

/// The XML declaration of what we write ourselves.
pub(crate) const UTF8_DECLARATION: &str = r#"<?xml version="1.0" encoding="UTF-8"?>"#;

#[cfg(test)]
mod tests {
    use super::*;

    fn utf16_bytes(text: &str, big_endian: bool) -> Vec<u8> {
        text.encode_utf16()
            .flat_map(|unit| if big_endian { unit.to_be_bytes() } else { unit.to_le_bytes() })
            .collect()
    }

    #[test]
    fn encodings() {
        let declared = |name: &str| format!("<?xml version='1.0' encoding=\"{name}\"?><a>ä市</a>");
        let text = "<a>ä市</a>";
        for (bytes, charset, mark, utf8) in [
            (text.as_bytes().to_vec(), None, 0, true),
            (text.as_bytes().to_vec(), Some("UTF-8"), 0, true),
            (text.as_bytes().to_vec(), Some(""), 0, true),
            ([b"\xef\xbb\xbf", text.as_bytes()].concat(), None, 3, true),
            ([b"\xef\xbb\xbf", text.as_bytes()].concat(), Some("iso-8859-1"), 3, true),
            (utf16_bytes(text, true), None, 0, false),
            (utf16_bytes(text, false), Some("utf-16"), 0, false),
            ([b"\xfe\xff".to_vec(), utf16_bytes(text, true)].concat(), None, 2, false),
            ([b"\xff\xfe".to_vec(), utf16_bytes(text, false)].concat(), Some("utf-8"), 2, false),
        ] {
            let decoded = decode(&bytes, charset).unwrap();
            assert_eq!((decoded.text.as_ref(), decoded.mark, decoded.utf8), (text, mark, utf8));
        }
        // What the declaration says counts more than the content type.
        let utf8 = declared("utf-8");
        assert_eq!(decode(utf8.as_bytes(), Some("iso-8859-1")).unwrap().text, utf8);
        let latin = b"<?xml version='1.0' encoding='ISO-8859-1'?><a>\xe4</a>";
        assert!(decode(latin, Some("utf-8")).unwrap().text.ends_with("<a>ä</a>"));
        assert_eq!(decode(b"<a>\xe4\x80</a>", Some("Latin1")).unwrap().text, "<a>ä\u{80}</a>");
        assert!(decode(b"<a/>", Some("US-ASCII")).unwrap().utf8);
    }

    #[test]
    fn refused_with_reason() {
        let unknown = |name: &str| EncodingError::Unknown(name.to_owned());
        for (bytes, charset, reason) in [
            (&b"<a>\xe4</a>"[..], None, EncodingError::Malformed),
            (b"<a>\xe4</a>", Some("us-ascii"), EncodingError::Malformed),
            (b"\xef\xbb\xbf<a>\xe4</a>", Some("iso-8859-1"), EncodingError::Malformed),
            (b"\x00<\x00", None, EncodingError::Malformed),
            (b"\x00<\xd8\x00", None, EncodingError::Malformed),
            (b"<a/>", Some("utf-7"), unknown("utf-7")),
            (b"<?xml version='1.0' encoding='UTF-16'?><a/>", None, unknown("UTF-16")),
            (b"<?xml version='1.0' encoding='EBCDIC'?><a/>", Some("utf-8"), unknown("EBCDIC")),
        ] {
            assert_eq!(decode(bytes, charset).err(), Some(reason), "{bytes:?}");
        }
    }

    #[test]
    fn declarations_follow() {
        let latin = "<?xml version='1.0' encoding='ISO-8859-1' standalone='no'?>\n<a>ä</a>";
        assert_eq!(to_utf8(latin), "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<a>ä</a>");
        assert_eq!(to_utf8("<a/>"), "<a/>");
    }
}
