//! The header `SOAPAction` (SOAP 1.1, section 6.1.1), as strict as X-Road is about it.

use super::SoapError;
use super::error::shortened;

/// Checks a `SOAPAction`: none, an empty one, `""`, or a URI in double quotes.
///
/// # Errors
/// [`SoapError::SoapAction`].
pub fn check_soap_action(value: Option<&str>) -> Result<(), SoapError> {
    let value = match value {
        None | Some("" | "\"\"") => return Ok(()),
        Some(value) => value,
    };
    let inside = value.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    if inside.is_some_and(is_uri) { Ok(()) } else { Err(SoapError::SoapAction(shortened(value))) }
}

/// A URI reference of RFC 2396 with the additions that Java makes: letters outside ASCII, and brackets in query and
/// fragment and for IPv6 hosts.
fn is_uri(text: &str) -> bool {
    let (text, fragment) =
        text.split_once('#').map_or((text, None), |(text, fragment)| (text, Some(fragment)));
    if text.is_empty() && fragment.is_none() {
        return false;
    }
    fragment.is_none_or(|fragment| consists_of(fragment, "/?[]")) && is_absolute_or_relative(text)
}

fn is_absolute_or_relative(text: &str) -> bool {
    let Some(end) = text.find([':', '/', '?']).filter(|end| text[*end..].starts_with(':')) else {
        return is_hierarchical(text);
    };
    let (scheme, rest) = (&text[..end], &text[end + 1..]);
    let named = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c));
    named
        && match rest.chars().next() {
            None => false,
            Some('/') => is_hierarchical(rest),
            Some(_) => consists_of(rest, "/?[]"),
        }
}

fn is_hierarchical(text: &str) -> bool {
    let (path, query) = text.split_once('?').map_or((text, None), |(path, query)| (path, Some(query)));
    let (authority, path) = match path.strip_prefix("//") {
        Some(rest) => rest.split_at(rest.find('/').unwrap_or(rest.len())),
        None => ("", path),
    };
    let empty_authority = text.starts_with("//") && authority.is_empty() && path.is_empty();
    !empty_authority
        && is_authority(authority)
        && consists_of(path, "/")
        && query.is_none_or(|query| consists_of(query, "/?[]"))
}

fn is_authority(authority: &str) -> bool {
    match authority.split_once('[') {
        None => consists_of(authority, ""),
        Some((user, host)) => {
            let address = host.split_once(']').filter(|(address, _)| {
                address.contains(':') && address.chars().all(|c| c.is_ascii_hexdigit() || ":.%".contains(c))
            });
            (user.is_empty() || user.ends_with('@'))
                && consists_of(user, "")
                && address.is_some_and(|(_, port)| port.is_empty() || port.starts_with(':'))
        }
    }
}

/// Whether text has only unreserved and reserved characters (`more` besides those of every place) and escapes.
fn consists_of(text: &str, more: &str) -> bool {
    let mut characters = text.chars();
    while let Some(c) = characters.next() {
        let good = match c {
            '%' => (0..2).all(|_| characters.next().is_some_and(|digit| digit.is_ascii_hexdigit())),
            c if c.is_ascii() => {
                c.is_ascii_alphanumeric() || "-_.!~*'(),;:$&+=@".contains(c) || more.contains(c)
            }
            c => !c.is_control() && !c.is_whitespace(),
        };
        if !good {
            return false;
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accepted() {
        for value in [
            "",
            "\"\"",
            "\"http://example.org/a?b=[c]#d\"",
            "\"urn:foo\"",
            "\"urn:foo:bar[1]\"",
            "\"getRandom\"",
            "\"a/b:c\"",
            "\"#\"",
            "\"?x\"",
            "\"http://[::1]:80/x\"",
            "\"http://user@host:80/%20\"",
            "\"urn:市\"",
            "\"http:///x\"",
        ] {
            assert_eq!(check_soap_action(Some(value)), Ok(()), "{value}");
        }
        assert_eq!(check_soap_action(None), Ok(()));
    }

    #[test]
    fn refused() {
        for value in [
            "http://example.org",
            "\"",
            "\"http://example.org",
            "http://example.org\"",
            "\"a b\"",
            "\" \"",
            "\"a\"b\"",
            "\"urn:\"",
            "\":a\"",
            "\"1a:b\"",
            "\"a#b#c\"",
            "\"a|b\"",
            "\"a%2\"",
            "\"a%zz\"",
            "\"a{b}\"",
            "\"a\\b\"",
            "\"/a[b]\"",
            "\"http://[x]/\"",
            "\"//\"",
            "\"a\u{3000}b\"",
            " \"\"",
        ] {
            assert_eq!(
                check_soap_action(Some(value)),
                Err(SoapError::SoapAction(value.to_owned())),
                "{value}"
            );
        }
    }

    proptest::proptest! {
        #[test]
        fn no_input_panics(value in "\\PC*", inside in "[a-z:/?#%\\[\\]@\u{e4}]*") {
            let _ = check_soap_action(Some(&value));
            let _ = check_soap_action(Some(&format!("\"{inside}\"")));
        }
    }
}
