//! What makes a message provable: signature, hash chain, timestamp and the ASiC-E container that
//! carries all of it. Build and verify, without sockets, clock or randomness.
//!
//! In the order in which evidence grows:
//! - [`xml`]: documents read within limits, before anything else looks at them;
//! - [`c14n`]: canonical XML in one pass;
//! - [`hash_chain`]: one digest for many parts or many messages;
//! - [`signature`]: [`signature::seal`] and [`signature::verify`], X-Road's XAdES profile;
//! - [`timestamp`]: RFC 3161 time over one signature or over a batch of them;
//! - [`asic`]: the container as bytes;
//! - [`container`]: the offline verdict about a container.

pub mod asic;
pub mod c14n;
pub mod container;
pub mod hash_chain;
pub mod signature;
pub mod timestamp;
pub mod xml;

pub use container::verify_container;

#[cfg(test)]
mod testbed;
#[cfg(test)]
mod vectors;
