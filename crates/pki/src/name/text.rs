//! Text of attribute values: decoding, RFC 2253, comparison.

use crate::asn1::oid;
use der::asn1::ObjectIdentifier;

/// Keywords that RFC 2253 knows; every other type is printed as numbers.
const KEYWORDS: [(ObjectIdentifier, &str); 9] = [
    (oid::COMMON_NAME, "CN"),
    (oid::LOCALITY, "L"),
    (oid::STATE, "ST"),
    (oid::ORGANIZATION, "O"),
    (oid::ORGANIZATIONAL_UNIT, "OU"),
    (oid::COUNTRY, "C"),
    (oid::STREET, "STREET"),
    (oid::DOMAIN_COMPONENT, "DC"),
    (oid::USER_ID, "UID"),
];

/// Text of a string value; `None` for other types and for octets that are no text of their type.
pub(super) fn decode(tag: u8, value: &[u8]) -> Option<String> {
    match tag {
        // UTF8String.
        0x0c => std::str::from_utf8(value).ok().map(str::to_owned),
        // NumericString, PrintableString, IA5String, VisibleString.
        0x12 | 0x13 | 0x16 | 0x1a if value.is_ascii() => std::str::from_utf8(value).ok().map(str::to_owned),
        // T61String and GeneralString: in practice Latin-1.
        0x14 | 0x1b => Some(value.iter().map(|byte| char::from(*byte)).collect()),
        // BMPString.
        0x1e => {
            let (units, rest) = value.as_chunks::<2>();
            let units = units.iter().map(|pair| u16::from_be_bytes(*pair));
            if rest.is_empty() { char::decode_utf16(units).collect::<Result<_, _>>().ok() } else { None }
        }
        // UniversalString.
        0x1c => {
            let (points, rest) = value.as_chunks::<4>();
            let points = points.iter().map(|four| char::from_u32(u32::from_be_bytes(*four)));
            if rest.is_empty() { points.collect() } else { None }
        }
        _ => None,
    }
}

/// `TYPE=value` with the escapes of Java's `X500Principal`: it escapes `=` too, which RFC 2253 does not ask for.
pub(super) fn rfc2253(kind: &ObjectIdentifier, text: Option<&str>, value: &[u8]) -> String {
    let keyword = KEYWORDS.iter().find(|(known, _)| known == kind).map(|(_, keyword)| *keyword);
    let (Some(keyword), Some(text)) = (keyword, text) else {
        let label = keyword.map_or_else(|| kind.to_string(), str::to_owned);
        return format!("{label}=#{}", hex::encode(value));
    };
    let mut escaped = String::new();
    for character in text.chars() {
        match character {
            ',' | '=' | '+' | '<' | '>' | '#' | ';' | '"' | '\\' => escaped.extend(['\\', character]),
            '\0' => escaped.push_str("\\00"),
            _ => escaped.push(character),
        }
    }
    let blank = |character: char| character == ' ' || character == '\r';
    let body = escaped.trim_matches(blank);
    let lead = escaped.len() - escaped.trim_start_matches(blank).len();
    let trail = if body.is_empty() { 0 } else { escaped.len() - lead - body.len() };
    let (before, after) = (&escaped[..lead], &escaped[escaped.len() - trail..]);
    let escape_all = |blanks: &str| blanks.chars().flat_map(|blank| ['\\', blank]).collect::<String>();
    format!("{keyword}={}{body}{}", escape_all(before), escape_all(after))
}

/// Letter case and the amount of white space do not count (RFC 5280 7.1, in the simple form of RFC 3280 4.1.2.4).
pub(super) fn canonical(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    let lower = words.join(" ").to_lowercase();
    // Control characters separate attributes in the canonical form, so a value must not bring its own.
    let mut out = String::with_capacity(lower.len());
    for character in lower.chars() {
        match character {
            '\\' => out.push_str("\\\\"),
            control if control.is_control() => out.push_str(&format!("\\{:x};", u32::from(control))),
            other => out.push(other),
        }
    }
    out
}
