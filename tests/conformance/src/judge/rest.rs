//! REST exchanges: target, header fields and body pass; the hash that comes back is that of the request as the protocol
//! writes it.

use anyhow::{Context, Result, ensure};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use openssl::sha::{Sha512, sha512};

use super::{Outcome, has_words, is_uuid, told};
use crate::cases::case::{Case, PeerPlay, RestAnswer};
use crate::input::Source;
use crate::mocks::service::Call;
use crate::mocks::system::Answer;
use crate::wire::{Headers, last};

/// Header fields that end at the consumer's server.
const NOT_FORWARDED: [&str; 15] = [
    "transfer-encoding",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "te",
    "trailer",
    "upgrade",
    "connection",
    "user-agent",
    "host",
    "content-length",
    "server",
    "expect",
    "x-road-request-id",
    "x-road-request-hash",
];

/// Judges an exchange.
///
/// # Errors
/// The first difference.
pub fn exchange(case: &Case, expected: &RestAnswer, outcome: &Outcome, answer: &Answer) -> Result<()> {
    let refused = answer.header("x-road-request-hash").is_none();
    ensure!(
        answer.status == expected.status && !refused,
        "expected {}, got {}",
        expected.status,
        told(answer)
    );
    for (name, value) in &expected.headers {
        let found = answer.headers.iter().filter(|(found, _)| found.eq_ignore_ascii_case(name));
        let values: Vec<&str> = found.map(|(_, value)| value.as_str()).collect();
        ensure!(values == [*value], "{name} is {values:?}, not {value:?}");
    }
    let dates = answer.headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case("date")).count();
    ensure!(dates <= 1, "there are {dates} Date fields");
    own_headers(outcome, answer)?;
    let body = expected_body(expected, outcome);
    ensure!(
        answer.body.bytes == body,
        "expected a body of {} bytes, got {}: {}",
        body.len(),
        answer.body.length,
        told(answer)
    );
    if matches!(case.peer, PeerPlay::NotAsked) {
        reached(case, outcome, outcome.call()?).context("at the service")?;
    }
    if let Some(again) = &outcome.again {
        let hash = |answer: &Answer| answer.header("x-road-request-hash").unwrap_or_default().to_owned();
        ensure!(again.header("x-road-request-hash").is_some(), "the second time: {}", told(again));
        ensure!(hash(again) != hash(answer), "two requests have one request hash");
    }
    Ok(())
}

/// Judges the answer of a metadata service.
///
/// # Errors
/// The first difference.
pub fn metadata(content_type: &str, words: &[&str], outcome: &Outcome, answer: &Answer) -> Result<()> {
    ensure!(answer.status == 200, "expected an answer, got {}", told(answer));
    let found = answer.header("content-type").unwrap_or_default();
    ensure!(found == content_type, "content type {found:?}");
    if content_type == "application/json" {
        let _: serde_json::Value = serde_json::from_slice(&answer.body.bytes).context("not JSON")?;
    }
    has_words(words, answer)?;
    own_headers(outcome, answer)
}

/// What the servers add to every answer.
fn own_headers(outcome: &Outcome, answer: &Answer) -> Result<()> {
    let header = |name: &str| answer.header(name).with_context(|| format!("the answer has no {name}"));
    let sent = |name: &str| last(&outcome.request.headers, name);
    let client = sent("x-road-client").unwrap_or_default();
    ensure!(header("x-road-client")? == client, "x-road-client is {:?}", header("x-road-client")?);
    match sent("x-road-id") {
        Some(id) => ensure!(header("x-road-id")? == id, "x-road-id is {:?}", header("x-road-id")?),
        None => {
            let made =
                header("x-road-id")?.strip_prefix("EE-").context("x-road-id does not begin with EE-")?;
            is_uuid(made, "x-road-id")?;
        }
    }
    let service = service_of(&outcome.request.target);
    ensure!(header("x-road-service")? == service, "x-road-service is {:?}", header("x-road-service")?);
    is_uuid(header("x-road-request-id")?, "x-road-request-id")?;
    let hash = request_hash(outcome, header("x-road-request-id")?, header("x-road-id")?);
    ensure!(header("x-road-request-hash")? == hash, "x-road-request-hash is not that of the request");
    Ok(())
}

/// The five parts of the target that name the service, with the escapes that a server writes.
fn service_of(target: &str) -> String {
    let path = target.split('?').next().unwrap_or_default();
    path.split('/').skip(2).take(5).collect::<Vec<_>>().join("/")
}

