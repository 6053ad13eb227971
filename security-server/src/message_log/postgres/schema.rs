//! The journal's tables, version by version, and what the server must promise.
//!
//! Differences from the tables of SQLite, for reasons of this database: a name is found by its digest and a record by
//! a hash index, since names and ids may be longer than an ordered index takes; no foreign keys, because each would
//! lock the row of a party for every record of it (only the writer makes rows, in the right order).

use tokio_postgres::Client;
use tokio_postgres::types::Type;

use super::connection::answered_by;
use crate::message_log::store::{Opening, StoreError};

/// Key of the advisory lock of who migrates.
const MIGRATION_LOCK: i64 = 0x0073_656d_6967_7261;

/// Migration scripts; the version of a database is the number of scripts that it has seen.
const MIGRATIONS: &[&str] = &[
    // 1: what is packed already is not packed again (STORAGE EXTERNAL), and a record of usual size stays in one piece.
    "CREATE TABLE message_log.name (
         id     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
         digest bytea NOT NULL UNIQUE,
         text   text NOT NULL
     );
     CREATE TABLE message_log.dictionary (
         id      bigint PRIMARY KEY,
         content bytea NOT NULL
     );
     CREATE SEQUENCE message_log.record_id;
     CREATE TABLE message_log.record (
         id          bigint PRIMARY KEY,
         time        bigint NOT NULL,
         local       bigint NOT NULL,
         peer        bigint NOT NULL,
         service     bigint NOT NULL,
         dictionary  bigint NOT NULL,
         body_length bigint NOT NULL,
         side        smallint NOT NULL,
         direction   smallint NOT NULL,
         payload     smallint NOT NULL,
         body_form   smallint NOT NULL,
         query_id    text NOT NULL,
         request_id  text NOT NULL,
         content     bytea NOT NULL,
         body        bytea
     ) WITH (toast_tuple_target = 8160);
     ALTER TABLE message_log.record ALTER COLUMN content SET STORAGE EXTERNAL;
     ALTER TABLE message_log.record ALTER COLUMN body SET STORAGE EXTERNAL;
     CREATE INDEX record_by_query_id ON message_log.record USING hash (query_id);
     CREATE TABLE message_log.body_chunk (
         record  bigint NOT NULL,
         number  bigint NOT NULL,
         content bytea NOT NULL,
         PRIMARY KEY (record, number)
     );
     ALTER TABLE message_log.body_chunk ALTER COLUMN content SET STORAGE EXTERNAL;
     CREATE TABLE message_log.waiting (
         record         bigint PRIMARY KEY,
         signature_hash bytea NOT NULL
     );
     CREATE TABLE message_log.stamp (
         id                bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
         time              bigint NOT NULL,
         token             bytea NOT NULL,
         hash_chain_result bytea,
         leaves            bytea
     );
     CREATE TABLE message_log.stamped (
         record   bigint PRIMARY KEY,
         stamp    bigint NOT NULL,
         position bigint NOT NULL
     );",
];

/// At the start brings the tables to the newest version, all or nothing, while other servers that start wait; later
/// only looks whether they are as they were.
pub(super) async fn prepare(client: &mut Client, opening: Opening) -> Result<(), StoreError> {
    if opening == Opening::First {
        migrate(client).await?;
    }
    let (found, known) = (version(client).await?, newest());
    match found {
        found if found == known => Ok(()),
        found if found > known => Err(StoreError::NewerSchema { found, known }),
        _ => Err(StoreError::Replaced),
    }
}

async fn migrate(client: &mut Client) -> Result<(), StoreError> {
    let transaction = answered_by(client.transaction()).await?;
    let locked =
        transaction.query_typed("SELECT pg_advisory_xact_lock($1)", &[(&MIGRATION_LOCK, Type::INT8)]);
    answered_by(locked).await?;
    let found = transaction.query_typed("SELECT to_regnamespace('message_log') IS NULL", &[]);
    if answered_by(found).await?.iter().any(|row| row.get(0)) {
        let first = "CREATE SCHEMA message_log;
                     CREATE TABLE message_log.version (version bigint NOT NULL);
                     INSERT INTO message_log.version VALUES (0);";
        answered_by(transaction.batch_execute(first)).await?;
    }
    let found = version(transaction.client()).await?;
    for (script, version) in MIGRATIONS.iter().zip(1u32..).skip_while(|(_, version)| *version <= found) {
        answered_by(transaction.batch_execute(script)).await?;
        let update = "UPDATE message_log.version SET version = $1";
        answered_by(transaction.execute_typed(update, &[(&i64::from(version), Type::INT8)])).await?;
    }
    answered_by(transaction.commit()).await
}

/// The version of the tables; zero without tables.
async fn version(client: &Client) -> Result<u32, StoreError> {
    let exists = client.query_typed("SELECT to_regclass('message_log.version') IS NOT NULL", &[]);
    if !answered_by(exists).await?.iter().any(|row| row.get(0)) {
        return Ok(0);
    }
    let rows = answered_by(client.query_typed("SELECT version FROM message_log.version", &[])).await?;
    let version: i64 = rows.first().map_or(0, |row| row.get(0));
    u32::try_from(version).map_err(|_| StoreError::Damaged(format!("schema version {version}")))
}

/// The version that this program writes.
fn newest() -> u32 {
    u32::try_from(MIGRATIONS.len()).unwrap_or(u32::MAX)
}

/// Makes sure that a commit is on the disk when it is acknowledged, and that every text can be stored.
pub(super) async fn demand_durability(client: &Client) -> Result<(), StoreError> {
    // A stronger setting of the database (`remote_apply`) stays.
    let strengthen = "SELECT set_config('synchronous_commit', 'on', false)
                      WHERE current_setting('synchronous_commit') IN ('off', 'local', 'remote_write')";
    answered_by(client.query_typed(strengthen, &[])).await?;
    let select = "SELECT current_setting('fsync'), current_setting('full_page_writes'),
                         current_setting('server_encoding')";
    let rows = answered_by(client.query_typed(select, &[])).await?;
    let needed = [("fsync", "on"), ("full_page_writes", "on"), ("server_encoding", "UTF8")];
    for (column, (setting, needed)) in needed.into_iter().enumerate() {
        let found: &str = rows.first().map_or("", |row| row.get(column));
        if found != needed {
            return Err(StoreError::Postgres(format!("the database has {setting} = {found}, not {needed}")));
        }
    }
    Ok(())
}
