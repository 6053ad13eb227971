//! SQL of the journal: opening, and what the writer thread writes.
//!
//! One connection writes ([`Store`]); readers open connections of their own (`reader`).

use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use protocol::{Payload, Sha512};
use rusqlite::{Connection, OpenFlags, OptionalExtension, Transaction, TransactionBehavior, params};
use time::OffsetDateTime;

use super::packing::{self, Packed};
use super::record::{Direction, Side};
use super::schema;

/// Name of the database in the journal's folder.
pub(super) const DATABASE: &str = "messages.sqlite";
/// Bodies up to this length stand in the record's row. Bytes.
pub(super) const INLINE_LIMIT: usize = 64 * 1024;
/// Larger bodies are cut into rows of this length. Bytes.
const CHUNK: usize = 256 * 1024;
/// Names of parties and services that are remembered with their row.
const NAME_LIMIT: usize = 10_000;

/// REST in the column `payload`.
pub(super) const REST: i64 = 0;
/// SOAP in the column `payload`.
const SOAP: i64 = 1;

/// Why the database refused.
#[derive(Debug, thiserror::Error)]
pub(super) enum StoreError {
    /// SQLite's own reason: disk full, not a database, locked.
    #[error("{0}")]
    Sqlite(#[from] rusqlite::Error),
    /// A file could not be read or examined.
    #[error("{0}")]
    Io(#[from] std::io::Error),
    /// The database file was moved, deleted or lies on a disk that is gone.
    #[error("the database file is no longer at its place")]
    Replaced,
    /// Written by a newer program.
    #[error("the database has schema version {found}, this program knows {known}")]
    NewerSchema {
        /// Version of the database.
        found: u32,
        /// Newest version that this program knows.
        known: u32,
    },
    /// SQLite's check found damage.
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

/// How a stored body is to be read (column `body_form`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum BodyForm {
    Absent = 0,
    Inline = 1,
    InlineSqueezed = 2,
    Chunks = 3,
    DigestOnly = 4,
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

impl BodyForm {
    /// The form that a column value names.
    pub(super) fn from_column(value: i64) -> Option<Self> {
        let forms = [Self::Absent, Self::Inline, Self::InlineSqueezed, Self::Chunks, Self::DigestOnly];
        forms.into_iter().find(|form| *form as i64 == value)
    }
}

/// The writing connection.
pub(super) struct Store {
    path: PathBuf,
    connection: Connection,
    /// Device and inode of the file that is open.
    identity: (u64, u64),
    names: HashMap<String, i64>,
    dictionaries: HashSet<i64>,
}

impl Store {
    /// Opens the database of `folder`, creates or migrates it, and checks it.
    pub(super) fn open(folder: &Path, create: bool) -> Result<Self, StoreError> {
        let path = folder.join(DATABASE);
        let mut flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        if create {
            flags |= OpenFlags::SQLITE_OPEN_CREATE;
        }
        let mut connection = Connection::open_with_flags(&path, flags)?;
        // Some three records fit a page; with SQLite's default a third of each page stays empty.
        connection.pragma_update(None, "page_size", 8_192)?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        // A commit returns when its WAL frames are on the disk.
        connection.pragma_update(None, "synchronous", "FULL")?;
        connection.pragma_update(None, "journal_size_limit", 64 * 1024 * 1024)?;
        connection.busy_timeout(std::time::Duration::from_secs(5))?;
        schema::migrate(&mut connection)?;
        let identity = identity_of(&path)?;
        Ok(Self { path, connection, identity, names: HashMap::new(), dictionaries: HashSet::new() })
    }

    /// Fails when the path no longer leads to the file that is open: a commit into a deleted file
    /// would be acknowledged and lost.
    pub(super) fn check_place(&self) -> Result<(), StoreError> {
        let found = identity_of(&self.path).map_err(|_| StoreError::Replaced)?;
        if found == self.identity { Ok(()) } else { Err(StoreError::Replaced) }
    }

    /// SQLite's consistency check, which reads the whole database: only while that is quick.
    pub(super) fn check_consistency(&self) -> Result<(), StoreError> {
        const QUICK: u64 = 64 * 1024 * 1024;
        if std::fs::metadata(&self.path)?.len() > QUICK {
            return Ok(());
        }
        let verdict: String = self.connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
        if verdict == "ok" { Ok(()) } else { Err(StoreError::Damaged(verdict)) }
    }

    /// Number of records without timestamp.
    pub(super) fn waiting_count(&self) -> Result<u64, StoreError> {
        let count: i64 = self.connection.query_row("SELECT count(*) FROM waiting", [], |row| row.get(0))?;
        Ok(count.cast_unsigned())
    }

    /// Begins a group: everything until [`Group::commit`] becomes durable together or not at all.
    /// After any error of a group the store must be dropped: its memory of names may be ahead of the
    /// database.
    pub(super) fn begin(&mut self) -> Result<Group<'_>, StoreError> {
        let transaction = Transaction::new_unchecked(&self.connection, TransactionBehavior::Immediate)?;
        Ok(Group { transaction, names: &mut self.names, dictionaries: &mut self.dictionaries })
    }

    /// Moves the write-ahead log into the database and empties it.
    pub(super) fn checkpoint(&self) -> Result<(), StoreError> {
        self.connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
        Ok(())
    }

    /// Bounds the database, to see a full disk in tests.
    #[cfg(test)]
    pub(super) fn limit_pages(&self, pages: u32) {
        let found: u32 = self
            .connection
            .query_row(&format!("PRAGMA max_page_count = {pages}"), [], |row| row.get(0))
            .unwrap();
        assert!(found >= pages);
    }
}

fn identity_of(path: &Path) -> Result<(u64, u64), std::io::Error> {
    let metadata = std::fs::metadata(path)?;
    Ok((metadata.dev(), metadata.ino()))
}

/// A transaction under way.
pub(super) struct Group<'a> {
    transaction: Transaction<'a>,
    names: &'a mut HashMap<String, i64>,
    dictionaries: &'a mut HashSet<i64>,
}

impl Group<'_> {
    /// Makes the group durable.
    pub(super) fn commit(self) -> Result<(), StoreError> {
        Ok(self.transaction.commit()?)
    }

