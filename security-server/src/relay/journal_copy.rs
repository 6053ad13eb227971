//! The copy of a body that goes by, as far as the journal keeps it.

use bytes::Bytes;
use service_kit::spool::{Spool, SpoolError, SpoolRoom, Spooled};

use crate::message_log;

/// A copy under way.
pub struct JournalCopy {
    /// `None` when the body is larger than the journal keeps.
    spool: Option<Spool>,
    limit: u64,
    length: u64,
}

impl JournalCopy {
    /// An empty copy of at most `limit` bytes.
    #[must_use]
    pub fn new(room: &SpoolRoom, limit: u64) -> Self {
        Self { spool: Some(room.open(limit)), limit, length: 0 }
    }

    /// Adds a piece, or gives the copy up when it would become too large.
    ///
    /// # Errors
    /// The spool file failed.
    pub async fn add(&mut self, piece: &Bytes) -> Result<(), SpoolError> {
        self.length += piece.len() as u64;
        if self.length > self.limit {
            self.spool = None;
        }
        match &mut self.spool {
            Some(spool) => spool.write(piece.clone()).await,
            None => Ok(()),
        }
    }

    /// Bytes that went by.
    #[must_use]
    pub fn length(&self) -> u64 {
        self.length
    }

    /// What the journal gets.
    ///
    /// # Errors
    /// The spool file failed.
    pub async fn finish(self) -> Result<message_log::Body, SpoolError> {
        match self.spool {
            Some(spool) => of_spooled(&spool.finish().await?),
            None => Ok(message_log::Body::DigestOnly { length: self.length }),
        }
    }
}

/// What the journal gets of a body that was spooled anyway.
///
/// # Errors
/// The spool file cannot be opened again.
pub fn kept_of(spooled: &Spooled, limit: u64) -> Result<message_log::Body, SpoolError> {
    if spooled.len() > limit {
        return Ok(message_log::Body::DigestOnly { length: spooled.len() });
    }
    of_spooled(spooled)
}

fn of_spooled(spooled: &Spooled) -> Result<message_log::Body, SpoolError> {
    Ok(match spooled.bytes_in_memory() {
        Some(bytes) => message_log::Body::Memory(bytes),
        None => message_log::Body::File { file: spooled.open_file()?, length: spooled.len() },
    })
}
