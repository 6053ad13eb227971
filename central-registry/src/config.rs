//! The configuration file `central-registry.toml`.

use std::path::PathBuf;

use serde::Deserialize;

use crate::personal_link::PersonalLinkConfig;

/// Everything that an operator can set. Unknown keys are refused.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Folder of the databases and signing keys.
    pub state_folder: PathBuf,
    /// Persons, links and consents.
    #[serde(default)]
    pub personal_link: PersonalLinkConfig,
}
