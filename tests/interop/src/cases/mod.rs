//! The cases, as data: what an information system asks, and what must come back and be kept.
//!
//! * [`table`]: what a row is; [`words`]: how it is written;
//! * [`rest`]: messages that pass: every verb, paths, headers, bodies, answers of the service;
//! * [`refusals`]: requests that are refused, with the code that says why;
//! * [`soap`]: SOAP messages as such; [`soap_messages`]: those that pass, and refusals;
//! * [`metadata`]: the metadata services of both protocols;
//! * [`own`]: what our server answers by itself: `listClients`, `/verificationconf`, `/asic`;
//! * [`crowd`]: many at once, and how connections are used;
//! * [`played`]: what no stock server does: the foreign peer misbehaves, or does what is rare.
//!
//! A new wire feature gets its cases here.

pub mod crowd;
pub mod metadata;
pub mod own;
pub mod played;
pub mod refusals;
pub mod rest;
pub mod soap;
pub mod soap_messages;
pub mod table;
pub mod words;

pub use table::{Case, Given, Needs, Record, Wanted};

use crate::place::Role;

/// What is around our server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Situation {
    /// Its place.
    pub ours: Role,
    /// The partner can be told to misbehave.
    pub partner_plays: bool,
    /// The backend describes its SOAP services.
    pub described: bool,
}

/// The table for this situation.
#[must_use]
pub fn table(situation: Situation) -> Vec<Case> {
    let all = [
        rest::cases(),
        refusals::cases(),
        soap_messages::cases(),
        metadata::cases(),
        own::cases(),
        crowd::cases(),
        played::cases(),
    ];
    all.concat().into_iter().filter(|case| situation.has(case)).collect()
}

impl Situation {
    fn has(self, case: &Case) -> bool {
        let needed = match case.needs {
            Needs::Nothing => true,
            Needs::Play => self.partner_plays,
            Needs::Description => self.described,
        };
        needed && case.only_as.is_none_or(|role| role == self.ours)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    fn every(partner_plays: bool) -> impl Iterator<Item = Vec<Case>> {
        let situations =
            [Role::Ss1, Role::Ss2].map(|ours| Situation { ours, partner_plays, described: partner_plays });
        situations.into_iter().map(table)
    }

    #[test]
    fn names_are_unique_and_usable_as_file_names() {
        for cases in every(true) {
            let mut seen = HashSet::new();
            for case in cases {
                assert!(seen.insert(case.name), "{} twice", case.name);
                let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'-' | b'/');
                assert!(case.name.bytes().all(plain), "{}", case.name);
            }
        }
    }

    #[test]
    fn a_stock_partner_is_asked_nothing_that_only_the_foreign_peer_knows() {
        for cases in every(false) {
            assert!(cases.len() > 90);
            let asks = |case: &Case| {
                let requests = case.turns.iter().chain(case.before.as_deref()).chain([case]);
                requests.into_iter().any(|case| {
                    case.headers.iter().any(|(name, _)| name.starts_with("X-Interop"))
                        || case.answer_headers.iter().any(|(name, _)| name.starts_with("X-Interop"))
                })
            };
            assert!(!cases.iter().any(asks));
        }
    }
}
