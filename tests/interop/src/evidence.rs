//! The evidence that our journal holds of each message: exported, compared with what was sent and received, and
//! verified by `evidence-verify` against the global configuration.

use std::fs;
use std::io::{Cursor, Read};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use aws_lc_rs::digest::{SHA512, digest};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use zip::ZipArchive;

use crate::cases::{Case, Record};
use crate::exchange::Exchange;
use crate::http::{self, Request};
use crate::place::Role;
use crate::surroundings::succeed;

/// How long the journal may take to stamp a record.
const STAMPING_PATIENCE: Duration = Duration::from_secs(60);
/// Largest file of a container that is read. Bytes.
const MAX_FILE: u64 = 32 * 1024 * 1024;

/// Where evidence comes from and what verifies it.
#[derive(Debug)]
pub struct Auditor<'a> {
    /// Our place.
    pub role: Role,
    /// Our administration port.
    pub admin: SocketAddr,
    /// The verifier.
    pub verifier: PathBuf,
    /// The configuration that it verifies against.
    pub global_conf: &'a Path,
    /// Where containers are put.
    pub folder: PathBuf,
}

/// What was found of one exchange.
#[derive(Debug)]
pub struct Found {
    /// In words.
    pub what: &'static str,
    /// The values of the signatures that our own side made and received.
    pub signatures: Vec<String>,
}

/// What a container holds of a message.
struct Kept {
    /// Value of the signature; messages that were signed together share it.
    signature: String,
    /// Lines of the REST message.
    lines: Vec<String>,
    /// Its bytes.
    message: Vec<u8>,
    /// The body, or the first attachment.
    body: Option<Vec<u8>>,
}

impl Auditor<'_> {
    /// Looks at the records of one exchange; says what was found.
    ///
    /// # Errors
    /// The first thing that is not as it must be.
    pub fn audit(&self, case: &Case, exchange: &Exchange) -> Result<Found> {
        let expects_request = match case.record {
            Record::Exchange | Record::Request => true,
            Record::RequestOfConsumer => self.role == Role::Ss1,
            Record::Nothing => false,
        };
        if exchange.query_id.is_empty() {
            ensure!(!expects_request, "without a query id there is no record to find");
            return Ok(found("no query id, no record", []));
        }
        let request = self.kept(exchange, "request", expects_request).context("request")?;
        if let Some(request) = &request {
            match &case.soap {
                Some(_) => is_soap_request(request, exchange),
                None => is_request(request, exchange),
            }
            .context("request")?;
        }
        let expects_response = case.record == Record::Exchange;
        let response = self.kept(exchange, "response", expects_response).context("response")?;
        match (request, response) {
            (Some(request), Some(response)) => {
                match &case.soap {
                    Some(_) => is_soap_response(&response, &request, exchange),
                    None => is_response(&response, &request, exchange),
                }
                .context("response")?;
                Ok(found("request and response verified", [request.signature, response.signature]))
            }
            (Some(request), None) => Ok(found("request verified, no response recorded", [request.signature])),
            _ => Ok(found("nothing recorded", [])),
        }
    }

    /// The container of one message, verified; none if there is none and none is expected.
    fn kept(&self, exchange: &Exchange, which: &str, expected: bool) -> Result<Option<Kept>> {
        let Some(container) = self.export(&exchange.query_id, which)? else {
            ensure!(!expected, "nothing is recorded");
            return Ok(None);
        };
        ensure!(expected, "something is recorded that should not be");
        let file = self.folder.join(format!("{}-{which}.asice", exchange.query_id));
        fs::write(&file, &container)?;
        let mut verify = Command::new(&self.verifier);
        verify.arg(&file).arg("--global-conf").arg(self.global_conf);
        succeed(&mut verify)?;
        kept(container).map(Some).with_context(|| file.display().to_string())
    }

    fn export(&self, query_id: &str, which: &str) -> Result<Option<Vec<u8>>> {
        let target = format!("/asic?queryId={query_id}&{which}Only");
        let request = Request { verb: "GET".into(), target, headers: vec![], body: None, chunked: false };
        let start = Instant::now();
        loop {
            let answer = http::send(&self.admin.ip().to_string(), self.admin.port(), &request)?;
            match answer.status {
                200 => return Ok(Some(answer.body)),
                404 => return Ok(None),
                // Not stamped yet.
                409 if start.elapsed() < STAMPING_PATIENCE => std::thread::sleep(Duration::from_millis(200)),
                status => bail!("export answered {status}: {}", String::from_utf8_lossy(&answer.body).trim()),
            }
        }
    }
}

fn found<const N: usize>(what: &'static str, signatures: [String; N]) -> Found {
    Found { what, signatures: signatures.into() }
}

