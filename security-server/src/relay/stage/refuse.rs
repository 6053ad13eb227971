//! Any error to one fault: what the asking side is told, and what only our own log says.

use protocol::error_body::{ErrorAnswer, ErrorFormat};
use protocol::fault::{Actor, Fault, FaultCode, Origin, ReceivedFault, Retry, Word};
use protocol::soap::{Sender, SoapError};
use protocol::soap_fault;
use service_kit::http::Response;
use service_kit::random;

use crate::message_log::LogError;
use crate::relay::codec::soap;

/// The end of an exchange that was not let through.
#[derive(Debug)]
pub struct Refusal {
    // Boxed, so that the way that succeeds does not carry its size.
    told: Box<Told>,
    /// Whose SOAP message broke the rules: the same word means another actor then.
    sender: Option<Sender>,
    cause: Option<String>,
}

/// How an information system is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// By status, JSON or XML.
    Rest(ErrorFormat),
    /// By a fault.
    Soap,
}

/// What the asking side is told.
#[derive(Debug)]
enum Told {
    /// Our own fault.
    Ours(Fault),
    /// The fault of the other security server, handed on as it came.
    Theirs(ReceivedFault),
}

impl Refusal {
    /// A refusal with X-Road's words; the fault detail is a fresh UUID, by which the answer is found in the log.
    #[must_use]
    pub fn new(origin: Origin, words: &[Word], text: impl Into<String>) -> Self {
        Self::from(Fault::new(origin, words, text))
    }

    /// As [`Refusal::new`], with a code that is composed already.
    #[must_use]
    pub fn with_code(code: FaultCode, text: impl Into<String>) -> Self {
        Self::from(Fault { code, text: text.into(), detail: String::new() })
    }

    /// A SOAP message that breaks the rules, by whoever sent it.
    #[must_use]
    pub fn of_soap(error: &SoapError, sender: Sender) -> Self {
        Self { sender: Some(sender), ..Self::with_code(error.code(sender), error.to_string()) }
    }

    /// Hands on what the other side said.
    #[must_use]
    pub fn handed_on(fault: ReceivedFault) -> Self {
        Self { told: Box::new(Told::Theirs(fault)), sender: None, cause: None }
    }

    /// The journal refused.
    #[must_use]
    pub fn of_journal(origin: Origin, error: &LogError) -> Self {
        Self::new(origin, error.words(), error.told()).because(error)
    }

    /// Adds what only the operator may read.
    #[must_use]
    pub fn because(mut self, cause: impl std::fmt::Display) -> Self {
        self.cause = Some(cause.to_string());
        self
    }

    /// The fault code.
    #[must_use]
    pub fn code(&self) -> String {
        match &*self.told {
            Told::Ours(fault) => fault.code.to_string(),
            Told::Theirs(fault) => fault.code.clone(),
        }
    }

    /// The fault text.
    #[must_use]
    pub fn text(&self) -> &str {
        match &*self.told {
            Told::Ours(fault) => &fault.text,
            Told::Theirs(fault) => fault.text.as_deref().unwrap_or_default(),
        }
    }

    /// The fault detail.
    #[must_use]
    pub fn detail(&self) -> &str {
        match &*self.told {
            Told::Ours(fault) => &fault.detail,
            Told::Theirs(fault) => fault.detail.as_deref().unwrap_or_default(),
        }
    }

    /// Status of the answer to a REST client.
    #[must_use]
    pub fn http_status(&self) -> u16 {
        match &*self.told {
            Told::Ours(fault) => fault.http_status(),
            Told::Theirs(fault) => fault.http_status(),
        }
    }

    /// The fault document, as security servers tell each other.
    #[must_use]
    pub fn to_xml(&self) -> Vec<u8> {
        match &*self.told {
            Told::Ours(fault) => soap_fault::write_fault(fault),
            Told::Theirs(fault) => fault.xml.to_vec(),
        }
    }

    /// The whole answer to another security server, before its multipart has begun.
    #[must_use]
    pub fn to_peer(&self) -> Response {
        soap::fault(self.to_xml())
    }

    /// The whole answer to an information system.
    #[must_use]
    pub fn to_client(&self, language: Language) -> Response {
        match language {
            Language::Rest(format) => self.to_rest_client(format),
            Language::Soap => soap::fault(self.to_xml()),
        }
    }

    /// The whole answer to a REST information system.
    #[must_use]
    pub fn to_rest_client(&self, format: ErrorFormat) -> Response {
        let answer = match &*self.told {
            Told::Ours(fault) => ErrorAnswer::of(fault, format),
            Told::Theirs(fault) => ErrorAnswer::of_received(fault, format),
        };
        let response = Response::new(answer.status).header("X-Road-Error", answer.error_header);
        response.header("Content-Type", answer.content_type).body(answer.body)
    }

    /// One audit line: by which rule, and what would help. Where on the way is in the context of the exchange.
    pub fn audit(&self) {
        tracing::warn!(
            target: "refused",
            code = %self.code(),
            text = self.text(),
            detail = self.detail(),
            rule = self.rule(),
            fix = self.fix(),
            cause = self.cause(),
            "message refused"
        );
    }

    /// The cause that only the operator may read; empty when there is none beyond the text.
    #[must_use]
    pub fn cause(&self) -> &str {
        self.cause.as_deref().unwrap_or_default()
    }

