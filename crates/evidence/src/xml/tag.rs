//! The inside of a start tag: name, attributes, character references.

use std::borrow::Cow;

/// A name and a raw value as they stand in a tag.
pub(super) type RawAttribute<'a> = (&'a str, &'a str);

/// Splits the attributes of a tag, from after its name to before `>` or `/>`. Gives `None` when they
/// are not well-formed.
pub(super) fn split_attributes<'a>(mut rest: &'a str, out: &mut Vec<RawAttribute<'a>>) -> Option<()> {
    loop {
        let trimmed = rest.trim_start_matches(is_space);
        if trimmed.is_empty() {
            return Some(());
        }
        if trimmed.len() == rest.len() {
            return None; // attributes are separated by white space
        }
        let name_len = trimmed.find(|c| is_space(c) || c == '=')?;
        let (name, after) = trimmed.split_at_checked(name_len)?;
        let after = after.trim_start_matches(is_space).strip_prefix('=')?.trim_start_matches(is_space);
        let quote = after.chars().next().filter(|c| matches!(c, '"' | '\''))?;
        let (value, tail) = after.get(1..)?.split_once(quote)?;
        if !is_name(name) || value.contains('<') {
            return None;
        }
        out.push((name, value));
        rest = tail;
    }
}

/// Whether text is a name with at most one colon. Letters outside ASCII are all taken.
pub(super) fn is_name(name: &str) -> bool {
    let mut parts = name.split(':');
    let first = parts.next().is_some_and(is_ncname);
    first && parts.next().is_none_or(is_ncname) && parts.next().is_none()
}

fn is_ncname(name: &str) -> bool {
    let starts = |c: char| c.is_ascii_alphabetic() || c == '_' || !c.is_ascii();
    let continues = |c: char| starts(c) || c.is_ascii_digit() || matches!(c, '-' | '.');
    name.chars().next().is_some_and(starts) && name.chars().all(continues)
}

pub(super) fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\r' | '\n')
}

/// Value of an attribute as XML 1.0 section 3.3.3 normalises it (type CDATA).
pub(super) fn normalise_value(raw: &str) -> Option<Cow<'_, str>> {
    if !raw.bytes().any(|b| matches!(b, b'&' | b'\t' | b'\r' | b'\n')) {
        return Some(Cow::Borrowed(raw));
    }
    let mut value = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(at) = rest.find(['&', '\t', '\r', '\n']) {
        let (before, special) = rest.split_at_checked(at)?;
        value.push_str(before);
        if let Some(after) = special.strip_prefix('&') {
            let (reference, tail) = after.split_once(';')?;
            value.push(expand_reference(reference)?);
            rest = tail;
        } else {
            value.push(' ');
            rest = special.strip_prefix("\r\n").or_else(|| special.get(1..))?;
        }
    }
    value.push_str(rest);
    Some(Cow::Owned(value))
}

/// The character of a reference without `&` and `;`: the five predefined ones and numbers.
pub(crate) fn expand_reference(reference: &str) -> Option<char> {
    match reference {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => {
            let number = reference.strip_prefix('#')?;
            let (digits, radix) = match number.strip_prefix('x') {
                Some(hex) => (hex, 16),
                None => (number, 10),
            };
            // from_str_radix would take a sign.
            let plain = digits.len() <= 8 && digits.chars().all(|c| c.is_digit(radix));
            let code = plain.then(|| u32::from_str_radix(digits, radix).ok()).flatten()?;
            char::from_u32(code).filter(|c| is_xml_char(*c))
        }
    }
}

/// The characters that XML 1.0 section 2.2 allows.
pub(super) fn is_xml_char(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}
