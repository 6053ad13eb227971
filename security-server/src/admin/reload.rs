//! New declarations, keys and certificates in the place of the running ones.

use std::path::PathBuf;
use std::sync::Arc;

use crate::access_rights::Declarations;
use crate::identities::renewal::Renewal;
use crate::relay::Relay;

/// Reads the declarations file and the keys again and puts them in place. Cheap to clone.
#[derive(Clone)]
pub struct Reload {
    file: PathBuf,
    relay: Arc<Relay>,
    keys: Arc<Renewal>,
}

impl Reload {
    /// For this file, this relay and its keys.
    #[must_use]
    pub fn new(file: PathBuf, relay: Arc<Relay>, keys: Arc<Renewal>) -> Self {
        Self { file, relay, keys }
    }

    /// Reads and applies; says what is in force now.
    ///
    /// # Errors
    /// What is wrong with the file or a key; what was in use stays.
    pub async fn reload(&self) -> anyhow::Result<String> {
        let declarations = Declarations::load(&self.file)?;
        let identities = self.keys.read().await?;
        let services: usize = declarations.subsystems().map(|subsystem| subsystem.services.len()).sum();
        let summary = format!("{} subsystems, {services} services", declarations.subsystems().count());
        // Keys first: a subsystem of a new member finds its certificate.
        let keys = self.keys.take(identities).await?;
        self.relay.apply(declarations)?;
        Ok(format!("{summary}\n{keys}\n"))
    }
}
