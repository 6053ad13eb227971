//! The door of the journal: append a record, get a receipt when it is durable.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use protocol::Sha512;
use service_kit::clock::Clock;
use time::OffsetDateTime;
use tokio::sync::{Mutex, Semaphore, mpsc, oneshot};

use super::authority::TimestampAuthority;
use super::columns::{INLINE_LIMIT, from_milliseconds, milliseconds};
use super::config::MessageLogConfig;
use super::error::LogError;
use super::packing::Packer;
use super::postgres::PostgresStore;
use super::record::{Body, Direction, Record, Side};
use super::sqlite::SqliteStore;
use super::stamping::Acceptance;
use super::store::{Change, Prepared, PreparedBody, Store};
use super::writer::{self, Job, Writer, WriterState};

/// Bytes of bodies in memory that may wait in the queue.
const QUEUED_BODY_BYTES: usize = 64 * 1024 * 1024;

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
    /// Why nothing can be written; `None` when a write just worked.
    pub write_error: Option<String>,
    /// When messages will be refused, or are refused since, because stamping fails; `None` while it
    /// does not.
    pub refused_from: Option<OffsetDateTime>,
}

/// The journal. Cheap to clone; all clones share the writer thread.
#[derive(Clone)]
pub struct MessageLog {
    pub(super) shared: Arc<Shared>,
}

/// What all clones share.
pub(super) struct Shared {
    // Dependencies.
    pub(super) clock: Clock,
    pub(super) authority: Arc<dyn TimestampAuthority>,
    // Configuration.
    pub(super) config: MessageLogConfig,
    // State.
    pub(super) store: Arc<dyn Store>,
    packer: Packer,
    queue: mpsc::Sender<Job>,
    queued_bodies: Arc<Semaphore>,
    /// Unix milliseconds from which on messages are refused because stamping fails; `i64::MAX` means
    /// never. Written by the stamper only.
    refused_from: AtomicI64,
    /// Held while records are stamped, so that no record is stamped twice.
    pub(super) stamping: Mutex<()>,
}

impl MessageLog {
    /// Opens the journal, creating it when it is new, and starts the writer thread. It is in the database that the
    /// configuration names, or in `folder`.
    ///
    /// # Errors
    /// [`LogError::Unavailable`] or [`LogError::Database`] when the database cannot be opened or written,
    /// [`LogError::Damaged`].
    pub async fn open(
        folder: &Path,
        config: &MessageLogConfig,
        authority: Arc<dyn TimestampAuthority>,
        clock: Clock,
    ) -> Result<Self, LogError> {
        let store = store(folder, config)?;
        let (queue, jobs) = mpsc::channel(config.queue_length.max(1));
        let opening = Writer {
            store: Arc::clone(&store),
            connection: None,
            queue: jobs,
            group_limit: config.group_limit,
            state: Arc::new(WriterState::default()),
        };
        writer::start(opening).await?;
        let shared = Shared {
            clock,
            authority,
            config: config.clone(),
            store,
            packer: Packer::default(),
            queue,
            queued_bodies: Arc::new(Semaphore::new(QUEUED_BODY_BYTES)),
            refused_from: AtomicI64::new(i64::MAX),
            stamping: Mutex::new(()),
        };
        Ok(Self { shared: Arc::new(shared) })
    }

    /// Records a message; returns when the record is durable.
    ///
    /// # Errors
    /// See [`LogError`]: the message must not go on.
    pub async fn append(&self, record: Record) -> Result<LogReceipt, LogError> {
        let shared = &self.shared;
        shared.accepts(shared.clock.now())?;
        let (side, direction) = (record.side, record.direction);
        let prepared = shared.prepare(record)?;
        let signature_hash = prepared.signature_hash;
        let wait = Duration::from_secs(shared.config.queue_wait_seconds.max(1));
        let in_memory = prepared.body.bytes_in_memory().min(QUEUED_BODY_BYTES);
        let (done, answer) = oneshot::channel();
        let permits = u32::try_from(in_memory).unwrap_or(u32::MAX);
        let enter = async {
            // What can go on at the same moment comes this far before the writer is woken, and shares its commit.
            tokio::task::yield_now().await;
            let memory = Arc::clone(&shared.queued_bodies).acquire_many_owned(permits).await;
            let memory = memory.map_err(|_| LogError::Closed)?;
            let place = shared.queue.reserve().await.map_err(|_| LogError::Closed)?;
            place.send(Job::Write { change: Change::Append(Box::new(prepared)), done });
            Ok::<_, LogError>(memory)
        };
        let _memory = tokio::time::timeout(wait, enter).await.map_err(|_| LogError::Overloaded)??;
        let record = answer.await.map_err(|_| LogError::Closed)??;
        Ok(LogReceipt { record, side, direction, signature_hash })
    }

