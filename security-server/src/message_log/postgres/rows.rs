//! The rows of records, and of what records refer to.

use std::collections::HashMap;

use bytes::Bytes;
use futures_util::future::{try_join, try_join_all};
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Client, Statement, Transaction};

use super::connection::answered_by;
use crate::message_log::columns::{milliseconds, payload_column};
use crate::message_log::packing::{self, Dictionary};
use crate::message_log::store::{Prepared, StoreError};

/// Pieces of a long body that are on their way at once.
const CHUNKS_AT_ONCE: usize = 8;

/// Numbers first, so that each is known to belong to which record.
pub(super) const RECORDS: &str = "
    WITH new AS MATERIALIZED (
        SELECT nextval('message_log.record_id') AS id, given.*
        FROM unnest($1::int8[], $2::int8[], $3::int8[], $4::int8[], $5::int8[], $6::int8[], $7::int2[], $8::int2[],
                    $9::int2[], $10::int2[], $11::text[], $12::text[], $13::bytea[], $14::bytea[], $15::bytea[])
             WITH ORDINALITY AS given (time, local, peer, service, dictionary, body_length, side, direction,
                    payload, body_form, query_id, request_id, content, body, signature_hash, place)
    ), recorded AS (
        INSERT INTO message_log.record (id, time, local, peer, service, dictionary, body_length, side, direction,
                    payload, body_form, query_id, request_id, content, body)
        SELECT id, time, local, peer, service, dictionary, body_length, side, direction,
                    payload, body_form, query_id, request_id, content, body
        FROM new
    ), unstamped AS (
        INSERT INTO message_log.waiting (record, signature_hash) SELECT id, signature_hash FROM new
    )
    SELECT id FROM new ORDER BY place";

pub(super) const CHUNK: &str =
    "INSERT INTO message_log.body_chunk (record, number, content) VALUES ($1, $2, $3)";

/// Inserts the rows of these records, without the pieces of long bodies, and gives their numbers.
pub(super) async fn insert(
    client: &Client,
    statement: &Statement,
    names: &HashMap<String, i64>,
    records: &[&mut Prepared],
) -> Result<Vec<i64>, StoreError> {
    macro_rules! column {
        ($value:expr) => {
            &records.iter().map(|record| $value(&**record)).collect::<Vec<_>>()
        };
    }
    let name = |text: &str| names.get(text).copied();
    let values: [&(dyn ToSql + Sync); 15] = [
        column!(|record: &Prepared| milliseconds(record.time)),
        column!(|record: &Prepared| name(&record.local)),
        column!(|record: &Prepared| name(&record.peer)),
        column!(|record: &Prepared| name(&record.service)),
        column!(|record: &Prepared| record.packed.dictionary.id),
        column!(|record: &Prepared| record.body.columns().length),
        column!(|record: &Prepared| record.side as i16),
        column!(|record: &Prepared| record.direction as i16),
        column!(|record: &Prepared| payload_column(record.payload) as i16),
        column!(|record: &Prepared| record.body.columns().form as i16),
        column!(Prepared::query_id),
        column!(Prepared::request_id),
        column!(Prepared::content),
        column!(Prepared::inline_body),
        column!(Prepared::signature_hash),
    ];
    let rows = answered_by(client.query(statement, &values)).await?;
    if rows.len() != records.len() {
        return Err(StoreError::Damaged(format!("{} records got {} numbers", records.len(), rows.len())));
    }
    Ok(rows.iter().map(|row| row.get(0)).collect())
}

/// Columns that are lent, not copied.
impl Prepared {
    fn query_id(&self) -> &str {
        &self.query_id
    }

    fn request_id(&self) -> &str {
        &self.request_id
    }

    fn content(&self) -> &[u8] {
        &self.packed.content
    }

    fn inline_body(&self) -> Option<&[u8]> {
        self.body.columns().inline
    }

    fn signature_hash(&self) -> &[u8] {
        &self.signature_hash
    }
}

pub(super) async fn insert_chunks(
    transaction: &Transaction<'_>,
    statement: &Statement,
    record: i64,
    prepared: &mut Prepared,
) -> Result<(), StoreError> {
    let mut chunks = prepared.body.chunks();
    let mut numbered = 0_i64..;
    loop {
        let mut pieces = Vec::with_capacity(CHUNKS_AT_ONCE);
        while pieces.len() < CHUNKS_AT_ONCE
            && let Some(chunk) = chunks.next()?
        {
            pieces.push((numbered.next().unwrap_or_default(), Bytes::copy_from_slice(chunk)));
        }
        if pieces.is_empty() {
            return Ok(());
        }
        let sent = pieces.iter().map(|(number, piece)| async move {
            let values: [&(dyn ToSql + Sync); 3] = [&record, number, &&**piece];
            transaction.execute(statement, &values).await
        });
        answered_by(try_join_all(sent)).await?;
    }
}

/// Takes back what was written of a record whose body cannot be read.
pub(super) async fn leave_out(transaction: &Transaction<'_>, record: i64) -> Result<(), StoreError> {
    for statement in [
        "DELETE FROM message_log.record WHERE id = $1",
        "DELETE FROM message_log.waiting WHERE record = $1",
        "DELETE FROM message_log.body_chunk WHERE record = $1",
    ] {
        answered_by(transaction.execute_typed(statement, &[(&record, Type::INT8)])).await?;
    }
    Ok(())
}

/// The row of a party or service.
pub(super) async fn store_name(client: &Client, text: &str) -> Result<i64, StoreError> {
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, text.as_bytes());
    let digest = digest.as_ref();
    let insert =
        "INSERT INTO message_log.name (digest, text) VALUES ($1, $2) ON CONFLICT (digest) DO NOTHING";
    let select = "SELECT id FROM message_log.name WHERE digest = $1";
    let (_, rows) = answered_by(try_join(
        client.execute_typed(insert, &[(&digest, Type::BYTEA), (&text, Type::TEXT)]),
        client.query_typed(select, &[(&digest, Type::BYTEA)]),
    ))
    .await?;
    let row = rows.first().ok_or_else(|| StoreError::Damaged("a name has no row".to_owned()))?;
    Ok(row.get(0))
}

pub(super) async fn store_dictionary(client: &Client, dictionary: &Dictionary) -> Result<(), StoreError> {
    let content = packing::squeeze_always(&dictionary.content)?;
    let insert =
        "INSERT INTO message_log.dictionary (id, content) VALUES ($1, $2) ON CONFLICT (id) DO NOTHING";
    let values: [(&(dyn ToSql + Sync), Type); 2] = [(&dictionary.id, Type::INT8), (&content, Type::BYTEA)];
    answered_by(client.execute_typed(insert, &values)).await.map(drop)
}
