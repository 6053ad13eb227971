//! How a record stands in columns: the same in both databases, so that each has only its SQL.

use std::io::{Read, Seek, SeekFrom};

use protocol::{Payload, Sha512};
use time::OffsetDateTime;

use super::packing::{self, Unpacked};
use super::record::{Direction, Side};
use super::store::{PreparedBody, StoreError, StoredBody, StoredStamp};

/// Bodies up to this length stand in the record's row. Bytes.
pub(super) const INLINE_LIMIT: usize = 64 * 1024;
/// Larger bodies are cut into rows of this length. Bytes.
const CHUNK: usize = 256 * 1024;
/// Names of parties and services, and dictionaries, that a writer remembers as stored.
pub(super) const REMEMBERED: usize = 10_000;

/// REST in the column `payload`.
const REST: i64 = 0;
/// SOAP in the column `payload`.
const SOAP: i64 = 1;

/// How a stored body is to be read (column `body_form`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum BodyForm {
    Absent = 0,
    Inline = 1,
    InlineSqueezed = 2,
    Chunks = 3,
    DigestOnly = 4,
}

impl BodyForm {
    /// The form that a column value names.
    fn from_column(value: i64) -> Option<Self> {
        let forms = [Self::Absent, Self::Inline, Self::InlineSqueezed, Self::Chunks, Self::DigestOnly];
        forms.into_iter().find(|form| *form as i64 == value)
    }
}

/// The columns of a body in the record's row.
pub(super) struct BodyColumns<'a> {
    pub(super) form: BodyForm,
    /// Bytes.
    pub(super) length: i64,
    pub(super) inline: Option<&'a [u8]>,
}

impl PreparedBody {
    pub(super) fn columns(&self) -> BodyColumns<'_> {
        let (form, length, inline) = match self {
            Self::Absent => (BodyForm::Absent, 0, None),
            Self::Inline { length, squeezed: false, content } => (BodyForm::Inline, *length, Some(content)),
            Self::Inline { length, squeezed: true, content } => {
                (BodyForm::InlineSqueezed, *length, Some(content))
            }
            Self::Memory(bytes) => (BodyForm::Chunks, bytes.len() as u64, None),
            Self::File { length, .. } => (BodyForm::Chunks, *length, None),
            Self::DigestOnly { length } => (BodyForm::DigestOnly, *length, None),
        };
        BodyColumns { form, length: length.cast_signed(), inline: inline.map(Vec::as_slice) }
    }

    /// The rows beside the record's: none unless the body is a long one.
    pub(super) fn chunks(&mut self) -> Chunks<'_> {
        match self {
            Self::Absent | Self::Inline { .. } | Self::DigestOnly { .. } => Chunks::Memory(&[]),
            Self::Memory(bytes) => Chunks::Memory(bytes),
            Self::File { file, length } => {
                Chunks::File { file, left: *length, begun: false, buffer: Vec::new() }
            }
        }
    }
}

/// A long body, piece by piece.
pub(super) enum Chunks<'a> {
    Memory(&'a [u8]),
    File { file: &'a mut std::fs::File, left: u64, begun: bool, buffer: Vec<u8> },
}

impl Chunks<'_> {
    /// The next piece; `None` after the last.
    pub(super) fn next(&mut self) -> Result<Option<&[u8]>, std::io::Error> {
        match self {
            Self::Memory([]) | Self::File { left: 0, .. } => Ok(None),
            Self::Memory(rest) => {
                let (piece, after) = rest.split_at(rest.len().min(CHUNK));
                *rest = after;
                Ok(Some(piece))
            }
            Self::File { file, left, begun, buffer } => {
                if !*begun {
                    file.seek(SeekFrom::Start(0))?;
                    buffer.resize(CHUNK, 0);
                    *begun = true;
                }
                let take = usize::try_from(*left).map_or(CHUNK, |left| left.min(CHUNK));
                file.read_exact(&mut buffer[..take])?;
                *left -= take as u64;
                Ok(Some(&buffer[..take]))
            }
        }
    }
}

