//! What the journal asks of a database: one narrow trait, implemented on SQLite (`sqlite`) and on PostgreSQL
//! (`postgres`), and the types that go through it.
//!
//! Everything that decides something (queue, groups, stamping, export) is on this side of it and exists once; behind
//! it is SQL only. The tests of the journal run against both.

use std::fs::File;
use std::pin::Pin;

use protocol::{Payload, Sha512};
use time::OffsetDateTime;

use super::packing::{Packed, Unpacked};
use super::record::{Direction, Side};

/// Work that a database does.
pub(super) type Work<'a, T> = Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send + 'a>>;

/// The right to stamp, for as long as it lives.
pub(super) type StampingTurn = Box<dyn Send>;

/// A database with a journal in it. Nothing here waits for the writer.
pub(super) trait Store: Send + Sync {
    /// Whether the database is reached through the network: then the writer's thread must drive connections.
    fn is_remote(&self) -> bool;

    /// Opens the one writing connection of this process, in the writer's thread. At the start the journal is created
    /// or migrated, and checked; later it must be there: a lost journal is never replaced by an empty one.
    fn open_writer(&self, opening: Opening) -> Work<'_, Box<dyn StoreWriter>>;

    /// The right to stamp, which at most one process has; with [`Patience::None`] nothing when another one has it.
    fn stamping_turn(&self, patience: Patience) -> Work<'_, Option<StampingTurn>>;

    /// The oldest records without timestamp, with the SHA-512 of their signature.
    fn waiting(&self, limit: usize) -> Work<'_, Vec<(i64, Sha512)>>;

    /// Those of these records that wait for a timestamp.
    fn waiting_among(&self, records: Vec<i64>) -> Work<'_, Vec<(i64, Sha512)>>;

    /// Time of the oldest record without timestamp.
    fn oldest_waiting(&self) -> Work<'_, Option<OffsetDateTime>>;

    /// The matching records, oldest first.
    fn find(&self, filter: Filter) -> Work<'_, Vec<Summary>>;

    /// A record with its body and timestamp; `None` when there is none of that number.
    fn read(&self, record: i64) -> Work<'_, Option<Stored>>;
}

/// The writing connection. After an error of it, it must be dropped and opened anew.
pub(super) trait StoreWriter: Send {
    /// Makes the changes durable and says for each what became of it. When a record cannot be written for a reason of
    /// its own (its body cannot be read, say), it is left out and the others are written. After an error of the whole,
    /// none of them counts as written.
    fn commit<'a>(&'a mut self, changes: &'a mut [Change]) -> Work<'a, Vec<Written>>;

    /// Whether it is known to be broken: a commit would fail.
    fn is_broken(&self) -> bool;

    /// Closes the connection in order.
    fn close(self: Box<Self>) -> Work<'static, ()>;
}

/// Number of the record, zero for a change that is none; or why this record was left out.
pub(super) type Written = Result<i64, StoreError>;

/// When the writing connection is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Opening {
    /// At the start of the process.
    First,
    /// After an error.
    Again,
}

/// Whether somebody waits until another process has stamped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Patience {
    /// No.
    None,
    /// For as long as stamping takes.
    Some,
}

/// Something to be written.
#[derive(Debug)]
pub(super) enum Change {
    /// A record.
    Append(Box<Prepared>),
    /// A timestamp. The records that it covers wait no longer; those that another one has covered in the meantime
    /// keep that.
    Stamp(NewStamp),
    /// Nothing that stays, but the commit meets the disk.
    Probe,
}

