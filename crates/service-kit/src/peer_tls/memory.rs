//! Which peer spoke what.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Most peers remembered. More than any instance has servers; beyond it nothing new is remembered, which costs
/// a futile attempt each time and nothing else.
const MAX_PEERS: usize = 16 * 1024;

/// The best that a peer spoke.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Spoken {
    /// TLS 1.3. Remembered as long as the process lives: such a peer is never talked down again.
    Modern,
    /// X-Road's TLS 1.2.
    Legacy,
}

/// The memory of a process.
#[derive(Debug)]
pub(super) struct SpokenMemory {
    legacy_lifetime: Duration,
    peers: Mutex<HashMap<String, (Spoken, Instant)>>,
}

impl SpokenMemory {
    pub(super) fn new(legacy_lifetime: Duration) -> Self {
        Self { legacy_lifetime, peers: Mutex::default() }
    }

    /// What a peer spoke; `None` when that is unknown or too long ago.
    pub(super) fn recall(&self, peer: &str) -> Option<Spoken> {
        let peers = self.peers.lock().unwrap_or_else(PoisonError::into_inner);
        let (spoken, since) = peers.get(peer)?;
        (*spoken == Spoken::Modern || since.elapsed() < self.legacy_lifetime).then_some(*spoken)
    }

    /// Remembers what a peer spoke.
    pub(super) fn note(&self, peer: &str, spoken: Spoken) {
        let mut peers = self.peers.lock().unwrap_or_else(PoisonError::into_inner);
        match peers.get(peer) {
            // The time is that of the first legacy connection, so that the question is asked again some day.
            Some((known, since)) if *known == spoken && since.elapsed() < self.legacy_lifetime => {}
            None if peers.len() >= MAX_PEERS => {}
            Some((Spoken::Modern, _)) => {}
            Some((Spoken::Legacy, _)) | None => {
                peers.insert(peer.to_owned(), (spoken, Instant::now()));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn better_is_never_forgotten_and_worse_is_asked_again() {
        let memory = SpokenMemory::new(Duration::from_millis(20));
        assert_eq!(memory.recall("a"), None);
        memory.note("a", Spoken::Legacy);
        assert_eq!(memory.recall("a"), Some(Spoken::Legacy));
        std::thread::sleep(Duration::from_millis(30));
        assert_eq!(memory.recall("a"), None);
        memory.note("a", Spoken::Modern);
        memory.note("a", Spoken::Legacy);
        assert_eq!(memory.recall("a"), Some(Spoken::Modern));
    }
}
