//! Answers and refusals of the REST protocol.

use anyhow::{Context, Result, ensure};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::is_uuid;
use crate::cases::Case;
use crate::exchange::Exchange;
use crate::http::{Request, Response};

/// What the captured backend answers to this request: the body where one is handed on, or method and target.
#[must_use]
pub fn echo(sent: &Request) -> Vec<u8> {
    let handed_on = matches!(sent.verb.as_str(), "POST" | "PUT" | "PATCH");
    match sent.body.as_ref().filter(|body| handed_on && !body.is_empty()) {
        _ if sent.verb == "HEAD" => Vec::new(),
        Some(body) => body.clone(),
        None => format!("{} {}", sent.verb, backend_target(&sent.target)).into_bytes(),
    }
}

/// The part of a target below the service, as the backend sees it.
fn backend_target(target: &str) -> String {
    let (path, query) = target.split_once('?').map_or((target, None), |(path, query)| (path, Some(query)));
    let below: String = path.splitn(8, '/').skip(7).map(|rest| format!("/{rest}")).collect();
    let query = query.map(|query| format!("?{query}")).unwrap_or_default();
    format!("/rest{below}{query}")
}

/// Header fields that the security servers add to every signed answer.
///
/// # Errors
/// The first that is not as it must be.
pub fn answer(case: &Case, exchange: &Exchange) -> Result<()> {
    let response = &exchange.response;
    if response.header("x-road-request-hash").is_none() && case.status >= 300 {
        return Ok(());
    }
    let header = |name: &str| response.header(name).with_context(|| format!("the answer has no {name}"));
    let expected =
        [("x-road-client", case.client.unwrap_or_default()), ("x-road-id", exchange.query_id.as_str())];
    for (name, value) in expected {
        ensure!(header(name)? == value, "{name} is {:?}, expected {value:?}", header(name)?);
    }
    let path = exchange.request.target.split('?').next().unwrap_or_default();
    let asked: Vec<_> = path.split('/').skip(2).take(5).map(decoded).collect();
    // The provider writes the name anew, with its own choice of what is encoded.
    let named: Vec<_> = header("x-road-service")?.split('/').map(decoded).collect();
    ensure!(named == asked, "x-road-service is {:?}, expected {asked:?}", header("x-road-service")?);
    let hash = STANDARD.decode(header("x-road-request-hash")?).context("x-road-request-hash")?;
    ensure!(hash.len() == 64, "x-road-request-hash has {} bytes", hash.len());
    is_uuid(header("x-road-request-id")?, "x-road-request-id")
}

/// A segment of a path without its percent-encoding (RFC 3986, section 2.1). What is no encoding stays.
fn decoded(segment: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = segment;
    while let Some((before, after)) = rest.split_once('%') {
        bytes.extend_from_slice(before.as_bytes());
        match after.get(..2).and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = &after[2..];
            }
            None => {
                bytes.push(b'%');
                rest = after;
            }
        }
    }
    bytes.extend_from_slice(rest.as_bytes());
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The document of a refusal, where there is one.
///
/// # Errors
/// It is not as it must be.
pub fn refusal(code: &str, case: &Case, response: &Response) -> Result<()> {
    if response.header("content-type") != Some("application/json") || case.verb == "HEAD" {
        return Ok(());
    }
    let document: Value = serde_json::from_slice(&response.body).context("the refusal is not JSON")?;
    let text =
        |name: &str| document.get(name).and_then(Value::as_str).with_context(|| format!("no {name} in JSON"));
    ensure!(text("type")? == code, "type in JSON is {}", text("type")?);
    match case.text {
        Some(expected) => {
            ensure!(
                text("message")? == expected,
                "the message is {:?}, expected {expected:?}",
                text("message")?
            );
        }
        None => ensure!(!text("message")?.is_empty(), "the message in JSON is empty"),
    }
    is_uuid(text("detail")?, "the detail in JSON")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_backend_sees_what_is_below_the_service() {
        let service = crate::place::SERVICE;
        for (path, expected) in
            [("", "/rest"), ("/", "/rest/"), ("/a%2Fb/c?x=/y", "/rest/a%2Fb/c?x=/y"), ("?q", "/rest?q")]
        {
            assert_eq!(backend_target(&format!("{service}{path}")), expected);
        }
    }

    #[test]
    fn the_echo_is_the_body_where_bodies_are_handed_on() {
        let service = crate::place::SERVICE;
        let wanted = |verb: &str, body: Option<&str>| {
            let body = body.map(|body| body.as_bytes().to_vec());
            let sent = Request { verb: verb.into(), body, ..Request::get(&format!("{service}/a")) };
            String::from_utf8(echo(&sent)).unwrap()
        };
        assert_eq!(wanted("POST", Some("hi")), "hi");
        assert_eq!(wanted("DELETE", Some("hi")), "DELETE /rest/a");
        assert_eq!(wanted("PUT", Some("")), "PUT /rest/a");
        assert_eq!(wanted("HEAD", None), "");
    }

    #[test]
    fn segments_are_compared_without_their_encoding() {
        for (encoded, plain) in [
            ("s%76c", "svc"),
            ("%C3%A4", "\u{e4}"),
            ("100%", "100%"),
            ("%4", "%4"),
            ("%2541", "%41"),
            ("", ""),
        ] {
            assert_eq!(decoded(encoded), plain);
        }
    }
}
