//! Programs of others in the place of an information system: `zeep` speaks SOAP, `curl` the rest. What they need of our
//! servers is what everybody's tools need.
//!
//! - [`zeep`]: a description loaded by its address, and calls of what it describes
//! - [`curl`]: REST, refusals, and `/wsdl` where it is switched off
//! - [`evidence`]: `/asic` and `/verificationconf`, checked by `evidence-verify`
//! - [`explain`]: what `security-server explain` tells the administrator of either side, before and after a crash
//! - [`town`]: the network; [`persons`]: the SOAP service in it

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod curl;
mod evidence;
mod explain;
mod persons;
mod town;
mod zeep;
