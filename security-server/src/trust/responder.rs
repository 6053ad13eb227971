//! Port 5577: hands the OCSP responses of our own certificates to peers that ask by hash.
//!
//! As X-Road 7.8 does: `GET /?cert=<SHA-1>...`, any path, hexadecimal in lower case; one part for each
//! hash in the order of the question; anything else is 500 with a text. Requests that name
//! certificates by `cert_hash` (SHA-256) only are answered too.

use std::sync::Arc;

use service_kit::clock::Clock;
use service_kit::http::{Request, Response};

use super::globalconf::GlobalConfStore;
use super::ocsp::{OCSP_RESPONSE, OcspStore, answer};

/// Most hashes in one request; a chain is never that long.
const HASHES_LIMIT: usize = 32;

/// Answers requests of peers.
pub struct OcspResponder {
    ocsp: Arc<OcspStore>,
    globalconf: Arc<GlobalConfStore>,
    clock: Clock,
}

impl OcspResponder {
    /// Answers with the responses that `ocsp` has at hand; nothing is fetched for a peer.
    #[must_use]
    pub fn new(ocsp: Arc<OcspStore>, globalconf: Arc<GlobalConfStore>, clock: Clock) -> Arc<Self> {
        Arc::new(Self { ocsp, globalconf, clock })
    }

    /// Answers one request; to be used as handler of the port's server.
    #[must_use]
    pub fn respond(&self, request: &Request) -> Response {
        match request.method.as_str() {
            "GET" => self.get(request).unwrap_or_else(|text| Response::text(500, text)),
            "HEAD" => Response::new(200),
            other => Response::text(500, format!("method {other} is not supported")),
        }
    }

    fn get(&self, request: &Request) -> Result<Response, String> {
        let hashes = requested(request)?;
        let conf = self.globalconf.valid_at(self.clock.now()).map_err(|error| error.to_string())?;
        let mut responses = Vec::with_capacity(hashes.len());
        for hash in &hashes {
            let response = self.ocsp.by_hash(hash, &conf);
            responses.push(
                response.ok_or_else(|| format!("no OCSP response for certificate {}", hex::encode(hash)))?,
            );
        }
        let boundary = format!("jetty{}", service_kit::random::letters(30));
        let content_type =
            format!("multipart/related; type=\"{OCSP_RESPONSE}\"; charset=UTF-8; boundary={boundary}");
        Ok(Response::with(200, &content_type, answer(&responses, &boundary)))
    }
}

/// The hashes asked for: SHA-1 if there is any, else SHA-256.
fn requested(request: &Request) -> Result<Vec<Vec<u8>>, String> {
    let pairs = request.query_pairs();
    let of = |name: &str, length: usize| -> Result<Vec<Vec<u8>>, String> {
        let values = pairs.iter().filter(|(known, _)| known == name);
        values
            .map(|(_, value)| {
                lower_hex(value, length).ok_or_else(|| format!("{name} {value:?} is not a hash"))
            })
            .collect()
    };
    let mut hashes = of("cert", 20)?;
    if hashes.is_empty() {
        hashes = of("cert_hash", 32)?;
    }
    match hashes.len() {
        0 => Err("no certificate hash given".to_owned()),
        count if count > HASHES_LIMIT => Err(format!("{count} certificate hashes are too many")),
        _ => Ok(hashes),
    }
}

fn lower_hex(text: &str, length: usize) -> Option<Vec<u8>> {
    let lower = text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    hex::decode(text).ok().filter(|hash| lower && hash.len() == length)
}

#[cfg(test)]
mod tests;
