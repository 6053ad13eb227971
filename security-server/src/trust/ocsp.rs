//! Revocation status: our own certificates ahead of need, peers' responses by certificate hash.
//!
//! * `cache`: responses on disk under X-Road's file names, so that a restart needs no network;
//! * `fetch`: from a certification authority's responder (RFC 6960 over HTTP);
//! * `by_hash`: from a peer's port 5577;
//! * [`OcspStore`]: what is at hand, and the loop that keeps our own responses fresh.

mod by_hash;
mod cache;
mod fetch;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use ::globalconf::{GlobalConf, ValidGlobalConf};
use anyhow::{Context, anyhow, bail};
use arc_swap::ArcSwap;
use bytes::Bytes;
use pki::Certificate;
use pki::ocsp::{OcspQuery, OcspResponse};
use pki::trust::Trust;
use service_kit::clock::Clock;
use time::OffsetDateTime;

use super::globalconf::GlobalConfStore;
pub(super) use by_hash::{OCSP_RESPONSE, PeerFetchError, answer};
use cache::Cache;
use fetch::Fetcher;

/// Pause while there is no valid global configuration.
const UNTIL_CONFIGURED: Duration = Duration::from_secs(1);

/// `[ocsp]`.
#[derive(Debug, Clone, serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct OcspConfig {
    /// Folder of cached responses; relative to the state folder of the server.
    pub folder: PathBuf,
    /// Seconds between fetches. Absent: the global configuration's interval (1,200 when it names none).
    pub fetch_interval_seconds: Option<u64>,
    /// Seconds until the next attempt after a failure.
    pub retry_seconds: u64,
    /// Port on which peers answer requests by certificate hash.
    pub peer_port: u16,
    /// Time allowed for a connection. Seconds.
    pub connect_timeout_seconds: u64,
    /// Time allowed for an answer. Seconds.
    pub read_timeout_seconds: u64,
}

impl Default for OcspConfig {
    fn default() -> Self {
        Self {
            folder: PathBuf::from("ocsp"),
            fetch_interval_seconds: None,
            retry_seconds: 60,
            peer_port: 5577,
            connect_timeout_seconds: 20,
            read_timeout_seconds: 30,
        }
    }
}

/// No usable status of one of our own certificates: nothing may be signed or shown with it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no fresh OCSP response of the own certificate {subject}")]
pub struct OwnStatusMissing {
    /// Subject of the certificate.
    pub subject: String,
}

/// What is known about one of our own certificates, for health pages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnStatus {
    /// Subject of the certificate.
    pub subject: String,
    /// End of the certificate's validity.
    pub not_after: OffsetDateTime,
    /// Time of the good response at hand.
    pub good_at: Option<OffsetDateTime>,
    /// Why the last fetch failed.
    pub error: Option<String>,
}

/// OCSP responses of our own and our peers' certificates.
pub struct OcspStore {
    // Dependencies.
    globalconf: Arc<GlobalConfStore>,
    clock: Clock,
    fetcher: Fetcher,
    // Configuration.
    config: OcspConfig,
    // State.
    cache: Cache,
    own: ArcSwap<Vec<OwnCertificate>>,
}

/// One certificate of ours and how its status stands.
#[derive(Clone)]
struct OwnCertificate {
    certificate: Certificate,
    error: Option<String>,
}

impl OcspStore {
    /// Loads the cache folder. `own`: each certificate that we show or sign with, and its intermediates.
    ///
    /// # Errors
    /// The folder cannot be used.
    pub fn open(
        folder: &Path,
        config: OcspConfig,
        own: Vec<Certificate>,
        globalconf: Arc<GlobalConfStore>,
        clock: Clock,
    ) -> anyhow::Result<Arc<Self>> {
        let cache = Cache::open(folder).with_context(|| folder.display().to_string())?;
        let connect = Duration::from_secs(config.connect_timeout_seconds.max(1));
        let read = Duration::from_secs(config.read_timeout_seconds.max(1));
        let store = Self {
            globalconf,
            clock,
            fetcher: Fetcher::new(connect, read),
            config,
            cache,
            own: ArcSwap::from_pointee(Vec::new()),
        };
        store.set_own(own);
        Ok(Arc::new(store))
    }

