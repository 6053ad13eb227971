//! Addresses (RFC 3986), as far as descriptions need them.

/// Splits into scheme with authority (`http://host`) and the rest. The first is empty for relative references; a
/// reference with authority but without scheme (`//host/path`) keeps its slashes.
fn split_base(url: &str) -> (&str, &str) {
    let scheme = url.find(':').filter(|colon| {
        let name = url.get(..*colon).unwrap_or_default();
        name.starts_with(|c: char| c.is_ascii_alphabetic())
            && name.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c))
    });
    let after_scheme = scheme.map_or(0, |colon| colon + 1);
    let rest = url.get(after_scheme..).unwrap_or_default();
    let Some(authority) = rest.strip_prefix("//") else {
        return url.split_at(after_scheme);
    };
    let length = authority.find(['/', '?', '#']).unwrap_or(authority.len());
    url.split_at(after_scheme + 2 + length)
}

/// The path of an address, without scheme, host, query and fragment.
pub(super) fn path_of(url: &str) -> &str {
    let (_, rest) = split_base(url);
    rest.split(['?', '#']).next().unwrap_or_default()
}

/// The address that `reference` means in a document at `base` (RFC 3986, section 5.2, without removing dot segments
/// from addresses that are absolute already).
pub(super) fn resolve(base: &str, reference: &str) -> String {
    let (authority, rest) = split_base(reference);
    if !authority.is_empty() && !authority.starts_with("//") {
        return reference.to_owned();
    }
    let (base_authority, base_rest) = split_base(base);
    if authority.starts_with("//") {
        let scheme = base_authority.split_once("//").map_or("", |(scheme, _)| scheme);
        return format!("{scheme}{reference}");
    }
    if rest.starts_with('/') {
        return format!("{base_authority}{}", without_dots(rest));
    }
    let base_path = base_rest.split(['?', '#']).next().unwrap_or_default();
    let folder = base_path.rfind('/').map_or("/", |slash| base_path.get(..=slash).unwrap_or("/"));
    format!("{base_authority}{}", without_dots(&format!("{folder}{rest}")))
}

/// Removes `.` and `..` from a path that begins with `/`.
fn without_dots(path: &str) -> String {
    let (path, query) = path.split_at(path.find(['?', '#']).unwrap_or(path.len()));
    let mut segments: Vec<&str> = Vec::new();
    let mut parts = path.split('/').skip(1).peekable();
    while let Some(segment) = parts.next() {
        let last = parts.peek().is_none();
        match segment {
            "." => {}
            ".." => {
                segments.pop();
            }
            _ => {
                segments.push(segment);
                continue;
            }
        }
        if last {
            segments.push("");
        }
    }
    format!("/{}{query}", segments.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths() {
        for (url, path) in [
            ("http://h/v1/cats", "/v1/cats"),
            ("https://h:8080?x", ""),
            ("https://h", ""),
            ("/api?x#y", "/api"),
            ("api", "api"),
            ("//h/x", "/x"),
            ("", ""),
            ("mailto:x", "x"),
        ] {
            assert_eq!(path_of(url), path, "{url}");
        }
    }

    #[test]
    fn references() {
        let base = "http://h:80/a/b/openapi.yaml?x#y";
        for (reference, expected) in [
            ("https://other/x", "https://other/x"),
            ("//other/x", "http://other/x"),
            ("/v1", "http://h:80/v1"),
            ("v1", "http://h:80/a/b/v1"),
            ("./v1/", "http://h:80/a/b/v1/"),
            ("../v1", "http://h:80/a/v1"),
            ("../../../v1", "http://h:80/v1"),
            ("..", "http://h:80/a/"),
            ("/", "http://h:80/"),
            ("", "http://h:80/a/b/"),
            ("v1?a=../b", "http://h:80/a/b/v1?a=../b"),
        ] {
            assert_eq!(resolve(base, reference), expected, "{reference}");
        }
        assert_eq!(resolve("http://h", "x"), "http://h/x");
    }
}
