//! A peer that holds a server's real keys and lies in exactly one way. Each lie is refused with its own reason, by the
//! side that it is told to; the other side's checks cannot help, because the liar is the other side.
//!
//! - [`handshake`]: who is let in at all
//! - [`requests`]: lies of a consumer's security server, told to the provider's
//! - [`responses`]: lies of a provider's security server, told to the consumer's
//! - [`bench`]: the network and the liar's tools

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod bench;
mod handshake;
mod requests;
mod responses;
