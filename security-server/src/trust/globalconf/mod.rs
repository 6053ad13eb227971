//! The global configuration of this server: where it comes from, and the snapshot in force.
//!
//! Either an anchor says where to download (and this server verifies and keeps what it got), or
//! another program keeps a folder up to date and this server reads it. In both cases the last good
//! configuration stays in force until it expires; nobody ever sees a half of one.

mod download;
mod folder;
mod locations;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::Context;
use arc_swap::ArcSwapOption;
use globalconf::{Anchor, GlobalConf, GlobalConfOutdated, ValidGlobalConf, stored};
use serde::Deserialize;
use service_kit::clock::Clock;
use time::OffsetDateTime;

use download::Downloader;
use folder::{Fingerprint, StoredFile};

/// Longest pause between two looks at a folder of another program.
const LOOK: Duration = Duration::from_secs(2);

/// `[global_configuration]`: either an anchor, or a folder that another program keeps up to date.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GlobalConfConfig {
    /// Anchor file: the configuration is downloaded and verified by this server.
    #[serde(default)]
    pub anchor: Option<PathBuf>,
    /// Folder in X-Road's stored form. With an anchor: where downloads are kept. Without one: read
    /// only, kept up to date by another program (a stock configuration client).
    pub folder: PathBuf,
    /// Seconds between downloads; a folder of another program is looked at more often.
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
pub struct GlobalConfStore {
    // Dependencies.
    clock: Clock,
    source: Source,
    // Configuration.
    refresh: Duration,
    // State.
    current: ArcSwapOption<GlobalConf>,
    /// Why the last refresh gave nothing new.
    error: ArcSwapOption<String>,
}

enum Source {
    /// Downloaded by us.
    Anchor(Box<AnchorSource>),
    /// Kept by another program; what its folder looked like when it was read last.
    Folder { folder: PathBuf, seen: Mutex<Option<Fingerprint>> },
    /// Given once.
    Fixed,
}

struct AnchorSource {
    anchor: Anchor,
    downloader: Downloader,
    folder: PathBuf,
    federation: Vec<String>,
    https: bool,
    /// The place that worked last, for each instance.
    last_good: Mutex<HashMap<String, String>>,
}

impl GlobalConfStore {
    /// Reads what is stored, if anything is; nothing is downloaded yet.
    ///
    /// # Errors
    /// The anchor or a certificate cannot be read. A folder without usable configuration is no error:
    /// the first refresh may bring one.
    pub fn open(config: &GlobalConfConfig, clock: Clock) -> anyhow::Result<Arc<Self>> {
        let source = match &config.anchor {
            Some(path) => Source::Anchor(Box::new(AnchorSource::open(path, config)?)),
            None => Source::Folder { folder: config.folder.clone(), seen: Mutex::new(None) },
        };
        let store = Self {
            clock,
            source,
            refresh: Duration::from_secs(config.refresh_seconds.max(1)),
            current: ArcSwapOption::empty(),
            error: ArcSwapOption::empty(),
        };
        if let Err(error) = store.load_stored() {
            tracing::warn!(error = format!("{error:#}"), "no stored global configuration is used");
        }
        Ok(Arc::new(store))
    }

    /// A store that holds one given configuration and never changes, for tests and tools.
    #[must_use]
    pub fn fixed(conf: GlobalConf) -> Arc<Self> {
        Arc::new(Self {
            clock: Clock::system(),
            source: Source::Fixed,
            refresh: Duration::MAX,
            current: ArcSwapOption::from_pointee(conf),
            error: ArcSwapOption::empty(),
        })
    }

    /// Downloads or re-reads once; keeps the last good configuration when that fails.
    ///
    /// # Errors
    /// Why nothing new was taken.
    pub async fn refresh(&self) -> anyhow::Result<()> {
        let outcome = match &self.source {
            Source::Anchor(source) => self.download(source).await,
            Source::Folder { .. } => self.load_stored(),
            Source::Fixed => Ok(()),
        };
        match &outcome {
            Ok(()) => self.error.store(None),
            Err(error) => self.error.store(Some(Arc::new(format!("{error:#}")))),
        }
        outcome
    }

    /// Refreshes for ever; to be spawned, and aborted at shutdown.
    pub async fn run(self: Arc<Self>) {
        let pause = match &self.source {
            Source::Folder { .. } => self.refresh.min(LOOK),
            Source::Anchor(_) | Source::Fixed => self.refresh,
        };
        loop {
            if let Err(error) = self.refresh().await {
                tracing::warn!(error = format!("{error:#}"), "the global configuration was not refreshed");
            }
            tokio::time::sleep(pause).await;
        }
    }

    /// The configuration in force, expired or not.
    #[must_use]
    pub fn current(&self) -> Option<GlobalConf> {
        self.current.load().as_deref().cloned()
    }

    /// The files behind the configuration in force, for whoever verifies without this server: paths relative to the
    /// folder, and contents. Nothing for a configuration that was given once.
    ///
    /// # Errors
    /// The folder cannot be read.
    pub fn stored_files(&self) -> anyhow::Result<Vec<(String, Vec<u8>)>> {
        let folder = match &self.source {
            Source::Anchor(source) => &source.folder,
            Source::Folder { folder, .. } => folder,
            Source::Fixed => return Ok(Vec::new()),
        };
        folder::read(folder).with_context(|| folder.display().to_string())
    }

