//! One connection of one security server: what it has been told, and what it has acknowledged.

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::time::Duration;

use consent::canonical::CanonicalError;
use consent::frame::{Change, Frame, MAX_ROWS_PER_FRAME, STREAM_VERSION, chain_next, chain_start};
use consent::opaque::{ChainHash, Nonce, RowDigest, SessionId};
use consent::row::{Row, RowKey, SetDigest};
use identifiers::{ClientId, ServerId};
use registry_api::node::Ack;
use time::OffsetDateTime;
use tokio::sync::mpsc;

/// Frames that wait for a slow connection; one more, and the connection is given up.
const MAX_WAITING: usize = 1_024;

/// Who opens a session.
#[derive(Debug, Clone)]
pub struct Opening {
    /// The server.
    pub server: ServerId,
    /// Its certificate (DER), looked up again at every heartbeat.
    pub certificate: Vec<u8>,
    /// The subsystems that it hosts; when this changes, the session ends and a new snapshot is due.
    pub hosted: BTreeSet<ClientId>,
    /// A fresh name.
    pub session: SessionId,
}

/// The registry's half of a session.
pub struct Session {
    pub(super) opening: Opening,
    rows: HashMap<RowKey, RowDigest>,
    digest: SetDigest,
    chain: ChainHash,
    /// Commits that are on their way: position of the frame, number of the commit.
    unconfirmed: VecDeque<(u64, u64)>,
    nonce: Option<Nonce>,
    pub(super) last_ack: Duration,
    frames: mpsc::Sender<Frame>,
}

/// The frames of a session in their order: those that are there already, then those that will come.
pub struct Outgoing {
    /// Hello and snapshot.
    pub first: Vec<Frame>,
    /// Changes and heartbeats.
    pub then: mpsc::Receiver<Frame>,
}

/// A session cannot go on: its connection is gone or too slow, or its state is impossible.
#[derive(Debug, thiserror::Error)]
pub enum SessionBroken {
    /// Nobody reads the frames any more, or not fast enough.
    #[error("its connection is gone or too slow")]
    Connection,
    /// The server's rows are not ours.
    #[error("its rows differ from ours")]
    Divergence,
    /// A row has no canonical form.
    #[error(transparent)]
    Canonical(#[from] CanonicalError),
}

/// Terms and position under which a session begins.
#[derive(Debug, Clone, Copy)]
pub struct Terms {
    /// The registry's epoch.
    pub epoch: u64,
    /// Longest lease.
    pub lease: Duration,
    /// Position of the snapshot in the server's sequence.
    pub sequence: u64,
    /// Number of the last commit, which the snapshot contains.
    pub commit: u64,
    /// Monotonic time.
    pub now: Duration,
}

impl Session {
    /// A session that begins with this snapshot.
    pub(super) fn open(
        opening: Opening,
        rows: Vec<Row>,
        terms: Terms,
    ) -> Result<(Self, Outgoing), CanonicalError> {
        let mut known = HashMap::with_capacity(rows.len());
        let mut digest = SetDigest::default();
        for row in &rows {
            let row_digest = row.digest()?;
            digest.add(&row_digest);
            known.insert(row.key.clone(), row_digest);
        }
        let Terms { epoch, lease, sequence, commit, now } = terms;
        let mut first = vec![Frame::Hello {
            version: STREAM_VERSION,
            session: opening.session,
            epoch,
            server: opening.server.clone(),
            lease_millis: u64::try_from(lease.as_millis()).unwrap_or(u64::MAX),
        }];
        let count = rows.len() as u64;
        first.extend(rows.chunks(MAX_ROWS_PER_FRAME).map(|rows| Frame::Rows { rows: rows.to_vec() }));
        first.push(Frame::SnapshotEnd { sequence, count, digest });
        let (frames, then) = mpsc::channel(MAX_WAITING);
        let session = Self {
            chain: chain_start(&opening.session, epoch, sequence, &digest),
            opening,
            rows: known,
            digest,
            unconfirmed: VecDeque::from([(sequence, commit)]),
            nonce: None,
            last_ack: now,
            frames,
        };
        Ok((session, Outgoing { first, then }))
    }

    /// Sends what is true now about a key as part of a commit; `sequence` moves on if that is news. True: the server
    /// acts on this commit already, because there is no news and nothing is on its way.
    pub(super) fn put(
        &mut self,
        key: &RowKey,
        row: Option<Row>,
        sequence: &mut u64,
        commit: u64,
    ) -> Result<bool, SessionBroken> {
        let digest = row.as_ref().map(Row::digest).transpose()?;
        let known = self.rows.get(key).copied();
        if digest == known {
            if let Some((_, last)) = self.unconfirmed.back_mut() {
                *last = commit;
                return Ok(false);
            }
            return Ok(true);
        }
        let change = match row {
            Some(row) => Change::Put { row },
            None => Change::Remove { key: key.clone() },
        };
        if let Some(known) = known {
            self.digest.remove(&known);
            self.rows.remove(key);
        }
        if let Some(digest) = digest {
            self.digest.add(&digest);
            self.rows.insert(key.clone(), digest);
        }
        *sequence += 1;
        self.chain = chain_next(&self.chain, *sequence, &change)?;
        self.unconfirmed.push_back((*sequence, commit));
        self.send(Frame::Change { sequence: *sequence, chain: self.chain, change })?;
        Ok(false)
    }

    /// Takes an acknowledgement; gives the number of the last commit that it covers.
    pub(super) fn acknowledge(
        &mut self,
        ack: &Ack,
        sequence: u64,
        now: Duration,
    ) -> Result<Acknowledged, SessionBroken> {
        let newest = ack.sequence == sequence;
        if ack.sequence > sequence || (newest && (ack.chain != self.chain || ack.digest != self.digest)) {
            return Err(SessionBroken::Divergence);
        }
        let first = self.nonce.is_none();
        self.nonce = Some(ack.nonce);
        self.last_ack = now;
        let mut confirmed = None;
        while let Some((_, commit)) = self.unconfirmed.pop_front_if(|(position, _)| *position <= ack.sequence)
        {
            confirmed = Some(commit);
        }
        Ok(Acknowledged { confirmed, first })
    }

    /// Sends a heartbeat with the server's last nonce.
    pub(super) fn beat(&mut self, sequence: u64, time: OffsetDateTime) -> Result<(), SessionBroken> {
        let (chain, digest, echo) = (self.chain, self.digest, self.nonce);
        self.send(Frame::Heartbeat { sequence, chain, digest, time, echo })
    }

    fn send(&mut self, frame: Frame) -> Result<(), SessionBroken> {
        self.frames.try_send(frame).map_err(|_| SessionBroken::Connection)
    }
}

/// What an acknowledgement led to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Acknowledged {
    /// The last commit that the server now acts on, if that is news.
    pub confirmed: Option<u64>,
    /// Whether it was the first of the session: the server waits for its first echo.
    pub first: bool,
}
