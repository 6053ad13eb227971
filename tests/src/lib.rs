//! Black-box tests: the real programs, started as processes, talked to over their ports only.
//!
//! - `tests/refusal`: wrong input and broken surroundings, each with its documented error
//! - `tests/adversary`: a peer that holds real keys and lies in one way
//! - `tests/crash`: `kill -9` of each program, and of the journals' database, during traffic
//! - `tests/consent_flow`: what a person decides, and what nobody else gets to know
//! - `tests/stock_tls`: peers that speak X-Road's TLS 1.2 only
//! - `tests/foreign_clients`: `zeep` and `curl` in the place of an information system; what they get, checked
//! - `tests/house_rules`: the form of the source tree
//! - `tests/soak`: the program behind `scripts/soak`
//! - `tests/interop`: our server beside a foreign one (a package of its own)
//!
//! What they share is here:
//! - [`binaries`]: where the programs are
//! - [`overlay`]: changes to the town's configuration
//! - [`world`]: one running network; [`shared`]: one for all tests of a file; [`keeper`]: ends it in any case
//! - [`service`]: an information system of a provider that does what its path says
//! - [`answer`], [`errors`]: what was answered, and the documented errors that it is held against
//! - [`journal`]: message journals, read beside the running program
//! - [`patience`]: waiting for a state instead of for a time

pub mod answer;
pub mod binaries;
pub mod errors;
pub mod journal;
pub mod keeper;
pub mod overlay;
pub mod patience;
pub mod service;
pub mod shared;
pub mod world;
