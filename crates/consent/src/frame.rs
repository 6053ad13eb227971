//! Frames of the stream from the registry to one node, in the order in which they come:
//!
//! ```text
//! hello, rows*, snapshot-end, (change | heartbeat)*
//! ```
//!
//! Each node has its own dense sequence. The snapshot stands for one number of it, every change for the next one. The
//! chain hash of a change covers the one before, so a lost, doubled or exchanged frame cannot go unnoticed.

use identifiers::ServerId;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use crate::canonical::{CanonicalError, canonical_bytes};
use crate::instant;
use crate::opaque::{ChainHash, Nonce, SessionId, sha256};
use crate::row::{Row, RowKey, SetDigest};

/// The only version of the stream.
pub const STREAM_VERSION: u64 = 1;

/// Most rows in one [`Frame::Rows`].
pub const MAX_ROWS_PER_FRAME: usize = 128;

/// One line of the stream.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "kebab-case", rename_all_fields = "camelCase", deny_unknown_fields)]
pub enum Frame {
    /// Who talks to whom, and under which terms.
    Hello {
        /// [`STREAM_VERSION`].
        version: u64,
        /// This connection.
        session: SessionId,
        /// Grows with every start of the registry; frames of an older epoch are refused.
        epoch: u64,
        /// The node, as the registry knows it from its certificate.
        server: ServerId,
        /// Longest lease the registry allows, in milliseconds.
        lease_millis: u64,
    },
    /// A part of the snapshot.
    Rows {
        /// At most [`MAX_ROWS_PER_FRAME`].
        rows: Vec<Row>,
    },
    /// The snapshot is complete.
    SnapshotEnd {
        /// Position of the snapshot in the node's sequence.
        sequence: u64,
        /// How many rows it had.
        count: u64,
        /// Digest of their set.
        digest: SetDigest,
    },
    /// One change after the snapshot.
    Change {
        /// The next position.
        sequence: u64,
        /// Hash over the chain so far and this change.
        chain: ChainHash,
        /// What changes.
        change: Change,
    },
    /// The registry is alive and this is where it stands.
    Heartbeat {
        /// Position of the last frame.
        sequence: u64,
        /// Chain hash of the last frame.
        chain: ChainHash,
        /// Digest of the set of all rows of this node.
        digest: SetDigest,
        /// The registry's time of day, for the operator's eyes only.
        #[serde(with = "instant::serde_instant")]
        time: OffsetDateTime,
        /// The last nonce that the registry has from this node in this session.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        echo: Option<Nonce>,
    },
}

/// What a change does to the set of rows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Change {
    /// Puts a row in the place of the one with the same key, if there is one.
    Put {
        /// The row.
        row: Row,
    },
    /// Takes the row away.
    Remove {
        /// Its key.
        key: RowKey,
    },
}

/// The chain's first link: everything that makes the session what it is.
#[must_use]
pub fn chain_start(session: &SessionId, epoch: u64, sequence: u64, digest: &SetDigest) -> ChainHash {
    let mut data = b"sekisho-consent-stream\0".to_vec();
    data.extend_from_slice(session.as_bytes());
    data.extend_from_slice(&epoch.to_be_bytes());
    data.extend_from_slice(&sequence.to_be_bytes());
    data.extend_from_slice(digest.to_string().as_bytes());
    ChainHash::from_bytes(sha256(&data))
}

/// The chain's next link.
///
/// # Errors
/// None in practice: a change has no numbers and no depth.
pub fn chain_next(previous: &ChainHash, sequence: u64, change: &Change) -> Result<ChainHash, CanonicalError> {
    let mut data = previous.as_bytes().to_vec();
    data.extend_from_slice(&sequence.to_be_bytes());
    data.extend_from_slice(&canonical_bytes(change)?);
    Ok(ChainHash::from_bytes(sha256(&data)))
}
