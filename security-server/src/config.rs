//! Configuration of a security server (`security-server.toml`): types, defaults, cross-checks.
//!
//! Every address, port, key file and time limit is a key here; `conf/security-server.full.toml` shows each
//! with its default. Unknown keys are refused. Relative paths are relative to the file itself.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

use identifiers::ServerId;
use serde::Deserialize;
use service_kit::config::ConfigError;
use service_kit::peer_tls::PeerTlsMode;
use service_kit::secret::SecretSource;
use service_kit::telemetry::LogFormat;

use crate::consent_replica::ConsentConfig;
use crate::message_log::MessageLogConfig;
use crate::relay::version::PeerVersion;
use crate::trust::GlobalConfConfig;
use crate::trust::ocsp::OcspConfig;

/// The whole file.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Who this server is and where it keeps things.
    pub server: ServerConfig,
    /// Private keys and certificates.
    pub keys: KeysConfig,
    /// Where the global configuration comes from.
    pub global_configuration: GlobalConfConfig,
    /// Listeners for information systems, and the connection to services.
    #[serde(default)]
    pub information_systems: InformationSystemsConfig,
    /// The link between security servers.
    #[serde(default)]
    pub peers: PeersConfig,
    /// Revocation status.
    #[serde(default)]
    pub ocsp: OcspConfig,
    /// The journal.
    #[serde(default)]
    pub message_log: MessageLogConfig,
    /// Persons and consents; absent when this server takes part in no personal exchange.
    pub consent: Option<ConsentConfig>,
    /// The administration port.
    #[serde(default)]
    pub admin: AdminConfig,
    /// Bounds on what one exchange may use.
    #[serde(default)]
    pub limits: LimitsConfig,
}

/// `[server]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServerConfig {
    /// `instance/class/member/server`, as registered in the global configuration.
    pub id: ServerId,
    /// Folder of everything that must survive a restart.
    pub state_folder: PathBuf,
    /// Subsystems, services and access rights.
    pub declarations: PathBuf,
    /// Time at start, RFC 3339; from then on the clock runs. For replays of recorded exchanges only.
    pub clock: Option<String>,
    /// Log lines for people (`text`) or for collectors (`json`).
    #[serde(default)]
    pub log_format: LogFormat,
    /// Threads that run exchanges.
    #[serde(default = "default_workers")]
    pub worker_threads: usize,
}

/// `[keys]`: a software token, PEM files, or both.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeysConfig {
    /// Folder of the software token (PKCS#12 files, also those of a stock server).
    pub token: Option<PathBuf>,
    /// Where the PIN of the token comes from: `{ file = "..." }`, `{ env = "..." }` or `"prompt"`.
    pub pin: Option<SecretSource>,
    /// Keys outside the token.
    #[serde(default)]
    pub pem: Vec<PemKeyConfig>,
}

/// `[[keys.pem]]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PemKeyConfig {
    /// Private key (PKCS#8, PKCS#1 or SEC 1).
    pub key: PathBuf,
    /// Its certificate, then intermediates, nearest first.
    pub certificate: PathBuf,
}

/// `[information_systems]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct InformationSystemsConfig {
    /// Plain HTTP listener; absent: none.
    pub http: Option<SocketAddr>,
    /// HTTPS listener; absent: none.
    pub https: Option<SocketAddr>,
    /// Key and certificate that this server shows to information systems, as server and as client.
    /// Absent with an HTTPS listener: a self-signed one is made and kept in the state folder.
    pub tls_key: Option<PathBuf>,
    /// See `tls_key`.
    pub tls_certificate: Option<PathBuf>,
    /// An expired certificate of an information system is refused (X-Road only warns by default).
    pub enforce_certificate_validity: bool,
    /// `GET /wsdl` gives descriptions of services to tools that load them by address.
    pub allow_get_wsdl: bool,
    /// How long a connection may rest between requests. Seconds.
    pub idle_seconds: u64,
    /// How long an information system may stall while it sends or takes a body. Seconds.
    pub stall_seconds: u64,
}

