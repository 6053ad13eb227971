//! `http:` and `https:` addresses.

/// An address taken apart; nothing in it is decoded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Location {
    /// `https`, not `http`?
    pub secure: bool,
    /// Host name or address (an IPv6 address without brackets).
    pub host: String,
    /// The port as given, else 80 or 443.
    pub port: u16,
    /// Path and query, at least `/`.
    pub target: String,
}

/// A text that is not an address we can go to.
#[derive(Debug, thiserror::Error)]
#[error("{text:?} is not an http or https address: {reason}")]
pub struct NotALocation {
    text: String,
    reason: &'static str,
}

impl Location {
    /// Takes an absolute address apart.
    ///
    /// # Errors
    /// [`NotALocation`] with the reason: another scheme, no host, user information, a bad port.
    pub fn parse(text: &str) -> Result<Self, NotALocation> {
        let wrong = |reason| NotALocation { text: text.to_owned(), reason };
        let (scheme, rest) = text.split_once("://").ok_or_else(|| wrong("it has no scheme"))?;
        let secure = match scheme.to_ascii_lowercase().as_str() {
            "http" => false,
            "https" => true,
            _ => return Err(wrong("the scheme is another one")),
        };
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (authority, target) = rest.split_at(end);
        if authority.contains('@') {
            return Err(wrong("user information in it is not supported"));
        }
        let (host, port) = split_port(authority).ok_or_else(|| wrong("the host or the port is wrong"))?;
        let port = match port {
            Some(port) => port.parse().map_err(|_| wrong("the port is not a number up to 65535"))?,
            None if secure => 443,
            None => 80,
        };
        if host.is_empty() {
            return Err(wrong("it has no host"));
        }
        let target = target.split('#').next().unwrap_or_default();
        let target = if target.starts_with('/') { target.to_owned() } else { format!("/{target}") };
        Ok(Self { secure, host: host.to_owned(), port, target })
    }
}

/// Host (brackets removed) and the text of the port.
fn split_port(authority: &str) -> Option<(&str, Option<&str>)> {
    if let Some(rest) = authority.strip_prefix('[') {
        let (host, after) = rest.split_once(']')?;
        return match after.strip_prefix(':') {
            Some(port) => Some((host, Some(port))),
            None if after.is_empty() => Some((host, None)),
            None => None,
        };
    }
    match authority.split_once(':') {
        Some((_, port)) if port.contains(':') => None,
        Some((host, port)) => Some((host, Some(port))),
        None => Some((authority, None)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_taken_apart() {
        let table = [
            ("http://host", false, "host", 80, "/"),
            ("HTTPS://host:8443/a%2Fb?q=1#f", true, "host", 8443, "/a%2Fb?q=1"),
            ("http://[::1]:81/x", false, "::1", 81, "/x"),
            ("http://host?q", false, "host", 80, "/?q"),
        ];
        for (text, secure, host, port, target) in table {
            let expected = Location { secure, host: host.to_owned(), port, target: target.to_owned() };
            assert_eq!(Location::parse(text).unwrap(), expected, "{text}");
        }
    }

    #[test]
    fn what_is_no_address_is_refused_with_the_reason() {
        let table = [
            ("host/path", "no scheme"),
            ("ftp://host", "another one"),
            ("http://", "no host"),
            ("http://u:p@host", "user information"),
            ("http://host:99999", "not a number"),
            ("http://a:b:c", "is wrong"),
            ("http://[::1", "is wrong"),
        ];
        for (text, reason) in table {
            assert!(Location::parse(text).unwrap_err().to_string().contains(reason), "{text}");
        }
    }
}
