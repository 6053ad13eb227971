//! OCSP responses, fetched from the responder of the certification authority.

use anyhow::{Result, bail};
use pki::Certificate;
use pki::ocsp::OcspRequest;
use service_kit::http::Request;
use service_kit::http_client::{ClientSettings, Destination, HttpClient};

/// Longest response, bytes.
const MAX_BYTES: u64 = 64 * 1024;

/// Asks the responder on this port of the loopback (`/ocsp`); gives the response as it came.
///
/// # Errors
/// There is none.
pub async fn fetch(port: u16, certificate: &Certificate, issuer: &Certificate) -> Result<Vec<u8>> {
    let question = OcspRequest::new(certificate, issuer).encode();
    let request = Request::post("/ocsp", "application/ocsp-request", question);
    let client = HttpClient::new(ClientSettings::default());
    let response = client.send(&Destination::plain("127.0.0.1", port), request).await?;
    if response.status != 200 {
        bail!("the responder answered {}", response.status);
    }
    Ok(response.body.read_all(MAX_BYTES).await?.to_vec())
}