/// `[peers]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PeersConfig {
    /// Listener for other security servers.
    pub listen: SocketAddr,
    /// Listener for their questions about our OCSP responses.
    pub ocsp_listen: SocketAddr,
    /// Port on which other security servers listen (the global configuration names only addresses).
    pub port: u16,
    /// `compatible`: TLS 1.3 with servers that know it, X-Road's TLS 1.2 with the rest. `modern`: TLS 1.3 only.
    pub tls: PeerTlsMode,
    /// Connections stay open after an exchange.
    pub keep_alive: KeepAlive,
    /// Oldest version of a consumer's server that is served, e.g. `7.6.0`. Absent: any.
    pub min_client_version: Option<String>,
    /// Time allowed for TCP and TLS. Seconds.
    pub connect_seconds: u64,
    /// Time allowed for the beginning of an answer, and for each wait in it. Seconds.
    pub answer_seconds: u64,
    /// How long a connection may rest between exchanges. Seconds.
    pub idle_seconds: u64,
    /// Where servers really are, by the address in the global configuration: several on one machine, NAT.
    pub address: BTreeMap<String, PeerAddress>,
}

/// `[peers.address."<address in the global configuration>"]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PeerAddress {
    /// Host name or IP address to connect to. Absent: the address itself.
    pub host: Option<String>,
    /// Port of the message link. Absent: `peers.port`.
    pub port: Option<u16>,
    /// Port of the OCSP responses. Absent: `ocsp.peer_port`.
    pub ocsp_port: Option<u16>,
}

/// Whether connections between security servers stay open after an exchange.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum KeepAlive {
    /// With peers that speak TLS 1.3, which stock servers do not: those expect a new connection each time.
    Modern,
    /// With all (packages that pool connections).
    Always,
    /// With none.
    Never,
}

/// `[admin]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AdminConfig {
    /// Listener, plain HTTP: keep it on loopback.
    pub listen: SocketAddr,
    /// Permits another address than loopback.
    pub allow_remote: bool,
}

/// `[limits]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LimitsConfig {
    /// Largest body of a message, in either direction. Bytes.
    pub max_body_bytes: u64,
    /// Of a body that must wait for its signature, so much stays in memory; the rest goes to a file. Bytes.
    pub spool_memory_bytes: usize,
    /// And of all such bodies together. Bytes.
    pub spool_total_memory_bytes: usize,
    /// Folder of such files. Absent: the system's folder of temporary files.
    pub spool_folder: Option<PathBuf>,
    /// Connections from information systems at once.
    pub max_client_connections: usize,
    /// Connections from other security servers at once.
    pub max_peer_connections: usize,
    /// Messages under one signature at most, while the key is busy.
    pub max_signature_batch: usize,
}

impl Default for InformationSystemsConfig {
    fn default() -> Self {
        Self {
            http: Some(SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 8080)),
            https: None,
            tls_key: None,
            tls_certificate: None,
            enforce_certificate_validity: false,
            allow_get_wsdl: true,
            idle_seconds: 60,
            stall_seconds: 60,
        }
    }
}

impl Default for PeersConfig {
    fn default() -> Self {
        let any = IpAddr::V4(Ipv4Addr::UNSPECIFIED);
        Self {
            listen: SocketAddr::new(any, 5500),
            ocsp_listen: SocketAddr::new(any, 5577),
            port: 5500,
            tls: PeerTlsMode::Compatible,
            keep_alive: KeepAlive::Modern,
            min_client_version: None,
            connect_seconds: 30,
            answer_seconds: 600,
            idle_seconds: 60,
            address: BTreeMap::new(),
        }
    }
}

impl Default for AdminConfig {
    fn default() -> Self {
        Self { listen: SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 4000), allow_remote: false }
    }
}

