//! Reading the journal.

use std::io::Read;
use std::path::Path;

use protocol::Sha512;
use rusqlite::{Connection, OpenFlags, OptionalExtension, Row, params};
use time::OffsetDateTime;

use super::DATABASE;
use crate::message_log::columns::{
    RecordColumns, direction_of, from_milliseconds, payload_of, side_of, signature_hash,
};
use crate::message_log::store::{Filter, StoreError, Stored, StoredStamp, Summary};

/// A reading connection.
pub(super) struct Reader {
    connection: Connection,
}

impl Reader {
    /// Opens the database of `folder` for reading.
    pub(super) fn open(folder: &Path) -> Result<Self, StoreError> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(folder.join(DATABASE), flags)?;
        connection.busy_timeout(std::time::Duration::from_secs(5))?;
        Ok(Self { connection })
    }

    /// The oldest records without timestamp, with the SHA-512 of their signature.
    pub(super) fn waiting(&self, limit: usize) -> Result<Vec<(i64, Sha512)>, StoreError> {
        let mut statement = self
            .connection
            .prepare_cached("SELECT record, signature_hash FROM waiting ORDER BY record LIMIT ?1")?;
        let rows = statement
            .query_map([i64::try_from(limit).unwrap_or(i64::MAX)], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Those of these records that wait for a timestamp.
    pub(super) fn waiting_among(&self, records: &[i64]) -> Result<Vec<(i64, Sha512)>, StoreError> {
        let mut statement =
            self.connection.prepare_cached("SELECT signature_hash FROM waiting WHERE record = ?1")?;
        let mut waiting = Vec::new();
        for record in records {
            let hash: Option<Vec<u8>> = statement.query_row([record], |row| row.get(0)).optional()?;
            if let Some(hash) = hash {
                waiting.push((*record, signature_hash(*record, &hash)?));
            }
        }
        Ok(waiting)
    }

    /// Time of the oldest record without timestamp.
    pub(super) fn oldest_waiting(&self) -> Result<Option<OffsetDateTime>, StoreError> {
        let mut statement = self
            .connection
            .prepare_cached("SELECT time FROM record WHERE id = (SELECT min(record) FROM waiting)")?;
        let time: Option<i64> = statement.query_row([], |row| row.get(0)).optional()?;
        Ok(time.map(from_milliseconds))
    }

    /// The matching records, oldest first.
    pub(super) fn find(&self, filter: &Filter) -> Result<Vec<Summary>, StoreError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT record.id, time, side, direction, payload, query_id, request_id, local.text, peer.text, service.text,
                    stamped.record IS NOT NULL
             FROM record
             JOIN name AS local ON local.id = record.local
             JOIN name AS peer ON peer.id = record.peer
             JOIN name AS service ON service.id = record.service
             LEFT JOIN stamped ON stamped.record = record.id
             WHERE query_id = ?1 AND (?2 IS NULL OR local.text = ?2) AND (?3 IS NULL OR direction = ?3)
             ORDER BY record.id",
        )?;
        let direction = filter.direction.map(|direction| direction as i64);
        let rows = statement.query_map(params![filter.query_id, filter.local, direction], summary)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// A record with its body and timestamp; `None` when there is none of that number.
    pub(super) fn read(&self, record: i64) -> Result<Option<Stored>, StoreError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT dictionary.content, record.content, body_form, body_length, body
             FROM record JOIN dictionary ON dictionary.id = record.dictionary WHERE record.id = ?1",
        )?;
        let columns = statement
            .query_row([record], |row| {
                Ok(RecordColumns {
                    dictionary: row.get(0)?,
                    content: row.get(1)?,
                    form: row.get(2)?,
                    length: row.get(3)?,
                    inline: row.get(4)?,
                })
            })
            .optional()?;
        let Some(columns) = columns else { return Ok(None) };
        let chunks = if columns.in_chunks() { self.chunks(record)? } else { Vec::new() };
        let (parts, body) = columns.unpack(record, chunks)?;
        Ok(Some(Stored { parts, body, stamp: self.stamp(record)? }))
    }

    fn chunks(&self, record: i64) -> Result<Vec<u8>, StoreError> {
        let mut statement = self
            .connection
            .prepare_cached("SELECT content FROM body_chunk WHERE record = ?1 ORDER BY number")?;
        let mut rows = statement.query([record])?;
        let mut content = Vec::new();
        while let Some(row) = rows.next()? {
            row.get_ref(0)?.as_blob().map_err(rusqlite::Error::from)?.read_to_end(&mut content)?;
        }
        Ok(content)
    }

    fn stamp(&self, record: i64) -> Result<Option<StoredStamp>, StoreError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT token, hash_chain_result, leaves, position
             FROM stamped JOIN stamp ON stamp.id = stamped.stamp WHERE stamped.record = ?1",
        )?;
        type Columns = (Vec<u8>, Option<Vec<u8>>, Option<Vec<u8>>, i64);
        let columns: Option<Columns> = statement
            .query_row([record], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))
            .optional()?;
        let Some((token, result, leaves, position)) = columns else { return Ok(None) };
        StoredStamp::from_columns(record, token, result, leaves, position).map(Some)
    }

    /// Unpacks the newest records: the part of the database that an abrupt end can have touched.
    pub(super) fn check_newest(&self, count: u32) -> Result<(), StoreError> {
        let mut statement =
            self.connection.prepare_cached("SELECT id FROM record ORDER BY id DESC LIMIT ?1")?;
        let ids: Vec<i64> = statement.query_map([count], |row| row.get(0))?.collect::<Result<_, _>>()?;
        for id in ids {
            self.read(id)?;
        }
        Ok(())
    }
}

fn summary(row: &Row<'_>) -> Result<Summary, rusqlite::Error> {
    Ok(Summary {
        id: row.get(0)?,
        time: from_milliseconds(row.get(1)?),
        side: side_of(row.get(2)?),
        direction: direction_of(row.get(3)?),
        payload: payload_of(row.get(4)?),
        query_id: row.get(5)?,
        request_id: row.get(6)?,
        local: row.get(7)?,
        peer: row.get(8)?,
        service: row.get(9)?,
        stamped: row.get(10)?,
    })
}
