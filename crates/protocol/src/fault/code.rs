//! Fault codes and faults.

use std::fmt;

use bytes::Bytes;

use super::Word;

/// Which side found the fault: the first words of its code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Origin {
    /// `client`: an error of the information system's request, found by the consumer's security server.
    Client,
    /// `server.clientproxy`: the consumer's security server.
    ClientProxy,
    /// `server.serverproxy`: the provider's security server.
    ServerProxy,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Client => "client",
            Self::ClientProxy => "server.clientproxy",
            Self::ServerProxy => "server.serverproxy",
        })
    }
}

/// The code of a fault that we raise, for example `server.serverproxy.signature_verification.invalid_reference`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FaultCode {
    origin: Origin,
    words: Box<[Word]>,
}

impl FaultCode {
    /// Composes a code. The words stand from the general to the particular, and the list must know each from this
    /// origin; builds for development make sure of it.
    #[must_use]
    pub fn new(origin: Origin, words: &[Word]) -> Self {
        let listed = |word: &Word| word.facts().origins.contains(&origin);
        debug_assert!(words.iter().all(listed), "{origin} does not say {words:?}: it is not in the list");
        Self { origin, words: words.into() }
    }

    /// Which side found the fault.
    #[must_use]
    pub fn origin(&self) -> Origin {
        self.origin
    }

    /// The words after the origin.
    #[must_use]
    pub fn words(&self) -> &[Word] {
        &self.words
    }

    /// The most particular word, which tells what happened.
    #[must_use]
    pub fn last_word(&self) -> Option<Word> {
        self.words.last().copied()
    }
}

impl fmt::Display for FaultCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.origin, f)?;
        self.words.iter().try_for_each(|word| write!(f, ".{word}"))
    }
}

/// A fault that we raise and tell to the other side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The code.
    pub code: FaultCode,
    /// The text for people: `faultstring`, or `message` in JSON.
    pub text: String,
    /// `faultDetail`, or `detail` in JSON: a random UUID that connects the answer with our log, or, for consent
    /// refusals, the refusal code. Empty until [`Fault::with_detail`].
    pub detail: String,
}

impl Fault {
    /// Makes a fault without detail.
    #[must_use]
    pub fn new(origin: Origin, words: &[Word], text: impl Into<String>) -> Self {
        Self { code: FaultCode::new(origin, words), text: text.into(), detail: String::new() }
    }

    /// Sets the detail; randomness is the caller's.
    #[must_use]
    pub fn with_detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = detail.into();
        self
    }

    /// HTTP status of the answer to a REST client, see [`http_status`].
    #[must_use]
    pub fn http_status(&self) -> u16 {
        http_status(&self.code.to_string())
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code, self.text)
    }
}

impl std::error::Error for Fault {}

/// A fault as a peer or a service sent it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReceivedFault {
    /// `faultcode` as sent, in any spelling.
    pub code: String,
    /// `faultstring`, if there was one.
    pub text: Option<String>,
    /// `faultactor`, if there was one.
    pub actor: Option<String>,
    /// Text of the first `faultDetail` inside `detail`, if there was one.
    pub detail: Option<String>,
    /// The document byte for byte, which a SOAP client gets unchanged.
    pub xml: Bytes,
}

impl ReceivedFault {
    /// HTTP status of the answer to a REST client, see [`http_status`].
    #[must_use]
    pub fn http_status(&self) -> u16 {
        http_status(&self.code)
    }
}

impl fmt::Display for ReceivedFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code, self.text.as_deref().unwrap_or_default())
    }
}

/// HTTP status of the answer to a REST client that carries a fault code.
///
/// X-Road's rule is 500 for codes that begin with `server.` (case counts, so a code of a server up to 7.7 gives 400)
/// and 400 for the rest. Consent refusals, which X-Road does not know, have a status of their own.
#[must_use]
pub fn http_status(code: &str) -> u16 {
    let last = code.rsplit('.').next().unwrap_or_default();
    match Word::parse(last).and_then(|word| word.facts().status) {
        Some(status) => status,
        None if code.starts_with("server.") => 500,
        None => 400,
    }
}
