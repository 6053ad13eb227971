//! START HERE: what happens to a message.
//!
//! ```text
//!  information system         security server          security server       information system
//!      (consumer)              consumer side            provider side             (provider)
//!          |------ request ------->|                         |                        |
//!          |                 leg 1 | accept, ... transmit    |                        |
//!          |                       |------- mutual TLS ----->|                        |
//!          |                       |                   leg 2 | receive, ... deliver   |
//!          |                       |                         |------- request ------->|
//!          |                       |                         |<------ answer ---------|
//!          |                       |                   leg 3 | collect, ... answer    |
//!          |                       |<------ mutual TLS ------|                        |
//!          |                 leg 4 | receive, ... answer     |                        |
//!          |<----- answer ---------|                         |                        |
//! ```
//!
//! Each leg is one function that calls its stages in order: [`leg1_consumer_request`], [`leg2_provider_request`],
//! [`leg3_provider_response`], [`leg4_consumer_response`]. [`stage`] holds the stages, [`state`] what they hand on and
//! the rule that makes skipping one a compile error. Whatever fails ends in [`stage::refuse`].
//!
//! Below the stages: [`codec`] (what a message looks like inside: REST and SOAP), [`enclosure`], [`writer`],
//! [`outflow`] and [`exchanging`] (a message on its way out), [`inflow`] (on its way in), [`journal_copy`], [`sealer`]
//! (signing keys), [`peers`] and [`services`] (connections), [`own_services`] (what this server answers by itself),
//! [`refusals`] (why messages did not get through).

pub mod codec;
pub mod context;
pub mod enclosure;
pub mod entry;
pub mod exchanging;
pub mod inflow;
pub mod journal_copy;
pub mod leg1_consumer_request;
pub mod leg2_provider_request;
pub mod leg3_provider_response;
pub mod leg4_consumer_response;
pub mod outflow;
pub mod own_services;
pub mod peers;
pub mod refusals;
pub mod sealer;
pub mod services;
pub mod stage;
pub mod state;
pub mod version;
pub mod writer;

pub use context::{Relay, RelayParts};
pub(crate) use entry::exchange;
pub use entry::{serve_information_system, serve_peer};

#[cfg(test)]
mod tests;
