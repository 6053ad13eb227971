//! What came back, compared with what the table says.
//!
//! * [`rest`]: answers and refusals of the REST protocol; [`soap`]: those of SOAP;
//! * [`archive`]: what our server gives out by itself, as ZIP archive.

pub mod archive;
pub mod rest;
pub mod soap;

use anyhow::{Context, Result, bail, ensure};
use conformance::xml;
use serde_json::Value;

use crate::cases::{Case, Wanted};
use crate::exchange::Exchange;
use crate::http::Response;

/// Judges one exchange, and the one before it about which it asks.
///
/// # Errors
/// The first difference, in words.
pub fn judge(case: &Case, exchange: &Exchange) -> Result<()> {
    if let (Some(before), Some(happened)) = (&case.before, &exchange.before) {
        judge(before, happened).context("the exchange before")?;
    }
    let case = case.kind(exchange.number);
    let response = &exchange.response;
    let fault = if case.is_rest() { None } else { soap::Fault::read(&response.body) };
    let code = fault.as_ref().map(|fault| fault.code.as_str()).or_else(|| response.header("X-Road-Error"));
    ensure!(
        (response.status, code) == (case.status, case.error),
        "expected {}, got {}{}",
        told(case.status, case.error),
        told(response.status, code),
        excerpt(response)
    );
    content(case, exchange)?;
    for (name, part) in &case.answer_headers {
        let value = response.header(name).with_context(|| format!("the answer has no {name}"))?;
        ensure!(value.contains(part), "{name} is {value:?}, expected {part:?} in it");
    }
    match (case.error, fault) {
        (Some(_), Some(fault)) => fault.judge(case, response),
        (Some(code), None) => rest::refusal(code, case, response),
        (None, _) if case.at_ours => Ok(()),
        (None, _) if case.is_rest() => rest::answer(case, exchange),
        (None, _) => soap::answer(exchange),
    }
}

impl Case {
    /// Whether this is a request of the REST protocol, and refused in its form.
    fn is_rest(&self) -> bool {
        self.target.starts_with("/r1/")
    }
}

fn told(status: u16, code: Option<&str>) -> String {
    code.map_or_else(|| format!("status {status}"), |code| format!("status {status} {code}"))
}

fn excerpt(response: &Response) -> String {
    let text = String::from_utf8_lossy(&response.body[..response.body.len().min(200)]).into_owned();
    if text.is_empty() { text } else { format!(": {}", text.replace(char::is_control, " ")) }
}

fn content(case: &Case, exchange: &Exchange) -> Result<()> {
    let response = &exchange.response;
    match &case.wanted {
        Wanted::Anything => Ok(()),
        Wanted::Echo if case.is_rest() => same_bytes(response, &rest::echo(&exchange.request)),
        Wanted::Echo => soap::echo(exchange),
        Wanted::Empty => same_bytes(response, b""),
        Wanted::Text(text) => same_bytes(response, text.as_bytes()),
        Wanted::Containing(parts) => {
            let missing = parts.iter().find(|part| !response.text().contains(**part));
            missing.map_or(Ok(()), |part| bail!("expected {part:?} in the body{}", excerpt(response)))
        }
        Wanted::Json(expected) => {
            let found: Value = serde_json::from_slice(&response.body)
                .with_context(|| format!("the body is not JSON{}", excerpt(response)))?;
            ensure!(found == *expected, "the body says {found}, expected {expected}");
            Ok(())
        }
        Wanted::Identifiers(element, expected) => {
            let pieces = xml::read(&response.body).with_context(|| excerpt(response))?;
            let found = soap::identifiers(soap::within(&pieces, "Body").unwrap_or(&pieces), element);
            ensure!(found == *expected, "{element} is {found:?}, expected {expected:?}");
            Ok(())
        }
        Wanted::Wsdl(operations) => soap::wsdl(response, operations),
        Wanted::Archive(expected) => {
            let mut found: Vec<_> =
                archive::files(&response.body)?.into_iter().map(|(name, _)| name).collect();
            found.sort();
            ensure!(found == *expected, "the archive has {found:?}, expected {expected:?}");
            Ok(())
        }
        Wanted::Containers(expected) => {
            let found = archive::containers(response)?.len();
            ensure!(found == *expected, "{found} containers, expected {expected}");
            Ok(())
        }
    }
}

fn same_bytes(response: &Response, wanted: &[u8]) -> Result<()> {
    ensure!(
        response.body == wanted,
        "expected a body of {} bytes ({}), got {}{}",
        wanted.len(),
        String::from_utf8_lossy(&wanted[..wanted.len().min(60)]).replace(char::is_control, " "),
        response.body.len(),
        excerpt(response)
    );
    Ok(())
}

/// Checks that this is a UUID.
fn is_uuid(text: &str, name: &str) -> Result<()> {
    let fits = |(at, character): (usize, char)| match at {
        8 | 13 | 18 | 23 => character == '-',
        _ => character.is_ascii_hexdigit(),
    };
    ensure!(text.len() == 36 && text.char_indices().all(fits), "{name} is no UUID: {text:?}");
    Ok(())
}
