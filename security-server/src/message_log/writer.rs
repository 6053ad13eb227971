//! The writer thread: drains the queue into groups, one commit for each.
//!
//! While one group is being made durable the next one queues; so the group size follows the load by
//! itself and no timer is involved. Senders hear of a record only after the commit that holds it.
//! After a failure everything in the group is refused, and the next group opens the database anew:
//! a disk that has space again, or is back, needs no restart.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use arc_swap::ArcSwapOption;
use tokio::sync::{mpsc, oneshot};

use super::error::LogError;
use super::store::{Group, NewStamp, Prepared, Store, StoreError};

/// Work for the writer, with the place to answer to.
pub(super) enum Job {
    /// Write a record; the answer is its number.
    Append { record: Box<Prepared>, done: oneshot::Sender<Result<i64, LogError>> },
    /// Write a timestamp.
    Stamp { stamp: NewStamp, done: oneshot::Sender<Result<(), LogError>> },
    /// Only try whether a commit works.
    Probe { done: oneshot::Sender<Result<(), LogError>> },
    /// Close the database; the thread ends after the group that holds this.
    Close { done: oneshot::Sender<()> },
}

/// What others may see of the writer.
#[derive(Debug, Default)]
pub(super) struct WriterState {
    /// Why the last commit failed.
    pub(super) error: ArcSwapOption<String>,
    /// Records without timestamp.
    pub(super) waiting: AtomicU64,
}

/// The writer, moved into its thread.
pub(super) struct Writer {
    pub(super) folder: PathBuf,
    pub(super) store: Option<Store>,
    pub(super) queue: mpsc::Receiver<Job>,
    pub(super) group_limit: usize,
    pub(super) state: Arc<WriterState>,
    #[cfg(test)]
    pub(super) fault: super::fault::FaultPoint,
}

/// An answer that is given once the commit is done.
enum Answer {
    Appended(oneshot::Sender<Result<i64, LogError>>, Result<i64, LogError>),
    Done(oneshot::Sender<Result<(), LogError>>),
}

impl Writer {
    /// Works until the queue is closed or [`Job::Close`] comes.
    pub(super) fn run(mut self) {
        let mut jobs = Vec::with_capacity(self.group_limit);
        loop {
            let received = self.queue.blocking_recv_many(&mut jobs, self.group_limit.max(1));
            if received == 0 {
                break;
            }
            let mut closing = None;
            let group: Vec<Job> = jobs
                .drain(..)
                .filter_map(|job| match job {
                    Job::Close { done } => {
                        closing = Some(done);
                        None
                    }
                    other => Some(other),
                })
                .collect();
            self.write(group);
            if let Some(done) = closing {
                self.finish();
                // Whoever asked may have stopped waiting.
                let _ = done.send(());
                return;
            }
        }
        self.finish();
    }

    /// Writes one group and answers everybody in it.
    fn write(&mut self, mut group: Vec<Job>) {
        if group.is_empty() {
            return;
        }
        let result = self.commit(&mut group);
        match result {
            Ok(answers) => {
                self.state.error.store(None);
                answers.into_iter().for_each(Answer::give);
            }
            Err(error) => {
                // The transaction is gone with its connection; the next group starts from the file.
                self.store = None;
                let text = error.to_string();
                if self.state.error.swap(Some(Arc::new(text.clone()))).is_none() {
                    tracing::error!(reason = text, "message log cannot be written, messages are refused");
                }
                group.into_iter().for_each(|job| job.refuse(&text));
            }
        }
    }

    /// Everything in the group becomes durable, or an error.
    fn commit(&mut self, group: &mut Vec<Job>) -> Result<Vec<Answer>, StoreError> {
        let store = match &mut self.store {
            Some(store) => store,
            none => none.insert(Store::open(&self.folder, false)?),
        };
        store.check_place()?;
        let mut transaction = store.begin()?;
        let mut tally = Tally::default();
        let mut results = Vec::with_capacity(group.len());
        for job in group.iter_mut() {
            results.push(job.perform(&mut transaction, &mut tally)?);
        }
        #[cfg(test)]
        self.fault.before_commit()?;
        transaction.commit()?;
        #[cfg(test)]
        self.fault.after_commit();
        tally.apply(&self.state);
        Ok(group.drain(..).zip(results).filter_map(|(job, result)| job.answer(result)).collect())
    }

    fn finish(&mut self) {
        if let Some(store) = self.store.take()
            && let Err(error) = store.checkpoint()
        {
            tracing::warn!(%error, "message log closed without checkpoint; the next start does it");
        }
    }
}

/// How the number of waiting records changes with a group.
#[derive(Default)]
struct Tally {
    appended: u64,
    stamped: u64,
}

impl Tally {
    fn apply(&self, state: &WriterState) {
        state.waiting.fetch_add(self.appended, Ordering::Relaxed);
        let removed = self.stamped;
        // The counter is for display; it never wraps below zero.
        let _ = state
            .waiting
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |count| Some(count.saturating_sub(removed)));
    }
}

impl Job {
    /// Does the job within the transaction. A record whose body cannot be read is refused alone.
    fn perform(
        &mut self,
        group: &mut Group<'_>,
        tally: &mut Tally,
    ) -> Result<Result<i64, LogError>, StoreError> {
        match self {
            Self::Append { record, .. } => match group.insert(record) {
                Ok(id) => {
                    tally.appended += 1;
                    Ok(Ok(id))
                }
                Err(StoreError::Io(error)) => Ok(Err(LogError::Unavailable(format!("body: {error}")))),
                Err(error) => Err(error),
            },
            Self::Stamp { stamp, .. } => {
                tally.stamped += group.save_stamp(stamp)? as u64;
                Ok(Ok(0))
            }
            Self::Probe { .. } => {
                group.probe()?;
                Ok(Ok(0))
            }
            Self::Close { .. } => Ok(Ok(0)),
        }
    }

    fn answer(self, result: Result<i64, LogError>) -> Option<Answer> {
        match self {
            Self::Append { done, .. } => Some(Answer::Appended(done, result)),
            Self::Stamp { done, .. } | Self::Probe { done } => Some(Answer::Done(done)),
            Self::Close { .. } => None,
        }
    }

    fn refuse(self, reason: &str) {
        let error = LogError::Unavailable(reason.to_owned());
        match self {
            Self::Append { done, .. } => drop(done.send(Err(error))),
            Self::Stamp { done, .. } | Self::Probe { done } => drop(done.send(Err(error))),
            Self::Close { done } => drop(done.send(())),
        }
    }
}

impl Answer {
    /// The receiver may be gone (its request was given up); the record stays.
    fn give(self) {
        match self {
            Self::Appended(done, result) => drop(done.send(result)),
            Self::Done(done) => drop(done.send(Ok(()))),
        }
    }
}

#[cfg(test)]
mod tests;
