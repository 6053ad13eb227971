//! Rows: what a security server may know about one consent.
//!
//! A row never holds the Base-ID. It holds the exchange handle of the person for this pair of consumer and provider,
//! and the link handle of the node's own side, so that the node can find its own local id.

use aws_lc_rs::digest::{SHA256, digest};
use identifiers::{ExchangeHandle, LinkHandle};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use crate::canonical::{CanonicalError, canonical_bytes};
use crate::flow::Flow;
use crate::instant;
use crate::opaque::{EventHash, RowDigest, sha256};
use crate::record::{Standing, State, standing};

/// What a row is found by: the person as this pair of subsystems knows them, and the flow.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RowKey {
    /// The person, for this consumer and this provider only.
    pub exchange: ExchangeHandle,
    /// Provider, service, consumer, purpose.
    pub flow: Flow,
}

/// The present consent for one key, as one node sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Row {
    /// What it is found by.
    pub key: RowKey,
    /// What the events say.
    pub state: State,
    /// Whether a consent for this key was ever in force for the consumer to know. A refusal after it ended then
    /// looks like the ending, not like a refusal (E.7.4, INV-17).
    pub granted_before: bool,
    /// Beginning of the validity.
    #[serde(with = "instant::serde_option", default, skip_serializing_if = "Option::is_none")]
    pub valid_from: Option<OffsetDateTime>,
    /// End of the validity.
    #[serde(with = "instant::serde_option", default, skip_serializing_if = "Option::is_none")]
    pub valid_until: Option<OffsetDateTime>,
    /// Hash of the consent's last event.
    pub head: EventHash,
    /// The person at the provider; only on nodes that host the provider.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider_link: Option<LinkHandle>,
    /// The person at the consumer; only on nodes that host the consumer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consumer_link: Option<LinkHandle>,
}

impl Row {
    /// What the row is worth at `now`.
    #[must_use]
    pub fn standing(&self, now: OffsetDateTime) -> Standing {
        standing(self.state, self.valid_from, self.valid_until, now)
    }

    /// SHA-256 over the canonical bytes of the row.
    ///
    /// # Errors
    /// None in practice: a row has no numbers and no depth.
    pub fn digest(&self) -> Result<RowDigest, CanonicalError> {
        Ok(RowDigest::from_bytes(sha256(&canonical_bytes(self)?)))
    }
}

/// A digest of a set of rows that does not depend on their order: the sum modulo 2^256 of the rows' digests, each
/// hashed once more under its own label. Finds every accidental difference; it is compared between two parties
/// that trust each other and is no commitment towards a third.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SetDigest([u64; 4]);

impl SetDigest {
    /// Adds one row.
    pub fn add(&mut self, row: &RowDigest) {
        let mut carry = false;
        for (sum, limb) in self.0.iter_mut().zip(limbs(row)) {
            let (first, over_first) = sum.overflowing_add(limb);
            let (second, over_second) = first.overflowing_add(u64::from(carry));
            (*sum, carry) = (second, over_first || over_second);
        }
    }

    /// Takes one row away that was added before.
    pub fn remove(&mut self, row: &RowDigest) {
        let mut borrow = false;
        for (sum, limb) in self.0.iter_mut().zip(limbs(row)) {
            let (first, under_first) = sum.overflowing_sub(limb);
            let (second, under_second) = first.overflowing_sub(u64::from(borrow));
            (*sum, borrow) = (second, under_first || under_second);
        }
    }
}

fn limbs(row: &RowDigest) -> [u64; 4] {
    let mut labelled = b"sekisho-consent-set\0".to_vec();
    labelled.extend_from_slice(row.as_bytes());
    let hash = digest(&SHA256, &labelled);
    let mut limbs = [0; 4];
    for (limb, chunk) in limbs.iter_mut().zip(hash.as_ref().chunks_exact(8)) {
        *limb = chunk.iter().fold(0, |value, byte| value << 8 | u64::from(*byte));
    }
    limbs
}

impl std::fmt::Display for SetDigest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Most significant limb first, so that the text is the number.
        self.0.iter().rev().try_for_each(|limb| write!(f, "{limb:016x}"))
    }
}

impl std::str::FromStr for SetDigest {
    type Err = crate::opaque::OpaqueError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let refused = crate::opaque::OpaqueError { expected: 64 };
        let digits = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        if text.len() != 64 || !text.bytes().all(digits) {
            return Err(refused);
        }
        let mut limbs = [0; 4];
        for (position, limb) in limbs.iter_mut().rev().enumerate() {
            *limb =
                u64::from_str_radix(&text[position * 16..(position + 1) * 16], 16).map_err(|_| refused)?;
        }
        Ok(Self(limbs))
    }
}

impl Serialize for SetDigest {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for SetDigest {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}
