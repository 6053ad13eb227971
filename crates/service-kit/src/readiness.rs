//! Is this process able to do its work, and if not, why? And what of its work can it not do?

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use serde::Serialize;

/// The conditions of readiness, each reported by whoever knows it. Clones share them.
#[derive(Clone, Debug, Default)]
pub struct Readiness {
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    conditions: BTreeMap<&'static str, Option<String>>,
    limits: BTreeMap<&'static str, BTreeMap<String, String>>,
}

/// The state of all conditions at one moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ReadinessReport {
    /// Are all conditions met?
    pub ready: bool,
    /// For each condition the reason why it is not met, or nothing.
    pub conditions: BTreeMap<&'static str, Option<String>>,
    /// What does not work although the process is ready: by condition, whom it concerns and why.
    pub limits: BTreeMap<&'static str, BTreeMap<String, String>>,
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

    /// The condition `name` is met, but not for these, each with the reason. None: for all.
    pub fn met_but_for(&self, name: &'static str, limits: BTreeMap<String, String>) {
        self.met(name);
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let before = state.limits.remove(name).unwrap_or_default();
        for (whom, reason) in limits.iter().filter(|(whom, reason)| before.get(*whom) != Some(*reason)) {
            tracing::warn!(condition = name, whom, reason, "limited");
        }
        for whom in before.keys().filter(|whom| !limits.contains_key(*whom)) {
            tracing::info!(condition = name, whom, "no longer limited");
        }
        if !limits.is_empty() {
            state.limits.insert(name, limits);
        }
    }

    /// Whether the condition `name` is met, be it with limits.
    #[must_use]
    pub fn is_met(&self, name: &'static str) -> bool {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.conditions.get(name).is_some_and(Option::is_none)
    }

    /// All conditions now.
    #[must_use]
    pub fn report(&self) -> ReadinessReport {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let (conditions, limits) = (state.conditions.clone(), state.limits.clone());
        let ready = !conditions.is_empty() && conditions.values().all(Option::is_none);
        ReadinessReport { ready, conditions, limits }
    }

    fn set(&self, name: &'static str, reason: Option<String>) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let before = state.conditions.insert(name, reason.clone());
        if reason.is_some() {
            // The whole says more than its parts.
            state.limits.remove(name);
        }
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

    #[test]
    fn what_does_not_work_for_one_is_told_and_forgotten() {
        let readiness = Readiness::new();
        let limit = |reason: &str| BTreeMap::from([("a member".to_owned(), reason.to_owned())]);
        readiness.met_but_for("signing", limit("no key"));
        let report = readiness.report();
        assert!(report.ready);
        assert_eq!(report.limits["signing"], limit("no key"));
        assert!(readiness.is_met("signing") && !readiness.is_met("other"));
        readiness.unmet("signing", "no member has a key");
        assert!(readiness.report().limits.is_empty());
        readiness.met_but_for("signing", limit("no key"));
        readiness.met_but_for("signing", BTreeMap::new());
        assert!(readiness.report().ready && readiness.report().limits.is_empty());
    }
}
