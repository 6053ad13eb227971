//! Consent: what a person decided, what a security server may know of it, and what it decides on that.
//!
//! No I/O, no clock; times come in as arguments, randomness only for making keys and signatures. Read in this order:
//!
//! - what a person says: [`flow`] (about what), [`device_key`] (with which key), [`event`] (signed),
//!   [`record`] (states and transitions)
//! - what a node knows: [`row`], [`row_set`], fed by [`frame`]s into a [`replica`] that holds a [`lease`]
//! - what a node decides: [`declaration`] (what a service demands), [`headers`] (whom a request means),
//!   [`decide`] (the decision), [`permit`] (its proofs), [`refusal`] (its reasons), [`decision`] (its record)
//! - the forms of things: [`canonical`] JSON, [`instant`]s, [`opaque`] values

pub mod canonical;
pub mod decide;
pub mod decision;
pub mod declaration;
pub mod device_key;
pub mod event;
#[cfg(test)]
pub(crate) mod fixtures;
pub mod flow;
pub mod frame;
pub mod headers;
pub mod instant;
pub mod lease;
pub mod opaque;
pub mod permit;
pub mod record;
pub mod refusal;
pub mod replica;
pub mod row;
pub mod row_set;

pub use decide::{Request, check_as_consumer, decide_as_provider, release_as_provider};
pub use declaration::ConsentDeclaration;
pub use lease::Moment;
pub use permit::{ConsentCheck, ConsentPermit, ReleasePermit};
pub use refusal::{ConsentRefusal, DenyReason, RefusalCode};
pub use replica::Replica;