    /// Replaces the list of our own certificates, after keys or certificates were changed.
    pub fn set_own(&self, own: Vec<Certificate>) {
        let mut list: Vec<OwnCertificate> = Vec::new();
        for certificate in own {
            // A self-signed certificate has no issuer who could tell its status.
            let self_signed = certificate.subject() == certificate.issuer();
            if !self_signed && list.iter().all(|known| known.certificate != certificate) {
                list.push(OwnCertificate { certificate, error: None });
            }
        }
        self.own.store(Arc::new(list));
    }

    /// Fetches responses of our own certificates for ever; to be spawned, and aborted at shutdown.
    pub async fn run(self: Arc<Self>) {
        loop {
            let pause = match self.globalconf.valid_at(self.clock.now()) {
                Err(_) => UNTIL_CONFIGURED,
                Ok(conf) => match self.refresh().await {
                    Ok(()) => self.interval(&conf),
                    Err(error) => {
                        tracing::warn!(
                            error = format!("{error:#}"),
                            "status of an own certificate is not fresh"
                        );
                        self.interval(&conf).min(Duration::from_secs(self.config.retry_seconds.max(1)))
                    }
                },
            };
            tokio::time::sleep(pause).await;
        }
    }

    /// Fetches the responses of all own certificates once.
    ///
    /// # Errors
    /// What could not be fetched; the others are kept.
    pub async fn refresh(&self) -> anyhow::Result<()> {
        let conf = self.globalconf.valid_at(self.clock.now())?;
        let own = self.own.load_full();
        let mut list = Vec::with_capacity(own.len());
        let mut failed = Ok(());
        for certificate in own.iter().map(|own| &own.certificate) {
            let outcome = self.fetch_own(certificate, &conf).await;
            let error = outcome.as_ref().err().map(|error| format!("{error:#}"));
            list.push(OwnCertificate { certificate: certificate.clone(), error });
            if let Err(error) = outcome {
                failed = Err(error.context(certificate.subject().to_string()));
            }
        }
        // A list that was replaced meanwhile stays.
        self.own.compare_and_swap(&own, Arc::new(list));
        failed
    }

    /// Asks the responders of the certificate's issuer, one after the other.
    async fn fetch_own(&self, certificate: &Certificate, conf: &ValidGlobalConf) -> anyhow::Result<()> {
        let issuer = conf
            .issuer_of(certificate, conf.instance())
            .ok_or_else(|| anyhow!("not issued by an approved certification service"))?;
        let mut last = anyhow!("the issuer has no OCSP responder");
        for url in responders(conf, certificate, &issuer.certificate) {
            match self.fetcher.fetch(&url, certificate, &issuer.certificate).await {
                Err(error) => last = error.context(url),
                Ok(der) => {
                    let response = OcspResponse::parse(&der)?;
                    let query = query(conf, certificate, issuer, self.clock.now());
                    match response.verify(&query) {
                        Ok(_) => return Ok(self.cache.keep(certificate, der)?),
                        Err(error) if error.is_status() => {
                            // Revoked or unknown: from now on nothing may be signed with it.
                            self.cache.forget(certificate)?;
                            bail!("{url}: {error}");
                        }
                        Err(error) => last = anyhow!(error).context(url),
                    }
                }
            }
        }
        Err(last)
    }

    /// The fresh, good responses of an own certificate and its intermediates, in that order: the
    /// OCSP parts of a request, the OCSP values of a signature.
    ///
    /// # Errors
    /// [`OwnStatusMissing`]: one of them has none.
    pub fn own_responses(&self, chain: &[Certificate]) -> Result<Vec<Bytes>, OwnStatusMissing> {
        let conf = self.globalconf.valid_at(self.clock.now()).ok();
        let missing =
            |certificate: &Certificate| OwnStatusMissing { subject: certificate.subject().to_string() };
        chain
            .iter()
            .filter(|certificate| certificate.subject() != certificate.issuer())
            .map(|certificate| {
                conf.as_ref()
                    .and_then(|conf| self.good_response(certificate, conf))
                    .ok_or_else(|| missing(certificate))
            })
            .collect()
    }

