//! Wrong input and broken surroundings: each gives the error that `docs/operations/errors.md` says.
//!
//! - [`request`]: what an information system gets wrong, found by its own security server
//! - [`provider`]: what the provider's security server and the service refuse
//! - [`outage`]: programs that are gone, certificates and configurations that no longer count
//! - [`renewal`]: keys and certificates that change while the programs run
//! - [`town`]: the networks behind these
//! - [`documented`]: every documented error has a test

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod documented;
mod outage;
mod provider;
mod renewal;
mod request;
mod town;
