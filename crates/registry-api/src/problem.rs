//! Problem details (RFC 9457): how the registry says no.

use serde::{Deserialize, Serialize};

/// Media type of a problem.
pub const CONTENT_TYPE: &str = "application/problem+json";

/// A problem document. `code` is the closed list of [`Code`]; `title` is for people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// `about:blank`: status and code say it all.
    #[serde(rename = "type")]
    pub kind: String,
    /// Short text for people, the same for every problem with this code.
    pub title: String,
    /// HTTP status.
    pub status: u16,
    /// Which problem.
    pub code: Code,
    /// More about this occurrence; never about another person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $status:literal, $title:literal;)*) => {
        /// Every problem that the registry reports.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "kebab-case")]
        pub enum Code {
            $($(#[$doc])* $name,)*
        }

        impl Code {
            /// Every code.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// HTTP status of the answer.
            #[must_use]
            pub fn status(self) -> u16 {
                match self { $(Self::$name => $status,)* }
            }

            /// Text for people.
            #[must_use]
            pub fn title(self) -> &'static str {
                match self { $(Self::$name => $title,)* }
            }
        }
    };
}

codes! {
    /// No such path or method.
    NotFound = 404, "There is no such resource";
    /// The body is not the expected JSON document, or too long.
    Malformed = 400, "The request body is not what is expected here";
    /// The request's signature is missing, wrong, or by an unknown key.
    Unauthenticated = 401, "The request is not signed by an enrolled device";
    /// The request's time is too far from the registry's.
    ClockSkew = 401, "The request's time differs too much from the registry's";
    /// The request was already used.
    Replayed = 401, "The request was used before";
    /// The event's signature is wrong or its content is not possible.
    EventRefused = 400, "The event is not acceptable";
    /// The event does not continue the consent, or a consent for this flow is in force already.
    Conflict = 409, "The event does not fit the present state of the consent";
    /// Consent is possible only between linked applications.
    NotLinked = 409, "The person is not linked with both applications";
    /// No such subsystem in the network.
    UnknownSubsystem = 404, "There is no such subsystem";
    /// No such consent of this person.
    UnknownConsent = 404, "There is no such consent";
    /// The token is unknown, used, expired or for another subsystem. Which one is not told.
    TokenRefused = 403, "The link token cannot be used";
    /// The local id of the server is linked with another person.
    OtherPerson = 409, "The application's record belongs to another person";
    /// The TLS certificate is not that of a registered security server.
    UnknownServer = 403, "The certificate is not registered for a security server";
    /// The subsystem is not registered at this security server.
    NotYourSubsystem = 403, "The subsystem is not registered at this security server";
    /// The stream's session is over; open a new one.
    SessionOver = 410, "The session is over";
    /// Too many requests, tokens or consents.
    TooMany = 429, "There are too many of these";
    /// The registry itself failed; trying again later makes sense.
    Internal = 500, "The registry failed";
    /// The registry is not ready, e.g. has no global configuration yet.
    Unavailable = 503, "The registry is not ready";
}

impl Problem {
    /// A problem with this code.
    #[must_use]
    pub fn new(code: Code) -> Self {
        let title = code.title().to_owned();
        Self { kind: "about:blank".to_owned(), title, status: code.status(), code, detail: None }
    }

    /// With more about this occurrence.
    #[must_use]
    pub fn with_detail(self, detail: impl Into<String>) -> Self {
        Self { detail: Some(detail.into()), ..self }
    }
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.detail {
            Some(detail) => write!(f, "{}: {detail}", self.title),
            None => f.write_str(&self.title),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_reads_back() {
        for &code in Code::ALL {
            let problem = Problem::new(code).with_detail("why");
            let json = serde_json::to_string(&problem).unwrap();
            assert_eq!(serde_json::from_str::<Problem>(&json).unwrap(), problem, "{json}");
        }
        let json = serde_json::to_value(Problem::new(Code::TokenRefused)).unwrap();
        assert_eq!(json["code"], "token-refused");
        assert_eq!(json["type"], "about:blank");
    }
}