    /// The response at hand, if it proves at the time of `conf` that the certificate is good.
    fn good_response(&self, certificate: &Certificate, conf: &ValidGlobalConf) -> Option<Bytes> {
        let issuer = conf.issuer_of(certificate, conf.instance())?;
        let policy = conf.ocsp_policy();
        self.cache.good(certificate, conf.at(), &policy, |response| {
            response.verify(&query(conf, certificate, issuer, conf.at())).ok()
        })
    }

    /// The response at hand for a certificate with this SHA-1 or SHA-256 hash, if it is fresh enough to
    /// be shown to a peer.
    pub(super) fn by_hash(&self, hash: &[u8], conf: &ValidGlobalConf) -> Option<Bytes> {
        let own = self.own.load();
        let wanted =
            |own: &&OwnCertificate| own.certificate.sha1() == hash || own.certificate.sha256() == hash;
        let certificate = &own.iter().find(wanted)?.certificate;
        self.good_response(certificate, conf)
    }

    /// The responses of a peer's certificates at hand; absent when one is missing.
    pub(super) fn peer_responses(&self, certificates: &[Certificate]) -> Option<Vec<Bytes>> {
        certificates.iter().map(|certificate| self.cache.any(certificate)).collect()
    }

    /// Fetches the responses of a peer's certificates from its own port 5577 and keeps them in memory.
    pub(super) async fn fetch_from_peer(
        &self,
        host: &str,
        port: u16,
        certificates: &[Certificate],
    ) -> Result<Vec<Bytes>, PeerFetchError> {
        let responses = self.fetcher.ask_peer(host, port, certificates).await?;
        for (certificate, response) in certificates.iter().zip(&responses) {
            self.cache.remember(certificate, response.clone());
        }
        Ok(responses)
    }

    /// Puts a response in memory, unverified.
    #[cfg(test)]
    pub(super) fn put_for_tests(&self, certificate: &Certificate, response: Vec<u8>) {
        self.cache.remember(certificate, response.into());
    }

    /// State of our own certificates.
    #[must_use]
    pub fn own_status(&self) -> Vec<OwnStatus> {
        let own = self.own.load();
        own.iter()
            .map(|own| OwnStatus {
                subject: own.certificate.subject().to_string(),
                not_after: own.certificate.not_after(),
                good_at: self.cache.good_at(&own.certificate),
                error: own.error.clone(),
            })
            .collect()
    }

    fn interval(&self, conf: &ValidGlobalConf) -> Duration {
        let seconds = self
            .config
            .fetch_interval_seconds
            .unwrap_or_else(|| conf.extensions().ocsp_fetch_interval_seconds.into());
        Duration::from_secs(seconds.max(1))
    }
}

/// Addresses of the issuer's responders: those of the global configuration, then the certificate's own.
fn responders(conf: &GlobalConf, certificate: &Certificate, issuer: &Certificate) -> Vec<String> {
    let mut urls = Vec::new();
    for ca in conf.approved_cas(conf.instance()) {
        let infos = std::iter::once(&ca.top_ca).chain(&ca.intermediate_cas);
        let matching = infos.filter(|info| info.cert == issuer.der());
        urls.extend(matching.flat_map(|info| info.ocsp.iter().map(|ocsp| ocsp.url.clone())));
    }
    urls.extend(certificate.ocsp_urls().iter().cloned());
    let mut unique = HashMap::new();
    urls.retain(|url| unique.insert(url.clone(), ()).is_none());
    urls
}

/// The question whether a response proves at `now` that the certificate is good.
pub(crate) fn query<'a>(
    conf: &GlobalConf,
    certificate: &'a Certificate,
    issuer: &'a pki::trust::Issuer,
    now: OffsetDateTime,
) -> OcspQuery<'a> {
    let policy = conf.ocsp_policy();
    OcspQuery {
        cert: certificate,
        issuer: &issuer.certificate,
        responders: &issuer.ocsp_responders,
        now,
        freshness: policy.freshness,
        verify_next_update: policy.verify_next_update,
    }
}

#[cfg(test)]
mod tests;
