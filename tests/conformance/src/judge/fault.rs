//! Refusals: fault documents of SOAP, error documents of REST.

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use super::{Outcome, is_uuid, told};
use crate::cases::case::{Code, Form};
use crate::mime::leaves;
use crate::mocks::system::Answer;
use crate::wire::last;
use crate::xml::{self, Piece};

/// A fault document of a security server, in the one form that X-Road's servers write.
///
/// # Errors
/// The first difference.
pub fn soap(code: Code, answer: &Answer) -> Result<()> {
    ensure!(answer.status == 200, "expected 200 {}, got {}", words(code), told(answer));
    form(answer)?;
    let pieces = xml::read(&answer.body.bytes).with_context(|| told(answer))?;
    let text =
        |name: &str| xml::text_of(&pieces, name).with_context(|| format!("no {name}: {}", told(answer)));
    ensure!(fits(code, &text("faultcode")?), "expected {}, got {}", words(code), told(answer));
    ensure!(!text("faultstring")?.is_empty(), "faultstring is empty");
    ensure!(text("faultactor")?.is_empty(), "faultactor is {:?}", text("faultactor")?);
    is_uuid(&text("faultDetail")?, "faultDetail")?;
    let names: Vec<&str> = pieces
        .iter()
        .filter_map(|piece| match piece {
            Piece::Start(name, _) => Some(name.rsplit(':').next().unwrap_or_default()),
            _ => None,
        })
        .collect();
    let expected =
        ["Envelope", "Body", "Fault", "faultcode", "faultstring", "faultactor", "detail", "faultDetail"];
    ensure!(names == expected, "the document has the elements {names:?}");
    Ok(())
}

/// A fault document with this code, the rest of which comes from elsewhere.
///
/// # Errors
/// The first difference.
pub fn foreign(code: &str, answer: &Answer) -> Result<()> {
    ensure!(answer.status == 200, "expected 200 {code}, got {}", told(answer));
    form(answer)?;
    let pieces = xml::read(&answer.body.bytes).with_context(|| told(answer))?;
    let found = xml::text_of(&pieces, "faultcode").unwrap_or_default();
    ensure!(found == code, "expected {code}, got {}", told(answer));
    Ok(())
}

/// The fault of a service, with all of its bytes.
///
/// # Errors
/// The first difference.
pub fn of_service(code: &str, outcome: &Outcome, answer: &Answer) -> Result<()> {
    foreign(code, answer)?;
    let reply = outcome.reply.as_ref().context("the case has no answer of the service")?;
    let content_type = last(&reply.headers, "content-type").unwrap_or_default();
    let given = leaves(content_type, &reply.body)?.into_iter().next().context("no part")?.content;
    ensure!(
        trimmed(&given) == trimmed(&answer.body.bytes),
        "the service's fault was changed: {}",
        told(answer)
    );
    Ok(())
}

/// A refusal to a REST client.
///
/// # Errors
/// The first difference.
pub fn rest(code: Code, form: Form, outcome: &Outcome, answer: &Answer) -> Result<()> {
    let found = answer.header("x-road-error").unwrap_or_default();
    ensure!(fits(code, found), "expected {}, got {}", words(code), told(answer));
    let status = if found.starts_with("server.") { 500 } else { 400 };
    ensure!(answer.status == status, "expected status {status}, got {}", told(answer));
    if outcome.request.method == "HEAD" {
        return Ok(());
    }
    let content_type = answer.header("content-type").unwrap_or_default();
    let body = &answer.body.bytes;
    let (code, text, detail) = match form {
        Form::Json => {
            ensure!(content_type == "application/json", "content type {content_type:?}");
            let document: Value = serde_json::from_slice(body).context("not JSON")?;
            let text = |name: &str| document.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
            (text("type"), text("message"), text("detail"))
        }
        Form::Xml(expected) => {
            ensure!(content_type == expected, "content type {content_type:?}, expected {expected:?}");
            let pieces = xml::read(body)?;
            ensure!(matches!(&pieces[0], Piece::Start(name, _) if name == "error"), "the root is no error");
            let text = |name: &str| xml::text_of(&pieces, name).unwrap_or_default();
            (text("type"), text("message"), text("detail"))
        }
    };
    ensure!(code == found, "the document says {code:?}, the header {found:?}");
    ensure!(!text.is_empty(), "the document has no message");
    is_uuid(&detail, "the detail")
}

/// The envelope of every fault that an information system gets.
fn form(answer: &Answer) -> Result<()> {
    let content_type = answer.header("content-type").unwrap_or_default();
    let plain = content_type.to_ascii_lowercase().replace(' ', "");
    ensure!(plain == "text/xml;charset=utf-8", "content type {content_type:?}, got {}", told(answer));
    ensure!(answer.header("soapaction") == Some(""), "SOAPAction is {:?}", answer.header("soapaction"));
    Ok(())
}

fn fits(code: Code, found: &str) -> bool {
    match code {
        Code::Is(code) => found == code,
        Code::Begins(code) => found.starts_with(code),
    }
}

fn words(code: Code) -> String {
    match code {
        Code::Is(code) => code.to_owned(),
        Code::Begins(code) => format!("{code}..."),
    }
}

fn trimmed(document: &[u8]) -> String {
    String::from_utf8_lossy(document).trim().to_owned()
}
