//! Which row of a consent a security server may see.
//!
//! The provider's server sees the newest consent for a key, whatever it says. The consumer's server sees the newest one
//! that was ever granted: a refusal that was never preceded by a grant does not exist for it, so that its operator
//! cannot tell "refused" from "never asked" either (E.7.4, INV-17).

use std::collections::{BTreeSet, HashMap};

use consent::flow::Flow;
use consent::record::{ConsentRecord, State};
use consent::row::{Row, RowKey};
use identifiers::{BaseId, ClientId};

use crate::personal_link::linking::handles::PairHandles;

/// Everything about one key that rows are made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Present {
    /// Handles of the person for the pair.
    pub handles: PairHandles,
    /// The newest consent.
    pub newest: ConsentRecord,
    /// The newest consent that was granted.
    pub newest_granted: Option<ConsentRecord>,
    /// Whether a consent before the newest was granted.
    pub granted_before: bool,
}

/// On which sides of a flow a server is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sides {
    /// It hosts the provider.
    pub provider: bool,
    /// It hosts the consumer.
    pub consumer: bool,
}

impl Sides {
    /// The sides of a server that hosts these subsystems.
    #[must_use]
    pub fn of(flow: &Flow, hosted: &BTreeSet<ClientId>) -> Self {
        Self { provider: hosted.contains(&flow.provider), consumer: hosted.contains(&flow.consumer) }
    }
}

impl Present {
    /// From all consents for one key, oldest first; `None` when there are none.
    #[must_use]
    pub fn of(consents: &[ConsentRecord], handles: PairHandles) -> Option<Self> {
        let (newest, before) = consents.split_last()?;
        let granted = |consent: &&ConsentRecord| consent.state != State::Refused;
        Some(Self {
            handles,
            newest: newest.clone(),
            newest_granted: consents.iter().rev().find(granted).cloned(),
            granted_before: before.iter().any(|consent| granted(&consent)),
        })
    }

    /// What every row of this key is found by.
    #[must_use]
    pub fn key(&self) -> RowKey {
        RowKey { exchange: self.handles.exchange, flow: self.newest.flow.clone() }
    }

    /// The row for a server on these sides, if it may see one.
    #[must_use]
    pub fn row(&self, sides: Sides) -> Option<Row> {
        let shown = match sides {
            Sides { provider: true, consumer: _ } => &self.newest,
            Sides { provider: false, consumer: true } => self.newest_granted.as_ref()?,
            Sides { provider: false, consumer: false } => return None,
        };
        Some(Row {
            key: self.key(),
            state: shown.state,
            // To a consumer alone nothing may say whether there was another consent besides the shown one.
            granted_before: sides.provider && self.granted_before,
            valid_from: shown.valid_from,
            valid_until: shown.valid_until,
            head: shown.head,
            provider_link: sides.provider.then_some(self.handles.provider_link),
            consumer_link: sides.consumer.then_some(self.handles.consumer_link),
        })
    }
}

/// Puts consents (oldest first) together by person and flow.
#[must_use]
pub fn by_key(consents: Vec<ConsentRecord>) -> Vec<Vec<ConsentRecord>> {
    let mut position: HashMap<(BaseId, Flow), usize> = HashMap::new();
    let mut grouped: Vec<Vec<ConsentRecord>> = Vec::new();
    for consent in consents {
        let next = grouped.len();
        let place = *position.entry((consent.subject, consent.flow.clone())).or_insert(next);
        match grouped.get_mut(place) {
            Some(group) => group.push(consent),
            None => grouped.push(vec![consent]),
        }
    }
    grouped
}