impl Default for LimitsConfig {
    fn default() -> Self {
        Self {
            max_body_bytes: 2 * 1024 * 1024 * 1024,
            spool_memory_bytes: 256 * 1024,
            spool_total_memory_bytes: 16 * 1024 * 1024,
            spool_folder: None,
            max_client_connections: 5_000,
            max_peer_connections: 5_000,
            max_signature_batch: 64,
        }
    }
}

fn default_workers() -> usize {
    2
}

/// A configuration that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigProblem {
    /// The file cannot be read or is no such file.
    #[error(transparent)]
    File(#[from] ConfigError),
    /// Two keys do not fit together, or a value is out of bounds.
    #[error("{path}: {rule}")]
    Rule {
        /// The file.
        path: PathBuf,
        /// The rule, in words.
        rule: String,
    },
}

impl Config {
    /// Reads a configuration file and checks it as far as that goes without looking at other files.
    ///
    /// # Errors
    /// See [`ConfigProblem`].
    pub fn load(path: &Path) -> Result<Self, ConfigProblem> {
        let mut config: Self = service_kit::config::load(path)?;
        config.check().map_err(|rule| ConfigProblem::Rule { path: path.to_owned(), rule })?;
        config.resolve(path.parent().unwrap_or_else(|| Path::new(".")));
        Ok(config)
    }

    /// The oldest version of a consumer's server that is served.
    #[must_use]
    pub fn min_client_version(&self) -> Option<PeerVersion> {
        self.peers.min_client_version.as_deref().and_then(|text| PeerVersion::parse(text).ok())
    }

    fn check(&self) -> Result<(), String> {
        let keys = &self.keys;
        if keys.token.is_none() && keys.pem.is_empty() {
            return Err("[keys] names neither a `token` nor `[[keys.pem]]` files".to_owned());
        }
        if keys.token.is_some() && keys.pin.is_none() {
            return Err("`keys.token` needs `keys.pin`".to_owned());
        }
        let systems = &self.information_systems;
        if systems.tls_key.is_some() != systems.tls_certificate.is_some() {
            return Err("`information_systems.tls_key` and `tls_certificate` belong together".to_owned());
        }
        if let Some(version) = &self.peers.min_client_version {
            PeerVersion::parse(version)
                .map_err(|_| format!("`peers.min_client_version` {version:?} is no version"))?;
        }
        if self.server.worker_threads == 0 {
            return Err("`server.worker_threads` must be at least 1".to_owned());
        }
        self.message_log.check()?;
        if !self.admin.listen.ip().is_loopback() && !self.admin.allow_remote {
            return Err("`admin.listen` is not a loopback address; the port asks for no password. \
                        Set `admin.allow_remote = true` only behind something that does"
                .to_owned());
        }
        Ok(())
    }

    /// Makes relative paths relative to the folder of the file.
    fn resolve(&mut self, folder: &Path) {
        let absolute = |path: &mut PathBuf| *path = folder.join(&*path);
        absolute(&mut self.server.state_folder);
        absolute(&mut self.server.declarations);
        self.keys.token.iter_mut().for_each(absolute);
        if let Some(SecretSource::File(path)) = &mut self.keys.pin {
            absolute(path);
        }
        for pem in &mut self.keys.pem {
            absolute(&mut pem.key);
            absolute(&mut pem.certificate);
        }
        let global = &mut self.global_configuration;
        global.anchor.iter_mut().for_each(absolute);
        absolute(&mut global.folder);
        global.https_certificates.iter_mut().for_each(absolute);
        let systems = &mut self.information_systems;
        systems.tls_key.iter_mut().chain(systems.tls_certificate.iter_mut()).for_each(absolute);
        if let Some(consent) = &mut self.consent {
            absolute(&mut consent.registry_certificate);
        }
        self.message_log.resolve(absolute);
        self.limits.spool_folder.iter_mut().for_each(absolute);
    }
}

#[cfg(test)]
mod tests;
