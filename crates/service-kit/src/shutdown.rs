//! The ordered end of a process: stop taking work, finish what was begun, then leave.

use std::future::Future;
use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// Tells every task of a process that it is to end, and knows when all of them did. Clones share it.
#[derive(Clone, Debug, Default)]
pub struct Shutdown {
    requested: CancellationToken,
    tasks: TaskTracker,
}

impl Shutdown {
    /// Nothing is requested yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// One that SIGTERM or SIGINT requests.
    ///
    /// # Errors
    /// When the operating system refuses the signal handlers.
    pub fn on_signals() -> std::io::Result<Self> {
        let shutdown = Self::new();
        let mut terminate = signal(SignalKind::terminate())?;
        let mut interrupt = signal(SignalKind::interrupt())?;
        let request = shutdown.clone();
        tokio::spawn(async move {
            tokio::select! {
                _ = terminate.recv() => tracing::info!("SIGTERM received, stopping"),
                _ = interrupt.recv() => tracing::info!("SIGINT received, stopping"),
            }
            request.request();
        });
        Ok(shutdown)
    }

    /// Asks everything to end.
    pub fn request(&self) {
        self.requested.cancel();
    }

    /// Is the end requested?
    #[must_use]
    pub fn is_requested(&self) -> bool {
        self.requested.is_cancelled()
    }

    /// Waits until the end is requested.
    pub async fn requested(&self) {
        self.requested.cancelled().await;
    }

    /// Starts a task that must be finished before the process leaves. The task itself watches
    /// [`Shutdown::requested`].
    pub fn spawn<T: Send + 'static>(&self, task: impl Future<Output = T> + Send + 'static) -> JoinHandle<T> {
        self.tasks.spawn(task)
    }

    /// Waits until the end is requested and all tasks are finished, but after the request not longer than
    /// `patience`. False: some task was still at work.
    pub async fn finished(&self, patience: Duration) -> bool {
        self.requested().await;
        self.tasks.close();
        tokio::time::timeout(patience, self.tasks.wait()).await.is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn waits_for_tasks_but_not_for_ever() {
        let shutdown = Shutdown::new();
        let inside = shutdown.clone();
        shutdown.spawn(async move { inside.requested().await });
        shutdown.request();
        assert!(shutdown.finished(Duration::from_secs(5)).await);

        let stuck = Shutdown::new();
        stuck.spawn(std::future::pending::<()>());
        stuck.request();
        assert!(!stuck.finished(Duration::from_millis(20)).await);
    }
}
