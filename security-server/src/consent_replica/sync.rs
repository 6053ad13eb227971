//! Follows the registry's stream: applies frames, acknowledges them, and renews the lease.
//!
//! Two things happen at once in a session: frames are read and applied in their order, and acknowledgements are sent,
//! one right after each change and one every 500 ms, each with a fresh nonce that the next heartbeat echoes. Whatever
//! goes wrong ends the session; after a pause a new one begins with a snapshot.

use std::time::Duration;

use consent::opaque::Nonce;
use consent::replica::{Applied, Replica, ReplicaError};
use registry_api::node::Ack;
use registry_api::{ClientError, FrameStream, NodeClient};
use service_kit::random::{self, NoRandomness};
use service_kit::shutdown::Shutdown;
use tokio::sync::Notify;

use super::gate::ConsentGate;

/// Longest time between two acknowledgements, and so between two nonces.
const ACK_INTERVAL: Duration = Duration::from_millis(500);

/// First and longest pause before a new session.
const PAUSE: (Duration, Duration) = (Duration::from_millis(50), Duration::from_secs(2));

/// Why a session ended.
#[derive(Debug, thiserror::Error)]
enum SessionEnd {
    #[error("the registry ended the stream")]
    Closed,
    #[error("the registry says that the session is over")]
    Over,
    #[error(transparent)]
    Client(#[from] ClientError),
    #[error(transparent)]
    Replica(#[from] ReplicaError),
    #[error(transparent)]
    Randomness(#[from] NoRandomness),
}

/// Follows the registry until the shutdown is requested.
pub async fn follow(gate: ConsentGate, client: NodeClient, shutdown: Shutdown) {
    let mut pause = PAUSE.0;
    let mut last_end = String::new();
    loop {
        let end = tokio::select! {
            end = session(&gate, &client, &mut pause) => end,
            () = shutdown.requested() => return,
        };
        report(&end, &mut last_end);
        tokio::select! {
            () = tokio::time::sleep(pause) => pause = (pause * 2).min(PAUSE.1),
            () = shutdown.requested() => return,
        }
    }
}

/// One connection from beginning to end. Sets the pause back once the registry has sent a snapshot.
async fn session(gate: &ConsentGate, client: &NodeClient, pause: &mut Duration) -> SessionEnd {
    gate.change(Replica::begin_session);
    let stream = match client.open_stream().await {
        Ok(stream) => stream,
        Err(error) => return error.into(),
    };
    let changed = Notify::new();
    let end = tokio::select! {
        end = read_frames(gate, stream, &changed, pause) => end,
        end = acknowledge(gate, client, &changed) => end,
    };
    match end {
        Ok(()) => SessionEnd::Closed,
        Err(end) => end,
    }
}

async fn read_frames(
    gate: &ConsentGate,
    mut stream: FrameStream,
    changed: &Notify,
    pause: &mut Duration,
) -> Result<(), SessionEnd> {
    while let Some(frame) = stream.next().await? {
        match gate.change(|replica| replica.apply(frame))? {
            Applied::Snapshot | Applied::Heartbeat(_) => {}
            Applied::Changed => {
                *pause = PAUSE.0;
                changed.notify_one();
            }
        }
    }
    Ok(())
}

async fn acknowledge(gate: &ConsentGate, client: &NodeClient, changed: &Notify) -> Result<(), SessionEnd> {
    loop {
        // Whether it is a change or the time: either way the newest state is acknowledged.
        let _ = tokio::time::timeout(ACK_INTERVAL, changed.notified()).await;
        let nonce = Nonce::from_bytes(random::bytes()?);
        let Some(ack) = next_ack(gate, nonce) else { continue };
        if !client.acknowledge(&ack).await? {
            return Err(SessionEnd::Over);
        }
    }
}

/// Notes the nonce as sent **before** it is: the lease must not begin later than the registry can have seen it.
fn next_ack(gate: &ConsentGate, nonce: Nonce) -> Option<Ack> {
    let at = gate.moment();
    gate.change(|replica| {
        let state = replica.acknowledgement()?;
        replica.nonce_sent(nonce, at);
        let (session, sequence, chain, digest) = (state.session, state.sequence, state.chain, state.digest);
        Some(Ack { session, sequence, chain, digest, nonce })
    })
}

/// A divergence is an alarm each time; anything else is told once until it changes.
fn report(end: &SessionEnd, last: &mut String) {
    let text = end.to_string();
    match end {
        SessionEnd::Replica(error) if error.is_divergence() => {
            tracing::error!(alarm = "consent-replica", reason = %text, "replica differs from the registry, taking a new snapshot");
        }
        _ if text != *last => tracing::warn!(reason = %text, "stream of consents ended, resuming"),
        _ => tracing::debug!(reason = %text, "stream of consents ended, resuming"),
    }
    *last = text;
}
