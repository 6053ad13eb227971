//! A node's replica: the rows of its own subsystems, where it stands in the stream, and its lease.
//!
//! A state machine without I/O and clock. Whatever does not fit (a gap, a broken chain, a wrong digest) ends the
//! lease at once, so that every decision is a refusal until a new snapshot has been taken and confirmed. A mere loss
//! of the connection ends nothing; the lease runs out by itself.

use std::time::Duration;

use identifiers::{ExchangeHandle, LinkHandle, ServerId};
use serde::Serialize;

use crate::canonical::CanonicalError;
use crate::frame::{Change, Frame, MAX_ROWS_PER_FRAME, STREAM_VERSION, chain_next, chain_start};
use crate::lease::{DEFAULT_LEASE, Lease, MAX_LEASE, MIN_LEASE, Moment};
use crate::opaque::{ChainHash, Nonce, SessionId};
use crate::row::{Row, SetDigest};
use crate::row_set::{RowSet, RowSetError};

/// Where a replica stands in its node's stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Position {
    /// Epoch of the registry.
    pub epoch: u64,
    /// Sequence of the last applied frame.
    pub sequence: u64,
}

/// What a frame led to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Applied {
    /// A snapshot has begun or goes on; the rows in use are still the old ones.
    Snapshot,
    /// The rows in use have changed. Worth an acknowledgement at once.
    Changed,
    /// A heartbeat; true if it renewed the lease.
    Heartbeat(bool),
}

/// Why a frame was refused. The connection is of no further use; see [`Replica::begin_session`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReplicaError {
    /// The stream has another version.
    #[error("stream version {0} is not known")]
    Version(u64),
    /// A frame that cannot come at this point.
    #[error("a frame came out of order")]
    Order,
    /// The registry is in an older epoch than one this node has seen.
    #[error("epoch {found} is older than {seen}")]
    OlderEpoch {
        /// Newest epoch seen.
        seen: u64,
        /// Epoch of the frame.
        found: u64,
    },
    /// A frame is missing, or came twice.
    #[error("sequence {found} instead of {expected}")]
    Gap {
        /// The next position.
        expected: u64,
        /// Position of the frame.
        found: u64,
    },
    /// The chain hash does not continue the chain.
    #[error("the chain of frames is broken at sequence {0}")]
    Chain(u64),
    /// The rows differ from those of the registry.
    #[error("the rows differ from the registry's at sequence {0}")]
    Digest(u64),
    /// A row that this node cannot hold.
    #[error(transparent)]
    Row(#[from] RowSetError),
    /// A value without canonical form.
    #[error(transparent)]
    Canonical(#[from] CanonicalError),
}

impl ReplicaError {
    /// Whether the rows in use can no longer be trusted (as opposed to a registry that does not suit us).
    #[must_use]
    pub fn is_divergence(&self) -> bool {
        match self {
            Self::Gap { .. } | Self::Chain(_) | Self::Digest(_) | Self::Row(_) | Self::Canonical(_) => true,
            Self::Version(_) | Self::Order | Self::OlderEpoch { .. } => false,
        }
    }
}

/// What a node tells the registry about its state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Acknowledgement {
    /// The session.
    pub session: SessionId,
    /// Last applied position.
    pub sequence: u64,
    /// Chain hash there.
    pub chain: ChainHash,
    /// Digest of the rows in use.
    pub digest: SetDigest,
}

/// The rows in use and their position.
#[derive(Debug)]
struct Current {
    session: SessionId,
    position: Position,
    chain: ChainHash,
    rows: RowSet,
}

/// A snapshot that is not complete yet.
#[derive(Debug)]
struct Incoming {
    session: SessionId,
    epoch: u64,
    lease: Duration,
    rows: RowSet,
}

/// See the module.
#[derive(Debug)]
pub struct Replica {
    own_lease: Duration,
    lease_length: Duration,
    lease: Lease,
    newest_epoch: u64,
    server: Option<ServerId>,
    current: Option<Current>,
    incoming: Option<Incoming>,
    /// Whether the rows in use come from the present session.
    in_session: bool,
}

impl Default for Replica {
    fn default() -> Self {
        Self::new(DEFAULT_LEASE)
    }
}

impl Replica {
    /// An empty replica, which knows nothing and therefore permits nothing. `lease` is what this node wants, between
    /// [`MIN_LEASE`] and [`MAX_LEASE`]; the registry may allow less.
    #[must_use]
    pub fn new(lease: Duration) -> Self {
        let own_lease = lease.clamp(MIN_LEASE, MAX_LEASE);
        Self {
            own_lease,
            lease_length: own_lease,
            lease: Lease::default(),
            newest_epoch: 0,
            server: None,
            current: None,
            incoming: None,
            in_session: false,
        }
    }

    /// A new connection to the registry is about to be used.
    pub fn begin_session(&mut self) {
        self.incoming = None;
        self.in_session = false;
        self.lease.begin_session();
    }

    /// A nonce has been given to the transport at this moment. Call it **before** handing the nonce over.
    pub fn nonce_sent(&mut self, nonce: Nonce, at: Moment) {
        self.lease.sent(nonce, at);
    }

    /// Takes the next frame.
    ///
    /// # Errors
    /// See [`ReplicaError`]. If it is a divergence, the lease has ended.
    pub fn apply(&mut self, frame: Frame) -> Result<Applied, ReplicaError> {
        let result = self.take(frame);
        if let Err(error) = &result {
            self.incoming = None;
            self.in_session = false;
            if error.is_divergence() {
                self.lease.end();
            }
        }
        result
    }

