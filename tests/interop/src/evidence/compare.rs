//! What was recorded, compared with what was sent and received.

use anyhow::{Result, ensure};
use aws_lc_rs::digest::{SHA512, digest};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::container::Kept;
use crate::cases::Case;
use crate::exchange::Exchange;
use crate::verdict::soap;

/// The request is recorded as it was sent.
///
/// # Errors
/// The first difference.
pub fn request(case: &Case, kept: &Kept, exchange: &Exchange) -> Result<()> {
    if case.soap.is_some() { soap_request(kept, exchange) } else { rest_request(kept, exchange) }
}

/// The response is recorded as it came, with the hash of the recorded request.
///
/// # Errors
/// The first difference.
pub fn response(case: &Case, kept: &Kept, request: &Kept, exchange: &Exchange) -> Result<()> {
    if case.soap.is_some() {
        soap_response(kept, request, exchange)
    } else {
        rest_response(kept, request, exchange)
    }
}

/// Method, target, every header field in its order and with its case, and the body are those that were sent.
fn rest_request(kept: &Kept, exchange: &Exchange) -> Result<()> {
    let (sent, lines) = (&exchange.request, kept.lines());
    let start = [sent.verb.as_str(), sent.target.as_str()];
    ensure!(lines.iter().take(2).eq(start.iter()), "begins with {:?}", &lines[..lines.len().min(2)]);
    let mut fields = lines.iter().skip(2);
    for (name, value) in &sent.headers {
        let wanted = format!("{name}:{value}");
        ensure!(
            fields.any(|line| *line == wanted),
            "header {wanted:?} is not in its place in {:?}",
            &lines[2..]
        );
    }
    let body = sent.body.as_deref().filter(|body| !body.is_empty());
    ensure!(kept.body.as_deref() == body, "the recorded body is another");
    Ok(())
}

/// Status and body are those that came back, and the hash is that of the recorded request.
fn rest_response(kept: &Kept, request: &Kept, exchange: &Exchange) -> Result<()> {
    let (received, lines) = (&exchange.response, kept.lines());
    let status = received.status.to_string();
    ensure!(lines.first() == Some(&status), "begins with {:?}", lines.first());
    if exchange.request.verb != "HEAD" {
        let body = kept.body.as_deref().unwrap_or_default();
        ensure!(body == received.body, "the recorded body is another");
    }
    let hash = format!("x-road-request-hash:{}", request_hash(request));
    ensure!(lines.contains(&hash), "{hash} is not in {lines:?}");
    Ok(())
}

/// The recorded envelope is, byte for byte, what was sent. Attachments are kept by digest only, as a stock server
/// keeps those that a hash chain covers.
fn soap_request(kept: &Kept, exchange: &Exchange) -> Result<()> {
    let parts = soap::parts_of_request(&exchange.request)?;
    ensure!(kept.message == parts[0].content, "the recorded envelope is another");
    ensure!(kept.body.is_none(), "an attachment is recorded");
    let chain = kept.chain.as_deref().unwrap_or_default();
    for (number, part) in parts.iter().enumerate().skip(1) {
        let sent = STANDARD.encode(digest(&SHA512, &part.content));
        ensure!(chain.contains(&sent), "the hash chain does not have the digest of attachment {number}");
    }
    Ok(())
}

/// The recorded envelope came back, and the hash in it is that of the recorded request.
fn soap_response(kept: &Kept, request: &Kept, exchange: &Exchange) -> Result<()> {
    let received = &exchange.response.body;
    ensure!(contains(received, &kept.message), "the recorded envelope is another");
    ensure!(kept.body.is_none(), "an attachment is recorded");
    let hash = STANDARD.encode(digest(&SHA512, &request.message));
    ensure!(contains(&kept.message, hash.as_bytes()), "the request hash is not {hash}");
    Ok(())
}

/// Whether `part` is somewhere in `bytes`.
#[must_use]
pub fn contains(bytes: &[u8], part: &[u8]) -> bool {
    part.is_empty() || bytes.windows(part.len()).any(|window| window == part)
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

    fn kept(message: &str, body: Option<&[u8]>) -> Kept {
        let body = body.map(<[u8]>::to_vec);
        Kept { message: message.into(), body, ..Kept::default() }
    }

    #[test]
    fn the_request_hash_is_that_of_the_protocol() {
        let message = "POST\r\n/r1/EE/BUSINESS/producer/sub/svc/path?x=1\r\nX-Road-Client:EE/BUSINESS/consumer/subsystem\r\n\
                       Content-Type:text/plain\r\nX-Road-Id:q-1\r\nx-road-request-id:00000000-0000-0000-0000-000000000001\r\n";
        let mut request = kept(message, None);
        let alone =
            "K16dOSxD/d7ueGkoiQUXRV6OAlNIQqe3yiWyGGBRpuoMS4rUapxVb5gcKyXiBZo7m2LcWfYLHVtwJURtfnN6lA==";
        assert_eq!(request_hash(&request), alone);
        request.body = Some(b"hello".to_vec());
        let both = "mUKAqLvJLUioVMnI3JBGNtee9xZ8HHHDL9yBlDSIrbQBHUDD8C9HpV/jLQeFtfzw9x2qVZ8d69yN+9ucL5BRjg==";
        assert_eq!(request_hash(&request), both);
    }
}
