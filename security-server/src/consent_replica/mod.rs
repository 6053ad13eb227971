//! Local copy of the consents that concern our subsystems: fresh, or not used at all.
//!
//! * [`gate`]: what the relay asks, in the order in which it asks: `check` (leg 1), `decide` and `place_subject` (leg 2),
//!   `release` (leg 3). Every message passes it, also those that have nothing to do with persons.
//! * [`links`]: the members' own numbers of persons, in a file of this server, never in a log, never on the wire.
//! * [`sync`]: follows the registry's stream and renews the lease; resumes by itself.
//! * [`admin`]: `PUT /consent/links` and `GET /consent/status` on the administration port.
//! * [`start`](mod@start): wiring.
//!
//! What it takes to decide is pure and stands in the crate `consent`.

pub mod admin;
pub mod gate;
pub mod links;
pub mod start;
pub mod sync;

pub use gate::ConsentGate;
pub use start::{ConsentConfig, ConsentSetup, start};

#[cfg(test)]
mod tests;
