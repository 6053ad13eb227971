//! What a provider declares about a service that hands out personal data.
//!
//! ```toml
//! consent = { subject = { header = "X-Resident-Number" }, purposes = ["child-support-coupon"] }
//! ```

use identifiers::{LocalId, PurposeId};
use serde::{Deserialize, Serialize};

use crate::flow::can_be_header;
use crate::headers;

/// Most purposes of one service.
pub const MAX_PURPOSES: usize = 100;

/// The text in a service's URL in whose place the provider's own number of the person is put.
pub const URL_PLACEHOLDER: &str = "{subject}";

/// The table `consent` of a service in the subsystem declarations.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConsentDeclaration {
    /// Whether consent is asked for; `false` keeps the table while switching the demand off.
    #[serde(default = "yes")]
    pub required: bool,
    /// Where the service expects its own number of the person.
    pub subject: SubjectPlacement,
    /// For which purposes consent can be given, at least one.
    pub purposes: Vec<PurposeId>,
    /// The lawful basis that a consent to this service is.
    #[serde(default)]
    pub basis: LawfulBasis,
}

/// Where the provider's own number of the person is put, right before the service is called.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SubjectPlacement {
    /// In this header, in the place of any header of that name that came with the message.
    Header(String),
    /// In the place of `{subject}` in the service's URL, percent-encoded: `subject = "url"`.
    Url,
}

/// Lawful bases that are a person's consent (`personal-link` design, table of bases); a lawyer must confirm which
/// of them fits a service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum LawfulBasis {
    /// Consent to a private business: Act on the Protection of Personal Information, Article 27(1).
    #[default]
    #[serde(rename = "CONSENT_27_1")]
    Consent27_1,
    /// Consent to an administrative body for a use beyond its purpose: same Act, Article 69(2)(i).
    #[serde(rename = "CONSENT_69_2_1")]
    Consent69_2_1,
}

/// Why a declaration cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DeclarationError {
    /// No purpose, more than [`MAX_PURPOSES`], one twice, or one that cannot be written into a header.
    #[error(
        "a service that needs consent declares between 1 and {MAX_PURPOSES} different purposes in visible ASCII"
    )]
    Purposes,
    /// Not a header name, or one that X-Road or the connection uses.
    #[error("{0:?} cannot carry the person's number: not a header name, or one with another meaning")]
    Header(String),
    /// The service's URL has no placeholder although the number belongs there, or has one although it does not.
    #[error(
        "the service's URL and the placement of the person's number do not fit: {URL_PLACEHOLDER} is {0}"
    )]
    Placeholder(&'static str),
}

/// The number cannot be written where the declaration wants it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the person's number cannot be written into a header")]
pub struct NotPlaceable;

impl ConsentDeclaration {
    /// Whether declaration and service URL fit together.
    ///
    /// # Errors
    /// See [`DeclarationError`].
    pub fn check(&self, service_url: &str) -> Result<(), DeclarationError> {
        let repeated =
            self.purposes.iter().enumerate().any(|(n, purpose)| self.purposes[..n].contains(purpose));
        let unwritable = self.purposes.iter().any(|purpose| !can_be_header(purpose.as_str()));
        if self.purposes.is_empty() || self.purposes.len() > MAX_PURPOSES || repeated || unwritable {
            return Err(DeclarationError::Purposes);
        }
        match &self.subject {
            SubjectPlacement::Header(name) if !can_carry_subject(name) => {
                Err(DeclarationError::Header(name.clone()))
            }
            SubjectPlacement::Header(_) if service_url.contains(URL_PLACEHOLDER) => {
                Err(DeclarationError::Placeholder("there"))
            }
            SubjectPlacement::Url if !service_url.contains(URL_PLACEHOLDER) => {
                Err(DeclarationError::Placeholder("missing"))
            }
            SubjectPlacement::Header(_) | SubjectPlacement::Url => Ok(()),
        }
    }
}

impl SubjectPlacement {
    /// Writes the person's number into the request to the service, and takes the exchange handle out of it.
    /// Whatever the consumer sent under the chosen header's name is removed: only this server says who is meant.
    ///
    /// # Errors
    /// [`NotPlaceable`] when the number has characters that a header cannot carry.
    pub fn place(
        &self,
        subject: &LocalId,
        url: &mut String,
        headers: &mut Vec<(String, String)>,
    ) -> Result<(), NotPlaceable> {
        headers.retain(|(name, _)| !name.eq_ignore_ascii_case(headers::SUBJECT));
        match self {
            Self::Header(name) => {
                if !can_be_header(subject.expose()) {
                    return Err(NotPlaceable);
                }
                headers.retain(|(other, _)| !other.eq_ignore_ascii_case(name));
                headers.push((name.clone(), subject.expose().to_owned()));
            }
            Self::Url => *url = url.replace(URL_PLACEHOLDER, &percent_encoded(subject.expose())),
        }
        Ok(())
    }
}

