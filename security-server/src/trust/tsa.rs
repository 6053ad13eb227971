//! Timestamps of the approved services (RFC 3161 over HTTP), one after the other.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{anyhow, bail};
use globalconf::GlobalConf;
use pki::timestamp::{MessageImprint, TimeStampRequest, TimeStampResponse};
use pki::trust::Trust;
use pki::{Certificate, DigestAlgorithm};
use service_kit::http::Request;
use service_kit::http_client::{ClientSecurity, ClientSettings, Destination, HttpClient, Location};
use service_kit::tls::{TlsClient, Verification};

use super::globalconf::GlobalConfStore;
use crate::message_log::authority::{Stamping, TimestampAuthority, TimestampFailure};

/// Largest reply of a timestamping service. Bytes.
const REPLY_LIMIT: u64 = 256 * 1024;
/// Time allowed to connect, as in X-Road.
const CONNECT: Duration = Duration::from_secs(20);

/// Asks the timestamping services that the global configuration approves.
pub struct TsaClient {
    globalconf: Arc<GlobalConfStore>,
    client: HttpClient,
}

impl TsaClient {
    /// `timeout`: time allowed for the answer of one service.
    #[must_use]
    pub fn new(globalconf: Arc<GlobalConfStore>, timeout: Duration) -> Arc<Self> {
        let settings = ClientSettings {
            connect_timeout: CONNECT,
            response_timeout: Some(timeout),
            stall_timeout: timeout,
            keep_idle: Duration::ZERO,
            accept_close_delimited: true,
            ..ClientSettings::default()
        };
        Arc::new(Self { globalconf, client: HttpClient::new(settings) })
    }

    async fn first_that_answers(&self, data: &[u8]) -> Result<Vec<u8>, TimestampFailure> {
        let conf = self.globalconf.current();
        let conf = conf.ok_or_else(|| TimestampFailure("there is no global configuration yet".to_owned()))?;
        let mut failures = Vec::new();
        for tsa in conf.tsas() {
            match self.ask(&tsa.url, data, &conf).await {
                Ok(token) => return Ok(token),
                Err(error) => failures.push(format!("{} ({}): {error}", tsa.name, tsa.url)),
            }
        }
        if failures.is_empty() {
            failures.push("no timestamping service is approved".to_owned());
        }
        Err(TimestampFailure(failures.join("; ")))
    }

    /// A verified token with its signer's certificate inside. The request is X-Road's: imprint only,
    /// no nonce, no certificate asked for.
    async fn ask(&self, url: &str, data: &[u8], conf: &GlobalConf) -> anyhow::Result<Vec<u8>> {
        let question = TimeStampRequest::new(MessageImprint::of(DigestAlgorithm::Sha512, data));
        let Location { secure, host, port, target } = Location::parse(url)?;
        // A token carries its own signature, so the service's TLS certificate proves nothing more.
        let security = if secure {
            ClientSecurity::Tls(TlsClient::new(Verification::Any, None)?)
        } else {
            ClientSecurity::Plain
        };
        let request = Request::post(target, "application/timestamp-query", question.encode());
        let response = self.client.send(&Destination { host, port, security }, request).await?;
        if response.status != 200 {
            bail!("status {}", response.status);
        }
        let reply = TimeStampResponse::parse(&response.body.read_all(REPLY_LIMIT).await?)?;
        let token = reply.token_for(&question)?;
        let approved: &[Certificate] = conf.tsa_certificates();
        let signer =
            token.signer_among(approved).ok_or_else(|| anyhow!("the signer is not an approved service"))?;
        let token = token.with_certificate(signer)?;
        token.verify(data, approved)?;
        Ok(token.bytes().to_vec())
    }
}

impl TimestampAuthority for TsaClient {
    fn interval(&self) -> Option<time::Duration> {
        self.globalconf.current().map(|conf| conf.timestamping_interval())
    }

    fn stamp<'a>(&'a self, data: &'a [u8]) -> Stamping<'a> {
        Box::pin(self.first_that_answers(data))
    }
}

#[cfg(test)]
pub(crate) mod tests;