    /// Why the last refresh brought nothing; `None` when it worked.
    #[must_use]
    pub fn last_error(&self) -> Option<String> {
        self.error.load().as_deref().cloned()
    }

    /// The proof that messages may be handled at `now`.
    ///
    /// # Errors
    /// [`GlobalConfError`], which is `global_conf_outdated` towards the outside.
    pub fn valid_at(&self, now: OffsetDateTime) -> Result<ValidGlobalConf, GlobalConfError> {
        let current = self.current.load();
        let conf = current.as_ref().ok_or(GlobalConfError::Absent)?;
        Ok(conf.valid_at(now)?)
    }

    /// Reads the folder; for one of another program only when it has changed.
    fn load_stored(&self) -> anyhow::Result<()> {
        match &self.source {
            Source::Anchor(source) => self.take(&folder::read(&source.folder)?),
            Source::Folder { folder, seen } => {
                let found = folder::fingerprint(folder).with_context(|| folder.display().to_string())?;
                let mut seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
                if seen.as_ref() == Some(&found) {
                    return Ok(());
                }
                // Only a folder that could be read counts as seen: one that is being written is tried again.
                self.take(&folder::read(folder)?).with_context(|| folder.display().to_string())?;
                *seen = Some(found);
                Ok(())
            }
            Source::Fixed => Ok(()),
        }
    }

    /// Puts a configuration in force.
    fn take(&self, files: &[StoredFile]) -> anyhow::Result<()> {
        let conf = stored::load(files)?;
        self.current.store(Some(Arc::new(conf)));
        Ok(())
    }

    async fn download(&self, source: &AnchorSource) -> anyhow::Result<()> {
        let now = self.clock.now();
        let present = folder::read(&source.folder).unwrap_or_default();
        let current = self.current();
        let mut files = source.instance(&source.anchor, current.as_ref(), &present, now).await?;
        files
            .push((stored::INSTANCE_IDENTIFIER_FILE.to_owned(), source.anchor.instance.clone().into_bytes()));
        let own = stored::load(&files)?;
        let anchors = own.private_params().map_or(&[][..], |params| &params.federation_anchors);
        for anchor in anchors.iter().filter(|anchor| source.federates(&anchor.instance)) {
            match source.instance(anchor, current.as_ref(), &present, now).await {
                Ok(foreign) => files.extend(foreign),
                Err(error) => {
                    let error = format!("{error:#}");
                    tracing::warn!(
                        instance = anchor.instance,
                        error,
                        "a federated configuration was not refreshed"
                    );
                    let folder = stored::path(&anchor.instance, "");
                    files.extend(present.iter().filter(|(name, _)| name.starts_with(&folder)).cloned());
                }
            }
        }
        folder::replace(&source.folder, &files).with_context(|| source.folder.display().to_string())?;
        self.take(&files)
    }
}

impl AnchorSource {
    fn open(path: &PathBuf, config: &GlobalConfConfig) -> anyhow::Result<Self> {
        let named = || path.display().to_string();
        let anchor = Anchor::parse(&std::fs::read(path).with_context(named)?).with_context(named)?;
        let mut certificates = Vec::new();
        for path in &config.https_certificates {
            let pem = std::fs::read(path).with_context(|| path.display().to_string())?;
            let found = pki::Certificate::all_from_pem(&pem).with_context(|| path.display().to_string())?;
            certificates.extend(found.iter().map(|certificate| certificate.der().to_vec()));
        }
        let connect = Duration::from_secs(config.connect_timeout_seconds.max(1));
        let read = Duration::from_secs(config.read_timeout_seconds.max(1));
        Ok(Self {
            anchor,
            downloader: Downloader::new(certificates, connect, read)?,
            folder: config.folder.clone(),
            federation: config.federation.clone(),
            https: config.https,
            last_good: Mutex::new(HashMap::new()),
        })
    }

    fn federates(&self, instance: &str) -> bool {
        self.federation.iter().any(|allowed| allowed == "*" || allowed.eq_ignore_ascii_case(instance))
    }

    /// The files of one instance.
    async fn instance(
        &self,
        anchor: &Anchor,
        current: Option<&GlobalConf>,
        present: &[StoredFile],
        now: OffsetDateTime,
    ) -> anyhow::Result<Vec<StoredFile>> {
        let instance = &anchor.instance;
        let stored = current.and_then(|conf| conf.shared_params(instance));
        let last_good = self.last_good.lock().unwrap_or_else(PoisonError::into_inner).get(instance).cloned();
        let places = download::places(anchor, stored, last_good.as_deref(), self.https);
        let downloaded = self.downloader.download(instance, &places, present, now).await?;
        let mut last_good = self.last_good.lock().unwrap_or_else(PoisonError::into_inner);
        last_good.insert(instance.clone(), downloaded.url);
        Ok(downloaded.files)
    }
}

/// Reads a folder in X-Road's stored form, for tools that look at it once.
///
/// # Errors
/// The folder cannot be read or holds no configuration.
pub fn read_stored(folder: &Path) -> anyhow::Result<GlobalConf> {
    Ok(stored::load(&folder::read(folder)?)?)
}

#[cfg(test)]
mod tests;
