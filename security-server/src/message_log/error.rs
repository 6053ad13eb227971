//! Why a message could not be recorded, or a record not be found.

use protocol::fault::Word;

use super::store::StoreError;

/// Refusal of the journal. While it stands no message may leave this server.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LogError {
    /// The database cannot be written: full, gone, damaged. Tried again with the next message.
    #[error("the message log cannot be written: {0}")]
    Unavailable(String),
    /// The database server cannot be reached, or refuses. Tried again with the next message.
    #[error("the database of the message log is not available: {0}")]
    Database(String),
    /// The queue stayed full for as long as a message may wait.
    #[error("the message log is overloaded")]
    Overloaded,
    /// A record would exceed what the journal accepts in one piece.
    #[error("the message is too large for the message log: {0} bytes")]
    TooLarge(u64),
    /// Timestamping has failed for longer than is acceptable.
    #[error("Cannot time-stamp messages: the acceptable failure period of time-stamping is exceeded")]
    TimestampOverdue,
    /// The global configuration approves no timestamping service, or none could be used on demand.
    #[error("Cannot time-stamp messages: {0}")]
    Timestamping(String),
    /// Records exist, but without a timestamp, and none was demanded (`force`).
    #[error("the message is not time-stamped yet")]
    NotTimestamped,
    /// Nothing matches.
    #[error("no matching message was found")]
    NotFound,
    /// A stored record cannot be read back.
    #[error("a stored record is damaged: {0}")]
    Damaged(String),
    /// The journal was closed.
    #[error("the message log is closed")]
    Closed,
}

impl LogError {
    /// The words of the fault that the refused party sees. A stock server tells a journal whose database is gone by two,
    /// too (seen on the wire).
    #[must_use]
    pub fn words(&self) -> &'static [Word] {
        match self {
            Self::TimestampOverdue | Self::Timestamping(_) => &[Word::TimestampingFailed],
            Self::Database(_) => &[Word::LoggingFailed, Word::DatabaseError],
            Self::Unavailable(_)
            | Self::Overloaded
            | Self::TooLarge(_)
            | Self::NotTimestamped
            | Self::NotFound
            | Self::Damaged(_)
            | Self::Closed => &[Word::LoggingFailed],
        }
    }

    /// The text that the refused party may read: it is somebody else's server, so without causes.
    #[must_use]
    pub fn told(&self) -> String {
        match self {
            Self::Unavailable(_) => "the message log cannot be written".to_owned(),
            Self::Database(_) => "the database of the message log is not available".to_owned(),
            Self::Damaged(_) => "a stored record is damaged".to_owned(),
            other => other.to_string(),
        }
    }

    /// A record that was left out of its group.
    pub(super) fn left_out(error: &StoreError) -> Self {
        Self::Unavailable(format!("this record: {error}"))
    }
}

impl From<StoreError> for LogError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Damaged(reason) => Self::Damaged(reason),
            StoreError::Postgres(reason) => Self::Database(reason),
            other => Self::Unavailable(other.to_string()),
        }
    }
}
