//! The journal's tables, version by version.
//!
//! A database of an older version is migrated when it is opened; one of a newer version is refused,
//! because an old program must not write into what it does not understand.

use rusqlite::Connection;

use crate::message_log::store::StoreError;

/// Migration scripts; the version of a database is the number of scripts that it has seen.
const MIGRATIONS: &[&str] = &[
    // 1: names and dictionaries repeat, so they are rows of their own. What waits for a timestamp is
    // a small table beside the records, so that stamping does not rewrite them.
    "CREATE TABLE name (
         id   INTEGER PRIMARY KEY,
         text TEXT NOT NULL UNIQUE
     ) STRICT;
     CREATE TABLE dictionary (
         id      INTEGER PRIMARY KEY,
         content BLOB NOT NULL
     ) STRICT;
     CREATE TABLE record (
         id          INTEGER PRIMARY KEY AUTOINCREMENT,
         time        INTEGER NOT NULL,
         side        INTEGER NOT NULL,
         direction   INTEGER NOT NULL,
         payload     INTEGER NOT NULL,
         query_id    TEXT NOT NULL,
         request_id  TEXT NOT NULL,
         local       INTEGER NOT NULL REFERENCES name (id),
         peer        INTEGER NOT NULL REFERENCES name (id),
         service     INTEGER NOT NULL REFERENCES name (id),
         dictionary  INTEGER NOT NULL REFERENCES dictionary (id),
         content     BLOB NOT NULL,
         body_form   INTEGER NOT NULL,
         body_length INTEGER NOT NULL,
         body        BLOB
     ) STRICT;
     CREATE INDEX record_by_query_id ON record (query_id);
     CREATE TABLE body_chunk (
         record  INTEGER NOT NULL REFERENCES record (id),
         number  INTEGER NOT NULL,
         content BLOB NOT NULL,
         UNIQUE (record, number)
     ) STRICT;
     CREATE TABLE waiting (
         record         INTEGER PRIMARY KEY REFERENCES record (id),
         signature_hash BLOB NOT NULL
     ) STRICT;
     CREATE TABLE stamp (
         id                INTEGER PRIMARY KEY AUTOINCREMENT,
         time              INTEGER NOT NULL,
         token             BLOB NOT NULL,
         hash_chain_result BLOB,
         leaves            BLOB
     ) STRICT;
     CREATE TABLE stamped (
         record   INTEGER PRIMARY KEY REFERENCES record (id),
         stamp    INTEGER NOT NULL REFERENCES stamp (id),
         position INTEGER NOT NULL
     ) STRICT;",
];

/// Brings the database to the newest version, each step in a transaction of its own.
pub(super) fn migrate(connection: &mut Connection) -> Result<(), StoreError> {
    let found: u32 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    for (script, version) in MIGRATIONS.iter().zip(1u32..).skip_while(|(_, version)| *version <= found) {
        let transaction = connection.transaction()?;
        transaction.execute_batch(script)?;
        transaction.pragma_update(None, "user_version", version)?;
        transaction.commit()?;
    }
    let known = newest();
    if found > known { Err(StoreError::NewerSchema { found, known }) } else { Ok(()) }
}

/// The version that this program writes.
fn newest() -> u32 {
    u32::try_from(MIGRATIONS.len()).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_database_gets_every_step_once() {
        let mut connection = Connection::open_in_memory().unwrap();
        migrate(&mut connection).unwrap();
        migrate(&mut connection).unwrap();
        let version: u32 = connection.query_row("PRAGMA user_version", [], |row| row.get(0)).unwrap();
        assert_eq!(version, newest());
    }

    #[test]
    fn a_database_of_a_newer_program_is_refused() {
        let mut connection = Connection::open_in_memory().unwrap();
        connection.pragma_update(None, "user_version", newest() + 1).unwrap();
        assert!(matches!(migrate(&mut connection), Err(StoreError::NewerSchema { .. })));
    }

    #[test]
    fn a_step_that_fails_leaves_the_version_before_it() {
        let mut connection = Connection::open_in_memory().unwrap();
        connection.execute_batch("CREATE TABLE record (something INTEGER)").unwrap();
        assert!(migrate(&mut connection).is_err());
        let version: u32 = connection.query_row("PRAGMA user_version", [], |row| row.get(0)).unwrap();
        assert_eq!(version, 0);
    }
}
