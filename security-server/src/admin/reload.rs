//! New declarations in the place of the running ones.

use std::path::PathBuf;
use std::sync::Arc;

use crate::access_rights::Declarations;
use crate::relay::Relay;

/// Reads the declarations file again and puts it in place. Cheap to clone.
#[derive(Clone)]
pub struct Reload {
    file: PathBuf,
    relay: Arc<Relay>,
}

impl Reload {
    /// For this file and this relay.
    #[must_use]
    pub fn new(file: PathBuf, relay: Arc<Relay>) -> Self {
        Self { file, relay }
    }

    /// Reads and applies; says what is in force now.
    ///
    /// # Errors
    /// What is wrong with the file; the running declarations stay.
    pub fn reload(&self) -> anyhow::Result<String> {
        let declarations = Declarations::load(&self.file)?;
        let services: usize = declarations.subsystems().map(|subsystem| subsystem.services.len()).sum();
        let summary = format!("{} subsystems, {services} services\n", declarations.subsystems().count());
        self.relay.apply(declarations)?;
        Ok(summary)
    }
}
