//! Is this process able to do its work, and if not, why?

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use serde::Serialize;

/// The conditions of readiness, each reported by whoever knows it. Clones share them.
#[derive(Clone, Debug, Default)]
pub struct Readiness {
    conditions: Arc<Mutex<BTreeMap<&'static str, Option<String>>>>,
}

/// The state of all conditions at one moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ReadinessReport {
    /// Are all conditions met?
    pub ready: bool,
    /// For each condition the reason why it is not met, or nothing.
    pub conditions: BTreeMap<&'static str, Option<String>>,
}

impl Readiness {
    /// No conditions: not ready until the first one is met.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The condition `name` is met.
    pub fn met(&self, name: &'static str) {
        self.set(name, None);
    }

    /// The condition `name` is not met, for this reason.
    pub fn unmet(&self, name: &'static str, reason: impl Into<String>) {
        self.set(name, Some(reason.into()));
    }

    /// All conditions now.
    #[must_use]
    pub fn report(&self) -> ReadinessReport {
        let conditions = self.conditions.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let ready = !conditions.is_empty() && conditions.values().all(Option::is_none);
        ReadinessReport { ready, conditions }
    }

    fn set(&self, name: &'static str, reason: Option<String>) {
        let mut conditions = self.conditions.lock().unwrap_or_else(PoisonError::into_inner);
        let before = conditions.insert(name, reason.clone());
        if before.as_ref() != Some(&reason) {
            match reason {
                Some(reason) => tracing::warn!(condition = name, reason, "not ready"),
                None => tracing::info!(condition = name, "ready"),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ready_only_when_every_condition_is_met() {
        let readiness = Readiness::new();
        assert!(!readiness.report().ready);
        readiness.met("global configuration");
        assert!(readiness.report().ready);
        readiness.unmet("journal", "the disk is full");
        let report = readiness.report();
        assert!(!report.ready);
        assert_eq!(report.conditions["journal"].as_deref(), Some("the disk is full"));
    }
}
