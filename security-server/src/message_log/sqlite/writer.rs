//! What the writer's thread writes.

use std::collections::{HashMap, HashSet};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags, OptionalExtension, Transaction, TransactionBehavior, params};

use super::{DATABASE, schema};
use crate::message_log::columns::{REMEMBERED, milliseconds, payload_column};
use crate::message_log::packing::{self, Packed};
use crate::message_log::store::{
    Change, NewStamp, Opening, Prepared, PreparedBody, StoreError, StoreWriter, Work, Written,
};

/// The writing connection.
pub(super) struct SqliteWriter {
    path: PathBuf,
    connection: Connection,
    /// Device and inode of the file that is open.
    identity: (u64, u64),
    names: HashMap<String, i64>,
    dictionaries: HashSet<i64>,
    #[cfg(test)]
    fault: std::sync::Arc<crate::message_log::fault::FaultPoint>,
}

impl SqliteWriter {
    /// Opens the database of `folder`, creates it at the start, and migrates it.
    pub(super) fn open(folder: &Path, opening: Opening) -> Result<Self, StoreError> {
        let path = folder.join(DATABASE);
        let mut flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        if opening == Opening::First {
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
        Ok(Self {
            path,
            connection,
            identity,
            names: HashMap::new(),
            dictionaries: HashSet::new(),
            #[cfg(test)]
            fault: std::sync::Arc::default(),
        })
    }

    /// Fails at this point, to see what becomes of the records then.
    #[cfg(test)]
    pub(super) fn failing_at(mut self, fault: std::sync::Arc<crate::message_log::fault::FaultPoint>) -> Self {
        self.fault = fault;
        self
    }

    /// Fails when the path no longer leads to the file that is open: a commit into a deleted file
    /// would be acknowledged and lost.
    fn check_place(&self) -> Result<(), StoreError> {
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

    /// All of the changes, in one transaction.
    fn write(&mut self, changes: &mut [Change]) -> Result<Vec<Written>, StoreError> {
        self.check_place()?;
        let transaction = Transaction::new_unchecked(&self.connection, TransactionBehavior::Immediate)?;
        let mut group = Group { transaction, names: &mut self.names, dictionaries: &mut self.dictionaries };
        let mut written = Vec::with_capacity(changes.len());
        for change in changes {
            written.push(match change {
                Change::Append(record) => match group.insert(record) {
                    Err(error @ StoreError::Io(_)) => Err(error),
                    other => Ok(other?),
                },
                Change::Stamp(stamp) => group.save_stamp(stamp).map(|()| Ok(0))?,
                Change::Probe => group.probe().map(|()| Ok(0))?,
            });
        }
        let transaction = group.transaction;
        #[cfg(test)]
        self.fault.before_commit()?;
        transaction.commit()?;
        #[cfg(test)]
        self.fault.after_commit();
        Ok(written)
    }

    /// Moves the write-ahead log into the database and empties it.
    fn checkpoint(&self) -> Result<(), StoreError> {
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

impl StoreWriter for SqliteWriter {
    fn commit<'a>(&'a mut self, changes: &'a mut [Change]) -> Work<'a, Vec<Written>> {
        Box::pin(std::future::ready(self.write(changes)))
    }

    /// It shows at the commit.
    fn is_broken(&self) -> bool {
        false
    }

    fn close(self: Box<Self>) -> Work<'static, ()> {
        Box::pin(std::future::ready(self.checkpoint()))
    }
}

fn identity_of(path: &Path) -> Result<(u64, u64), std::io::Error> {
    let metadata = std::fs::metadata(path)?;
    Ok((metadata.dev(), metadata.ino()))
}

/// A transaction under way. After an error of it the writer must be dropped: its memory of names may be ahead of the
/// database.
struct Group<'a> {
    transaction: Transaction<'a>,
    names: &'a mut HashMap<String, i64>,
    dictionaries: &'a mut HashSet<i64>,
}

impl Group<'_> {
    /// Writes one record and gives its number. When its body cannot be read, only this record is
    /// left out ([`StoreError::Io`]).
    fn insert(&mut self, record: &mut Prepared) -> Result<i64, StoreError> {
        let local = self.name(&record.local)?;
        let peer = self.name(&record.peer)?;
        let service = self.name(&record.service)?;
        self.dictionary(&record.packed)?;
        // Only what is read while it is written can fail by itself.
        if !matches!(record.body, PreparedBody::File { .. }) {
            return self.insert_rows(record, [local, peer, service]);
        }
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
        let body = record.body.columns();
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
            body.form as i64,
            body.length,
            body.inline,
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
        let mut chunks = body.chunks();
        let mut number = 0_i64;
        while let Some(chunk) = chunks.next()? {
            statement.execute(params![id, number, chunk])?;
            number += 1;
        }
        Ok(())
    }

    fn save_stamp(&mut self, stamp: &NewStamp) -> Result<(), StoreError> {
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
        for (record, position) in stamp.records.iter().zip(0i64..) {
            remove.execute([record])?;
            insert.execute(params![record, id, position])?;
        }
        Ok(())
    }

    /// Writes without leaving a trace, so that the commit meets the disk.
    fn probe(&mut self) -> Result<(), StoreError> {
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
        if self.names.len() >= REMEMBERED {
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
        if self.dictionaries.len() >= REMEMBERED {
            self.dictionaries.clear();
        }
        self.dictionaries.insert(dictionary.id);
        Ok(())
    }
}
