//! SQLite databases: one file per subject, so that no query reaches across subjects.
//!
//! A subject names its migrations, opens its [`Database`] once and works in named transactions.
//! Calls block for the time of a disk write; asynchronous callers use a blocking task.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rusqlite::{Connection, Transaction, TransactionBehavior};

/// How long a transaction waits for another process (a command beside the running service).
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

/// The folder that holds the databases. Clones are cheap.
#[derive(Debug, Clone)]
pub struct Store {
    folder: PathBuf,
}

/// One step of a schema: its SQL, run once, in order.
pub type Migration = &'static str;

/// The database of one subject. Clones share the connection.
#[derive(Clone)]
pub struct Database {
    name: &'static str,
    connection: Arc<Mutex<Connection>>,
}

/// A database that does not do what it should.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The folder cannot be made.
    #[error("the folder {folder} cannot be made: {cause}")]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// What the operating system said.
        #[source]
        cause: std::io::Error,
    },
    /// A statement inside a transaction failed; the transaction is rolled back.
    #[error("a statement failed: {0}")]
    Statement(#[from] rusqlite::Error),
    /// SQLite refused to open the file, or to begin or commit a transaction.
    #[error("database {database}, {step}: {cause}")]
    Sqlite {
        /// Name of the database.
        database: &'static str,
        /// The step or transaction.
        step: &'static str,
        /// What SQLite said.
        #[source]
        cause: rusqlite::Error,
    },
    /// The file was written by a newer program.
    #[error("database {database} has schema {found}, this program knows up to {known}")]
    Newer {
        /// Name of the database.
        database: &'static str,
        /// Schema of the file.
        found: usize,
        /// Newest schema of this program.
        known: usize,
    },
}

impl Store {
    /// Databases in this folder, which is made if it does not exist.
    ///
    /// # Errors
    /// [`StoreError::Folder`].
    pub fn in_folder(folder: &Path) -> Result<Self, StoreError> {
        let made = std::fs::create_dir_all(folder);
        made.map_err(|cause| StoreError::Folder { folder: folder.to_owned(), cause })?;
        Ok(Self { folder: folder.to_owned() })
    }

    /// The folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Opens `<name>.sqlite` and brings its schema up to date.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn open(&self, name: &'static str, migrations: &[Migration]) -> Result<Database, StoreError> {
        let path = self.folder.join(format!("{name}.sqlite"));
        let opened = Connection::open(path).and_then(|connection| {
            connection.busy_timeout(BUSY_TIMEOUT)?;
            connection.pragma_update(None, "journal_mode", "WAL")?;
            connection.pragma_update(None, "synchronous", "FULL")?;
            connection.pragma_update(None, "foreign_keys", true)?;
            Ok(connection)
        });
        let connection =
            opened.map_err(|cause| StoreError::Sqlite { database: name, step: "open", cause })?;
        let database = Database { name, connection: Arc::new(Mutex::new(connection)) };
        database.migrate(migrations)?;
        Ok(database)
    }
}

impl Database {
    /// Runs `work` in a transaction that is committed, durably, when it returns `Ok`. `step` names
    /// it in errors.
    ///
    /// # Errors
    /// The error of `work`, or [`StoreError::Sqlite`].
    pub fn write<T, E: From<StoreError>>(
        &self,
        step: &'static str,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut connection = self.lock();
        let begun = connection.transaction_with_behavior(TransactionBehavior::Immediate);
        let transaction = begun.map_err(|cause| self.failed(step, cause))?;
        let result = work(&transaction)?;
        transaction.commit().map_err(|cause| self.failed(step, cause))?;
        Ok(result)
    }

    /// Runs `work` on one consistent state without writing.
    ///
    /// # Errors
    /// The error of `work`, or [`StoreError::Sqlite`].
    pub fn read<T, E: From<StoreError>>(
        &self,
        step: &'static str,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut connection = self.lock();
        let begun = connection.transaction_with_behavior(TransactionBehavior::Deferred);
        let transaction = begun.map_err(|cause| self.failed(step, cause))?;
        work(&transaction)
    }

    fn failed(&self, step: &'static str, cause: rusqlite::Error) -> StoreError {
        StoreError::Sqlite { database: self.name, step, cause }
    }

    fn migrate(&self, migrations: &[Migration]) -> Result<(), StoreError> {
        self.write("migrate", |transaction| {
            let done: u32 = transaction.pragma_query_value(None, "user_version", |row| row.get(0))?;
            let done = done as usize;
            if done > migrations.len() {
                return Err(StoreError::Newer { database: self.name, found: done, known: migrations.len() });
            }
            for sql in &migrations[done..] {
                transaction.execute_batch(sql)?;
            }
            Ok(transaction.pragma_update(None, "user_version", migrations.len() as u32)?)
        })
    }

    fn lock(&self) -> MutexGuard<'_, Connection> {
        // A panic inside a transaction rolled it back when the transaction was dropped.
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIRST: Migration = "CREATE TABLE t (x INTEGER NOT NULL) STRICT;";
    const SECOND: Migration = "ALTER TABLE t ADD COLUMN y TEXT;";

    fn count(database: &Database) -> i64 {
        let count: Result<i64, StoreError> = database.read("count", |transaction| {
            Ok(transaction.query_row("SELECT count(*) FROM t", [], |row| row.get(0))?)
        });
        count.unwrap()
    }

    #[test]
    fn migrations_run_once_and_only_forward() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::in_folder(folder.path()).unwrap();
        drop(store.open("subject", &[FIRST]).unwrap());
        let database = store.open("subject", &[FIRST, SECOND]).unwrap();
        assert_eq!(count(&database), 0);
        let error = store.open("subject", &[FIRST]).err().unwrap();
        assert!(matches!(error, StoreError::Newer { found: 2, known: 1, .. }), "{error}");
    }

    #[test]
    fn a_failed_transaction_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let database = Store::in_folder(folder.path()).unwrap().open("subject", &[FIRST]).unwrap();
        let outcome: Result<(), StoreError> = database.write("insert", |transaction| {
            transaction.execute("INSERT INTO t (x) VALUES (1)", [])?;
            transaction.execute("INSERT INTO t (x) VALUES (NULL)", [])?;
            Ok(())
        });
        assert!(outcome.is_err());
        assert_eq!(count(&database), 0);
    }
}