fn kept(container: Vec<u8>) -> Result<Kept> {
    let mut archive = ZipArchive::new(Cursor::new(container))?;
    let mut file = |name: &str| -> Result<Option<Vec<u8>>> {
        let Ok(file) = archive.by_name(name) else { return Ok(None) };
        let mut bytes = Vec::new();
        file.take(MAX_FILE).read_to_end(&mut bytes)?;
        Ok(Some(bytes))
    };
    let message = file("message.xml")?.context("no message.xml")?;
    let text = std::str::from_utf8(&message)?;
    let lines = text.split_terminator("\r\n").map(str::to_owned).collect();
    let signature = String::from_utf8(file("META-INF/signatures.xml")?.context("no signature")?)?;
    let value = signature.split("SignatureValue").nth(1).context("no signature value")?.to_owned();
    Ok(Kept { signature: value, lines, body: file("attachment1")?, message })
}

/// Method, target, every header field in its order and with its case, and the body are those that were sent.
fn is_request(kept: &Kept, exchange: &Exchange) -> Result<()> {
    let sent = &exchange.request;
    let start = [sent.verb.as_str(), sent.target.as_str()];
    ensure!(
        kept.lines.iter().take(2).eq(start.iter()),
        "begins with {:?}",
        &kept.lines[..kept.lines.len().min(2)]
    );
    let mut fields = kept.lines.iter().skip(2);
    for (name, value) in &sent.headers {
        let wanted = format!("{name}:{value}");
        ensure!(
            fields.any(|line| *line == wanted),
            "header {wanted:?} is not in its place in {:?}",
            &kept.lines[2..]
        );
    }
    let body = sent.body.as_deref().filter(|body| !body.is_empty());
    ensure!(kept.body.as_deref() == body, "the recorded body is another");
    Ok(())
}

/// The recorded envelope is, byte for byte, in what was sent. Attachments are kept by digest only, as a stock server
/// keeps those that a hash chain covers.
fn is_soap_request(kept: &Kept, exchange: &Exchange) -> Result<()> {
    let sent = exchange.request.body.as_deref().unwrap_or_default();
    ensure!(contains(sent, &kept.message), "the recorded envelope is another");
    ensure!(kept.body.is_none(), "an attachment is recorded");
    Ok(())
}

/// The recorded envelope came back, and the hash in it is that of the recorded request.
fn is_soap_response(kept: &Kept, request: &Kept, exchange: &Exchange) -> Result<()> {
    let received = &exchange.response.body;
    ensure!(contains(received, &kept.message), "the recorded envelope is another");
    ensure!(
        contains(received, kept.body.as_deref().unwrap_or_default()),
        "the recorded attachment is another"
    );
    let hash = STANDARD.encode(digest(&SHA512, &request.message));
    ensure!(contains(&kept.message, hash.as_bytes()), "the request hash is not {hash}");
    Ok(())
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    part.is_empty() || bytes.windows(part.len()).any(|window| window == part)
}

/// Status and body are those that came back, and the hash is that of the recorded request.
fn is_response(kept: &Kept, request: &Kept, exchange: &Exchange) -> Result<()> {
    let received = &exchange.response;
    let status = received.status.to_string();
    ensure!(kept.lines.first() == Some(&status), "begins with {:?}", kept.lines.first());
    if exchange.request.verb != "HEAD" {
        let body = kept.body.as_deref().unwrap_or_default();
        ensure!(body == received.body, "the recorded body is another");
    }
    let hash = format!("x-road-request-hash:{}", request_hash(request));
    ensure!(kept.lines.contains(&hash), "{hash} is not in {:?}", kept.lines);
    Ok(())
}

/// Message protocol for REST: SHA-512 of the message, or of its digest and that of the body.
fn request_hash(request: &Kept) -> String {
    let message = digest(&SHA512, &request.message);
    match &request.body {
        None => STANDARD.encode(message),
        Some(body) => {
            let both = [message.as_ref(), digest(&SHA512, body).as_ref()].concat();
            STANDARD.encode(digest(&SHA512, &both))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_request_hash_is_that_of_the_protocol() {
        let message = "POST\r\n/r1/EE/BUSINESS/producer/sub/svc/path?x=1\r\nX-Road-Client:EE/BUSINESS/consumer/subsystem\r\n\
                       Content-Type:text/plain\r\nX-Road-Id:q-1\r\nx-road-request-id:00000000-0000-0000-0000-000000000001\r\n";
        let mut request =
            Kept { signature: String::new(), lines: vec![], message: message.into(), body: None };
        let alone =
            "K16dOSxD/d7ueGkoiQUXRV6OAlNIQqe3yiWyGGBRpuoMS4rUapxVb5gcKyXiBZo7m2LcWfYLHVtwJURtfnN6lA==";
        assert_eq!(request_hash(&request), alone);
        request.body = Some(b"hello".to_vec());
        let both = "mUKAqLvJLUioVMnI3JBGNtee9xZ8HHHDL9yBlDSIrbQBHUDD8C9HpV/jLQeFtfzw9x2qVZ8d69yN+9ucL5BRjg==";
        assert_eq!(request_hash(&request), both);
    }
}
