//! The configuration file `central-registry.toml`.

use std::path::{Path, PathBuf};
use std::time::Duration;

use globalconf::FormatVersion;
use serde::Deserialize;
use service_kit::config::ConfigError;
use service_kit::telemetry::LogFormat;

use crate::personal_link::PersonalLinkConfig;

/// Everything that an operator can set. Unknown keys are refused; relative paths are relative to the
/// file.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Folder of the databases and signing keys.
    pub state_folder: PathBuf,
    /// Form of log lines; `RUST_LOG` chooses what is shown.
    #[serde(default)]
    pub log_format: LogFormat,
    /// Threads that answer requests.
    #[serde(default = "two")]
    pub worker_threads: usize,
    /// Time at start, for tests only; the clock runs from there. RFC 3339.
    pub clock: Option<String>,
    /// Global configuration.
    pub global_configuration: GlobalConfigurationConfig,
    /// Health of this process.
    #[serde(default)]
    pub administration: AdministrationConfig,
    /// Persons, links and consents.
    #[serde(default)]
    pub personal_link: PersonalLinkConfig,
}

/// How the global configuration is made and where it is downloaded. Table `[global_configuration]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GlobalConfigurationConfig {
    /// Hosts, with port if it is not the usual one, under which security servers reach the listeners
    /// below. They go into anchors and into the configuration itself.
    pub addresses: Vec<String>,
    /// Listener for downloads, plain HTTP: what is served carries its own signature.
    #[serde(default = "default_listen")]
    pub listen: String,
    /// Listener for downloads over HTTPS; none without it.
    pub https_listen: Option<String>,
    /// Certificate chain for HTTPS, PEM.
    pub https_certificate: Option<PathBuf>,
    /// Private key for HTTPS, PEM.
    pub https_key: Option<PathBuf>,
    /// Folder that is served; `public` in the state folder without it.
    pub public_folder: Option<PathBuf>,
    /// Oldest format version that is made, 2 to 6.
    #[serde(default = "two_u8")]
    pub minimum_version: u8,
    /// Seconds between two generations; a change of the membership makes one at once.
    #[serde(default = "sixty")]
    pub generate_seconds: u64,
    /// Seconds for which a generation is valid: how long security servers go on without us.
    #[serde(default = "six_hundred")]
    pub expire_seconds: u64,
    /// Seconds for which the files of an old generation stay.
    #[serde(default = "six_hundred")]
    pub keep_seconds: u64,
}

/// Table `[administration]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AdministrationConfig {
    /// Listener for `/health` and `/ready`, plain HTTP, for the machine itself.
    pub listen: String,
}

/// Settings that do not go together.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SettingError {
    /// Nobody could download the configuration.
    #[error("global_configuration.addresses: name at least one host, such as [\"registry.example.org\"]")]
    NoAddress,
    /// Not a host with optional port.
    #[error("global_configuration.addresses: {0:?} is not a host or host:port (without http://)")]
    Address(String),
    /// Not a format version.
    #[error("global_configuration.minimum_version: {0} is not between 2 and 6")]
    MinimumVersion(u8),
    /// Half of a TLS identity, or none with a listener.
    #[error("global_configuration: https_listen, https_certificate and https_key go together")]
    Https,
    /// A generation would expire before the next one.
    #[error(
        "global_configuration.expire_seconds must be at least twice generate_seconds, which is at least 1"
    )]
    Expiry,
    /// Files would be removed while they are listed.
    #[error("global_configuration.keep_seconds must be at least generate_seconds")]
    Keep,
    /// No thread at all.
    #[error("worker_threads must be between 1 and 64")]
    WorkerThreads,
}

impl Config {
    /// Reads and checks the file, and makes its paths absolute.
    ///
    /// # Errors
    /// [`ConfigError`] names file, line and key; [`SettingError`] what does not go together.
    pub fn load(path: &Path) -> anyhow::Result<Self> {
        let mut config: Self = service_kit::config::load(path)?;
        config.check().map_err(|error| ConfigError::Wrong {
            path: path.to_owned(),
            line: 1,
            key: None,
            problem: error.to_string(),
        })?;
        config.personal_link.check()?;
        config.resolve(path.parent().unwrap_or(Path::new("")));
        Ok(config)
    }

    /// The folder that is served.
    #[must_use]
    pub fn public_folder(&self) -> PathBuf {
        let configured = self.global_configuration.public_folder.clone();
        configured.unwrap_or_else(|| self.state_folder.join("public"))
    }

    fn check(&self) -> Result<(), SettingError> {
        let conf = &self.global_configuration;
        if conf.addresses.is_empty() {
            return Err(SettingError::NoAddress);
        }
        if let Some(wrong) = conf.addresses.iter().find(|address| !is_address(address)) {
            return Err(SettingError::Address(wrong.clone()));
        }
        if FormatVersion::from_number(conf.minimum_version).is_none() {
            return Err(SettingError::MinimumVersion(conf.minimum_version));
        }
        let https = [conf.https_listen.is_some(), conf.https_certificate.is_some(), conf.https_key.is_some()];
        if https.iter().any(|given| *given != https[0]) {
            return Err(SettingError::Https);
        }
        if conf.generate_seconds == 0 || conf.expire_seconds < conf.generate_seconds.saturating_mul(2) {
            return Err(SettingError::Expiry);
        }
        if conf.keep_seconds < conf.generate_seconds {
            return Err(SettingError::Keep);
        }
        if !(1..=64).contains(&self.worker_threads) {
            return Err(SettingError::WorkerThreads);
        }
        Ok(())
    }

