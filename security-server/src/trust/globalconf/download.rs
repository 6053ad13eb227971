//! One round of downloading: from an anchor to the files that are to be kept.

use std::time::Duration;

use anyhow::{Context, anyhow, bail};
use globalconf::{Anchor, SharedParams, VerifiedDirectory, stored};
use service_kit::http::Request;
use service_kit::http_client::{ClientSecurity, ClientSettings, Destination, HttpClient, Location};
use service_kit::tls::{TlsClient, Verification};
use time::OffsetDateTime;

use super::folder::StoredFile;
use super::locations::{self, Candidate};

/// Largest signed directory. Bytes.
const DIRECTORY_LIMIT: u64 = 1024 * 1024;
/// Largest part. Bytes.
const PART_LIMIT: u64 = 64 * 1024 * 1024;
/// Format versions, in the order in which they are asked for; the oldest is taken without a question.
const PROBED_VERSIONS: [u8; 4] = [6, 5, 4, 3];
/// The oldest format version.
const OLDEST_VERSION: u8 = 2;

/// Downloads and verifies; keeps nothing itself.
pub(super) struct Downloader {
    client: HttpClient,
    tls: TlsClient,
}

/// The files of one instance, verified.
pub(super) struct Downloaded {
    /// Files to be kept.
    pub(super) files: Vec<StoredFile>,
    /// The place that gave them.
    pub(super) url: String,
}

impl Downloader {
    /// `https_certificates`: DER certificates that HTTPS servers may present; empty accepts any, since
    /// what they serve carries its own signature.
    pub(super) fn new(
        https_certificates: Vec<Vec<u8>>,
        connect_timeout: Duration,
        read_timeout: Duration,
    ) -> anyhow::Result<Self> {
        let verification = if https_certificates.is_empty() {
            Verification::Any
        } else {
            Verification::Pinned(https_certificates)
        };
        let settings = ClientSettings {
            connect_timeout,
            response_timeout: Some(read_timeout),
            stall_timeout: read_timeout,
            accept_close_delimited: true,
            ..ClientSettings::default()
        };
        Ok(Self { client: HttpClient::new(settings), tls: TlsClient::new(verification, None)? })
    }

    /// The first place of `places` that gives a configuration which verifies.
    ///
    /// `present` are the files that are kept already; parts among them are not fetched again.
    pub(super) async fn download(
        &self,
        instance: &str,
        places: &[Candidate],
        present: &[StoredFile],
        now: OffsetDateTime,
    ) -> anyhow::Result<Downloaded> {
        let mut last = anyhow!("the anchor names no place to download from");
        for place in places {
            match self.try_place(instance, place, present, now).await {
                Ok(files) => return Ok(Downloaded { files, url: place.url.clone() }),
                Err(error) => {
                    tracing::debug!(
                        url = place.url,
                        error = format!("{error:#}"),
                        "no configuration from here"
                    );
                    last = error.context(place.url.clone());
                }
            }
        }
        Err(last)
    }

    async fn try_place(
        &self,
        instance: &str,
        place: &Candidate,
        present: &[StoredFile],
        now: OffsetDateTime,
    ) -> anyhow::Result<Vec<StoredFile>> {
        let (url, bytes) = self.directory(&place.url).await?;
        let directory = VerifiedDirectory::verify(&bytes, instance, &place.certificates, now)?;
        let mut files = Vec::new();
        for part in directory.parts() {
            let kept = stored::path(instance, &part.file_name);
            let known = present
                .iter()
                .find(|(name, content)| *name == kept && directory.check_part(part, content).is_ok());
            let content = match known {
                Some((_, content)) => content.clone(),
                None => {
                    let address = locations::part_url(&url, &part.location)
                        .with_context(|| format!("part at {:?}", part.location))?;
                    let content = self.get(&address, PART_LIMIT).await?;
                    directory.check_part(part, &content)?;
                    content
                }
            };
            files.extend(directory.stored_files(instance, part, content));
        }
        Ok(files)
    }

    /// The signed directory in the newest format version that the place has, and the address it came
    /// from. Any status but 404 to the question for a version means that the place has it.
    async fn directory(&self, url: &str) -> anyhow::Result<(String, Vec<u8>)> {
        if locations::names_version(url) {
            return Ok((url.to_owned(), self.get(url, DIRECTORY_LIMIT).await?));
        }
        for version in PROBED_VERSIONS {
            let address = locations::with_version(url, version);
            let (status, content) = self.ask(&address, DIRECTORY_LIMIT).await?;
            match status {
                404 => {}
                200 => return Ok((address, content)),
                other => bail!("status {other} for format version {version}"),
            }
        }
        let address = locations::with_version(url, OLDEST_VERSION);
        let content = self.get(&address, DIRECTORY_LIMIT).await?;
        Ok((address, content))
    }

    async fn get(&self, url: &str, limit: u64) -> anyhow::Result<Vec<u8>> {
        match self.ask(url, limit).await? {
            (200, content) => Ok(content),
            (status, _) => bail!("status {status} from {url}"),
        }
    }

    async fn ask(&self, url: &str, limit: u64) -> anyhow::Result<(u16, Vec<u8>)> {
        let Location { secure, host, port, target } = Location::parse(url)?;
        let security = if secure { ClientSecurity::Tls(self.tls.clone()) } else { ClientSecurity::Plain };
        let destination = Destination { host, port, security };
        let response = self.client.send(&destination, Request::get(target)).await?;
        let status = response.status;
        let content = response.body.read_all(limit).await?;
        Ok((status, content.to_vec()))
    }
}

/// The places for an anchor in the order of this round.
pub(super) fn places(
    anchor: &Anchor,
    stored: Option<&SharedParams>,
    last_good: Option<&str>,
    https: bool,
) -> Vec<Candidate> {
    locations::candidates(anchor, stored, last_good, https, &mut |places| {
        // Random keys, one for each place: an unbiased order.
        places.sort_by_cached_key(|_| service_kit::random::uuid());
    })
}