    fn take(&mut self, frame: Frame) -> Result<Applied, ReplicaError> {
        match frame {
            Frame::Hello { version, session, epoch, server, lease_millis } => {
                if version != STREAM_VERSION {
                    return Err(ReplicaError::Version(version));
                }
                if epoch < self.newest_epoch {
                    return Err(ReplicaError::OlderEpoch { seen: self.newest_epoch, found: epoch });
                }
                self.newest_epoch = epoch;
                self.in_session = false;
                self.server = Some(server);
                let lease = Duration::from_millis(lease_millis).min(self.own_lease);
                self.incoming = Some(Incoming { session, epoch, lease, rows: RowSet::default() });
                Ok(Applied::Snapshot)
            }
            Frame::Rows { rows } => {
                let incoming = self.incoming.as_mut().ok_or(ReplicaError::Order)?;
                if rows.len() > MAX_ROWS_PER_FRAME {
                    return Err(ReplicaError::Order);
                }
                for row in rows {
                    incoming.rows.put(row)?;
                }
                Ok(Applied::Snapshot)
            }
            Frame::SnapshotEnd { sequence, count, digest } => self.end_snapshot(sequence, count, &digest),
            Frame::Change { sequence, chain, change } => self.change(sequence, chain, change),
            Frame::Heartbeat { sequence, chain, digest, echo, time: _ } => {
                self.heartbeat(sequence, &chain, &digest, echo.as_ref())
            }
        }
    }

    fn end_snapshot(
        &mut self,
        sequence: u64,
        count: u64,
        digest: &SetDigest,
    ) -> Result<Applied, ReplicaError> {
        let incoming = self.incoming.take().ok_or(ReplicaError::Order)?;
        if incoming.rows.len() as u64 != count || incoming.rows.digest() != *digest {
            return Err(ReplicaError::Digest(sequence));
        }
        let Incoming { session, epoch, lease, rows } = incoming;
        self.lease_length = lease;
        let chain = chain_start(&session, epoch, sequence, digest);
        self.current = Some(Current { session, position: Position { epoch, sequence }, chain, rows });
        self.in_session = true;
        Ok(Applied::Changed)
    }

    fn change(&mut self, sequence: u64, chain: ChainHash, change: Change) -> Result<Applied, ReplicaError> {
        let current = self.current_in_session()?;
        let expected = current.position.sequence.saturating_add(1);
        // Behind the greatest number nothing follows.
        if sequence != expected || sequence == current.position.sequence {
            return Err(ReplicaError::Gap { expected, found: sequence });
        }
        if chain_next(&current.chain, sequence, &change)? != chain {
            return Err(ReplicaError::Chain(sequence));
        }
        match change {
            Change::Put { row } => current.rows.put(row)?,
            Change::Remove { key } => current.rows.remove(&key)?,
        }
        current.position.sequence = sequence;
        current.chain = chain;
        Ok(Applied::Changed)
    }

    fn heartbeat(
        &mut self,
        sequence: u64,
        chain: &ChainHash,
        digest: &SetDigest,
        echo: Option<&Nonce>,
    ) -> Result<Applied, ReplicaError> {
        let current = self.current_in_session()?;
        let applied = current.position.sequence;
        if sequence != applied {
            return Err(ReplicaError::Gap { expected: applied, found: sequence });
        }
        if *chain != current.chain {
            return Err(ReplicaError::Chain(sequence));
        }
        if *digest != current.rows.digest() {
            return Err(ReplicaError::Digest(sequence));
        }
        Ok(Applied::Heartbeat(echo.is_some_and(|nonce| self.lease.echoed(nonce))))
    }

    /// The rows in use, when the snapshot of the present session is complete.
    fn current_in_session(&mut self) -> Result<&mut Current, ReplicaError> {
        self.current.as_mut().filter(|_| self.in_session).ok_or(ReplicaError::Order)
    }

    // ---- what decisions and operators read ----

    /// Position of the rows in use.
    #[must_use]
    pub fn position(&self) -> Option<Position> {
        self.current.as_ref().map(|current| current.position)
    }

    /// Age of the lease, if it is not over.
    #[must_use]
    pub fn lease_age(&self, at: &Moment) -> Option<Duration> {
        self.lease.age(at).filter(|age| *age < self.lease_length)
    }

    /// Length of the lease now in use.
    #[must_use]
    pub fn lease_length(&self) -> Duration {
        self.lease_length
    }

    /// What to acknowledge, once the snapshot of the present session is complete.
    #[must_use]
    pub fn acknowledgement(&self) -> Option<Acknowledgement> {
        self.current.as_ref().filter(|_| self.in_session).map(|current| Acknowledgement {
            session: current.session,
            sequence: current.position.sequence,
            chain: current.chain,
            digest: current.rows.digest(),
        })
    }

    /// This node's name at the registry.
    #[must_use]
    pub fn server(&self) -> Option<&ServerId> {
        self.server.as_ref()
    }

    /// Number of rows in use.
    #[must_use]
    pub fn len(&self) -> usize {
        self.current.as_ref().map_or(0, |current| current.rows.len())
    }

    /// Whether there are no rows in use.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Rows of the person whom this exchange handle stands for.
    #[must_use]
    pub fn rows_of_exchange(&self, exchange: &ExchangeHandle) -> &[Row] {
        self.current.as_ref().map_or(&[], |current| current.rows.of_exchange(exchange))
    }

    /// Rows of the person whom this link handle stands for at one of this node's consumers.
    pub fn rows_of_consumer_link(&self, link: &LinkHandle) -> impl Iterator<Item = &Row> {
        self.current.as_ref().into_iter().flat_map(|current| current.rows.of_consumer_link(link))
    }

    /// All rows in use, in no order.
    pub fn rows(&self) -> impl Iterator<Item = &Row> {
        self.current.as_ref().into_iter().flat_map(|current| current.rows.iter())
    }
}

#[cfg(test)]
mod tests;