impl LawfulBasis {
    /// The code, as written in declarations and decisions.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Consent27_1 => "CONSENT_27_1",
            Self::Consent69_2_1 => "CONSENT_69_2_1",
        }
    }

    /// The basis with this code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        [Self::Consent27_1, Self::Consent69_2_1].into_iter().find(|basis| basis.code() == code)
    }
}

/// A token (RFC 9110 section 5.6.2) that neither X-Road nor HTTP's framing uses.
fn can_carry_subject(name: &str) -> bool {
    const FRAMING: [&str; 10] = [
        "host",
        "connection",
        "content-length",
        "transfer-encoding",
        "te",
        "trailer",
        "upgrade",
        "keep-alive",
        "proxy-connection",
        "content-type",
    ];
    let token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    let lower = name.to_ascii_lowercase();
    (1..=100).contains(&name.len())
        && name.bytes().all(token)
        && !lower.starts_with("x-road-")
        && !FRAMING.contains(&lower.as_str())
}

/// Everything but unreserved characters encoded (RFC 3986 section 2.3), so that a number is always one path segment
/// or one query value. A number made of dots only would be read as a step in the path: its dots are encoded too.
fn percent_encoded(text: &str) -> String {
    let only_dots = text.bytes().all(|byte| byte == b'.');
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'.' if only_dots => out.push_str("%2E"),
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => out.push(char::from(byte)),
            other => out.push_str(&format!("%{other:02X}")),
        }
    }
    out
}

fn yes() -> bool {
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    fn declaration(json: serde_json::Value) -> ConsentDeclaration {
        serde_json::from_value(json).unwrap()
    }

    #[test]
    fn a_declaration_is_read_with_its_defaults() {
        let read = declaration(serde_json::json!({
            "subject": {"header": "X-Resident-Number"}, "purposes": ["child-support-coupon"]
        }));
        assert!(read.required);
        assert_eq!(read.subject, SubjectPlacement::Header("X-Resident-Number".into()));
        assert_eq!(read.basis, LawfulBasis::Consent27_1);
        assert_eq!(read.check("http://localhost/residents"), Ok(()));
        let unknown = serde_json::json!({"subject": "url", "purposes": ["a"], "purpose": "b"});
        assert!(serde_json::from_value::<ConsentDeclaration>(unknown).is_err());
    }

    #[test]
    fn declarations_that_cannot_work_are_refused() {
        let header = |name: &str| serde_json::json!({"subject": {"header": name}, "purposes": ["a"]});
        let url = serde_json::json!({"subject": "url", "purposes": ["a"]});
        let cases = [
            (url.clone(), "http://h/residents/{subject}", Ok(())),
            (url, "http://h/residents", Err(DeclarationError::Placeholder("missing"))),
            (header("X-Nr"), "http://h/{subject}", Err(DeclarationError::Placeholder("there"))),
            (header("Host"), "http://h/", Err(DeclarationError::Header("Host".into()))),
            (header("X-Road-UserId"), "http://h/", Err(DeclarationError::Header("X-Road-UserId".into()))),
            (header("a b"), "http://h/", Err(DeclarationError::Header("a b".into()))),
            (
                serde_json::json!({"subject": {"header": "X"}, "purposes": []}),
                "",
                Err(DeclarationError::Purposes),
            ),
            (
                serde_json::json!({"subject": {"header": "X"}, "purposes": ["a", "a"]}),
                "",
                Err(DeclarationError::Purposes),
            ),
        ];
        for (json, service_url, expected) in cases {
            assert_eq!(declaration(json.clone()).check(service_url), expected, "{json}");
        }
    }

    #[test]
    fn the_number_takes_the_place_of_whatever_the_consumer_sent() {
        let mut url = "http://h/residents".to_owned();
        let mut headers = vec![
            ("x-resident-number".to_owned(), "forged".to_owned()),
            ("X-Road-Consent-Subject".to_owned(), "00ff".to_owned()),
            ("Accept".to_owned(), "*/*".to_owned()),
        ];
        let placement = SubjectPlacement::Header("X-Resident-Number".into());
        placement.place(&LocalId::new("s-903").unwrap(), &mut url, &mut headers).unwrap();
        let expected = [("Accept", "*/*"), ("X-Resident-Number", "s-903")];
        assert_eq!(headers, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
        assert_eq!(url, "http://h/residents");
        let odd = LocalId::new("番号").unwrap();
        assert_eq!(placement.place(&odd, &mut url, &mut headers), Err(NotPlaceable));
    }

    #[test]
    fn in_a_url_the_number_stays_one_segment() {
        for (number, expected) in [
            ("s-903", "http://h/r/s-903?by=s-903"),
            ("../admin", "http://h/r/..%2Fadmin?by=..%2Fadmin"),
            ("..", "http://h/r/%2E%2E?by=%2E%2E"),
            ("a&b=c", "http://h/r/a%26b%3Dc?by=a%26b%3Dc"),
        ] {
            let mut url = "http://h/r/{subject}?by={subject}".to_owned();
            SubjectPlacement::Url.place(&LocalId::new(number).unwrap(), &mut url, &mut Vec::new()).unwrap();
            assert_eq!(url, expected);
        }
    }
}
