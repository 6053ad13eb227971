//! The cases, as data: what an information system asks, and what must come back and be kept.
//!
//! * [`rest`]: messages that pass: every verb, paths, headers, bodies, answers of the service;
//! * [`refusals`]: requests that are refused, with the code that says why;
//! * [`soap`]: the same over SOAP, with the metadata services of both protocols;
//! * [`own`]: what our server answers by itself: `listClients`, `/verificationconf`, `/asic`;
//! * [`crowd`]: many at once, and how connections are used;
//! * [`played`]: what no stock server does: the foreign peer misbehaves, or does what is rare.
//!
//! A new wire feature gets its cases here.

pub mod crowd;
pub mod own;
pub mod played;
pub mod refusals;
pub mod rest;
pub mod soap;
pub mod table;

pub use table::{Case, Given, Record, Wanted};

use crate::place::Role;

/// The table for our server in this place, with a partner that can play or not.
#[must_use]
pub fn table(ours: Role, partner_plays: bool) -> Vec<Case> {
    let all =
        [rest::cases(), refusals::cases(), soap::cases(), own::cases(), crowd::cases(), played::cases()]
            .concat();
    let fits =
        |case: &Case| case.only_as.is_none_or(|role| role == ours) && (partner_plays || !case.is_played());
    all.into_iter().filter(fits).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn names_are_unique_and_usable_as_file_names() {
        for role in [Role::Ss1, Role::Ss2] {
            let mut seen = HashSet::new();
            for case in table(role, true) {
                assert!(seen.insert(case.name), "{} twice", case.name);
                let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'-' | b'/');
                assert!(case.name.bytes().all(plain), "{}", case.name);
            }
        }
    }

    #[test]
    fn a_stock_partner_is_asked_nothing_that_only_the_foreign_peer_knows() {
        for role in [Role::Ss1, Role::Ss2] {
            let cases = table(role, false);
            assert!(cases.len() > 30);
            assert!(
                cases.iter().all(|case| !case.headers.iter().any(|(name, _)| name.starts_with("X-Interop")))
            );
        }
    }
}
