//! Port 5577: OCSP responses by certificate hash, as one server asks another for its own
//! (message transport, "OCSP by certificate hash"). Requests and answers as bytes; who sends them is
//! in `fetch` and in [`responder`](super::super::responder).

use bytes::Bytes;
use pki::Certificate;
use protocol::{Limits, boundary_of, multipart};

/// Media type of an OCSP response.
pub(in super::super) const OCSP_RESPONSE: &str = "application/ocsp-response";

/// The peer gave no usable answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(in super::super) struct PeerFetchError(pub(super) String);

/// Target of the request: all SHA-1 hashes (which every version reads), then all SHA-256 hashes.
pub(super) fn target(certificates: &[Certificate]) -> String {
    let sha1 = certificates.iter().map(|certificate| format!("cert={}", hex::encode(certificate.sha1())));
    let sha256 =
        certificates.iter().map(|certificate| format!("cert_hash={}", hex::encode(certificate.sha256())));
    format!("/?{}", sha1.chain(sha256).collect::<Vec<_>>().join("&"))
}

/// Takes an answer apart; it must hold as many responses as were asked for. Their order is that of
/// the question, but nothing depends on it: each is checked against its certificate later.
pub(super) fn parts(content_type: &str, body: Bytes, expected: usize) -> Result<Vec<Bytes>, PeerFetchError> {
    let failed = |error: &dyn std::fmt::Display| PeerFetchError(format!("unusable answer: {error}"));
    let boundary = boundary_of(content_type).map_err(|error| failed(&error))?;
    let parts = multipart::parse_all(&boundary, &body, &Limits::default()).map_err(|error| failed(&error))?;
    let responses: Vec<Bytes> = parts
        .into_iter()
        .filter(|(headers, _)| headers.content_type().is_some_and(is_ocsp_response))
        .map(|(_, content)| content.into())
        .collect();
    if responses.len() != expected {
        return Err(PeerFetchError(format!(
            "{} OCSP responses for {expected} certificates",
            responses.len()
        )));
    }
    Ok(responses)
}

fn is_ocsp_response(content_type: &str) -> bool {
    let essence = content_type.split(';').next().unwrap_or_default().trim();
    essence.eq_ignore_ascii_case(OCSP_RESPONSE)
}

/// The answer's body: one part for each response.
pub(in super::super) fn answer(responses: &[Bytes], boundary: &str) -> Vec<u8> {
    let mut body = Vec::new();
    for (number, response) in responses.iter().enumerate() {
        let before = if number == 0 { "" } else { "\r\n" };
        body.extend_from_slice(
            format!("{before}--{boundary}\r\nContent-Type: {OCSP_RESPONSE}\r\n\r\n").as_bytes(),
        );
        body.extend_from_slice(response);
    }
    body.extend_from_slice(format!("\r\n--{boundary}--\r\n").as_bytes());
    body
}
