//! The inside of a tag: names, attributes, references.

use std::borrow::Cow;
use std::ops::Range;

/// Name and raw value of an attribute, with their places in the source.
pub(super) struct RawAttribute<'a> {
    pub(super) name: &'a str,
    pub(super) value: &'a str,
    pub(super) span: Range<usize>,
    pub(super) value_span: Range<usize>,
}

/// Splits the attributes of a tag one after the other.
pub(super) struct Attributes<'a> {
    source: &'a str,
    at: usize,
    end: usize,
}

impl<'a> Attributes<'a> {
    /// The attributes that stand in `range` of the source: from after the name to before `>` or `/>`.
    pub(super) fn new(source: &'a str, range: Range<usize>) -> Self {
        Self { source, at: range.start, end: range.end }
    }

    fn rest(&self) -> &'a str {
        self.source.get(self.at..self.end).unwrap_or_default()
    }

    /// The next attribute; `Ok(None)` at the end, `Err` where it is not well-formed.
    pub(super) fn next(&mut self) -> Result<Option<RawAttribute<'a>>, ()> {
        let rest = self.rest();
        let trimmed = rest.trim_start_matches(is_space);
        if trimmed.is_empty() {
            return Ok(None);
        }
        if trimmed.len() == rest.len() {
            return Err(()); // attributes are separated by white space
        }
        let start = self.end - trimmed.len();
        let name_length = trimmed.find(|c| is_space(c) || c == '=').ok_or(())?;
        let (name, after) = trimmed.split_at(name_length);
        let after = after.trim_start_matches(is_space).strip_prefix('=').ok_or(())?;
        let after = after.trim_start_matches(is_space);
        let quote = after.chars().next().filter(|c| matches!(c, '"' | '\'')).ok_or(())?;
        let value_start = self.end - after.len() + 1;
        let value = after.get(1..).and_then(|text| text.split_once(quote)).ok_or(())?.0;
        if !is_name(name) || value.contains('<') {
            return Err(());
        }
        let value_span = value_start..value_start + value.len();
        self.at = value_span.end + 1;
        Ok(Some(RawAttribute { name, value, span: start..self.at, value_span }))
    }
}

/// Whether text is a name with at most one colon. Letters outside ASCII are all taken.
pub(super) fn is_name(name: &str) -> bool {
    let mut parts = name.split(':');
    let first = parts.next().is_some_and(is_part);
    first && parts.next().is_none_or(is_part) && parts.next().is_none()
}

fn is_part(name: &str) -> bool {
    let starts = |c: char| c.is_ascii_alphabetic() || c == '_' || !c.is_ascii();
    let continues = |c: char| starts(c) || c.is_ascii_digit() || matches!(c, '-' | '.');
    name.chars().next().is_some_and(starts) && name.chars().all(continues)
}

/// White space of XML 1.0 section 2.3.
pub(super) fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\r' | '\n')
}

/// Splits a name into prefix and local part.
pub(super) fn split_name(name: &str) -> (&str, &str) {
    name.split_once(':').unwrap_or(("", name))
}

/// Line ends as XML 1.0 section 2.11 normalises them.
pub(super) fn normalise_lines(text: &str) -> Cow<'_, str> {
    if text.contains('\r') {
        Cow::Owned(text.replace("\r\n", "\n").replace('\r', "\n"))
    } else {
        Cow::Borrowed(text)
    }
}

/// The value of an attribute as XML 1.0 section 3.3.3 normalises it (type CDATA); `None` for a bad reference.
#[must_use]
pub fn normalise_value(raw: &str) -> Option<Cow<'_, str>> {
    if !raw.bytes().any(|b| matches!(b, b'&' | b'\t' | b'\r' | b'\n')) {
        return Some(Cow::Borrowed(raw));
    }
    let mut value = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(at) = rest.find(['&', '\t', '\r', '\n']) {
        let (before, special) = rest.split_at(at);
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

/// The character of a reference without `&` and `;`: one of the five that XML defines, or a number.
#[must_use]
pub fn expand_reference(reference: &str) -> Option<char> {
    match reference {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => {
            let number = reference.strip_prefix('#')?;
            let (digits, radix) = match number.strip_prefix('x') {
                Some(digits) => (digits, 16),
                None => (number, 10),
            };
            // `from_str_radix` would take a sign.
            let plain = digits.len() <= 8 && digits.chars().all(|c| c.is_digit(radix));
            let code = plain.then(|| u32::from_str_radix(digits, radix).ok()).flatten()?;
            char::from_u32(code).filter(|c| is_character(*c))
        }
    }
}

/// The characters that XML 1.0 section 2.2 allows.
fn is_character(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}

/// The first character in `source` that XML 1.0 does not allow.
pub(super) fn forbidden_character(source: &str) -> Option<usize> {
    let control = source.bytes().position(|b| b < 0x20 && !matches!(b, b'\t' | b'\n' | b'\r'));
    control.or_else(|| source.find(['\u{fffe}', '\u{ffff}']))
}
