//! The streams to the security servers (`personal-link` design, replication protocol).
//!
//! - [`streams`]: what each server has been told; publishing a change, taking acknowledgements, beating (pure state)
//! - [`session`]: one connection of one server
//! - [`hub`]: the lock around it, the order of commits, waiting for acknowledgements, the clockwork
//! - [`snapshot`]: all rows of one server from the database
//!
//! Positions live in memory only. A restart begins a new epoch and every server takes a new snapshot; a server's lease
//! ends before it can miss anything.

pub mod hub;
pub mod session;
pub mod snapshot;
pub mod streams;

pub use hub::{Hub, heartbeats};
pub use streams::{Audience, Published, Streams};

use rusqlite::params;
use time::OffsetDateTime;

use crate::personal_link::failure::Failure;
use crate::personal_link::stored::{count, stored_count};
use crate::store::Database;

/// Begins a new epoch: larger than every earlier one, and at least the seconds since 1970, so that it also grows when
/// an old copy of the database is put back.
///
/// # Errors
/// The database failed.
pub fn begin_epoch(database: &Database, now: OffsetDateTime) -> Result<u64, Failure> {
    database.write("begin an epoch", |transaction| {
        let last = transaction
            .query_row("SELECT coalesce(max(value), 0) FROM counter WHERE name = 'epoch'", [], |row| row.get(0))?;
        let epoch = (count(last)? + 1).max(u64::try_from(now.unix_timestamp()).unwrap_or(0));
        transaction.execute(
            "INSERT INTO counter (name, value) VALUES ('epoch', ?1) ON CONFLICT (name) DO UPDATE SET value = ?1",
            params![stored_count(epoch)?],
        )?;
        Ok(epoch)
    })
}

#[cfg(test)]
mod tests;
