//! Personal-LINK: persons, links and consents, served on a port of its own.

use serde::Deserialize;
use service_kit::clock::Clock;
use service_kit::shutdown::Shutdown;

use crate::store::Store;
use crate::view::ConfigurationView;

/// The table `[personal_link]` of the configuration file.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PersonalLinkConfig {}

/// What the rest of the registry gives to Personal-LINK.
#[derive(Clone)]
pub struct Setup {
    /// Its part of the configuration file.
    pub config: PersonalLinkConfig,
    /// Opens its databases.
    pub store: Store,
    /// The global configuration in force: which server has which authentication certificate.
    pub configuration: ConfigurationView,
    /// The time.
    pub clock: Clock,
    /// The ordered end of the process; long tasks are started through it.
    pub shutdown: Shutdown,
}

/// Opens the databases and the port and starts serving; returns once the port is open.
///
/// # Errors
/// A database or the port cannot be opened.
pub async fn start(_setup: Setup) -> anyhow::Result<()> {
    Ok(())
}
