//! Idle connections, kept apart by destination and identity.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Instant;

use tokio::io::WriteHalf;

use super::{ClientSecurity, ClientSettings, Destination};
use crate::http::MessageReader;
use crate::peer_tls::PeerIdentity;
use crate::transport::Transport;

/// An open connection between two exchanges.
pub(super) struct Line {
    pub(super) reader: MessageReader,
    pub(super) writer: WriteHalf<Box<dyn Transport>>,
    pub(super) peer: Option<Arc<PeerIdentity>>,
}

impl Line {
    pub(super) fn new(stream: Box<dyn Transport>, peer: Option<PeerIdentity>) -> Self {
        let (read, writer) = tokio::io::split(stream);
        Self { reader: MessageReader::new(read), writer, peer: peer.map(Arc::new) }
    }
}

/// Connections are shared only where host, port and the very same TLS client (key, certificate, verification)
/// are.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Key {
    host: String,
    port: u16,
    security: Option<u64>,
}

impl Key {
    pub(super) fn of(destination: &Destination) -> Self {
        let security = match &destination.security {
            ClientSecurity::Plain => None,
            ClientSecurity::Tls(client) => Some(client.id()),
            ClientSecurity::Peer(connector) => Some(connector.id()),
        };
        Self { host: destination.host.clone(), port: destination.port, security }
    }
}

/// All idle connections of a client.
pub(super) struct Pool {
    settings: ClientSettings,
    idle: Mutex<HashMap<Key, Vec<Idle>>>,
    /// Is a task at work that closes connections which are idle for too long?
    swept: AtomicBool,
}

struct Idle {
    line: Line,
    since: Instant,
}

impl Pool {
    pub(super) fn new(settings: ClientSettings) -> Self {
        Self { settings, idle: Mutex::default(), swept: AtomicBool::new(false) }
    }

    pub(super) const fn settings(&self) -> &ClientSettings {
        &self.settings
    }

    /// The idle connection that was used last, if one is still open.
    pub(super) fn take(&self, destination: &Destination) -> Option<Line> {
        let key = Key::of(destination);
        loop {
            let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
            let candidate = idle.get_mut(&key)?.pop()?;
            drop(idle);
            let Idle { mut line, since } = candidate;
            // A byte or an end that came meanwhile means that the server is done with this connection.
            if since.elapsed() < self.settings.keep_idle && line.reader.is_idle() {
                return Some(line);
            }
        }
    }

    /// Keeps a connection for the next exchange, if there is room.
    pub(super) fn put(self: &Arc<Self>, key: Key, mut line: Line) {
        if self.settings.keep_idle.is_zero() {
            return;
        }
        line.reader.rest();
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let lines = idle.entry(key).or_default();
        if lines.len() < self.settings.max_idle {
            lines.push(Idle { line, since: Instant::now() });
        }
        drop(idle);
        if !self.swept.swap(true, Ordering::Relaxed) {
            tokio::spawn(sweep(Arc::downgrade(self), self.settings.keep_idle / 2));
        }
    }

    /// Closes what is idle for too long; false when nothing is left.
    fn close_expired(&self) -> bool {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        idle.retain(|_, lines| {
            lines.retain(|idle| idle.since.elapsed() < self.settings.keep_idle);
            !lines.is_empty()
        });
        let any = !idle.is_empty();
        self.swept.store(any, Ordering::Relaxed);
        any
    }
}

async fn sweep(pool: Weak<Pool>, pause: std::time::Duration) {
    loop {
        tokio::time::sleep(pause).await;
        let Some(pool) = pool.upgrade() else { return };
        if !pool.close_expired() {
            return;
        }
    }
}
