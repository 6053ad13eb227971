//! Sessions kept on the client side, one for each peer.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use openssl::ssl::{SslRef, SslSession};

use crate::Peer;

/// How long a session may be resumed: X-Road's session cache timeout.
pub(crate) const SESSION_LIFETIME: Duration = Duration::from_secs(600);
/// Most sessions kept; beyond it the oldest goes.
const MAX_SESSIONS: usize = 1024;

/// Sessions of one SSL context by peer.
#[derive(Default)]
pub(crate) struct Sessions {
    by_peer: Mutex<HashMap<String, Kept>>,
}

struct Kept {
    session: SslSession,
    since: Instant,
    certificates: Vec<Vec<u8>>,
}

impl Sessions {
    /// Offers the peer its last session, if there is a young one; without it the handshake is a full one.
    pub(crate) fn offer(&self, peer: &str, ssl: &mut SslRef) {
        let mut by_peer = self.by_peer.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(kept) = by_peer.get(peer) else { return };
        #[expect(unsafe_code, reason = "the openssl crate has no safe form of SSL_set_session")]
        // SAFETY: the session must belong to the context of `ssl`. A `Sessions` belongs to one `Connector`, which
        // has one context, and everything in it comes from `keep` on connections of that connector.
        let usable =
            kept.since.elapsed() < SESSION_LIFETIME && unsafe { ssl.set_session(&kept.session) }.is_ok();
        if !usable {
            by_peer.remove(peer);
        }
    }

    /// Keeps the session of a connection whose handshake is done. A resumed session keeps its age, and the peer
    /// gets back the certificates above its leaf, which the kept form of a session does not hold.
    pub(crate) fn keep(&self, name: &str, ssl: &SslRef, mut peer: Peer) -> Peer {
        // A copy: OpenSSL makes a session useless when its connection ends without close_notify.
        let copy = ssl.session().and_then(|session| SslSession::from_der(&session.to_der().ok()?).ok());
        let Some(session) = copy else { return peer };
        let mut by_peer = self.by_peer.lock().unwrap_or_else(PoisonError::into_inner);
        let mut since = Instant::now();
        if let Some(kept) = by_peer.get(name).filter(|_| peer.resumed) {
            since = kept.since;
            if kept.certificates.first() == peer.certificates.first() {
                peer.certificates.clone_from(&kept.certificates);
            }
        }
        if by_peer.len() >= MAX_SESSIONS && !by_peer.contains_key(name) {
            let oldest = by_peer.iter().min_by_key(|(_, kept)| kept.since).map(|(name, _)| name.clone());
            oldest.and_then(|name| by_peer.remove(&name));
        }
        by_peer.insert(name.to_owned(), Kept { session, since, certificates: peer.certificates.clone() });
        peer
    }

    /// Forgets the session of a peer: a handshake with it failed.
    pub(crate) fn forget(&self, peer: &str) {
        self.by_peer.lock().unwrap_or_else(PoisonError::into_inner).remove(peer);
    }
}