/// Why the database refused.
#[derive(Debug, thiserror::Error)]
pub(super) enum StoreError {
    /// SQLite's own reason: disk full, not a database, locked.
    #[error("{0}")]
    Sqlite(#[from] rusqlite::Error),
    /// PostgreSQL cannot be reached, or its reason.
    #[error("{0}")]
    Postgres(String),
    /// A value that PostgreSQL cannot store.
    #[error("{0}")]
    Value(String),
    /// A file could not be read or examined.
    #[error("{0}")]
    Io(#[from] std::io::Error),
    /// The database file was moved, deleted or lies on a disk that is gone; or the tables are gone.
    #[error("the journal is no longer at its place")]
    Replaced,
    /// Written by a newer program.
    #[error("the database has schema version {found}, this program knows {known}")]
    NewerSchema {
        /// Version of the database.
        found: u32,
        /// Newest version that this program knows.
        known: u32,
    },
    /// A check found damage.
    #[error("the database is damaged: {0}")]
    Damaged(String),
}

/// A record ready to be written.
#[derive(Debug)]
pub(super) struct Prepared {
    pub(super) time: OffsetDateTime,
    pub(super) side: Side,
    pub(super) direction: Direction,
    pub(super) payload: Payload,
    pub(super) query_id: String,
    pub(super) request_id: String,
    pub(super) local: String,
    pub(super) peer: String,
    pub(super) service: String,
    pub(super) packed: Packed,
    pub(super) body: PreparedBody,
    pub(super) signature_hash: Sha512,
}

/// A body ready to be written.
#[derive(Debug)]
pub(super) enum PreparedBody {
    Absent,
    Inline {
        length: u64,
        squeezed: bool,
        content: Vec<u8>,
    },
    Memory(bytes::Bytes),
    /// Read by the writer thread.
    File {
        file: File,
        length: u64,
    },
    DigestOnly {
        length: u64,
    },
}

impl PreparedBody {
    /// Bytes of memory that the body takes while it waits.
    pub(super) fn bytes_in_memory(&self) -> usize {
        match self {
            Self::Absent | Self::DigestOnly { .. } | Self::File { .. } => 0,
            Self::Inline { content, .. } => content.len(),
            Self::Memory(bytes) => bytes.len(),
        }
    }
}

/// A timestamp and what it covers.
#[derive(Debug)]
pub(super) struct NewStamp {
    pub(super) time: OffsetDateTime,
    /// DER token with the certificate of its signer inside.
    pub(super) token: Vec<u8>,
    /// The stamped hash chain result and the leaves below it, one for each record; absent when the
    /// token covers the signature of a single record directly.
    pub(super) batch: Option<StampedBatch>,
    /// Records covered, in the order of the leaves.
    pub(super) records: Vec<i64>,
}

/// What a batch token covers.
#[derive(Debug)]
pub(super) struct StampedBatch {
    pub(super) hash_chain_result: Vec<u8>,
    /// The signature hashes, one after the other.
    pub(super) leaves: Vec<u8>,
}

/// Which records are looked for.
#[derive(Debug, Clone)]
pub(super) struct Filter {
    pub(super) query_id: String,
    /// Stored name of the local party.
    pub(super) local: Option<String>,
    pub(super) direction: Option<Direction>,
}

/// What a row says without unpacking it.
#[derive(Debug, Clone)]
pub(super) struct Summary {
    pub(super) id: i64,
    pub(super) time: OffsetDateTime,
    pub(super) side: Side,
    pub(super) direction: Direction,
    pub(super) payload: Payload,
    pub(super) query_id: String,
    pub(super) request_id: String,
    pub(super) local: String,
    pub(super) peer: String,
    pub(super) service: String,
    pub(super) stamped: bool,
}

/// A record as it was appended.
#[derive(Debug)]
pub(super) struct Stored {
    pub(super) parts: Unpacked,
    pub(super) body: StoredBody,
    pub(super) stamp: Option<StoredStamp>,
}

/// What the journal still has of a body.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum StoredBody {
    Absent,
    Kept(Vec<u8>),
    DigestOnly { length: u64 },
}

/// The timestamp that covers a record.
#[derive(Debug)]
pub(super) struct StoredStamp {
    pub(super) token: Vec<u8>,
    /// Hash chain result, leaves, and the record's position among them.
    pub(super) batch: Option<(Vec<u8>, Vec<Sha512>, usize)>,
}