/// The columns of a record's row that hold the message.
pub(super) struct RecordColumns {
    /// Content of the dictionary's row.
    pub(super) dictionary: Vec<u8>,
    pub(super) content: Vec<u8>,
    pub(super) form: i64,
    /// Bytes.
    pub(super) length: i64,
    pub(super) inline: Option<Vec<u8>>,
}

impl RecordColumns {
    /// Whether the body stands in rows of its own.
    pub(super) fn in_chunks(&self) -> bool {
        self.form == BodyForm::Chunks as i64
    }

    /// The parts and the body; `chunks` is what the rows of the body's own hold together.
    pub(super) fn unpack(self, record: i64, chunks: Vec<u8>) -> Result<(Unpacked, StoredBody), StoreError> {
        let dictionary = packing::expand(&self.dictionary, packing::DICTIONARY_LIMIT);
        let dictionary = dictionary.map_err(|error| damaged(record, &error))?;
        let parts = packing::unpack(&dictionary, &self.content).map_err(|error| damaged(record, &error))?;
        Ok((parts, self.body(record, chunks)?))
    }

    fn body(self, record: i64, chunks: Vec<u8>) -> Result<StoredBody, StoreError> {
        let length = self.length.cast_unsigned();
        let form = BodyForm::from_column(self.form).ok_or_else(|| damaged(record, &"unknown body form"))?;
        let inline = self.inline.ok_or_else(|| damaged(record, &"no body"));
        let content = match form {
            BodyForm::Absent => return Ok(StoredBody::Absent),
            BodyForm::DigestOnly => return Ok(StoredBody::DigestOnly { length }),
            BodyForm::Inline => inline?,
            BodyForm::InlineSqueezed => {
                packing::expand(&inline?, INLINE_LIMIT).map_err(|error| damaged(record, &error))?
            }
            BodyForm::Chunks => chunks,
        };
        if content.len() as u64 == length {
            Ok(StoredBody::Kept(content))
        } else {
            Err(damaged(record, &"body has another length"))
        }
    }
}

impl StoredStamp {
    /// From the columns of a timestamp and the record's position in it.
    pub(super) fn from_columns(
        record: i64,
        token: Vec<u8>,
        hash_chain_result: Option<Vec<u8>>,
        leaves: Option<Vec<u8>>,
        position: i64,
    ) -> Result<Self, StoreError> {
        let (Some(result), Some(leaves)) = (hash_chain_result, leaves) else {
            return Ok(Self { token, batch: None });
        };
        let (leaves, rest) = leaves.as_chunks::<64>();
        match usize::try_from(position) {
            Ok(position) if rest.is_empty() && position < leaves.len() => {
                Ok(Self { token, batch: Some((result, leaves.to_vec(), position)) })
            }
            _ => Err(damaged(record, &"timestamp does not cover the record")),
        }
    }
}

/// The hash of a signature, from its column.
pub(super) fn signature_hash(record: i64, column: &[u8]) -> Result<Sha512, StoreError> {
    column.try_into().map_err(|_| damaged(record, &"signature hash has another length"))
}

pub(super) fn payload_column(payload: Payload) -> i64 {
    match payload {
        Payload::Rest => REST,
        Payload::Soap => SOAP,
    }
}

pub(super) fn payload_of(column: i64) -> Payload {
    if column == REST { Payload::Rest } else { Payload::Soap }
}

pub(super) fn side_of(column: i64) -> Side {
    if column == Side::Consumer as i64 { Side::Consumer } else { Side::Provider }
}

pub(super) fn direction_of(column: i64) -> Direction {
    if column == Direction::Request as i64 { Direction::Request } else { Direction::Response }
}

/// Unix time in milliseconds, as the tables hold it.
pub(super) fn milliseconds(time: OffsetDateTime) -> i64 {
    i64::try_from(time.unix_timestamp_nanos() / 1_000_000).unwrap_or(i64::MAX)
}

/// The time of a column.
pub(super) fn from_milliseconds(value: i64) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp_nanos(i128::from(value) * 1_000_000)
        .unwrap_or(OffsetDateTime::UNIX_EPOCH)
}

fn damaged(record: i64, reason: &dyn std::fmt::Display) -> StoreError {
    StoreError::Damaged(format!("record {record}: {reason}"))
}
