//! The door of the journal: append a record, get a receipt when it is durable.

use std::path::Path;

use protocol::Sha512;
use service_kit::clock::Clock;

use super::config::MessageLogConfig;
use super::error::LogError;
use super::record::{Direction, Record, Side};

/// Proof that a record is durable. Only [`MessageLog::append`] makes one, after the commit.
#[derive(Debug, PartialEq, Eq)]
pub struct LogReceipt {
    record: i64,
    side: Side,
    direction: Direction,
    signature_hash: Sha512,
}

impl LogReceipt {
    /// Number of the record in the journal.
    #[must_use]
    pub fn record(&self) -> i64 {
        self.record
    }

    /// Our side in the recorded exchange.
    #[must_use]
    pub fn side(&self) -> Side {
        self.side
    }

    /// Which message of the exchange was recorded.
    #[must_use]
    pub fn direction(&self) -> Direction {
        self.direction
    }

    /// SHA-512 of the recorded signature document.
    #[must_use]
    pub fn signature_hash(&self) -> &Sha512 {
        &self.signature_hash
    }
}

/// State of the journal for health pages and readiness.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogHealth {
    /// Why nothing can be written; `None` when the last write worked.
    pub write_error: Option<String>,
    /// Records without a timestamp.
    pub waiting_for_timestamp: u64,
    /// Whether stamping fails, and when messages will be refused because of it.
    pub acceptance: super::stamping::Acceptance,
}

/// The journal. Cheap to clone; all clones share the writer thread.
#[derive(Clone)]
pub struct MessageLog {}

impl MessageLog {
    /// Opens the journal in `folder`, creating it when it is new, and starts the writer thread.
    ///
    /// # Errors
    /// [`LogError::Unavailable`] when the database cannot be opened, written or is damaged.
    pub fn open(folder: &Path, config: &MessageLogConfig, clock: Clock) -> Result<Self, LogError> {
        todo!()
    }

    /// Records a message; returns when the record is durable.
    ///
    /// # Errors
    /// See [`LogError`]: the message must not go on.
    pub async fn append(&self, record: Record) -> Result<LogReceipt, LogError> {
        todo!()
    }

    /// Bodies longer than this are kept by digest only; a spool need not hold more for the journal. Zero when bodies are not kept.
    #[must_use]
    pub fn max_body_bytes(&self) -> u64 {
        todo!()
    }

    /// State for health pages; tries a write.
    pub async fn health(&self) -> LogHealth {
        todo!()
    }

    /// Commits what is queued, stops the writer and closes the database.
    pub async fn close(&self) {
        todo!()
    }
}
