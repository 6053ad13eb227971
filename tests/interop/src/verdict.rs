//! What came back, compared with what the table says.

use anyhow::{Context, Result, ensure};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use crate::cases::{Case, Wanted};
use crate::exchange::Exchange;
use crate::http::Response;

/// Judges one exchange.
///
/// # Errors
/// The first difference, in words.
pub fn judge(case: &Case, exchange: &Exchange) -> Result<()> {
    let response = &exchange.response;
    let fault = case.soap.is_some().then(|| fault_code(response));
    let code = fault.as_ref().map_or_else(|| response.header("X-Road-Error"), |fault| fault.as_deref());
    ensure!(
        (response.status, code) == (case.status, case.error),
        "expected {}, got {}{}",
        told(case.status, case.error),
        told(response.status, code),
        excerpt(response)
    );
    body(case, response)?;
    for (name, part) in &case.answer_headers {
        let value = response.header(name).with_context(|| format!("the answer has no {name}"))?;
        ensure!(value.contains(part), "{name} is {value:?}, expected {part:?} in it");
    }
    if case.at_ours || case.soap.is_some() {
        return Ok(());
    }
    match case.error {
        Some(code) if response.header("content-type") == Some("application/json") && case.verb != "HEAD" => {
            error_document(code, response)
        }
        None if response.header("x-road-request-hash").is_some() || case.status < 300 => {
            signed(case, exchange)
        }
        _ => Ok(()),
    }
}

/// The code in a SOAP fault, if it is one.
fn fault_code(response: &Response) -> Option<String> {
    let text = String::from_utf8_lossy(&response.body);
    let code = text.split_once("<faultcode>")?.1.split_once("</faultcode>")?.0;
    Some(code.to_owned())
}

fn told(status: u16, code: Option<&str>) -> String {
    code.map_or_else(|| format!("status {status}"), |code| format!("status {status} {code}"))
}

fn excerpt(response: &Response) -> String {
    let text = String::from_utf8_lossy(&response.body[..response.body.len().min(200)]).into_owned();
    if text.is_empty() { text } else { format!(": {}", text.replace(char::is_control, " ")) }
}

fn body(case: &Case, response: &Response) -> Result<()> {
    if let Wanted::Containing(part) = case.wanted {
        let text = String::from_utf8_lossy(&response.body);
        ensure!(text.contains(part), "expected {part:?} in the body{}", excerpt(response));
    }
    let Some(wanted) = case.wanted.bytes(case) else { return Ok(()) };
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

/// Header fields that the security servers add to every signed answer.
fn signed(case: &Case, exchange: &Exchange) -> Result<()> {
    let response = &exchange.response;
    let header = |name: &str| response.header(name).with_context(|| format!("the answer has no {name}"));
    let path = case.target.split('?').next().unwrap_or_default();
    // The provider writes the name of the service anew; an encoded letter of the target is plain in it.
    let service = path.split('/').skip(2).take(5).collect::<Vec<_>>().join("/").replace("%76", "v");
    let expected = [
        ("x-road-client", case.client.unwrap_or_default()),
        ("x-road-id", exchange.query_id.as_str()),
        ("x-road-service", service.as_str()),
    ];
    for (name, value) in expected {
        ensure!(header(name)? == value, "{name} is {:?}, expected {value:?}", header(name)?);
    }
    let hash = STANDARD.decode(header("x-road-request-hash")?).context("x-road-request-hash")?;
    ensure!(hash.len() == 64, "x-road-request-hash has {} bytes", hash.len());
    is_uuid(header("x-road-request-id")?, "x-road-request-id")
}

/// The JSON of a refusal.
fn error_document(code: &str, response: &Response) -> Result<()> {
    let document: Value = serde_json::from_slice(&response.body).context("the refusal is not JSON")?;
    let text =
        |name: &str| document.get(name).and_then(Value::as_str).with_context(|| format!("no {name} in JSON"));
    ensure!(text("type")? == code, "type in JSON is {}", text("type")?);
    ensure!(!text("message")?.is_empty(), "the message in JSON is empty");
    is_uuid(text("detail")?, "the detail in JSON")
}

fn is_uuid(text: &str, name: &str) -> Result<()> {
    let fits = |(at, character): (usize, char)| match at {
        8 | 13 | 18 | 23 => character == '-',
        _ => character.is_ascii_hexdigit(),
    };
    ensure!(text.len() == 36 && text.char_indices().all(fits), "{name} is no UUID: {text:?}");
    Ok(())
}
