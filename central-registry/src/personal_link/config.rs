//! The table `[personal_link]`.

use std::path::{Path, PathBuf};
use std::time::Duration;

use consent::lease::{MAX_LEASE, MIN_LEASE};
use serde::Deserialize;

/// What an operator can set. Unknown keys are refused.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PersonalLinkConfig {
    /// Whether persons, links and consents are served at all.
    pub enabled: bool,
    /// Port for citizens' devices; every request is signed by the device.
    pub citizen_listen: String,
    /// Whether that port speaks TLS (with the identity below). Without: keep it on loopback or behind a proxy.
    pub citizen_tls: bool,
    /// Port for security servers, mutual TLS.
    pub node_listen: String,
    /// Certificate chain for TLS, PEM. Without it a self-signed one is made and kept in the state folder.
    pub tls_certificate: Option<PathBuf>,
    /// Private key for TLS, PEM.
    pub tls_key: Option<PathBuf>,
    /// Longest time, in seconds, for which a security server may decide without hearing from the registry: 1 to 60.
    pub lease_seconds: u64,
    /// How long, in milliseconds, an answer to a citizen waits for the security servers' acknowledgements.
    pub acknowledge_wait_millis: u64,
    /// How long, in seconds, a link token can be used.
    pub token_seconds: u64,
}

/// A setting that makes no sense.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// The lease is out of bounds.
    #[error("lease_seconds must be between 1 and 60")]
    Lease,
    /// The wait is too long.
    #[error("acknowledge_wait_millis must be at most 30000")]
    Wait,
    /// The tokens live too long or not at all.
    #[error("token_seconds must be between 1 and 86400")]
    Token,
    /// One of certificate and key is missing.
    #[error("tls_certificate and tls_key go together")]
    Tls,
}

impl Default for PersonalLinkConfig {
    fn default() -> Self {
        Self {
            enabled: true,
            citizen_listen: "127.0.0.1:4100".to_owned(),
            citizen_tls: false,
            node_listen: "0.0.0.0:4101".to_owned(),
            tls_certificate: None,
            tls_key: None,
            lease_seconds: 5,
            acknowledge_wait_millis: 2_000,
            token_seconds: 600,
        }
    }
}

impl PersonalLinkConfig {
    /// Cross-checks.
    ///
    /// # Errors
    /// See [`ConfigError`].
    pub fn check(&self) -> Result<(), ConfigError> {
        if !(MIN_LEASE..=MAX_LEASE).contains(&self.lease()) {
            return Err(ConfigError::Lease);
        }
        if self.acknowledge_wait_millis > 30_000 {
            return Err(ConfigError::Wait);
        }
        if !(1..=86_400).contains(&self.token_seconds) {
            return Err(ConfigError::Token);
        }
        if self.tls_certificate.is_some() != self.tls_key.is_some() {
            return Err(ConfigError::Tls);
        }
        Ok(())
    }

    /// Makes relative paths relative to the folder of the configuration file.
    pub fn resolve_paths(&mut self, folder: &Path) {
        for path in [&mut self.tls_certificate, &mut self.tls_key].into_iter().flatten() {
            *path = folder.join(&*path);
        }
    }

    /// The longest lease.
    #[must_use]
    pub fn lease(&self) -> Duration {
        Duration::from_secs(self.lease_seconds)
    }

    /// How long an answer waits for acknowledgements.
    #[must_use]
    pub fn acknowledge_wait(&self) -> Duration {
        Duration::from_millis(self.acknowledge_wait_millis)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_checked() {
        let read = |text: &str| toml::from_str::<PersonalLinkConfig>(text).unwrap().check();
        let cases = [
            ("", Ok(())),
            ("lease_seconds = 60", Ok(())),
            ("lease_seconds = 0", Err(ConfigError::Lease)),
            ("lease_seconds = 61", Err(ConfigError::Lease)),
            ("acknowledge_wait_millis = 30001", Err(ConfigError::Wait)),
            ("token_seconds = 0", Err(ConfigError::Token)),
            ("tls_key = \"key.pem\"", Err(ConfigError::Tls)),
        ];
        for (text, expected) in cases {
            assert_eq!(read(text), expected, "{text}");
        }
        assert!(toml::from_str::<PersonalLinkConfig>("lease = 5").is_err(), "unknown keys are refused");
    }

    #[test]
    fn paths_are_relative_to_the_file() {
        let mut config: PersonalLinkConfig =
            toml::from_str("tls_certificate = \"a.pem\"\ntls_key = \"/b.pem\"").unwrap();
        config.resolve_paths(Path::new("/etc/registry"));
        assert_eq!(config.tls_certificate.unwrap(), Path::new("/etc/registry/a.pem"));
        assert_eq!(config.tls_key.unwrap(), Path::new("/b.pem"));
    }
}