    /// The stage whose rule it was, and the rule. What the other side refused is told by its code.
    #[must_use]
    pub fn rule(&self) -> String {
        let rule = self.word().map(|word| format!("{:?}: {word}", word.facts().stage));
        match (&*self.told, self.sender.and_then(place)) {
            (Told::Ours(_), None) => rule.unwrap_or_default(),
            (Told::Ours(_), Some(place)) => format!("{} in {place}", rule.unwrap_or_default()),
            (Told::Theirs(_), _) => {
                format!("the other side refused: {}", rule.unwrap_or_else(|| self.code()))
            }
        }
    }

    /// Who must act, and whether asking again makes sense, in words; empty when the code is none of ours.
    #[must_use]
    pub fn fix(&self) -> String {
        let ours = matches!(&*self.told, Told::Ours(_));
        let advice = |word: Word| {
            let facts = word.facts();
            let actor = self.sender.map_or(facts.actor, actor_of);
            // What follows this word was found in a message that was no longer the calling system's.
            let passed_on =
                !ours && self.code().to_ascii_lowercase().replace('_', "").contains(".servicefailed.");
            let actor = if passed_on && actor == Actor::ConsumerSystem { Actor::Provider } else { actor };
            advice(actor, facts.retry, ours)
        };
        self.word().map(advice).unwrap_or_default()
    }

    fn word(&self) -> Option<Word> {
        match &*self.told {
            Told::Ours(fault) => fault.code.last_word(),
            Told::Theirs(fault) => Word::understand(fault.code.rsplit('.').next().unwrap_or_default()),
        }
    }
}

impl From<Fault> for Refusal {
    fn from(fault: Fault) -> Self {
        let fault = if fault.detail.is_empty() { fault.with_detail(random::uuid()) } else { fault };
        Self { told: Box::new(Told::Ours(fault)), sender: None, cause: None }
    }
}

/// Who has to correct a SOAP message.
fn actor_of(sender: Sender) -> Actor {
    match sender {
        Sender::Client => Actor::ConsumerSystem,
        Sender::Service => Actor::Provider,
        Sender::ClientProxy | Sender::ServerProxy => Actor::PeerOperator,
    }
}

/// Where a rule was broken, unless it is plain.
fn place(sender: Sender) -> Option<&'static str> {
    match sender {
        Sender::Client => None,
        Sender::Service => Some("the answer of the service"),
        Sender::ClientProxy | Sender::ServerProxy => Some("the message of the other security server"),
    }
}

fn advice(actor: Actor, retry: Retry, ours: bool) -> String {
    let actor = match (actor, ours) {
        (Actor::ConsumerSystem, _) => "the calling information system",
        (Actor::OwnOperator, true) | (Actor::PeerOperator, false) => "the operator of this security server",
        (Actor::PeerOperator, true) | (Actor::OwnOperator, false) => {
            "the operator of the other security server"
        }
        (Actor::Provider, _) => "the provider of the service",
        (Actor::Registry, _) => "the operator of the registry",
        (Actor::Person, _) => "the person concerned",
        (Actor::Nobody, _) => "nobody",
    };
    let retry = match retry {
        Retry::Never => "the same request will fail again",
        Retry::Later => "asking again later may help",
        Retry::AfterFix => "asking again helps after the fix",
    };
    format!("to act: {actor}; {retry}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn received(code: &str) -> Refusal {
        Refusal::handed_on(ReceivedFault {
            code: code.to_owned(),
            text: None,
            actor: None,
            detail: None,
            xml: bytes::Bytes::new(),
        })
    }

    #[test]
    fn who_must_act_depends_on_whose_message_it_was() {
        let soap = |sender| Refusal::of_soap(&SoapError::HeaderMissing, sender);
        for (refusal, code, rule, actor) in [
            (
                soap(Sender::Client),
                "client.missing_header",
                "Accept: missing_header",
                "the calling information system",
            ),
            (
                soap(Sender::Service),
                "server.serverproxy.service_failed.missing_header",
                "Accept: missing_header in the answer of the service",
                "the provider of the service",
            ),
            (
                soap(Sender::ServerProxy),
                "server.clientproxy.service_failed.missing_header",
                "Accept: missing_header in the message of the other security server",
                "the operator of the other security server",
            ),
            (
                received("server.serverproxy.service_failed.missing_header"),
                "server.serverproxy.service_failed.missing_header",
                "the other side refused: Accept: missing_header",
                "the provider of the service",
            ),
            (
                received("Server.ServerProxy.ServiceFailed.MissingHeader"),
                "Server.ServerProxy.ServiceFailed.MissingHeader",
                "the other side refused: Accept: missing_header",
                "the provider of the service",
            ),
            (
                received("Server.ServerProxy.AccessDenied"),
                "Server.ServerProxy.AccessDenied",
                "the other side refused: Authorise: access_denied",
                "the provider of the service",
            ),
            (
                received("Server.ServerProxy.LoggingFailed"),
                "Server.ServerProxy.LoggingFailed",
                "the other side refused: Record: logging_failed",
                "the operator of the other security server",
            ),
        ] {
            assert_eq!((refusal.code().as_str(), refusal.rule().as_str()), (code, rule));
            assert!(refusal.fix().contains(actor), "{code}: {}", refusal.fix());
        }
        let unknown = received("SOAP-ENV:Server");
        assert_eq!(
            (unknown.rule().as_str(), unknown.fix().as_str()),
            ("the other side refused: SOAP-ENV:Server", "")
        );
    }
}
