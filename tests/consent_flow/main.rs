//! What a person decides counts at once, and nobody gets to know more of her than he must.
//!
//! - [`decisions`]: never asked, granted, withdrawn, refused, expired, and withdrawn while the service works
//! - [`privacy`]: the numbers of persons are nowhere but where they belong; the decision is part of the evidence
//! - [`person`]: somebody with a device
//! - [`town`]: the network

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod decisions;
mod person;
mod privacy;
mod town;
