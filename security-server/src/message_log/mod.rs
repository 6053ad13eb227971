//! The journal: every message that passes is durable here before anything depends on it.
//!
//! In the order of a record's life:
//!
//! * [`record`]: what is kept of a message;
//! * `packing`: how it becomes small;
//! * [`append`](MessageLog::append): the queue and the receipt;
//! * `writer`: one thread, grouped commits; `store` and `schema`: SQL;
//! * [`stamping`]: when to stamp what and when to stop accepting; `stamper`: doing it;
//! * [`export`]: evidence of one exchange as ASiC-E containers.
//!
//! A [`LogReceipt`] exists only for a record that is on the disk: the stages that send, deliver and
//! answer demand one, so that skipping the journal does not compile.
#![allow(clippy::todo, unused_variables)]

mod append;
mod config;
mod error;
pub mod export;
pub mod record;
pub mod stamping;

pub use append::{LogHealth, LogReceipt, MessageLog};
pub use config::{MessageLogConfig, TimestampConfig};
pub use error::LogError;
pub use record::{Body, Direction, Format, Record, Seal, Side};
