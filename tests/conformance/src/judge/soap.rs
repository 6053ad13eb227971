//! SOAP exchanges: what reached the service is what was sent; what the information system gets is what the service
//! answered, with the hash of the request in it.

use anyhow::{Context, Result, bail, ensure};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use openssl::sha::sha512;

use super::{Outcome, has_words, told};
use crate::mime::{self, Part, canonical, is_container, leaves};
use crate::mocks::service::Call;
use crate::mocks::system::{Answer, Outgoing};
use crate::wire::{Headers, last};
use crate::xml::{self, Piece};

/// Judges an exchange.
///
/// # Errors
/// The first difference.
pub fn exchange(outcome: &Outcome, answer: &Answer) -> Result<()> {
    ensure!(answer.status == 200, "expected an answer of the service, got {}", told(answer));
    let no_fault = "expected an answer of the service, got";
    ensure!(xml_of(answer)?.iter().all(|piece| !is_fault(piece)), "{no_fault} {}", told(answer));
    reached(outcome, outcome.call()?).context("at the service")?;
    answered(outcome, answer).context("at the information system")
}

/// Judges the answer of a metadata service.
///
/// # Errors
/// As [`exchange`].
pub fn metadata(words: &[&str], outcome: &Outcome, answer: &Answer) -> Result<()> {
    ensure!(answer.status == 200, "expected an answer, got {}", told(answer));
    let mut pieces = xml_of(answer)?;
    ensure!(pieces.iter().all(|piece| !is_fault(piece)), "expected an answer, got {}", told(answer));
    has_words(words, answer)?;
    check_hash(&mut pieces, &outcome.sent)
}

/// The call of the service has everything that was sent.
fn reached(outcome: &Outcome, call: &Call) -> Result<()> {
    ensure!(call.method == "POST", "the method is {}", call.method);
    let sent_type = last(&outcome.request.headers, "content-type").unwrap_or_default();
    let got_type = call.header("content-type").unwrap_or_default();
    same_type(sent_type, got_type)?;
    let sent_action = last(&outcome.request.headers, "soapaction").unwrap_or_default();
    let got_action = call.header("soapaction").unwrap_or_default();
    ensure!(sent_action == got_action, "SOAPAction is {got_action:?}, sent was {sent_action:?}");
    if let Outgoing::Large(large) = &outcome.request.body {
        let least = (large.block.len() * large.blocks) as u64;
        ensure!(call.body.length > least, "{} bytes came, {least} were sent", call.body.length);
        return Ok(());
    }
    let sent = leaves(sent_type, &outcome.sent)?;
    let got = leaves(got_type, &call.body.bytes)?;
    ensure!(sent.len() == got.len(), "{} parts came, {} were sent", got.len(), sent.len());
    for (number, (sent, got)) in sent.iter().zip(&got).enumerate() {
        same_part(sent, got).with_context(|| format!("part {number}"))?;
        ensure!(sent.content == got.content, "part {number} has other bytes");
    }
    Ok(())
}

/// The information system's answer has everything that the service answered.
fn answered(outcome: &Outcome, answer: &Answer) -> Result<()> {
    let reply = outcome.reply.as_ref().context("the case has no answer of the service")?;
    let given_type = last(&reply.headers, "content-type").unwrap_or_default();
    let got_type = answer.header("content-type").unwrap_or_default();
    same_type(given_type, got_type)?;
    let given = leaves(given_type, &reply.body)?;
    let got = leaves(got_type, &answer.body.bytes)?;
    ensure!(given.len() == got.len(), "{} parts came, {} were answered", got.len(), given.len());
    for (number, (given, got)) in given.iter().zip(&got).enumerate() {
        same_part(given, got).with_context(|| format!("part {number}"))?;
        if number > 0 {
            ensure!(given.content == got.content, "part {number} has other bytes");
        }
    }
    let mut given = xml::read(&given[0].content)?;
    let mut got = xml::read(&got[0].content)?;
    let replaced = xml::take_element(&mut given, "requestHash").is_some();
    check_hash(&mut got, &soap_part(outcome)?)?;
    if replaced {
        // White space on both sides of the element that was there may have become one text.
        given.retain(|piece| !is_blank(piece));
        got.retain(|piece| !is_blank(piece));
    }
    if let Some((given, got)) = given.iter().zip(&got).find(|(given, got)| given != got) {
        bail!("the service answered {given:?}, what came is {got:?}");
    }
    ensure!(given.len() == got.len(), "the document has another length");
    Ok(())
}

/// The SOAP part of the request, as its bytes were sent.
fn soap_part(outcome: &Outcome) -> Result<Vec<u8>> {
    if let Outgoing::Large(large) = &outcome.request.body {
        return first_part(outcome, &large.before);
    }
    first_part(outcome, &outcome.sent)
}

fn first_part(outcome: &Outcome, body: &[u8]) -> Result<Vec<u8>> {
    let content_type = last(&outcome.request.headers, "content-type").unwrap_or_default();
    Ok(leaves(content_type, body)?.into_iter().next().context("the request has no part")?.content)
}

/// Takes the hash of the request out of a document and compares it.
fn check_hash(pieces: &mut Vec<Piece>, soap_part: &[u8]) -> Result<()> {
    let count = xml::count(pieces, "requestHash");
    ensure!(count == 1, "there are {count} requestHash");
    let (attributes, value) = xml::take_element(pieces, "requestHash").context("requestHash")?;
    let algorithm =
        attributes.iter().find(|(name, _)| name == "algorithmId").map(|(_, value)| value.as_str());
    ensure!(algorithm == Some(SHA512), "requestHash has algorithmId {algorithm:?}");
    let expected = STANDARD.encode(sha512(soap_part));
    ensure!(value.trim() == expected, "requestHash is {value:?}, of what was sent it is {expected:?}");
    Ok(())
}

const SHA512: &str = "http://www.w3.org/2001/04/xmlenc#sha512";

/// Types of one meaning; a stock server labels plain answers as UTF-8 whatever they were, and adds a character set.
fn same_type(sent: &str, got: &str) -> Result<()> {
    ensure!(canonical(sent) == canonical(got), "the content type is {got:?}, it was {sent:?}");
    if is_container(sent) {
        let boundary = |content_type| mime::parameter(content_type, "boundary");
        ensure!(boundary(sent) == boundary(got), "the boundary is another one");
    }
    Ok(())
}

/// The same header fields, in any order.
fn same_part(sent: &Part, got: &Part) -> Result<()> {
    same_type(sent.content_type(), got.content_type())?;
    let others = |headers: &Headers| {
        let mut others: Headers = headers
            .iter()
            .filter(|(name, _)| !name.eq_ignore_ascii_case("content-type"))
            .map(|(name, value)| (name.to_ascii_lowercase(), value.clone()))
            .collect();
        others.sort();
        others
    };
    let (sent, got) = (others(&sent.headers), others(&got.headers));
    ensure!(sent == got, "header fields are {got:?}, they were {sent:?}");
    Ok(())
}

fn xml_of(answer: &Answer) -> Result<Vec<Piece>> {
    let content_type = answer.header("content-type").unwrap_or_default();
    let parts = leaves(content_type, &answer.body.bytes)?;
    let first = parts.first().context("the answer is empty")?;
    xml::read(&first.content).with_context(|| told(answer))
}

fn is_blank(piece: &Piece) -> bool {
    matches!(piece, Piece::Text(text) if text.trim().is_empty())
}

fn is_fault(piece: &Piece) -> bool {
    matches!(piece, Piece::Start(name, _) if name.rsplit(':').next() == Some("Fault"))
}