    fn resolve(&mut self, folder: &Path) {
        let absolute = |path: &mut PathBuf| *path = folder.join(&*path);
        absolute(&mut self.state_folder);
        let conf = &mut self.global_configuration;
        let optional = [&mut conf.https_certificate, &mut conf.https_key, &mut conf.public_folder];
        optional.into_iter().flatten().for_each(absolute);
        self.personal_link.resolve_paths(folder);
    }
}

impl GlobalConfigurationConfig {
    /// The format versions that are made, oldest first.
    pub fn versions(&self) -> impl Iterator<Item = FormatVersion> {
        let oldest = self.minimum_version;
        FormatVersion::ALL.into_iter().filter(move |version| version.number() >= oldest)
    }

    /// Time between two generations.
    #[must_use]
    pub fn generate_interval(&self) -> Duration {
        Duration::from_secs(self.generate_seconds)
    }
}

impl Default for AdministrationConfig {
    fn default() -> Self {
        Self { listen: "127.0.0.1:4000".to_owned() }
    }
}

/// A host name or address with optional port, as it stands in a URL.
fn is_address(text: &str) -> bool {
    let plain =
        |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_' | b':' | b'[' | b']');
    !text.is_empty() && text.len() <= 255 && text.bytes().all(plain)
}

fn default_listen() -> String {
    "0.0.0.0:8081".to_owned()
}

const fn two() -> usize {
    2
}

const fn two_u8() -> u8 {
    2
}

const fn sixty() -> u64 {
    60
}

const fn six_hundred() -> u64 {
    600
}

#[cfg(test)]
mod tests {
    use super::*;

    fn conf() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../conf")
    }

    #[test]
    fn samples_are_read_and_the_full_one_shows_the_defaults() {
        let short = Config::load(&conf().join("central-registry.toml")).unwrap();
        let full = Config::load(&conf().join("central-registry.full.toml")).unwrap();
        assert_eq!(short.state_folder, conf().join("registry"));
        assert_eq!(short.public_folder(), conf().join("registry/public"));
        let (short, full) = (&short.global_configuration, &full.global_configuration);
        assert_eq!(short.listen, full.listen);
        assert_eq!(short.versions().collect::<Vec<_>>(), full.versions().collect::<Vec<_>>());
        assert_eq!(
            (short.generate_seconds, short.expire_seconds, short.keep_seconds),
            (full.generate_seconds, full.expire_seconds, full.keep_seconds)
        );
    }

    #[test]
    fn the_full_sample_has_every_key() {
        let full = std::fs::read_to_string(conf().join("central-registry.full.toml")).unwrap();
        let keys = [
            "state_folder",
            "log_format",
            "worker_threads",
            "clock",
            "addresses",
            "listen",
            "https_listen",
            "https_certificate",
            "https_key",
            "public_folder",
            "minimum_version",
            "generate_seconds",
            "expire_seconds",
            "keep_seconds",
            "enabled",
            "citizen_listen",
            "citizen_tls",
            "node_listen",
            "tls_certificate",
            "tls_key",
            "lease_seconds",
            "acknowledge_wait_millis",
            "token_seconds",
        ];
        for key in keys {
            let shown = |line: &str| line.trim_start_matches("# ").starts_with(&format!("{key} = "));
            assert!(full.lines().any(shown), "{key}");
        }
    }

    #[test]
    fn wrong_settings_are_refused_by_name() {
        let minimal = "state_folder = \"s\"\n[global_configuration]\naddresses = [\"cs\"]\n";
        let problem = |text: &str| {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("central-registry.toml");
            std::fs::write(&path, text).unwrap();
            Config::load(&path).map(|_| ()).unwrap_err().to_string()
        };
        let table = [
            (minimal.replace("\"cs\"", ""), "name at least one host"),
            (minimal.replace("\"cs\"", "\"http://cs/\""), "is not a host or host:port"),
            (format!("{minimal}minimum_version = 7\n"), "7 is not between 2 and 6"),
            (format!("{minimal}https_listen = \"0.0.0.0:443\"\n"), "go together"),
            (format!("{minimal}expire_seconds = 100\n"), "twice generate_seconds"),
            (format!("{minimal}keep_seconds = 10\n"), "keep_seconds must be"),
            (format!("worker_threads = 0\n{minimal}"), "worker_threads must be"),
            (format!("{minimal}adresses = []\n"), "did you mean addresses?"),
            (format!("{minimal}[personal_link]\nlease_seconds = 0\n"), "lease_seconds must be"),
        ];
        for (text, expected) in table {
            let found = problem(&text);
            assert!(found.contains(expected), "{found}");
        }
    }
}
