//! Reading the journal: each reader has a connection of its own and never waits for the writer.

use std::io::Read;
use std::path::Path;

use protocol::{Payload, Sha512};
use rusqlite::{Connection, OpenFlags, OptionalExtension, Row, params};
use time::OffsetDateTime;

use super::packing::{self, Unpacked};
use super::record::{Direction, Side};
use super::store::{BodyForm, DATABASE, INLINE_LIMIT, REST, StoreError};

/// A reading connection.
pub(super) struct Reader {
    connection: Connection,
}

/// Which records are looked for.
#[derive(Debug, Clone)]
pub(super) struct Filter {
    pub(super) query_id: String,
    /// Stored name of the local party.
    pub(super) local: Option<String>,
    pub(super) direction: Option<Direction>,
}

/// What a row says without unpacking it.
#[derive(Debug, Clone)]
pub(super) struct Summary {
    pub(super) id: i64,
    pub(super) time: OffsetDateTime,
    pub(super) side: Side,
    pub(super) direction: Direction,
    pub(super) payload: Payload,
    pub(super) query_id: String,
    pub(super) request_id: String,
    pub(super) local: String,
    pub(super) peer: String,
    pub(super) service: String,
    pub(super) stamped: bool,
}

/// A record as it was appended.
#[derive(Debug)]
pub(super) struct Stored {
    pub(super) parts: Unpacked,
    pub(super) body: StoredBody,
    pub(super) stamp: Option<StoredStamp>,
}

/// What the journal still has of a body.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum StoredBody {
    Absent,
    Kept(Vec<u8>),
    DigestOnly { length: u64 },
}

/// The timestamp that covers a record.
#[derive(Debug)]
pub(super) struct StoredStamp {
    pub(super) token: Vec<u8>,
    /// Hash chain result, leaves, and the record's position among them.
    pub(super) batch: Option<(Vec<u8>, Vec<Sha512>, usize)>,
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

    /// The signature hash of a record that waits for its timestamp; `None` when it has one.
    pub(super) fn waiting_hash(&self, record: i64) -> Result<Option<Sha512>, StoreError> {
        let mut statement =
            self.connection.prepare_cached("SELECT signature_hash FROM waiting WHERE record = ?1")?;
        Ok(statement.query_row([record], |row| row.get(0)).optional()?)
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
        type Raw = (Vec<u8>, Vec<u8>, i64, i64, Option<Vec<u8>>);
        let raw: Option<Raw> = statement
            .query_row([record], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?)))
            .optional()?;
        let Some((dictionary, content, form, length, inline)) = raw else { return Ok(None) };
        let dictionary = packing::expand(&dictionary, packing::DICTIONARY_LIMIT);
        let dictionary = dictionary.map_err(|error| damaged(record, &error))?;
        let parts = packing::unpack(&dictionary, &content).map_err(|error| damaged(record, &error))?;
        let body = self.body(record, form, length, inline)?;
        Ok(Some(Stored { parts, body, stamp: self.stamp(record)? }))
    }

    fn body(
        &self,
        record: i64,
        form: i64,
        length: i64,
        inline: Option<Vec<u8>>,
    ) -> Result<StoredBody, StoreError> {
        let length = length.cast_unsigned();
        let form = BodyForm::from_column(form).ok_or_else(|| damaged(record, &"unknown body form"))?;
        let content = match form {
            BodyForm::Absent => return Ok(StoredBody::Absent),
            BodyForm::DigestOnly => return Ok(StoredBody::DigestOnly { length }),
            BodyForm::Inline => inline.ok_or_else(|| damaged(record, &"no body"))?,
            BodyForm::InlineSqueezed => {
                let squeezed = inline.ok_or_else(|| damaged(record, &"no body"))?;
                packing::expand(&squeezed, INLINE_LIMIT).map_err(|error| damaged(record, &error))?
            }
            BodyForm::Chunks => self.chunks(record)?,
        };
        if content.len() as u64 == length {
            Ok(StoredBody::Kept(content))
        } else {
            Err(damaged(record, &"body has another length"))
        }
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
        type Raw = (Vec<u8>, Option<Vec<u8>>, Option<Vec<u8>>, u32);
        let raw: Option<Raw> = statement
            .query_row([record], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))
            .optional()?;
        let Some((token, result, leaves, position)) = raw else { return Ok(None) };
        let position = position as usize;
        let batch = match (result, leaves) {
            (Some(result), Some(leaves)) => {
                let (leaves, rest) = leaves.as_chunks::<64>();
                if !rest.is_empty() || position >= leaves.len() {
                    return Err(damaged(record, &"timestamp does not cover the record"));
                }
                Some((result, leaves.to_vec(), position))
            }
            _ => None,
        };
        Ok(Some(StoredStamp { token, batch }))
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
        side: if row.get::<_, i64>(2)? == Side::Consumer as i64 { Side::Consumer } else { Side::Provider },
        direction: if row.get::<_, i64>(3)? == Direction::Request as i64 {
            Direction::Request
        } else {
            Direction::Response
        },
        payload: if row.get::<_, i64>(4)? == REST { Payload::Rest } else { Payload::Soap },
        query_id: row.get(5)?,
        request_id: row.get(6)?,
        local: row.get(7)?,
        peer: row.get(8)?,
        service: row.get(9)?,
        stamped: row.get(10)?,
    })
}

fn from_milliseconds(value: i64) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp_nanos(i128::from(value) * 1_000_000)
        .unwrap_or(OffsetDateTime::UNIX_EPOCH)
}

fn damaged(record: i64, reason: &dyn std::fmt::Display) -> StoreError {
    StoreError::Damaged(format!("record {record}: {reason}"))
}
