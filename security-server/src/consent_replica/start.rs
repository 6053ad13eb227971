//! Wiring: from the configuration to a gate that is kept fresh.

use std::path::{Path, PathBuf};
use std::time::Duration;

use consent::lease::{MAX_LEASE, MIN_LEASE};
use consent::replica::Replica;
use registry_api::{ClientError, NodeClient};
use serde::Deserialize;
use service_kit::clock::Clock;
use service_kit::shutdown::Shutdown;
use service_kit::tls::TlsIdentity;

use super::gate::ConsentGate;
use super::links::{Links, LinksError};
use super::sync;

/// Name of the file with the members' own numbers of persons, in the state folder.
const LINKS_FILE: &str = "consent-links.sqlite";

/// `[consent]`: absent when this server takes part in no personal exchange; whatever needs consent is then refused.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConsentConfig {
    /// The registry's port for security servers, `https://host:port`.
    pub registry: String,
    /// The registry's TLS certificate, PEM; nothing else is accepted as the registry.
    pub registry_certificate: PathBuf,
    /// How long this server decides without hearing from the registry: 1 to 60 seconds; the registry may allow less.
    #[serde(default = "default_lease_seconds")]
    pub lease_seconds: u64,
}

/// What the security server gives.
pub struct ConsentSetup<'a> {
    /// The table `[consent]`, if there is one.
    pub config: Option<&'a ConsentConfig>,
    /// Where the file with the links goes.
    pub state_folder: &'a Path,
    /// This server's authentication key and certificate.
    pub identity: &'a TlsIdentity,
    /// The time.
    pub clock: Clock,
    /// The ordered end of the process.
    pub shutdown: Shutdown,
}

/// Why consent cannot be started.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The store cannot be opened.
    #[error(transparent)]
    Links(#[from] LinksError),
    /// The registry's certificate cannot be read.
    #[error("consent.registry_certificate {file}: {cause}")]
    Certificate {
        /// The file.
        file: PathBuf,
        /// What is wrong with it.
        cause: String,
    },
    /// The lease is out of bounds.
    #[error("consent.lease_seconds is {0}, must be between {min} and {max}", min = MIN_LEASE.as_secs(), max = MAX_LEASE.as_secs())]
    Lease(u64),
    /// The registry's address cannot be used.
    #[error("consent.registry: {0}")]
    Registry(#[from] ClientError),
}

/// Opens the store and starts following the registry, if one is configured. Does not wait for it: until the first
/// snapshot every decision about a person is a refusal.
///
/// # Errors
/// See [`StartError`].
pub fn start(setup: ConsentSetup<'_>) -> Result<ConsentGate, StartError> {
    let links = Links::open(&setup.state_folder.join(LINKS_FILE))?;
    let Some(config) = setup.config else {
        return Ok(ConsentGate::new(Replica::default(), links, setup.clock));
    };
    let lease = Duration::from_secs(config.lease_seconds);
    if !(MIN_LEASE..=MAX_LEASE).contains(&lease) {
        return Err(StartError::Lease(config.lease_seconds));
    }
    let certificate = read_certificate(&config.registry_certificate)?;
    let client = NodeClient::new(&config.registry, vec![certificate], setup.identity)?;
    let gate = ConsentGate::new(Replica::new(lease), links, setup.clock).with_registry(client.clone());
    setup.shutdown.spawn(sync::follow(gate.clone(), client, setup.shutdown.clone()));
    Ok(gate)
}

fn read_certificate(file: &Path) -> Result<Vec<u8>, StartError> {
    let refused = |cause: String| StartError::Certificate { file: file.to_owned(), cause };
    let pem = std::fs::read(file).map_err(|error| refused(error.to_string()))?;
    let certificate = pki::Certificate::from_pem(&pem).map_err(|error| refused(error.to_string()))?;
    Ok(certificate.der().to_vec())
}

fn default_lease_seconds() -> u64 {
    5
}
