//! The lock around the streams, waiting for acknowledgements, and the clockwork.
//!
//! Every change of a consent is committed and published under the lock, and heartbeats are sent under it. So a heartbeat
//! that says "this is all" really follows everything that was committed before it, which is what the lease rests on.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use registry_api::citizen::{Reach, ServerState};
use service_kit::clock::Clock;
use service_kit::shutdown::Shutdown;
use tokio::time::{Instant, MissedTickBehavior, interval, timeout_at};

use super::streams::{Published, Streams, Target};
use crate::personal_link::network::Network;

/// Time between two heartbeats.
pub const HEARTBEAT: Duration = Duration::from_millis(500);

/// See the module. Clones share the streams.
#[derive(Clone)]
pub struct Hub {
    streams: Arc<Mutex<Streams>>,
    clock: Clock,
}

impl Hub {
    /// Streams without sessions, in this epoch.
    #[must_use]
    pub fn new(epoch: u64, lease: Duration, clock: Clock) -> Self {
        Self { streams: Arc::new(Mutex::new(Streams::new(epoch, lease, clock.clone()))), clock }
    }

    /// Works with the streams while nobody else does. Commit and publish inside one such call; it may block for the time
    /// of a disk write, so asynchronous callers use a blocking task.
    pub fn exclusively<T>(&self, work: impl FnOnce(&mut Streams) -> T) -> T {
        // A panic inside cannot leave half a frame: the worst it leaves is a session that its server finds broken.
        work(&mut self.streams.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Waits, at most so long, until each target acts on the change or cannot act at all, and says how far each is.
    pub async fn reach(&self, published: &Published, wait: Duration) -> Vec<ServerState> {
        let waits = published.targets.iter().map(|target| self.reach_one(published, target.clone(), wait));
        futures_util::future::join_all(waits).await
    }

    async fn reach_one(&self, published: &Published, mut target: Target, wait: Duration) -> ServerState {
        let since = || self.clock.monotonic().saturating_sub(published.at);
        let until_lease_over = target.lease_over.saturating_sub(self.clock.monotonic());
        let deadline = Instant::now() + wait.min(until_lease_over);
        let acts = target.confirmed.wait_for(|commit| *commit >= published.commit);
        let state = match timeout_at(deadline, acts).await {
            Ok(Ok(_)) => Reach::Acknowledged,
            Ok(Err(_)) | Err(_) if self.clock.monotonic() >= target.lease_over => Reach::LeaseOver,
            Ok(Err(_)) | Err(_) => Reach::Pending,
        };
        let after = u64::try_from(since().as_millis()).unwrap_or(u64::MAX);
        ServerState {
            server: target.server,
            provider: target.provider,
            state,
            after_millis: (state != Reach::Pending).then_some(after),
        }
    }
}

/// Beats until the shutdown is requested, then ends all sessions.
pub async fn heartbeats(hub: Hub, network: Arc<dyn Network>, shutdown: Shutdown) {
    let mut ticks = interval(HEARTBEAT);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
    loop {
        tokio::select! {
            _ = ticks.tick() => {}
            () = shutdown.requested() => break,
        }
        let (hub, network) = (hub.clone(), network.clone());
        // The lock may be held for the time of a disk write.
        let beat =
            tokio::task::spawn_blocking(move || hub.exclusively(|streams| streams.beat(network.as_ref())));
        if let Err(error) = beat.await {
            tracing::error!(%error, "heartbeats failed");
        }
    }
    hub.exclusively(Streams::end_all);
}
