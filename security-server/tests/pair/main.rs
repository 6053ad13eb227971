//! Two security servers in one process, over real ports: an information system asks, a service answers.
//!
//! * [`town`]: keys, certificates, global configuration, revocation status, two servers, a service;
//! * [`exchange`]: what goes through, and how it arrives;
//! * [`refusals`]: what does not, and what the asking side is told;
//! * [`soap`]: both for SOAP;
//! * [`tampering`]: somebody on the way who holds the servers' keys changes messages.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests say what went wrong by failing"
)]

mod exchange;
mod information_services;
mod refusals;
mod soap;
mod tampering;
mod town;
