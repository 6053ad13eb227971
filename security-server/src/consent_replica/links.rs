//! The members' own numbers of persons and the links they stand for, in a SQLite file of this server.
//!
//! The file is the only place where a local id is kept. Nothing in this module prints one.

use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use consent::opaque::Nonce;
use identifiers::{ClientId, LinkHandle, LocalId};
use rusqlite::{Connection, OptionalExtension, TransactionBehavior, params};

/// How long a statement waits for another process at the same file.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

const SCHEMA: &str = "
    CREATE TABLE IF NOT EXISTS link (
        subsystem TEXT NOT NULL,
        local_id TEXT NOT NULL,
        link BLOB NOT NULL UNIQUE,
        PRIMARY KEY (subsystem, local_id)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS attempt (
        subsystem TEXT NOT NULL,
        local_id TEXT NOT NULL,
        token_hash BLOB NOT NULL,
        nonce BLOB NOT NULL,
        PRIMARY KEY (subsystem, local_id)
    ) STRICT, WITHOUT ROWID;
";

/// The store failed. Says nothing about the row.
#[derive(Debug, thiserror::Error)]
#[error("the store of links failed at {step}: {cause}")]
pub struct LinksError {
    step: &'static str,
    #[source]
    cause: rusqlite::Error,
}

/// Why a link cannot be stored.
#[derive(Debug, thiserror::Error)]
pub enum StoreLinkError {
    /// The number or the link is taken by another one.
    #[error("the record or the person is linked differently already")]
    Taken,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] LinksError),
}

/// See the module. Clones share the file.
#[derive(Clone)]
pub struct Links {
    reader: Arc<Mutex<Connection>>,
    writer: Arc<Mutex<Connection>>,
}

impl Links {
    /// Opens or makes the file.
    ///
    /// # Errors
    /// [`LinksError`].
    pub fn open(file: &Path) -> Result<Self, LinksError> {
        let opened = connect(file).and_then(|writer| {
            writer.execute_batch(SCHEMA)?;
            Ok((writer, connect(file)?))
        });
        let (writer, reader) = opened.map_err(failed("open"))?;
        Ok(Self { reader: Arc::new(Mutex::new(reader)), writer: Arc::new(Mutex::new(writer)) })
    }

    /// The link under which a subsystem's number of a person is known to the registry.
    ///
    /// # Errors
    /// [`LinksError`].
    pub fn link_of(
        &self,
        subsystem: &ClientId,
        local_id: &LocalId,
    ) -> Result<Option<LinkHandle>, LinksError> {
        let reader = lock(&self.reader);
        let found = reader
            .prepare_cached("SELECT link FROM link WHERE subsystem = ?1 AND local_id = ?2")
            .and_then(|mut query| {
                query.query_row(params![subsystem.to_path(), local_id.expose()], |row| row.get(0)).optional()
            })
            .map_err(failed("look up a link"))?;
        Ok(found.map(LinkHandle::from_bytes))
    }

    /// The number that the hosting subsystem has for the person behind a link.
    ///
    /// # Errors
    /// [`LinksError`].
    pub fn local_id(&self, link: &LinkHandle) -> Result<Option<LocalId>, LinksError> {
        let reader = lock(&self.reader);
        let found: Option<String> = reader
            .prepare_cached("SELECT local_id FROM link WHERE link = ?1")
            .and_then(|mut query| query.query_row([link.as_bytes()], |row| row.get(0)).optional())
            .map_err(failed("look up a local id"))?;
        // What was stored was a local id; a file changed by hand may hold something else, which is then unknown.
        Ok(found.and_then(|text| LocalId::new(&text).ok()))
    }

    /// Remembers, before the registry is asked, under which attempt a token is redeemed. Asking again with the same
    /// token for the same number gives the same attempt, so that a lost answer can be fetched again.
    ///
    /// # Errors
    /// [`LinksError`].
    pub fn begin_attempt(
        &self,
        subsystem: &ClientId,
        local_id: &LocalId,
        token_hash: &[u8; 32],
        fresh: Nonce,
    ) -> Result<Nonce, LinksError> {
        let mut writer = lock(&self.writer);
        let key = (subsystem.to_path(), local_id.expose());
        let mut work = || -> rusqlite::Result<Nonce> {
            let transaction = writer.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let known: Option<[u8; 16]> = transaction
                .query_row(
                    "SELECT nonce FROM attempt WHERE subsystem = ?1 AND local_id = ?2 AND token_hash = ?3",
                    params![key.0, key.1, token_hash],
                    |row| row.get(0),
                )
                .optional()?;
            if let Some(known) = known {
                return Ok(Nonce::from_bytes(known));
            }
            transaction.execute(
                "INSERT OR REPLACE INTO attempt (subsystem, local_id, token_hash, nonce) VALUES (?1, ?2, ?3, ?4)",
                params![key.0, key.1, token_hash, fresh.as_bytes()],
            )?;
            transaction.commit()?;
            Ok(fresh)
        };
        work().map_err(failed("begin an attempt"))
    }

    /// Stores a link that the registry has confirmed, and forgets the attempt. Storing the same link again is fine.
    ///
    /// # Errors
    /// [`StoreLinkError::Taken`] when number or link are bound otherwise: a number stands for one person, and a
    /// person has one number in a subsystem.
    pub fn store(
        &self,
        subsystem: &ClientId,
        local_id: &LocalId,
        link: &LinkHandle,
    ) -> Result<(), StoreLinkError> {
        let mut writer = lock(&self.writer);
        let (path, number) = (subsystem.to_path(), local_id.expose());
        let mut work = || -> rusqlite::Result<bool> {
            let transaction = writer.transaction_with_behavior(TransactionBehavior::Immediate)?;
            transaction.execute(
                "INSERT INTO link (subsystem, local_id, link) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
                params![path, number, link.as_bytes()],
            )?;
            let stored = transaction.query_row(
                "SELECT count(*) FROM link WHERE subsystem = ?1 AND local_id = ?2 AND link = ?3",
                params![path, number, link.as_bytes()],
                |row| row.get::<_, i64>(0),
            )?;
            transaction.execute(
                "DELETE FROM attempt WHERE subsystem = ?1 AND local_id = ?2",
                params![path, number],
            )?;
            transaction.commit()?;
            Ok(stored == 1)
        };
        if work().map_err(failed("store a link"))? { Ok(()) } else { Err(StoreLinkError::Taken) }
    }

    /// Number of links.
    ///
    /// # Errors
    /// [`LinksError`].
    pub fn count(&self) -> Result<u64, LinksError> {
        let count = lock(&self.reader).query_row("SELECT count(*) FROM link", [], |row| row.get::<_, i64>(0));
        Ok(count.map_err(failed("count links"))?.unsigned_abs())
    }
}

fn connect(file: &Path) -> rusqlite::Result<Connection> {
    let connection = Connection::open(file)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    // A deleted number is overwritten, not only unlinked.
    connection.pragma_update(None, "secure_delete", true)?;
    Ok(connection)
}

fn failed(step: &'static str) -> impl Fn(rusqlite::Error) -> LinksError {
    move |cause| LinksError { step, cause }
}

fn lock(connection: &Mutex<Connection>) -> MutexGuard<'_, Connection> {
    // A panic inside a transaction rolled it back when the transaction was dropped.
    connection.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
