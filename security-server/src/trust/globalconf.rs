//! The global configuration of this server: where it comes from, and the snapshot in force.

use std::path::PathBuf;
use std::sync::Arc;

use ::globalconf::{GlobalConf, GlobalConfOutdated, ValidGlobalConf};
use serde::Deserialize;
use service_kit::clock::Clock;
use time::OffsetDateTime;

/// `[global_configuration]`: either an anchor, or a folder that another program keeps up to date.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GlobalConfConfig {
    /// Anchor file: the configuration is downloaded and verified by this server.
    pub anchor: Option<PathBuf>,
    /// Folder in X-Road's stored form. With an anchor: where downloads are kept. Without one: read only,
    /// kept up to date by another program (a stock configuration client).
    pub folder: PathBuf,
    /// Seconds between downloads, and between looks at a folder of another program.
    #[serde(default = "default_refresh")]
    pub refresh_seconds: u64,
    /// Instances whose configuration is downloaded too, if ours refers to them; `*` for all.
    #[serde(default)]
    pub federation: Vec<String>,
    /// HTTPS download addresses are tried before HTTP ones.
    #[serde(default = "default_true")]
    pub https: bool,
    /// Certificates (PEM) that HTTPS download servers may present; empty accepts any, since the
    /// configuration carries its own signature.
    #[serde(default)]
    pub https_certificates: Vec<PathBuf>,
    /// Time allowed for a connection. Seconds.
    #[serde(default = "default_connect")]
    pub connect_timeout_seconds: u64,
    /// Time allowed for an answer. Seconds.
    #[serde(default = "default_read")]
    pub read_timeout_seconds: u64,
}

fn default_refresh() -> u64 {
    60
}

fn default_true() -> bool {
    true
}

fn default_connect() -> u64 {
    10
}

fn default_read() -> u64 {
    30
}

/// Why there is no usable global configuration.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GlobalConfError {
    /// Nothing was loaded since start.
    #[error("no global configuration has been loaded yet")]
    Absent,
    /// What was loaded last has expired.
    #[error(transparent)]
    Outdated(#[from] GlobalConfOutdated),
}

/// The snapshot in force. Cheap to share; readers never wait.
pub struct GlobalConfStore {}

impl GlobalConfStore {
    /// Reads what is stored, if anything is; nothing is downloaded yet.
    ///
    /// # Errors
    /// The anchor cannot be read, or neither anchor nor folder is usable.
    pub fn open(config: GlobalConfConfig, clock: Clock) -> anyhow::Result<Arc<Self>> {
        todo!()
    }

    /// A store that holds one given configuration and never changes, for tests and tools.
    pub fn fixed(conf: GlobalConf) -> Arc<Self> {
        todo!()
    }

    /// Downloads or re-reads once; keeps the last good configuration when that fails.
    ///
    /// # Errors
    /// Why nothing new was taken.
    pub async fn refresh(&self) -> anyhow::Result<()> {
        todo!()
    }

    /// Refreshes for ever; to be spawned and aborted at shutdown.
    pub async fn run(self: Arc<Self>) {
        todo!()
    }

    /// The configuration in force, expired or not.
    #[must_use]
    pub fn current(&self) -> Option<GlobalConf> {
        todo!()
    }

    /// The proof that messages may be handled at `now`.
    ///
    /// # Errors
    /// [`GlobalConfError`], which is `global_conf_outdated` towards the outside.
    pub fn valid_at(&self, now: OffsetDateTime) -> Result<ValidGlobalConf, GlobalConfError> {
        todo!()
    }
}
