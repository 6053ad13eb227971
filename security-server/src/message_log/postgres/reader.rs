//! Questions to the journal.

use std::pin::pin;

use futures_util::TryStreamExt;
use protocol::Sha512;
use time::OffsetDateTime;
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Client, Row};

use crate::message_log::columns::{
    RecordColumns, direction_of, from_milliseconds, payload_of, side_of, signature_hash,
};
use crate::message_log::store::{Filter, StoreError, Stored, StoredStamp, Summary};

type Value<'a> = (&'a (dyn ToSql + Sync), Type);

/// Takes an advisory lock for the rest of the connection, if nobody has it.
pub(super) async fn try_lock(client: &Client, key: i64) -> Result<bool, StoreError> {
    let rows = client.query_typed("SELECT pg_try_advisory_lock($1)", &[(&key, Type::INT8)]).await?;
    Ok(rows.iter().any(|row| row.get(0)))
}

pub(super) async fn waiting(client: &Client, limit: usize) -> Result<Vec<(i64, Sha512)>, StoreError> {
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let select = "SELECT record, signature_hash FROM message_log.waiting ORDER BY record LIMIT $1";
    hashes(client.query_typed(select, &[(&limit, Type::INT8)]).await?)
}

pub(super) async fn waiting_among(
    client: &Client,
    records: &[i64],
) -> Result<Vec<(i64, Sha512)>, StoreError> {
    let select =
        "SELECT record, signature_hash FROM message_log.waiting WHERE record = ANY ($1) ORDER BY record";
    hashes(client.query_typed(select, &[(&records, Type::INT8_ARRAY)]).await?)
}

fn hashes(rows: Vec<Row>) -> Result<Vec<(i64, Sha512)>, StoreError> {
    let pair = |row: &Row| {
        let record = row.get(0);
        Ok((record, signature_hash(record, row.get(1))?))
    };
    rows.iter().map(pair).collect()
}

pub(super) async fn oldest_waiting(client: &Client) -> Result<Option<OffsetDateTime>, StoreError> {
    let select =
        "SELECT time FROM message_log.record WHERE id = (SELECT min(record) FROM message_log.waiting)";
    let rows = client.query_typed(select, &[]).await?;
    Ok(rows.first().map(|row| from_milliseconds(row.get(0))))
}

pub(super) async fn find(client: &Client, filter: &Filter) -> Result<Vec<Summary>, StoreError> {
    let select =
        "SELECT record.id, time, side, direction, payload, query_id, request_id, local.text, peer.text, service.text,
                stamped.record IS NOT NULL
         FROM message_log.record
         JOIN message_log.name AS local ON local.id = record.local
         JOIN message_log.name AS peer ON peer.id = record.peer
         JOIN message_log.name AS service ON service.id = record.service
         LEFT JOIN message_log.stamped ON stamped.record = record.id
         WHERE query_id = $1 AND ($2 IS NULL OR local.text = $2) AND ($3 IS NULL OR direction = $3)
         ORDER BY record.id";
    let direction = filter.direction.map(|direction| direction as i16);
    let values: [Value<'_>; 3] =
        [(&filter.query_id, Type::TEXT), (&filter.local, Type::TEXT), (&direction, Type::INT2)];
    Ok(client.query_typed(select, &values).await?.iter().map(summary).collect())
}

pub(super) async fn read(client: &Client, record: i64) -> Result<Option<Stored>, StoreError> {
    let select = "SELECT dictionary.content, record.content, body_form, body_length, body
                  FROM message_log.record JOIN message_log.dictionary ON dictionary.id = record.dictionary
                  WHERE record.id = $1";
    let rows = client.query_typed(select, &[(&record, Type::INT8)]).await?;
    let Some(row) = rows.first() else { return Ok(None) };
    let columns = RecordColumns {
        dictionary: row.get(0),
        content: row.get(1),
        form: row.get::<_, i16>(2).into(),
        length: row.get(3),
        inline: row.get(4),
    };
    let chunks = if columns.in_chunks() { chunks(client, record).await? } else { Vec::new() };
    let (parts, body) = columns.unpack(record, chunks)?;
    Ok(Some(Stored { parts, body, stamp: stamp(client, record).await? }))
}

async fn chunks(client: &Client, record: i64) -> Result<Vec<u8>, StoreError> {
    let select = "SELECT content FROM message_log.body_chunk WHERE record = $1 ORDER BY number";
    let mut rows = pin!(client.query_typed_raw(select, [(record, Type::INT8)]).await?);
    let mut content = Vec::new();
    while let Some(row) = rows.try_next().await? {
        content.extend_from_slice(row.get(0));
    }
    Ok(content)
}

async fn stamp(client: &Client, record: i64) -> Result<Option<StoredStamp>, StoreError> {
    let select = "SELECT token, hash_chain_result, leaves, position
                  FROM message_log.stamped JOIN message_log.stamp ON stamp.id = stamped.stamp
                  WHERE stamped.record = $1";
    let rows = client.query_typed(select, &[(&record, Type::INT8)]).await?;
    let stamp = rows
        .first()
        .map(|row| StoredStamp::from_columns(record, row.get(0), row.get(1), row.get(2), row.get(3)));
    stamp.transpose()
}

fn summary(row: &Row) -> Summary {
    let small = |column: usize| i64::from(row.get::<_, i16>(column));
    Summary {
        id: row.get(0),
        time: from_milliseconds(row.get(1)),
        side: side_of(small(2)),
        direction: direction_of(small(3)),
        payload: payload_of(small(4)),
        query_id: row.get(5),
        request_id: row.get(6),
        local: row.get(7),
        peer: row.get(8),
        service: row.get(9),
        stamped: row.get(10),
    }
}