/// The request as the protocol writes it, and its hash.
fn request_hash(outcome: &Outcome, request_id: &str, query_id: &str) -> String {
    let request = &outcome.request;
    let mut message = format!("{}\r\n{}\r\n", request.method, request.target);
    for (name, value) in forwarded(&request.headers) {
        message.push_str(&format!("{name}:{value}\r\n"));
    }
    message.push_str(&format!("x-road-request-id:{request_id}\r\n"));
    if last(&request.headers, "x-road-id").is_none() {
        message.push_str(&format!("x-road-id:{query_id}\r\n"));
    }
    let message = sha512(message.as_bytes());
    if outcome.sent.is_empty() {
        return STANDARD.encode(message);
    }
    let mut both = Sha512::new();
    both.update(&message);
    both.update(&sha512(&outcome.sent));
    STANDARD.encode(both.finish())
}

fn forwarded(headers: &Headers) -> impl Iterator<Item = &(String, String)> {
    headers.iter().filter(|(name, _)| !NOT_FORWARDED.contains(&name.to_ascii_lowercase().as_str()))
}

fn expected_body(expected: &RestAnswer, outcome: &Outcome) -> Vec<u8> {
    if outcome.request.method == "HEAD" {
        return Vec::new();
    }
    match (&expected.body, &outcome.reply) {
        (Some(body), _) => match body.source {
            Source::Text(text) => text.as_bytes().to_vec(),
            _ => Vec::new(),
        },
        (None, Some(reply)) => reply.body.clone(),
        // The service's echo.
        (None, None) => match outcome.calls.first() {
            Some(call) if call.body.length > 0 => call.body.bytes.clone(),
            Some(call) => format!("{} {}", call.method, call.target).into_bytes(),
            None => Vec::new(),
        },
    }
}

/// The call of the service has everything that was sent.
fn reached(case: &Case, outcome: &Outcome, call: &Call) -> Result<()> {
    let request = &outcome.request;
    ensure!(call.method == request.method, "the method is {}", call.method);
    let target = service_target(&request.target);
    ensure!(call.target == target, "the target is {:?}, not {target:?}", call.target);
    let sent: Vec<_> = forwarded(&request.headers).collect();
    let names: Vec<&str> = sent.iter().map(|(name, _)| name.as_str()).collect();
    let got: Vec<_> = call.headers.iter().filter(|(name, _)| names.contains(&name.as_str())).collect();
    ensure!(got == sent, "header fields are {got:?}, they were {sent:?}");
    ensure!(call.header("x-road-request-hash").is_none(), "the service got a request hash");
    is_uuid(call.header("x-road-request-id").unwrap_or_default(), "x-road-request-id")?;
    ensure!(call.header("x-road-id").is_some(), "the service got no x-road-id");
    let handed_on = matches!(case.request.method, "POST" | "PUT" | "PATCH");
    let body: &[u8] = if handed_on { &outcome.sent } else { &[] };
    ensure!(call.body.bytes == body, "the body has {} bytes, not {}", call.body.length, body.len());
    if handed_on && !body.is_empty() {
        let length = call.header("content-length");
        ensure!(length == Some(body.len().to_string().as_str()), "content-length is {length:?}");
    }
    Ok(())
}

/// What the service must see of a request target: what is below its name, behind its own path.
fn service_target(target: &str) -> String {
    let (path, query) = target.split_once('?').map_or((target, None), |(path, query)| (path, Some(query)));
    let mut pieces = path.splitn(8, '/').skip(6);
    let code = pieces.next().unwrap_or_default();
    let below = pieces.next().map(|below| format!("/{below}"));
    let base = match code {
        "slash" if below.is_none() => "/rest/",
        "%C3%B6%C3%A4%C3%A5" => "",
        _ => "/rest",
    };
    let query = query.map(|query| format!("?{query}")).unwrap_or_default();
    format!("{base}{}{query}", below.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_service_sees_what_is_below_its_name() {
        for (target, expected) in [
            ("/r1/EE/BUSINESS/producer/sub/rest/a%2Fb/c?x=/y", "/rest/a%2Fb/c?x=/y"),
            ("/r1/EE/BUSINESS/producer/sub/rest", "/rest"),
            ("/r1/EE/BUSINESS/producer/sub/rest/", "/rest/"),
            ("/r1/EE/BUSINESS/producer/sub/slash", "/rest/"),
            ("/r1/EE/BUSINESS/producer/sub/slash/", "/rest/"),
            ("/r1/EE/BUSINESS/producer/sub/slash/a", "/rest/a"),
            ("/r1/EE/BUSINESS/producer/s%2Fub/%C3%B6%C3%A4%C3%A5/path%3B/", "/path%3B/"),
        ] {
            assert_eq!(service_target(target), expected);
        }
    }
}
