//! Consent events: what a person decided, in bytes that the person's device signed.
//!
//! The signature covers the canonical JSON of the event and nothing else; the hash of an event is the SHA-256 of the
//! same bytes. Events of one consent form a chain: dense index from 0, each naming the hash of the one before.

use identifiers::BaseId;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use crate::canonical::{CanonicalError, canonical_bytes};
use crate::device_key::{DeviceKey, DevicePublicKey, DeviceSignature, KeyError};
use crate::flow::{Flow, FlowError};
use crate::instant;
use crate::opaque::{ConsentId, EventHash, KeyId, Salt, sha256};

/// The only version of the event format.
pub const EVENT_VERSION: u64 = 1;

/// What the person decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum EventKind {
    /// Yes, from the beginning of the validity to its end.
    Grant,
    /// No. Kept as well as a yes (INV-15).
    Refuse,
    /// No longer.
    Withdraw,
}

/// The signed content. Field names are the names in the canonical JSON.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct ConsentEvent {
    /// Version of this format, [`EVENT_VERSION`].
    pub version: u64,
    /// The consent that this event opens or changes.
    pub consent: ConsentId,
    /// Position in the consent's chain, from 0 without gaps.
    pub index: u64,
    /// What was decided.
    pub kind: EventKind,
    /// Whose data it is about.
    pub subject: BaseId,
    /// Which data, for whom, why.
    pub flow: Flow,
    /// First moment at which a grant counts; absent: at once, whatever the clocks of device and servers say. Only in
    /// grants.
    #[serde(with = "instant::serde_option", default, skip_serializing_if = "Option::is_none")]
    pub valid_from: Option<OffsetDateTime>,
    /// First moment at which a grant no longer counts; absent: until withdrawn. Only in grants.
    #[serde(with = "instant::serde_option", default, skip_serializing_if = "Option::is_none")]
    pub valid_until: Option<OffsetDateTime>,
    /// When the device signed.
    #[serde(with = "instant::serde_instant")]
    pub issued_at: OffsetDateTime,
    /// Hash of the event before, absent at index 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous: Option<EventHash>,
    /// The ended consent in whose place this one is opened, if there was one. Only at index 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replaces: Option<ConsentId>,
    /// Random; makes the hash say nothing to whoever does not have the event.
    pub salt: Salt,
    /// The key that signed.
    pub key: KeyId,
}

/// An event with the device's signature, as it is sent and kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignedEvent {
    /// What was signed.
    pub event: ConsentEvent,
    /// ES256 over the canonical JSON of `event`.
    pub signature: DeviceSignature,
}

/// Why an event was not accepted as the person's word.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EventError {
    /// Another version than [`EVENT_VERSION`].
    #[error("event version {0} is not known")]
    Version(u64),
    /// The event names another key than the one it is checked with.
    #[error("the event names another key")]
    OtherKey,
    /// The signature does not verify, or could not be made.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The flow cannot be consented to.
    #[error(transparent)]
    Flow(#[from] FlowError),
    /// A validity in an event that is not a grant, or one that is empty.
    #[error("the validity does not fit the event")]
    Validity,
    /// The content has no canonical form.
    #[error(transparent)]
    Canonical(#[from] CanonicalError),
}

impl ConsentEvent {
    /// The bytes that are signed and hashed.
    ///
    /// # Errors
    /// [`EventError::Canonical`], only for an index beyond 2^53.
    pub fn canonical(&self) -> Result<Vec<u8>, EventError> {
        Ok(canonical_bytes(self)?)
    }

    /// Signs with the device's key.
    ///
    /// # Errors
    /// [`EventError`] when the event itself would be refused, or signing fails.
    pub fn sign(self, key: &DeviceKey) -> Result<SignedEvent, EventError> {
        self.check_content(&key.id())?;
        let signature = key.sign(&self.canonical()?)?;
        Ok(SignedEvent { event: self, signature })
    }

    fn check_content(&self, key: &KeyId) -> Result<(), EventError> {
        if self.version != EVENT_VERSION {
            return Err(EventError::Version(self.version));
        }
        if self.key != *key {
            return Err(EventError::OtherKey);
        }
        self.flow.check()?;
        let fits = match (self.kind, self.valid_from, self.valid_until) {
            (EventKind::Grant, Some(from), Some(until)) => from < until,
            (EventKind::Grant, None, _) | (EventKind::Grant, _, None) => true,
            (EventKind::Refuse | EventKind::Withdraw, from, until) => from.is_none() && until.is_none(),
        };
        if fits { Ok(()) } else { Err(EventError::Validity) }
    }
}

impl SignedEvent {
    /// Checks content and signature. `key` is the public key that the registry holds for the event's subject under
    /// the name the event gives.
    ///
    /// # Errors
    /// See [`EventError`].
    pub fn verify(self, key: &DevicePublicKey) -> Result<VerifiedEvent, EventError> {
        self.event.check_content(&key.id())?;
        let canonical = self.event.canonical()?;
        key.verify(&canonical, &self.signature)?;
        Ok(VerifiedEvent { hash: EventHash::from_bytes(sha256(&canonical)), canonical, signed: self })
    }
}

/// Proof that an event's content is sound and that the named key signed it. Only [`SignedEvent::verify`] makes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifiedEvent {
    signed: SignedEvent,
    canonical: Vec<u8>,
    hash: EventHash,
}

impl VerifiedEvent {
    /// The content.
    #[must_use]
    pub fn event(&self) -> &ConsentEvent {
        &self.signed.event
    }

    /// The signature over [`VerifiedEvent::canonical`].
    #[must_use]
    pub fn signature(&self) -> &DeviceSignature {
        &self.signed.signature
    }

    /// The bytes that were signed; what the registry keeps.
    #[must_use]
    pub fn canonical(&self) -> &[u8] {
        &self.canonical
    }

    /// SHA-256 of the signed bytes.
    #[must_use]
    pub fn hash(&self) -> EventHash {
        self.hash
    }
}

#[cfg(test)]
mod tests;
