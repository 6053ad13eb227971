//! Faults: the closed list of what can go wrong on the message path, in X-Road's own words.
//!
//! A fault that we raise has a [`FaultCode`]: where it was found ([`Origin`]) and one or more [`Word`]s. What a peer
//! sends is a [`ReceivedFault`] with any code, since servers up to release 7.7 write `Server.ServerProxy.AccessDenied`
//! where newer ones write `server.serverproxy.access_denied`; received codes are passed on unchanged, and understood in
//! either spelling ([`Word::understand`]).

mod code;
#[cfg(test)]
mod tests;
mod word;

pub use code::{Fault, FaultCode, Origin, ReceivedFault, http_status};
pub use word::{Actor, Retry, Stage, Word, WordFacts};
