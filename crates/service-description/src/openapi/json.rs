//! JSON (RFC 8259), with the places of its values.

use std::rc::Rc;

use super::OpenApiError;
use super::node::{Builder, Node, Scalar};
use crate::DescriptionLimits;

/// Reads a JSON document. Nothing but JSON is accepted.
pub(super) fn parse(text: &str, limits: &DescriptionLimits) -> Result<Rc<Node>, OpenApiError> {
    let mut parser = Parser { text, at: 0, builder: Builder::new(limits), open: Vec::new() };
    parser.run()?;
    parser.builder.finish()
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
    builder: Builder,
    /// For each open collection, whether it is a list.
    open: Vec<bool>,
}

impl<'a> Parser<'a> {
    fn run(&mut self) -> Result<(), OpenApiError> {
        loop {
            // If it opens a collection, the first entry has no comma before it.
            let mut first = self.value()?;
            loop {
                let Some(list) = self.open.last().copied() else {
                    return if self.peek().is_none() { Ok(()) } else { Err(self.wrong("end of document")) };
                };
                let close = if list { b']' } else { b'}' };
                if self.take(close) {
                    self.open.pop();
                    self.builder.close(self.at)?;
                    first = false;
                    continue;
                }
                if !first && !self.take(b',') {
                    return Err(self.wrong("',' or end of collection"));
                }
                if !list {
                    self.key()?;
                }
                break;
            }
        }
    }

    /// Reads one value; true if it is a collection, whose content comes next.
    fn value(&mut self) -> Result<bool, OpenApiError> {
        let next = self.peek();
        let start = self.at;
        match next {
            Some(b'{' | b'[') => {
                self.at += 1;
                self.open.push(next == Some(b'['));
                self.builder.open(start, next == Some(b'['))?;
                return Ok(true);
            }
            Some(b'"') => {
                let text = self.string()?;
                self.builder.scalar(Scalar { text, string: true, block: false }, start..self.at)?;
            }
            _ => {
                let rest = self.rest();
                let length = rest
                    .find(|c: char| !c.is_ascii_alphanumeric() && !"+-.".contains(c))
                    .unwrap_or(rest.len());
                let word = rest.get(..length).unwrap_or_default();
                if !matches!(word, "true" | "false" | "null") && !is_number(word) {
                    return Err(self.wrong("a value"));
                }
                self.at += length;
                let scalar = Scalar { text: word.to_owned(), string: false, block: false };
                self.builder.scalar(scalar, start..self.at)?;
            }
        }
        Ok(false)
    }

    fn key(&mut self) -> Result<(), OpenApiError> {
        if self.peek() != Some(b'"') {
            return Err(self.wrong("a key"));
        }
        let start = self.at;
        let text = self.string()?;
        self.builder.scalar(Scalar { text, string: true, block: false }, start..self.at)?;
        if self.take(b':') { Ok(()) } else { Err(self.wrong("':'")) }
    }

    fn string(&mut self) -> Result<String, OpenApiError> {
        self.at += 1;
        let mut text = String::new();
        loop {
            let rest = self.rest();
            let end =
                rest.find(|c: char| c == '"' || c == '\\' || c < ' ').ok_or_else(|| self.wrong("'\"'"))?;
            text.push_str(rest.get(..end).unwrap_or_default());
            self.at += end + 1;
            match rest.as_bytes().get(end) {
                Some(b'"') => return Ok(text),
                Some(b'\\') => text.push(self.escape()?),
                _ => return Err(self.wrong("no control character")),
            }
        }
    }

    fn escape(&mut self) -> Result<char, OpenApiError> {
        let escaped = self.rest().chars().next();
        self.at += escaped.map_or(0, char::len_utf8);
        Ok(match escaped {
            Some(c @ ('"' | '\\' | '/')) => c,
            Some('b') => '\u{8}',
            Some('f') => '\u{c}',
            Some('n') => '\n',
            Some('r') => '\r',
            Some('t') => '\t',
            Some('u') => return self.unicode(),
            _ => return Err(self.wrong("an escape")),
        })
    }

    /// `\uXXXX`, two of them for characters beyond 65,535; halves alone become the replacement character.
    fn unicode(&mut self) -> Result<char, OpenApiError> {
        let first = self.four_digits()?;
        if (0xd800..0xdc00).contains(&first) && self.rest().starts_with("\\u") {
            let back = self.at;
            self.at += 2;
            let second = self.four_digits()?;
            if (0xdc00..0xe000).contains(&second) {
                let code = 0x1_0000 + ((first - 0xd800) << 10) + (second - 0xdc00);
                return Ok(char::from_u32(code).unwrap_or('\u{fffd}'));
            }
            self.at = back;
        }
        Ok(char::from_u32(first).unwrap_or('\u{fffd}'))
    }

    fn four_digits(&mut self) -> Result<u32, OpenApiError> {
        let digits =
            self.rest().get(..4).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()));
        let code = digits.and_then(|digits| u32::from_str_radix(digits, 16).ok());
        self.at += 4;
        code.ok_or_else(|| self.wrong("four hexadecimal digits"))
    }

    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// The next byte that is no white space.
    fn peek(&mut self) -> Option<u8> {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start_matches([' ', '\t', '\r', '\n']).len();
        self.text.as_bytes().get(self.at).copied()
    }

    fn take(&mut self, byte: u8) -> bool {
        let taken = self.peek() == Some(byte);
        self.at += usize::from(taken);
        taken
    }

    fn wrong(&self, expected: &str) -> OpenApiError {
        OpenApiError::Syntax(format!("expected {expected} near byte {}", self.at))
    }
}

fn is_number(word: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let unsigned = word.strip_prefix('-').unwrap_or(word);
    let (mantissa, exponent) =
        unsigned.split_once(['e', 'E']).map_or((unsigned, None), |(m, e)| (m, Some(e)));
    let (whole, fraction) = mantissa.split_once('.').map_or((mantissa, None), |(w, f)| (w, Some(f)));
    digits(whole)
        && (whole == "0" || !whole.starts_with('0'))
        && fraction.is_none_or(digits)
        && exponent.is_none_or(|exponent| digits(exponent.strip_prefix(['+', '-']).unwrap_or(exponent)))
}
