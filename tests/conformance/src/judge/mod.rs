//! What came back, compared with what the table says.
//!
//! - [`soap`]: exchanges, and the answers of SOAP metadata services
//! - [`fault`]: fault documents and the refusals of REST
//! - [`rest`]: REST exchanges

#[cfg(test)]
mod tests;

pub mod fault;
pub mod rest;
pub mod soap;

use anyhow::{Context, Result, bail, ensure};

use crate::cases::case::{Case, Expect, PeerPlay};
use crate::mocks::service::{Call, Reply};
use crate::mocks::system::{Answer, Request};

/// What came of a case.
#[derive(Debug)]
pub struct Outcome {
    /// What was asked.
    pub request: Request,
    /// The body of it, as long as it could be held.
    pub sent: Vec<u8>,
    /// The query id of this run of the case.
    pub query_id: String,
    /// What came back.
    pub answer: Result<Answer>,
    /// What came back the second time, if it was asked twice.
    pub again: Option<Answer>,
    /// What the service was to answer, if that was fixed.
    pub reply: Option<Reply>,
    /// Calls that reached the service.
    pub calls: Vec<Call>,
    /// Requests that reached the mock security server.
    pub peer_requests: usize,
}

impl Outcome {
    /// The answer.
    ///
    /// # Errors
    /// There was none.
    pub fn answer(&self) -> Result<&Answer> {
        self.answer.as_ref().map_err(|error| anyhow::anyhow!("no answer: {error:#}"))
    }

    /// The one call of the service.
    ///
    /// # Errors
    /// There was none.
    pub fn call(&self) -> Result<&Call> {
        self.calls.first().context("the service was not called")
    }
}

/// Judges one case.
///
/// # Errors
/// The first difference, in words.
pub fn judge(case: &Case, outcome: &Outcome) -> Result<()> {
    if let Expect::NoAnswer = case.expect {
        if let Ok(answer) = &outcome.answer {
            bail!("expected no answer, got {}", told(answer));
        }
        return Ok(());
    }
    let answer = outcome.answer()?;
    match &case.expect {
        Expect::Exchange => soap::exchange(outcome, answer)?,
        Expect::Fault(code) => fault::soap(*code, answer)?,
        Expect::ForeignFault(code) => fault::foreign(code, answer)?,
        Expect::ServiceFault(code) => fault::of_service(code, outcome, answer)?,
        Expect::Metadata(words) => soap::metadata(words, outcome, answer)?,
        Expect::Rest(expected) => rest::exchange(case, expected, outcome, answer)?,
        Expect::RestFault(code, form) => fault::rest(*code, *form, outcome, answer)?,
        Expect::RestMetadata(words) => rest::metadata("application/json", words, outcome, answer)?,
        Expect::Description(content_type, words) => rest::metadata(content_type, words, outcome, answer)?,
        Expect::Clients(words) => {
            ensure!(answer.status == 200, "expected 200, got {}", told(answer));
            has_words(words, answer)?;
        }
        Expect::Http(status) => {
            let code = answer.header("x-road-error");
            ensure!(answer.status == *status && code.is_none(), "expected {status}, got {}", told(answer));
        }
        Expect::NoAnswer => {}
    }
    if let Some(expected) = case.expected_calls() {
        let calls = outcome.calls.len();
        ensure!(calls == expected, "the service was called {calls} times, not {expected}");
    }
    if !matches!(case.peer, PeerPlay::NotAsked | PeerPlay::Shows(_) | PeerPlay::RefusesClients) {
        ensure!(outcome.peer_requests > 0, "the mock security server was not asked");
    }
    Ok(())
}

/// The answer has all of these words.
pub(crate) fn has_words(words: &[&str], answer: &Answer) -> Result<()> {
    let text = String::from_utf8_lossy(&answer.body.bytes);
    let missing = words.iter().find(|word| !text.contains(**word));
    ensure!(missing.is_none(), "no {:?} in {}", missing.unwrap_or(&""), told(answer));
    Ok(())
}

/// An answer in one line.
pub(crate) fn told(answer: &Answer) -> String {
    let code = answer.header("x-road-error").map(|code| format!(" {code}")).unwrap_or_default();
    let text = String::from_utf8_lossy(&answer.body.bytes[..answer.body.bytes.len().min(600)]).into_owned();
    let fault = text.split_once("<faultcode>").and_then(|(_, rest)| rest.split_once("</faultcode>"));
    let excerpt = match fault {
        Some((code, rest)) => {
            let text =
                rest.split_once("<faultstring>").and_then(|(_, rest)| rest.split_once("</faultstring>"));
            format!("{code}: {}", text.map(|(text, _)| text).unwrap_or_default())
        }
        None => text.chars().take(160).collect(),
    };
    format!("status {}{code}: {}", answer.status, excerpt.replace(char::is_control, " "))
}

/// `name` is a UUID.
pub(crate) fn is_uuid(text: &str, name: &str) -> Result<()> {
    let fits = |(at, character): (usize, char)| match at {
        8 | 13 | 18 | 23 => character == '-',
        _ => character.is_ascii_hexdigit(),
    };
    ensure!(text.len() == 36 && text.char_indices().all(fits), "{name} is no UUID: {text:?}");
    Ok(())
}
