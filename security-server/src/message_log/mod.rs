//! The journal: every message that passes is durable here before anything depends on it.
//!
//! In the order of a record's life:
//!
//! * [`record`]: what is kept of a message;
//! * `packing`: how it becomes small;
//! * `append`: the queue and the receipt ([`MessageLog::append`]);
//! * `writer`: one thread, grouped commits;
//! * `store`: what is asked of a database; `sqlite`, `postgres`: those that do it; `columns`: what they share;
//! * [`stamping`]: when to stamp what and when to stop accepting; `stamper`: doing it against an
//!   [`authority`];
//! * [`export`]: evidence of one exchange as ASiC-E containers.
//!
//! A [`LogReceipt`] exists only for a record that is on the disk: the stages that send, deliver and
//! answer demand one, so that skipping the journal does not compile.

mod append;
pub mod authority;
mod columns;
mod config;
mod error;
pub mod export;
#[cfg(test)]
mod fault;
mod packing;
mod postgres;
pub mod record;
mod sqlite;
mod stamper;
pub mod stamping;
mod store;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
mod writer;

pub use append::{LogHealth, LogReceipt, MessageLog};
pub use authority::{TimestampAuthority, TimestampFailure};
pub use config::{MessageLogConfig, TimestampConfig};
pub use error::LogError;
pub use export::{ExportQuery, ExportedContainer, RecordSummary, escaped_query_id};
pub use record::{Body, Direction, Record, Seal, Side};
