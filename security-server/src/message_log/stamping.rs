//! When to stamp what, and when to stop accepting messages: decisions only, no clock and no database.
//!
//! Rules (X-Road's, message log of 7.8): the first batch follows one second after start, then one at
//! every interval. A full batch triggers the next at once. After a failure the next attempt comes
//! after the retry delay and tries a single record until one succeeds. When records have waited for
//! longer than the acceptable failure period while stamping fails, no further message is accepted.

use time::{Duration, OffsetDateTime};

/// Bounds of the policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    /// Time between batches.
    pub interval: Duration,
    /// Time from a failure to the next attempt, never longer than `interval`; zero means `interval`.
    pub retry: Duration,
    /// Most records that one timestamp covers.
    pub batch_limit: usize,
    /// How long records may stay unstamped while stamping fails; zero means for ever.
    pub acceptable_failure: Duration,
}

/// What to do now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Nothing before this time.
    WaitUntil(OffsetDateTime),
    /// Stamp up to this many of the oldest records.
    Stamp {
        /// Most records to cover.
        limit: usize,
    },
}

/// What became of an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// So many records were stamped; zero when none was waiting.
    Stamped(usize),
    /// No service gave a timestamp.
    Failed,
    /// Another server that shares the journal is stamping: nothing was tried.
    Elsewhere,
}

/// Whether messages may be accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Acceptance {
    /// Yes, stamping works or has nothing to do.
    Open,
    /// Stamping fails: yes until this time, no from then on (for ever, when `None`).
    Failing {
        /// When the acceptable failure period ends or ended.
        refused_from: Option<OffsetDateTime>,
    },
}

impl Acceptance {
    /// Whether a message may be accepted at `now`.
    #[must_use]
    pub fn accepts(&self, now: OffsetDateTime) -> bool {
        match self {
            Self::Open | Self::Failing { refused_from: None } => true,
            Self::Failing { refused_from: Some(time) } => now < *time,
        }
    }
}

/// State of the stamping of one journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stamping {
    policy: Policy,
    next: OffsetDateTime,
    failing_since: Option<OffsetDateTime>,
}

impl Stamping {
    /// Starts at `now`; the first attempt is due one second later.
    #[must_use]
    pub fn new(policy: Policy, now: OffsetDateTime) -> Self {
        Self { policy, next: now + Duration::seconds(1), failing_since: None }
    }

    /// Takes a changed policy over; a shorter interval acts at once.
    pub fn set_policy(&mut self, policy: Policy, now: OffsetDateTime) {
        self.policy = policy;
        let latest = now + self.pause();
        self.next = self.next.min(latest);
    }

    /// What to do at `now`.
    #[must_use]
    pub fn action(&self, now: OffsetDateTime) -> Action {
        if now < self.next {
            return Action::WaitUntil(self.next);
        }
        let limit = if self.failing_since.is_some() { 1 } else { self.policy.batch_limit.max(1) };
        Action::Stamp { limit }
    }

    /// Notes what an attempt gave.
    pub fn note(&mut self, outcome: Outcome, now: OffsetDateTime) {
        let recovering = self.failing_since.is_some();
        match outcome {
            Outcome::Stamped(count) => {
                self.failing_since = None;
                let more = count > 0 && (recovering || count >= self.policy.batch_limit.max(1));
                self.next = if more { now } else { now + self.policy.interval };
            }
            Outcome::Failed => {
                self.failing_since.get_or_insert(now);
                self.next = now + self.pause();
            }
            Outcome::Elsewhere => self.next = now + self.pause(),
        }
    }

    /// Until when messages may be accepted, given the time of the oldest unstamped record.
    ///
    /// The period is counted from the moment at which the oldest record should have been stamped, so
    /// that a restart does not start it anew.
    #[must_use]
    pub fn acceptance(&self, oldest_waiting: Option<OffsetDateTime>) -> Acceptance {
        let Some(failing_since) = self.failing_since else {
            return Acceptance::Open;
        };
        if self.policy.acceptable_failure.is_zero() {
            return Acceptance::Failing { refused_from: None };
        }
        let due =
            oldest_waiting.map_or(failing_since, |oldest| failing_since.min(oldest + self.policy.interval));
        Acceptance::Failing { refused_from: Some(due + self.policy.acceptable_failure) }
    }

    /// Time from one attempt to the next in the present state.
    fn pause(&self) -> Duration {
        let policy = &self.policy;
        match self.failing_since {
            Some(_) if !policy.retry.is_zero() => policy.retry.min(policy.interval),
            _ => policy.interval,
        }
    }
}

#[cfg(test)]
mod tests;
