//! Rounds of generation: at an interval, and at once when the membership changed.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use service_kit::clock::Clock;
use service_kit::readiness::Readiness;
use service_kit::shutdown::Shutdown;

use super::assemble;
use super::publish::PublicFolder;
use super::sign::Draft;
use super::signing_keys::SigningKeys;
use crate::config::GlobalConfigurationConfig;
use crate::registry::Registry;
use crate::view::ConfigurationView;

/// How often changes of the membership are looked for.
const LOOK_INTERVAL: Duration = Duration::from_secs(1);
/// Name of the condition of readiness.
const CONDITION: &str = "global configuration";

/// Makes generations. Clones share everything.
#[derive(Clone)]
pub struct Generator {
    config: GlobalConfigurationConfig,
    registry: Registry,
    keys: Arc<SigningKeys>,
    folder: PublicFolder,
    clock: Clock,
}

/// What a round came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// A generation was published; this is its name.
    Published(String),
    /// No declaration was applied yet, so there is nothing to publish.
    NothingRegistered,
}

impl Generator {
    /// A generator for this registry.
    #[must_use]
    pub fn new(
        config: GlobalConfigurationConfig,
        registry: Registry,
        keys: Arc<SigningKeys>,
        folder: PublicFolder,
        clock: Clock,
    ) -> Self {
        Self { config, registry, keys, folder, clock }
    }

    /// One round: assemble, record, sign, check, publish. The view shows the result.
    ///
    /// # Errors
    /// What failed; the generation that was there before stays.
    pub fn generate(&self, view: &ConfigurationView) -> anyhow::Result<Outcome> {
        let Some(registered) = self.registry.read()? else { return Ok(Outcome::NothingRegistered) };
        let now = self.clock.now();
        let addresses = &self.config.addresses;
        let shared = assemble::shared_params(&registered, addresses, &self.keys);
        let private = assemble::private_params(&registered.membership, addresses);
        let valid_for = time::Duration::seconds(self.config.expire_seconds.try_into()?);
        let draft = Draft::new(&shared, &private, self.config.versions(), now, valid_for)?;
        let stamp = draft.stamp.clone();
        self.registry.record_draft(&stamp, &draft.summary(), now)?;
        let published = draft.sign(&self.keys, now).and_then(|generation| {
            self.folder.publish(&generation)?;
            Ok(generation.conf)
        });
        let outcome =
            published.as_ref().map_or_else(|error| format!("{error:#}"), |_| "published".to_owned());
        self.registry.record_outcome(&stamp, &outcome, self.clock.now())?;
        view.replace(published?);
        let keep = time::Duration::seconds(self.config.keep_seconds.try_into()?);
        self.folder.remove_old(now, keep).context("old generations cannot be removed")?;
        Ok(Outcome::Published(stamp))
    }

    /// Rounds until the shutdown.
    pub async fn run(self, view: ConfigurationView, readiness: Readiness, shutdown: Shutdown) {
        let mut due = self.clock.monotonic();
        let mut seen = None;
        while !shutdown.is_requested() {
            let counter = self.registry.change_counter().ok();
            let changed = seen.is_some() && counter != seen;
            seen = counter;
            if changed || self.clock.monotonic() >= due {
                due = self.clock.monotonic() + self.config.generate_interval();
                self.round(&view, &readiness).await;
            }
            tokio::select! {
                () = tokio::time::sleep(LOOK_INTERVAL) => {}
                () = shutdown.requested() => {}
            }
        }
    }

    async fn round(&self, view: &ConfigurationView, readiness: &Readiness) {
        let (generator, shown) = (self.clone(), view.clone());
        let round = tokio::task::spawn_blocking(move || generator.generate(&shown)).await;
        match round.map_err(anyhow::Error::from).and_then(|outcome| outcome) {
            Ok(Outcome::Published(stamp)) => {
                tracing::debug!(stamp, "global configuration published");
                readiness.met(CONDITION);
            }
            Ok(Outcome::NothingRegistered) => {
                readiness.unmet(CONDITION, "no membership was applied yet: central-registry apply FILE");
            }
            Err(error) => {
                tracing::error!(error = format!("{error:#}"), "no global configuration was published");
                readiness.unmet(CONDITION, format!("{error:#}"));
            }
        }
    }
}

#[cfg(test)]
mod tests;
