//! Path patterns of access rights, and the form of a path that is matched against them.
//!
//! X-Road: two or more `*` match anything, a single `*` anything inside one segment, and possessively, so that
//! nothing literal may follow it in the same segment; `\` makes the next `*` or `\` literal. Patterns written for
//! a stock server give the same rights here, never more.

use std::fmt;

/// A path pattern, for example `/pets/*` or `**`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PathPattern {
    text: String,
    tokens: Vec<Token>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Token {
    Literal(char),
    /// `*`: all that is left of the segment.
    Segment,
    /// `**`: anything.
    Anything,
}

impl PathPattern {
    /// Reads a pattern. Every text is one; characters other than `*` and `\` stand for themselves.
    #[must_use]
    pub fn new(text: &str) -> Self {
        let mut tokens = Vec::new();
        let mut chars = text.chars().peekable();
        while let Some(c) = chars.next() {
            match c {
                '\\' => {
                    tokens.push(Token::Literal(chars.next_if(|n| matches!(n, '*' | '\\')).unwrap_or('\\')))
                }
                '*' => {
                    let mut stars = 1;
                    while chars.next_if_eq(&'*').is_some() {
                        stars += 1;
                    }
                    tokens.push(if stars > 1 { Token::Anything } else { Token::Segment });
                }
                literal => tokens.push(Token::Literal(literal)),
            }
        }
        Self { text: text.to_owned(), tokens }
    }

    /// Whether the pattern is `**`, the right to everything.
    #[must_use]
    pub fn is_everything(&self) -> bool {
        self.tokens == [Token::Anything]
    }

    /// Whether the whole of `path` matches.
    #[must_use]
    pub fn matches(&self, path: &MatchablePath) -> bool {
        let path = &path.0;
        // (token after the last `**`, position it is tried at): a later `**` supersedes an earlier one.
        let mut retry: Option<(usize, usize)> = None;
        let (mut token, mut at) = (0, 0);
        loop {
            match self.tokens.get(token) {
                Some(Token::Anything) => {
                    token += 1;
                    retry = Some((token, at));
                    continue;
                }
                Some(Token::Segment) => {
                    at += path[at..].iter().take_while(|&&c| c != '/').count();
                    token += 1;
                    continue;
                }
                Some(Token::Literal(c)) if path.get(at) == Some(c) => {
                    token += 1;
                    at += 1;
                    continue;
                }
                None if at == path.len() => return true,
                Some(Token::Literal(_)) | None => {}
            }
            match retry {
                Some((from, start)) if start < path.len() => {
                    retry = Some((from, start + 1));
                    (token, at) = (from, start + 1);
                }
                _ => return false,
            }
        }
    }
}

impl fmt::Display for PathPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// A service path, decoded once for matching.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MatchablePath(Vec<char>);

impl MatchablePath {
    /// Decodes the raw service path. `None` when the provider's server could read the path in another way than we do
    /// (dot segments, empty segments, encoded slash, backslash, escapes inside escapes, control characters): then
    /// only the right to everything may apply.
    #[must_use]
    pub fn new(raw: &str) -> Option<Self> {
        if raw.to_ascii_lowercase().contains("%2f") {
            return None;
        }
        let decoded = String::from_utf8(percent_decode(raw)?).ok()?;
        let ambiguous = |c: char| c.is_control() || matches!(c, '\\' | '%');
        if decoded.contains("//") || decoded.chars().any(ambiguous) {
            return None;
        }
        if decoded.split('/').any(|segment| matches!(without_parameters(segment), "." | "..")) {
            return None;
        }
        Some(Self(decoded.chars().collect()))
    }
}

/// Whether a raw service path climbs above the service by its `..` segments, or cannot be read. What lies there is
/// another service, or none: no right covers it, as at a stock server.
#[must_use]
pub fn leaves_the_service(raw: &str) -> bool {
    let Some(decoded) = percent_decode(raw) else { return true };
    let decoded = String::from_utf8_lossy(&decoded);
    let mut depth = 0_usize;
    for segment in decoded.split(['/', '\\']) {
        match without_parameters(segment) {
            "" | "." => {}
            ".." if depth == 0 => return true,
            ".." => depth -= 1,
            _ => depth += 1,
        }
    }
    false
}

/// A segment parameter may hide a dot segment from us and not from the provider's server: `/..;x/`.
fn without_parameters(segment: &str) -> &str {
    segment.split(';').next().unwrap_or_default()
}

fn percent_decode(raw: &str) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(raw.len());
    let mut bytes = raw.bytes();
    while let Some(byte) = bytes.next() {
        if byte != b'%' {
            out.push(byte);
            continue;
        }
        let mut digit = || bytes.next().and_then(|b| char::from(b).to_digit(16));
        let value = digit()? * 16 + digit()?;
        out.push(u8::try_from(value).ok()?);
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns() {
        for (pattern, path, expected) in [
            ("**", "", true),
            ("**", "/a/b", true),
            ("/open/*", "/open/a", true),
            ("/open/*", "/open/", true),
            ("/open/*", "/open/a/b", false),
            ("/open/**", "/open/a/b", true),
            ("/x/*.json", "/x/a.json", false),
            ("/x/**.json", "/x/y/a.json", true),
            ("/*/b", "/a/b", true),
            ("/*/b", "/a/c", false),
            ("/**/b/*", "/a/b/c/b/d", true),
            ("/a\\*", "/a*", true),
            ("/a\\*", "/ab", false),
            ("/colou?r", "/color", false),
            ("/a", "/a/", false),
            ("", "", true),
            ("/open/*", "/open/a%20b", true),
        ] {
            let path = MatchablePath::new(path).expect("decodes");
            assert_eq!(PathPattern::new(pattern).matches(&path), expected, "{pattern} {path:?}");
        }
    }

    #[test]
    fn ambiguous_paths_match_nothing() {
        for raw in [
            "/a/../b",
            "/a/%2e%2e/b",
            "/a/..;x=1/b",
            "/a//b",
            "/a%2Fb",
            "/a%5Cb",
            "/a%252Fb",
            "/a%00",
            "/%ff",
            "/a%2",
        ] {
            assert_eq!(MatchablePath::new(raw), None, "{raw}");
        }
    }

    #[test]
    fn no_path_may_climb_above_its_service() {
        for inside in
            ["", "/", "/a/../b", "/a/b/../..", "/a/./..", "/..a", "/a..b", "/...", "/%C3%A4", "/%ff"]
        {
            assert!(!leaves_the_service(inside), "{inside}");
        }
        for outside in [
            "/..",
            "/../svc/x",
            "/a/../../b",
            "//../b",
            "/./../b",
            "/%2e%2E/b",
            "/..%2Fb",
            "/..%5Cb",
            "/..;x=1/b",
            "/a/..;/..;/b",
            "/a%2",
        ] {
            assert!(leaves_the_service(outside), "{outside}");
        }
    }

    #[test]
    fn matching_is_not_exponential() {
        let pattern = PathPattern::new(&"**a".repeat(200));
        let path = MatchablePath::new(&"a".repeat(5_000)).expect("decodes");
        assert!(pattern.matches(&path));
        let path = MatchablePath::new(&"b".repeat(5_000)).expect("decodes");
        assert!(!pattern.matches(&path));
    }
}
