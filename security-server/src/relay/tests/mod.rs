//! Our two sides in the places of a captured stock pair, with its keys, its configuration and its clock.
//!
//! * [`captured`]: the captured bytes; [`place`]: one of our servers in the place of a captured one;
//!   [`stock`]: TLS and framing of a stock server, as client and as server; [`compare`]: what may differ;
//! * [`provider`]: our provider side answers what the stock consumer sent, our consumer side accepts the answer;
//! * [`consumer`]: our consumer side accepts what the stock provider answered, and nothing that answers something else;
//!   [`own_provider`]: one that is made of our message and evidence crates only;
//! * [`changes`]: one change each to a captured request, and the fault that it earns, over the wire;
//! * [`soap`]: the same for the captured SOAP exchanges.

mod captured;
mod changes;
mod compare;
mod consumer;
#[path = "../../../../tests/src/errors.rs"]
#[allow(dead_code, unreachable_pub, reason = "one file for all tests, and each takes what it needs")]
mod errors;
mod own_provider;
mod place;
mod provider;
mod soap;
mod soap_peer;
mod stock;
