//! Canonical JSON: one byte string for one meaning.
//!
//! The JSON Canonicalization Scheme (RFC 8785) with one restriction: numbers are integers that a double holds
//! exactly, so no rule for printing fractions is needed. Everything that is hashed or signed in this crate is
//! hashed or signed in this form.

use serde::Serialize;
use serde_json::Value;

/// The largest integer a JSON number carries without loss (2^53 - 1, RFC 8785 section 3.2.2.3).
pub const MAX_INTEGER: u64 = (1 << 53) - 1;

/// Nested deeper than anything this crate writes; a limit against hostile input.
const MAX_DEPTH: usize = 16;

/// Why a value has no canonical form.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CanonicalError {
    /// A fraction, or an integer beyond 2^53 - 1.
    #[error("number {0} is not an integer that a JSON number carries exactly")]
    Number(String),
    /// Objects or arrays nested more than 16 deep.
    #[error("nested too deep")]
    Depth,
    /// The value cannot be expressed as JSON at all, e.g. a map whose keys are not strings.
    #[error("not expressible as JSON: {0}")]
    NotJson(String),
}

/// The canonical bytes of anything serialisable.
///
/// # Errors
/// See [`CanonicalError`].
pub fn canonical_bytes<T: Serialize>(value: &T) -> Result<Vec<u8>, CanonicalError> {
    let value = serde_json::to_value(value).map_err(|error| CanonicalError::NotJson(error.to_string()))?;
    let mut out = String::new();
    write_value(&value, &mut out, 0)?;
    Ok(out.into_bytes())
}

fn write_value(value: &Value, out: &mut String, depth: usize) -> Result<(), CanonicalError> {
    if depth > MAX_DEPTH {
        return Err(CanonicalError::Depth);
    }
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(true) => out.push_str("true"),
        Value::Bool(false) => out.push_str("false"),
        Value::Number(number) => write_integer(number, out)?,
        Value::String(text) => write_string(text, out),
        Value::Array(items) => {
            out.push('[');
            for (position, item) in items.iter().enumerate() {
                if position > 0 {
                    out.push(',');
                }
                write_value(item, out, depth + 1)?;
            }
            out.push(']');
        }
        Value::Object(members) => {
            let mut sorted: Vec<_> = members.iter().collect();
            // RFC 8785 section 3.2.3: by UTF-16 code units, which differs from Rust's order by code point
            // only beyond the basic plane.
            sorted.sort_by(|a, b| a.0.encode_utf16().cmp(b.0.encode_utf16()));
            out.push('{');
            for (position, (name, member)) in sorted.into_iter().enumerate() {
                if position > 0 {
                    out.push(',');
                }
                write_string(name, out);
                out.push(':');
                write_value(member, out, depth + 1)?;
            }
            out.push('}');
        }
    }
    Ok(())
}

fn write_integer(number: &serde_json::Number, out: &mut String) -> Result<(), CanonicalError> {
    let exact = number
        .as_u64()
        .map(|n| n <= MAX_INTEGER)
        .or_else(|| number.as_i64().map(|n| n.unsigned_abs() <= MAX_INTEGER));
    if exact != Some(true) {
        return Err(CanonicalError::Number(number.to_string()));
    }
    out.push_str(&number.to_string());
    Ok(())
}

/// RFC 8785 section 3.2.2.2: the two-character escapes where they exist, `\u00xx` for the other controls, and
/// every other character as it is.
fn write_string(text: &str, out: &mut String) {
    out.push('"');
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\u{8}' => out.push_str("\\b"),
            '\t' => out.push_str("\\t"),
            '\n' => out.push_str("\\n"),
            '\u{c}' => out.push_str("\\f"),
            '\r' => out.push_str("\\r"),
            control if (control as u32) < 0x20 => out.push_str(&format!("\\u{:04x}", control as u32)),
            other => out.push(other),
        }
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn members_are_sorted_and_nothing_is_padded() {
        let bytes = canonical_bytes(&json!({"b": [1, true, null], "a": {"z": "x", "A": ""}})).unwrap();
        assert_eq!(String::from_utf8(bytes).unwrap(), r#"{"a":{"A":"","z":"x"},"b":[1,true,null]}"#);
    }

    #[test]
    fn sorting_is_by_utf16_code_units() {
        // The example of RFC 8785 section 3.2.3.
        let bytes = canonical_bytes(&json!({
            "\u{20ac}": "Euro Sign", "\r": "Carriage Return", "\u{fb33}": "Hebrew Letter Dalet With Dagesh",
            "1": "One", "\u{1f600}": "Emoji: Grinning Face", "\u{80}": "Control",
            "\u{f6}": "Latin Small Letter O With Diaeresis"
        }))
        .unwrap();
        let text = String::from_utf8(bytes).unwrap();
        let order: Vec<_> = ["\\r", "\"1\"", "\u{80}", "\u{f6}", "\u{20ac}", "\u{1f600}", "\u{fb33}"]
            .iter()
            .map(|key| text.find(key).unwrap())
            .collect();
        assert!(order.is_sorted(), "{text}");
    }

    #[test]
    fn fractions_and_large_integers_have_no_form() {
        for value in
            [json!(1.5), json!(9_007_199_254_740_992_u64), json!(-9_007_199_254_740_992_i64), json!(1e30)]
        {
            assert!(matches!(canonical_bytes(&value), Err(CanonicalError::Number(_))), "{value}");
        }
        assert!(canonical_bytes(&json!(9_007_199_254_740_991_u64)).is_ok());
    }

    proptest! {
        #[test]
        fn canonical_text_parses_back_and_is_stable(text in "\\PC*", raw in any::<String>(), n in -1_000_000_i64..1_000_000) {
            let value = json!({"text": text, raw: [n, {"inner": null}]});
            let first = canonical_bytes(&value).unwrap();
            let parsed: Value = serde_json::from_slice(&first).unwrap();
            prop_assert_eq!(&parsed, &value);
            prop_assert_eq!(canonical_bytes(&parsed).unwrap(), first);
        }
    }
}
