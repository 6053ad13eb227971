//! The database of the registry: membership and trust services together, because both change in one
//! step and are published in one document.

use rusqlite::params;
use time::OffsetDateTime;

use crate::membership::{self, Membership};
use crate::store::{Database, Migration, Store, StoreError};
use crate::trust_services::{self, TrustServices};

/// The schema, oldest step first.
const MIGRATIONS: &[Migration] = &[include_str!("../migrations/registry/0001_registry.sql")];

/// Most rows that are kept of the history of generations: a week of one each minute.
const KEPT_GENERATIONS: i64 = 10_080;

/// The database of the registry. Clones share it.
#[derive(Clone)]
pub struct Registry {
    database: Database,
}

/// What is registered and approved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Registered {
    /// Who takes part.
    pub membership: Membership,
    /// Whose certificates and timestamps count.
    pub services: TrustServices,
}

/// The database cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum RegistryError {
    /// A statement or a transaction failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The database holds something that this program did not write.
    #[error(transparent)]
    Corrupt(#[from] membership::store::Corrupt),
}

impl Registry {
    /// Opens the database, making it if there is none.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn open(store: &Store) -> Result<Self, StoreError> {
        Ok(Self { database: store.open("registry", MIGRATIONS)? })
    }

    /// What is registered; `None` before the first declaration is applied.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub fn read(&self) -> Result<Option<Registered>, RegistryError> {
        self.database.read("read the registry", |transaction| {
            let Some(membership) = membership::store::read(transaction)? else { return Ok(None) };
            let services = trust_services::store::read(transaction)?;
            Ok(Some(Registered { membership, services }))
        })
    }

    /// Replaces what is registered and remembers what that changed (`lines`) and which command did it.
    ///
    /// # Errors
    /// [`RegistryError`]; nothing is changed then.
    pub fn replace(
        &self,
        registered: &Registered,
        command: &str,
        lines: &[String],
        now: OffsetDateTime,
    ) -> Result<(), RegistryError> {
        self.database.write("change the registry", |transaction| {
            membership::store::replace(transaction, &registered.membership)?;
            trust_services::store::replace(transaction, &registered.services)?;
            let mut insert =
                transaction.prepare("INSERT INTO change (at, command, description) VALUES (?1, ?2, ?3)")?;
            for line in lines {
                insert.execute(params![milliseconds(now), command, line])?;
            }
            Ok(())
        })
    }

    /// A number that changes whenever another process changes the database.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub fn change_counter(&self) -> Result<i64, RegistryError> {
        self.database.read("look for changes", |transaction| {
            Ok(transaction.pragma_query_value(None, "data_version", |row| row.get(0))?)
        })
    }

    /// Remembers, before anything is signed, what is going to be.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub fn record_draft(&self, stamp: &str, draft: &str, now: OffsetDateTime) -> Result<(), RegistryError> {
        self.database.write("record a draft", |transaction| {
            transaction.execute(
                "INSERT INTO generation (stamp, started_at, draft) VALUES (?1, ?2, ?3)",
                params![stamp, milliseconds(now), draft],
            )?;
            transaction.execute(
                "DELETE FROM generation WHERE stamp NOT IN
                 (SELECT stamp FROM generation ORDER BY started_at DESC, stamp DESC LIMIT ?1)",
                [KEPT_GENERATIONS],
            )?;
            Ok(())
        })
    }

    /// Remembers what became of a draft.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub fn record_outcome(
        &self,
        stamp: &str,
        outcome: &str,
        now: OffsetDateTime,
    ) -> Result<(), RegistryError> {
        self.database.write("record an outcome", |transaction| {
            transaction.execute(
                "UPDATE generation SET finished_at = ?2, outcome = ?3 WHERE stamp = ?1",
                params![stamp, milliseconds(now), outcome],
            )?;
            Ok(())
        })
    }
}

impl From<rusqlite::Error> for RegistryError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Store(StoreError::Statement(error))
    }
}

impl From<membership::store::ReadError> for RegistryError {
    fn from(error: membership::store::ReadError) -> Self {
        match error {
            membership::store::ReadError::Sqlite(error) => error.into(),
            membership::store::ReadError::Corrupt(error) => Self::Corrupt(error),
        }
    }
}

fn milliseconds(time: OffsetDateTime) -> i64 {
    // Years beyond 292 million do not occur.
    i64::try_from(time.unix_timestamp_nanos() / 1_000_000).unwrap_or(i64::MAX)
}