    /// Bodies longer than this are kept by digest only; a spool need not hold more for the journal.
    /// Zero when bodies are not kept.
    #[must_use]
    pub fn max_body_bytes(&self) -> u64 {
        if self.shared.config.keep_bodies { self.shared.config.max_body_bytes } else { 0 }
    }

    /// State for health pages; tries a write.
    pub async fn health(&self) -> LogHealth {
        let write_error = match self.probe().await {
            Ok(()) => None,
            Err(error) => Some(error.to_string()),
        };
        let refused_from = self.shared.refused_from.load(Ordering::Relaxed);
        LogHealth {
            write_error,
            refused_from: (refused_from != i64::MAX).then(|| from_milliseconds(refused_from)),
        }
    }

    async fn probe(&self) -> Result<(), LogError> {
        let wait = Duration::from_secs(self.shared.config.queue_wait_seconds.max(1));
        tokio::time::timeout(wait, self.write(Change::Probe)).await.map_err(|_| LogError::Overloaded)?
    }

    /// Has something written that is no record.
    pub(super) async fn write(&self, change: Change) -> Result<(), LogError> {
        let (done, answer) = oneshot::channel();
        self.shared.queue.send(Job::Write { change, done }).await.map_err(|_| LogError::Closed)?;
        answer.await.map_err(|_| LogError::Closed)?.map(drop)
    }

    /// Commits what is queued, stops the writer and closes the database. Later appends are refused.
    pub async fn close(&self) {
        let (done, answer) = oneshot::channel();
        if self.shared.queue.send(Job::Close { done }).await.is_ok() {
            let _ = answer.await;
        }
    }
}

impl Shared {
    /// Whether the stamper still allows messages.
    fn accepts(&self, now: OffsetDateTime) -> Result<(), LogError> {
        if milliseconds(now) >= self.refused_from.load(Ordering::Relaxed) {
            return Err(LogError::TimestampOverdue);
        }
        Ok(())
    }

    /// Takes over what the stamper decided about accepting messages.
    pub(super) fn set_acceptance(&self, acceptance: Acceptance) {
        let refused_from = match acceptance {
            Acceptance::Open | Acceptance::Failing { refused_from: None } => i64::MAX,
            Acceptance::Failing { refused_from: Some(time) } => milliseconds(time),
        };
        self.refused_from.store(refused_from, Ordering::Relaxed);
    }

    /// Packs a record and applies the body policy.
    fn prepare(&self, record: Record) -> Result<Prepared, LogError> {
        let packed = self.packer.pack(record.signer(), &record.message, &record.seal);
        let packed = packed.map_err(|_| LogError::TooLarge(record.message.len() as u64))?;
        Ok(Prepared {
            time: record.time,
            side: record.side,
            direction: record.direction,
            payload: record.payload,
            query_id: record.query_id,
            request_id: record.request_id,
            local: record.local.to_path(),
            peer: record.peer.to_path(),
            service: record.service.to_path(),
            signature_hash: packed.signature_hash,
            packed,
            body: self.prepare_body(record.body),
        })
    }

    fn prepare_body(&self, body: Body) -> PreparedBody {
        let length = body.length();
        let keep = self.config.keep_bodies && length <= self.config.max_body_bytes;
        let inline = length <= INLINE_LIMIT as u64;
        match body {
            Body::Absent => PreparedBody::Absent,
            Body::DigestOnly { length } => PreparedBody::DigestOnly { length },
            _ if !keep => PreparedBody::DigestOnly { length },
            Body::Memory(bytes) if inline => match self.packer.squeeze(&bytes) {
                Some(content) => PreparedBody::Inline { length, squeezed: true, content },
                None => PreparedBody::Inline { length, squeezed: false, content: bytes.to_vec() },
            },
            Body::Memory(bytes) => PreparedBody::Memory(bytes),
            Body::File { file, length } => PreparedBody::File { file, length },
        }
    }
}

/// The database that the configuration chooses.
fn store(folder: &Path, config: &MessageLogConfig) -> Result<Arc<dyn Store>, LogError> {
    match &config.database {
        None => Ok(Arc::new(SqliteStore::new(folder))),
        Some(url) => Ok(Arc::new(PostgresStore::new(url, config)?)),
    }
}