    /// Writes one record and gives its number. When its body cannot be read, only this record is
    /// left out ([`StoreError::Io`]).
    pub(super) fn insert(&mut self, record: &mut Prepared) -> Result<i64, StoreError> {
        let local = self.name(&record.local)?;
        let peer = self.name(&record.peer)?;
        let service = self.name(&record.service)?;
        self.dictionary(&record.packed)?;
        self.transaction.execute_batch("SAVEPOINT record")?;
        match self.insert_rows(record, [local, peer, service]) {
            Ok(id) => {
                self.transaction.execute_batch("RELEASE record")?;
                Ok(id)
            }
            Err(StoreError::Io(error)) => {
                self.transaction.execute_batch("ROLLBACK TO record; RELEASE record")?;
                Err(StoreError::Io(error))
            }
            Err(error) => Err(error),
        }
    }

    fn insert_rows(&mut self, record: &mut Prepared, names: [i64; 3]) -> Result<i64, StoreError> {
        let (form, length, inline) = match &record.body {
            PreparedBody::Absent => (BodyForm::Absent, 0, None),
            PreparedBody::Inline { length, squeezed: false, content } => {
                (BodyForm::Inline, *length, Some(content))
            }
            PreparedBody::Inline { length, squeezed: true, content } => {
                (BodyForm::InlineSqueezed, *length, Some(content))
            }
            PreparedBody::Memory(bytes) => (BodyForm::Chunks, bytes.len() as u64, None),
            PreparedBody::File { length, .. } => (BodyForm::Chunks, *length, None),
            PreparedBody::DigestOnly { length } => (BodyForm::DigestOnly, *length, None),
        };
        let mut statement = self.transaction.prepare_cached(
            "INSERT INTO record (time, side, direction, payload, query_id, request_id, local, peer, service,
                                 dictionary, content, body_form, body_length, body)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)",
        )?;
        let id = statement.insert(params![
            milliseconds(record.time),
            record.side as i64,
            record.direction as i64,
            payload_column(record.payload),
            record.query_id,
            record.request_id,
            names[0],
            names[1],
            names[2],
            record.packed.dictionary.id,
            record.packed.content,
            form as i64,
            length.cast_signed(),
            inline,
        ])?;
        self.insert_chunks(id, &mut record.body)?;
        let mut waiting = self
            .transaction
            .prepare_cached("INSERT INTO waiting (record, signature_hash) VALUES (?1, ?2)")?;
        waiting.execute(params![id, record.signature_hash])?;
        Ok(id)
    }

    fn insert_chunks(&self, id: i64, body: &mut PreparedBody) -> Result<(), StoreError> {
        let mut statement = self
            .transaction
            .prepare_cached("INSERT INTO body_chunk (record, number, content) VALUES (?1, ?2, ?3)")?;
        match body {
            PreparedBody::Absent | PreparedBody::Inline { .. } | PreparedBody::DigestOnly { .. } => {}
            PreparedBody::Memory(bytes) => {
                for (chunk, number) in bytes.chunks(CHUNK).zip(0i64..) {
                    statement.execute(params![id, number, chunk])?;
                }
            }
            PreparedBody::File { file, length } => {
                file.seek(SeekFrom::Start(0))?;
                let mut chunk = vec![0; CHUNK];
                let mut left = *length;
                for number in 0i64.. {
                    if left == 0 {
                        break;
                    }
                    let take = usize::try_from(left).map_or(CHUNK, |left| left.min(CHUNK));
                    file.read_exact(&mut chunk[..take])?;
                    statement.execute(params![id, number, &chunk[..take]])?;
                    left -= take as u64;
                }
            }
        }
        Ok(())
    }

    /// Writes a timestamp; the records that it covers wait no longer. Records that another timestamp
    /// has covered in the meantime keep that one. Gives the number of records that stopped waiting.
    pub(super) fn save_stamp(&mut self, stamp: &NewStamp) -> Result<usize, StoreError> {
        let batch = stamp.batch.as_ref();
        let id = self
            .transaction
            .prepare_cached(
                "INSERT INTO stamp (time, token, hash_chain_result, leaves) VALUES (?1, ?2, ?3, ?4)",
            )?
            .insert(params![
                milliseconds(stamp.time),
                stamp.token,
                batch.map(|batch| &batch.hash_chain_result),
                batch.map(|batch| &batch.leaves),
            ])?;
        let mut remove = self.transaction.prepare_cached("DELETE FROM waiting WHERE record = ?1")?;
        let mut insert = self
            .transaction
            .prepare_cached("INSERT OR IGNORE INTO stamped (record, stamp, position) VALUES (?1, ?2, ?3)")?;
        let mut covered = 0;
        for (record, position) in stamp.records.iter().zip(0i64..) {
            covered += remove.execute([record])?;
            insert.execute(params![record, id, position])?;
        }
        Ok(covered)
    }

    /// Writes without leaving a trace, so that the commit meets the disk.
    pub(super) fn probe(&mut self) -> Result<(), StoreError> {
        let transaction = &self.transaction;
        let version: i64 = transaction.query_row("PRAGMA application_id", [], |row| row.get(0))?;
        transaction.pragma_update(None, "application_id", version ^ 1)?;
        Ok(())
    }

    /// The row of a party or service.
    fn name(&mut self, text: &str) -> Result<i64, StoreError> {
        if let Some(id) = self.names.get(text) {
            return Ok(*id);
        }
        let transaction = &self.transaction;
        let found = transaction
            .prepare_cached("SELECT id FROM name WHERE text = ?1")?
            .query_row([text], |row| row.get(0))
            .optional()?;
        let id = match found {
            Some(id) => id,
            None => transaction.prepare_cached("INSERT INTO name (text) VALUES (?1)")?.insert([text])?,
        };
        if self.names.len() >= NAME_LIMIT {
            self.names.clear();
        }
        self.names.insert(text.to_owned(), id);
        Ok(id)
    }

    /// Stores the dictionary unless it is there.
    fn dictionary(&mut self, packed: &Packed) -> Result<(), StoreError> {
        let dictionary = &packed.dictionary;
        if self.dictionaries.contains(&dictionary.id) {
            return Ok(());
        }
        self.transaction
            .prepare_cached("INSERT OR IGNORE INTO dictionary (id, content) VALUES (?1, ?2)")?
            .execute(params![dictionary.id, packing::squeeze_always(&dictionary.content)?])?;
        if self.dictionaries.len() >= NAME_LIMIT {
            self.dictionaries.clear();
        }
        self.dictionaries.insert(dictionary.id);
        Ok(())
    }
}

fn payload_column(payload: Payload) -> i64 {
    match payload {
        Payload::Rest => REST,
        Payload::Soap => SOAP,
    }
}

/// Unix time in milliseconds, as the tables hold it.
pub(super) fn milliseconds(time: OffsetDateTime) -> i64 {
    i64::try_from(time.unix_timestamp_nanos() / 1_000_000).unwrap_or(i64::MAX)
}
