//! Evidence of one exchange, as ASiC-E containers.

use evidence::asic::{self, BatchTimestamp, Container};
use evidence::timestamp;
use identifiers::ClientId;
use protocol::Payload;
use time::OffsetDateTime;

use super::append::MessageLog;
use super::error::LogError;
use super::record::{Direction, Side};
use super::store::{Filter, Stored, StoredBody, StoredStamp, Summary};

/// Longest query id in a file name, as in X-Road's archives. Characters after encoding.
const NAME_LIMIT: usize = 226;

/// Which records are wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportQuery {
    /// Query id of the exchange.
    pub query_id: String,
    /// Only records of this local party; `None` for an administrator, who may see all.
    pub local: Option<ClientId>,
    /// Only requests or only responses.
    pub direction: Option<Direction>,
    /// Stamp records that have no timestamp yet, instead of refusing.
    pub force: bool,
}

/// One message as evidence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportedContainer {
    /// Number of the record.
    pub record: i64,
    /// Our side in the exchange.
    pub side: Side,
    /// Request or response.
    pub direction: Direction,
    /// When the message was recorded.
    pub time: OffsetDateTime,
    /// `<query id>-request-<record in base 32>.asice`, as X-Road names it.
    pub file_name: String,
    /// The container.
    pub bytes: Vec<u8>,
    /// The body was not kept; the container proves its digest only.
    pub body_missing: bool,
}

/// A record without its parts, for lists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordSummary {
    /// Number of the record.
    pub record: i64,
    /// When the message was recorded.
    pub time: OffsetDateTime,
    /// Our side in the exchange.
    pub side: Side,
    /// Request or response.
    pub direction: Direction,
    /// Message protocol.
    pub payload: Payload,
    /// Query id.
    pub query_id: String,
    /// `x-road-request-id`.
    pub request_id: String,
    /// Party hosted here, in path form.
    pub local: String,
    /// Other party, in path form.
    pub peer: String,
    /// Service, in path form.
    pub service: String,
    /// Whether a timestamp covers it.
    pub timestamped: bool,
}

impl MessageLog {
    /// The matching records without their parts, oldest first.
    ///
    /// # Errors
    /// [`LogError::Unavailable`], [`LogError::Database`].
    pub async fn find(&self, query: &ExportQuery) -> Result<Vec<RecordSummary>, LogError> {
        let found = self.shared.store.find(Filter::from(query)).await?;
        Ok(found.into_iter().map(RecordSummary::from).collect())
    }

    /// The containers of all matching records, oldest first.
    ///
    /// # Errors
    /// [`LogError::NotFound`]; [`LogError::NotTimestamped`] without `force`, [`LogError::Timestamping`]
    /// with it.
    pub async fn export(&self, query: &ExportQuery) -> Result<Vec<ExportedContainer>, LogError> {
        let found = self.shared.store.find(Filter::from(query)).await?;
        if found.is_empty() {
            return Err(LogError::NotFound);
        }
        let waiting: Vec<i64> =
            found.iter().filter(|record| !record.stamped).map(|record| record.id).collect();
        if !waiting.is_empty() {
            if !query.force {
                return Err(LogError::NotTimestamped);
            }
            self.stamp_records(waiting).await?;
        }
        let mut containers = Vec::with_capacity(found.len());
        for record in found {
            let stored = self.shared.store.read(record.id).await?.ok_or(LogError::NotFound)?;
            containers.push(container(&record, stored)?);
        }
        Ok(containers)
    }
}

impl From<&ExportQuery> for Filter {
    fn from(query: &ExportQuery) -> Self {
        Self {
            query_id: query.query_id.clone(),
            local: query.local.as_ref().map(ClientId::to_path),
            direction: query.direction,
        }
    }
}

impl From<Summary> for RecordSummary {
    fn from(summary: Summary) -> Self {
        Self {
            record: summary.id,
            time: summary.time,
            side: summary.side,
            direction: summary.direction,
            payload: summary.payload,
            query_id: summary.query_id,
            request_id: summary.request_id,
            local: summary.local,
            peer: summary.peer,
            service: summary.service,
            timestamped: summary.stamped,
        }
    }
}

/// Rebuilds the container of one record.
fn container(summary: &Summary, stored: Stored) -> Result<ExportedContainer, LogError> {
    let damaged =
        |reason: &dyn std::fmt::Display| LogError::Damaged(format!("record {}: {reason}", summary.id));
    let seal = stored.parts.seal;
    let stamp = stored.stamp.ok_or(LogError::NotTimestamped)?;
    let (signature, batch_timestamp) = match stamp {
        StoredStamp { token, batch: None } => {
            let signature = timestamp::embed(&seal.signature, &token).map_err(|error| damaged(&error))?;
            (signature, None)
        }
        StoredStamp { token, batch: Some((hash_chain_result, leaves, position)) } => {
            // The tree is built again from its leaves: its result must be what was stamped.
            let (rebuilt, hash_chain) =
                timestamp::batch_member(&leaves, position).ok_or_else(|| damaged(&"no hash chain"))?;
            if rebuilt != hash_chain_result {
                return Err(damaged(&"the timestamp's hash chain result cannot be rebuilt"));
            }
            (seal.signature.to_vec(), Some(BatchTimestamp { hash_chain_result, hash_chain, token }))
        }
    };
    let (attachments, body_missing) = match stored.body {
        StoredBody::Absent => (Vec::new(), false),
        StoredBody::Kept(body) => (vec![(1, body)], false),
        StoredBody::DigestOnly { .. } => (Vec::new(), true),
    };
    let parts = Container {
        message: stored.parts.message.to_vec(),
        signature,
        hash_chain_result: seal.hash_chain_result.map(|bytes| bytes.to_vec()),
        hash_chain: seal.hash_chain.map(|bytes| bytes.to_vec()),
        batch_timestamp,
        attachments,
    };
    let bytes = asic::write(&parts, summary.time).map_err(|error| damaged(&error))?;
    Ok(ExportedContainer {
        record: summary.id,
        side: summary.side,
        direction: summary.direction,
        time: summary.time,
        file_name: file_name(summary),
        bytes,
        body_missing,
    })
}

/// `<query id, URL-encoded>-request-<number in base 32>.asice`.
fn file_name(summary: &Summary) -> String {
    let name = escaped_query_id(&summary.query_id);
    let direction = match summary.direction {
        Direction::Request => "request",
        Direction::Response => "response",
    };
    format!("{name}-{direction}-{}.asice", base32(summary.id.cast_unsigned()))
}

/// A query id as it begins file names: URL-encoded and not too long.
#[must_use]
pub fn escaped_query_id(query_id: &str) -> String {
    let mut name = form_encoded(query_id);
    name.truncate(NAME_LIMIT);
    name
}

/// `application/x-www-form-urlencoded` as Java's `URLEncoder` writes it.
fn form_encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'.' | b'-' | b'*' | b'_' => out.push(char::from(byte)),
            b' ' => out.push('+'),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

/// The digits `0` to `9` and `a` to `v`, without leading zeros.
fn base32(mut number: u64) -> String {
    const DIGITS: &[u8; 32] = b"0123456789abcdefghijklmnopqrstuv";
    let mut digits = Vec::new();
    loop {
        digits.push(char::from(DIGITS[(number % 32) as usize]));
        number /= 32;
        if number == 0 {
            return digits.into_iter().rev().collect();
        }
    }
}

#[cfg(test)]
mod tests;
