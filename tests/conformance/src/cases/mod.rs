//! START HERE: what is asked and what must come back. Names, inputs and outcomes are those of X-Road's own suite where
//! it has the case.
//!
//! - [`case`]: one row; [`words`]: the words in which rows are written
//! - [`requests`]: mistakes of the consumer's information system
//! - [`exchanges`]: SOAP messages that pass
//! - [`answers`]: answers of the provider's information system that must not pass, and faults that must
//! - [`servers`]: security servers that do not keep to the protocol
//! - [`registered`]: members, addresses, rights, services, signing
//! - [`connections`]: TLS on every leg
//! - [`rest`], [`rest_refusals`]: the REST protocol
//! - [`metadata`]: metadata services of both protocols

pub mod answers;
pub mod case;
pub mod connections;
pub mod exchanges;
pub mod metadata;
pub mod registered;
pub mod requests;
pub mod rest;
pub mod rest_refusals;
pub mod servers;
pub mod words;

use case::Case;

/// Every case, in the order in which they are run.
#[must_use]
pub fn all() -> Vec<Case> {
    [
        requests::cases(),
        exchanges::cases(),
        answers::cases(),
        servers::cases(),
        registered::cases(),
        connections::cases(),
        rest::cases(),
        rest_refusals::cases(),
        metadata::cases(),
    ]
    .concat()
}

/// `multipart/related` with the boundary of most files, with and without character set.
const B1: &str = "multipart/related; charset=UTF-8; boundary=jetty771207119h3h10dty";
const B2: &str = "multipart/related; boundary=jetty771207119h3h10dty";
/// The same for MTOM.
const MTOM: &str = "Multipart/Related; start-info=\"application/soap+xml\"; type=\"application/xop+xml\"; \
                    boundary=\"jetty771207119h3h10dty\"";
const MTOM_UTF8: &str = "Multipart/Related; start-info=\"application/soap+xml\"; type=\"application/xop+xml\"; \
                         boundary=\"jetty771207119h3h10dty\";charset=UTF-8";

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use super::*;
    use crate::cases::case::{PeerPlay, ServicePlay};
    use crate::input::{Input, Vectors};

    #[test]
    fn names_are_unique() {
        let mut seen = BTreeSet::new();
        for case in all() {
            assert!(seen.insert(case.name), "{} twice", case.name);
        }
    }

    #[test]
    fn every_file_is_there_and_every_change_finds_its_place() {
        let vectors = Vectors::new(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../vectors/x-road-7.8"));
        for case in all() {
            let checked = |input: &Input| vectors.answer(input, &case.edits, "0").map(drop);
            vectors
                .request(&case.request.body, &case.edits, "0")
                .unwrap_or_else(|e| panic!("{}: {e}", case.name));
            if let ServicePlay::Answer(answer) = &case.service {
                checked(&answer.body).unwrap_or_else(|e| panic!("{}: {e}", case.name));
            }
            if let PeerPlay::Answer(answer) = &case.peer {
                checked(&answer.body).unwrap_or_else(|e| panic!("{}: {e}", case.name));
            }
        }
    }
}
