//! Two security servers in one process, over real ports: an information system asks, a service answers.
//!
//! * [`access`]: who may call what;
//! * [`gate`]: a connection that can be counted, held and cut; [`service`]: the provider's information system;
//! * [`town`]: keys, certificates, global configuration, revocation status, two servers, a service;
//! * [`errors`]: the documented errors, from which these tests take what they expect;
//! * [`exchange`]: what goes through, and how it arrives;
//! * [`explain`]: what an administrator is told about a message;
//! * [`refusals`]: what does not, and what the asking side is told;
//! * [`information_services`]: what the ports for information systems answer by themselves;
//! * [`metadata_services`]: what a provider's server answers in the place of a service;
//! * [`soap`]: both for SOAP;
//! * [`routing`]: several servers of one provider;
//! * [`tampering`]: somebody on the way who holds the servers' keys changes messages.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests say what went wrong by failing"
)]

mod access;
#[path = "../../../tests/src/errors.rs"]
#[allow(dead_code, unreachable_pub, reason = "one file for all tests, and each takes what it needs")]
mod errors;
mod exchange;
mod explain;
mod gate;
mod information_services;
mod metadata_services;
mod refusals;
mod routing;
mod service;
mod soap;
mod tampering;
mod town;
