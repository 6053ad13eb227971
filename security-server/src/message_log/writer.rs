//! The writer thread: drains the queue into groups, one commit for each.
//!
//! While one group is being made durable the next one queues; so the group size follows the load by
//! itself and no timer is involved. Senders hear of a record only after the commit that holds it.
//! After a failure everything in the group is refused, and the next group opens the database anew:
//! a disk that has space again, or a database that is back, needs no restart.

use std::sync::Arc;

use arc_swap::ArcSwapOption;
use tokio::sync::{mpsc, oneshot};

use super::error::LogError;
use super::store::{Change, Opening, Store, StoreError, StoreWriter, Written};

/// Who waits for a change: its answer is the number of the record, or zero.
pub(super) type Done = oneshot::Sender<Result<i64, LogError>>;

/// Work for the writer, with the place to answer to.
pub(super) enum Job {
    /// Make this durable.
    Write { change: Change, done: Done },
    /// Close the database; the thread ends after the group that holds this.
    Close { done: oneshot::Sender<()> },
}

/// What others may see of the writer.
#[derive(Debug, Default)]
pub(super) struct WriterState {
    /// Why the last commit failed.
    pub(super) error: ArcSwapOption<String>,
}

/// The writer, moved into its thread.
pub(super) struct Writer {
    pub(super) store: Arc<dyn Store>,
    pub(super) connection: Option<Box<dyn StoreWriter>>,
    pub(super) queue: mpsc::Receiver<Job>,
    pub(super) group_limit: usize,
    pub(super) state: Arc<WriterState>,
}

/// Opens the database and works in a thread of its own; returns when it is open.
pub(super) async fn start(mut writer: Writer) -> Result<(), LogError> {
    let (opened, opening) = oneshot::channel();
    let runtime = runtime(&*writer.store)?;
    let work = move || {
        runtime.block_on(async move {
            match writer.store.open_writer(Opening::First).await {
                Ok(connection) => {
                    writer.connection = Some(connection);
                    // Whoever opened the journal may have stopped waiting: then the queue is closed, too.
                    let _ = opened.send(Ok(()));
                    writer.run().await;
                }
                Err(error) => drop(opened.send(Err(LogError::from(error)))),
            }
        });
    };
    let spawned = std::thread::Builder::new().name("message-log".to_owned()).spawn(work);
    spawned.map_err(|error| LogError::Unavailable(error.to_string()))?;
    opening.await.map_err(|_| LogError::Closed)?
}

/// What the thread waits with: for the queue only, or for connections as well.
fn runtime(store: &dyn Store) -> Result<tokio::runtime::Runtime, LogError> {
    let mut builder = tokio::runtime::Builder::new_current_thread();
    if store.is_remote() {
        builder.enable_all();
    }
    builder.build().map_err(|error| LogError::Unavailable(error.to_string()))
}

impl Writer {
    /// Works until the queue is closed or [`Job::Close`] comes.
    async fn run(mut self) {
        let limit = self.group_limit.max(1);
        let mut jobs = Vec::with_capacity(limit);
        while self.queue.recv_many(&mut jobs, limit).await > 0 {
            let mut closing = None;
            let (mut changes, mut waiting) = (Vec::with_capacity(jobs.len()), Vec::with_capacity(jobs.len()));
            for job in jobs.drain(..) {
                match job {
                    Job::Write { change, done } => {
                        changes.push(change);
                        waiting.push(done);
                    }
                    Job::Close { done } => closing = Some(done),
                }
            }
            if !changes.is_empty() {
                self.write(&mut changes, waiting).await;
            }
            if let Some(done) = closing {
                self.finish().await;
                // Whoever asked may have stopped waiting.
                let _ = done.send(());
                return;
            }
        }
        self.finish().await;
    }

    /// Writes one group and answers everybody who waits for it. They may be gone (a request was given up); the record
    /// stays.
    async fn write(&mut self, changes: &mut [Change], waiting: Vec<Done>) {
        match self.commit(changes).await {
            Ok(written) => {
                if self.state.error.swap(None).is_some() {
                    tracing::info!("message log can be written again");
                }
                for (done, written) in waiting.into_iter().zip(written) {
                    drop(done.send(written.map_err(|error| LogError::left_out(&error))));
                }
            }
            Err(error) => {
                // The transaction is gone with its connection; the next group starts from what is durable.
                self.connection = None;
                let reason = error.to_string();
                if self.state.error.swap(Some(Arc::new(reason.clone()))).is_none() {
                    tracing::error!(reason, "message log cannot be written, messages are refused");
                }
                let refusal = LogError::from(error);
                waiting.into_iter().for_each(|done| drop(done.send(Err(refusal.clone()))));
            }
        }
    }

    async fn commit(&mut self, changes: &mut [Change]) -> Result<Vec<Written>, StoreError> {
        // A database that went and came back between two groups refuses nobody.
        let connection = match &mut self.connection {
            Some(connection) if !connection.is_broken() => connection,
            lost => lost.insert(self.store.open_writer(Opening::Again).await?),
        };
        connection.commit(changes).await
    }

    async fn finish(&mut self) {
        if let Some(connection) = self.connection.take()
            && let Err(error) = connection.close().await
        {
            tracing::warn!(%error, "message log closed out of order; the next start does it");
        }
    }
}
