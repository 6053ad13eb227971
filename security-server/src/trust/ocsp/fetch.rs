//! Asking a certification authority's OCSP responder (RFC 6960 appendix A, POST).

use std::time::Duration;

use anyhow::bail;
use bytes::Bytes;
use pki::Certificate;
use pki::ocsp::OcspRequest;
use service_kit::http::Request;
use service_kit::http_client::{ClientSecurity, ClientSettings, Destination, HttpClient, Location};
use service_kit::tls::{TlsClient, Verification};

use super::by_hash::{self, PeerFetchError};

/// Largest OCSP response. Bytes.
const RESPONSE_LIMIT: u64 = 64 * 1024;
/// Largest answer of a peer's port 5577. Bytes.
const ANSWER_LIMIT: u64 = 1024 * 1024;

/// Asks responders and peers.
pub(super) struct Fetcher {
    client: HttpClient,
}

impl Fetcher {
    pub(super) fn new(connect_timeout: Duration, read_timeout: Duration) -> Self {
        let settings = ClientSettings {
            connect_timeout,
            response_timeout: Some(read_timeout),
            stall_timeout: read_timeout,
            keep_idle: Duration::ZERO,
            accept_close_delimited: true,
            ..ClientSettings::default()
        };
        Self { client: HttpClient::new(settings) }
    }

    /// The response (DER, not verified) of one responder for one certificate.
    pub(super) async fn fetch(
        &self,
        url: &str,
        certificate: &Certificate,
        issuer: &Certificate,
    ) -> anyhow::Result<Vec<u8>> {
        let Location { secure, host, port, target } = Location::parse(url)?;
        // A response carries its own signature, so the responder's TLS certificate proves nothing more.
        let security = if secure {
            ClientSecurity::Tls(TlsClient::new(Verification::Any, None)?)
        } else {
            ClientSecurity::Plain
        };
        let body = OcspRequest::new(certificate, issuer).encode();
        let request = Request::post(target, "application/ocsp-request", body)
            .header("Accept", "application/ocsp-response");
        let response = self.client.send(&Destination { host, port, security }, request).await?;
        if response.status != 200 {
            bail!("status {}", response.status);
        }
        Ok(response.body.read_all(RESPONSE_LIMIT).await?.to_vec())
    }

    /// The responses of a peer for its own certificates, in their order.
    pub(super) async fn ask_peer(
        &self,
        host: &str,
        port: u16,
        certificates: &[Certificate],
    ) -> Result<Vec<Bytes>, PeerFetchError> {
        let destination = Destination { host: host.to_owned(), port, security: ClientSecurity::Plain };
        let request = Request::get(by_hash::target(certificates)).header("Accept", "multipart/related");
        let response = self
            .client
            .send(&destination, request)
            .await
            .map_err(|error| PeerFetchError(error.to_string()))?;
        if !response.is_success() {
            return Err(PeerFetchError(format!("status {}", response.status)));
        }
        let content_type = response.headers.get("Content-Type").unwrap_or_default().to_owned();
        let body =
            response.body.read_all(ANSWER_LIMIT).await.map_err(|error| PeerFetchError(error.to_string()))?;
        by_hash::parts(&content_type, body, certificates.len())
    }
}
