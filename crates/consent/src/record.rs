//! The state of one consent, as the fold of its events.
//!
//! ```text
//! (none) --grant--> ACTIVE --withdraw--> WITHDRAWN
//! (none) --refuse-> REFUSED
//! ```
//!
//! REFUSED and WITHDRAWN are final (INV-10): a later decision about the same flow opens a new consent. EXPIRED is not
//! stored; it is what ACTIVE means once the clock has passed the end of the validity.

use identifiers::BaseId;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use crate::event::{EventKind, VerifiedEvent};
use crate::flow::Flow;
use crate::opaque::{ConsentId, EventHash};

/// What the events say, without the clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// Granted and not withdrawn.
    Active,
    /// Refused. Final.
    Refused,
    /// Withdrawn. Final.
    Withdrawn,
}

/// What a consent is worth at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// Granted and inside its validity.
    InForce,
    /// Granted, the validity has not begun.
    NotYetValid,
    /// Granted, the validity is over.
    Expired,
    /// Refused.
    Refused,
    /// Withdrawn.
    Withdrawn,
}

/// What a state and a validity are worth at `now`: in force means `valid_from <= now < valid_until` (INV-02).
#[must_use]
pub fn standing(
    state: State,
    valid_from: Option<OffsetDateTime>,
    valid_until: Option<OffsetDateTime>,
    now: OffsetDateTime,
) -> Standing {
    match state {
        State::Refused => Standing::Refused,
        State::Withdrawn => Standing::Withdrawn,
        State::Active if valid_until.is_some_and(|until| now >= until) => Standing::Expired,
        State::Active if valid_from.is_some_and(|from| now < from) => Standing::NotYetValid,
        State::Active => Standing::InForce,
    }
}

/// One consent after some of its events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConsentRecord {
    /// Its name.
    pub id: ConsentId,
    /// Whose.
    pub subject: BaseId,
    /// About what.
    pub flow: Flow,
    /// What the events say.
    pub state: State,
    /// Beginning of the validity of a grant.
    pub valid_from: Option<OffsetDateTime>,
    /// End of the validity of a grant, if it has one.
    pub valid_until: Option<OffsetDateTime>,
    /// Hash of the last event.
    pub head: EventHash,
    /// Number of events, which is the index of the next one.
    pub events: u64,
}

/// Why an event does not continue a consent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TransitionError {
    /// The consent has ended; a new decision opens a new consent.
    #[error("the consent has ended and cannot change")]
    Final,
    /// A withdrawal cannot be the first event; a grant or refusal can only be the first.
    #[error("this kind of event is not possible here")]
    Kind,
    /// The index is not the next one.
    #[error("the event has index {found}, expected {expected}")]
    Index {
        /// The next index of the chain.
        expected: u64,
        /// What the event says.
        found: u64,
    },
    /// The event does not name the hash of the one before.
    #[error("the event does not follow the last one")]
    Previous,
    /// Another person, flow or consent than the event before.
    #[error("the event is about another consent")]
    OtherConsent,
}

impl ConsentRecord {
    /// Opens a consent with its first event.
    ///
    /// # Errors
    /// When the event cannot be a first one.
    pub fn open(first: &VerifiedEvent) -> Result<Self, TransitionError> {
        let event = first.event();
        let state = match event.kind {
            EventKind::Grant => State::Active,
            EventKind::Refuse => State::Refused,
            EventKind::Withdraw => return Err(TransitionError::Kind),
        };
        if event.index != 0 {
            return Err(TransitionError::Index { expected: 0, found: event.index });
        }
        if event.previous.is_some() {
            return Err(TransitionError::Previous);
        }
        Ok(Self {
            id: event.consent,
            subject: event.subject,
            flow: event.flow.clone(),
            state,
            valid_from: event.valid_from,
            valid_until: event.valid_until,
            head: first.hash(),
            events: 1,
        })
    }

    /// The consent after one more event. An expired grant can still be withdrawn: the person's word counts more
    /// than the clock, and the record then says so.
    ///
    /// # Errors
    /// When the event does not continue this consent.
    pub fn apply(&self, next: &VerifiedEvent) -> Result<Self, TransitionError> {
        let event = next.event();
        if event.consent != self.id || event.subject != self.subject || event.flow != self.flow {
            return Err(TransitionError::OtherConsent);
        }
        if self.state != State::Active {
            return Err(TransitionError::Final);
        }
        if event.kind != EventKind::Withdraw || event.replaces.is_some() {
            return Err(TransitionError::Kind);
        }
        if event.index != self.events {
            return Err(TransitionError::Index { expected: self.events, found: event.index });
        }
        if event.previous != Some(self.head) {
            return Err(TransitionError::Previous);
        }
        Ok(Self { state: State::Withdrawn, head: next.hash(), events: self.events + 1, ..self.clone() })
    }

    /// What the consent is worth at `now`.
    #[must_use]
    pub fn standing(&self, now: OffsetDateTime) -> Standing {
        standing(self.state, self.valid_from, self.valid_until, now)
    }
}

#[cfg(test)]
mod tests;
