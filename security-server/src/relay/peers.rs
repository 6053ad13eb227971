//! Connections to other security servers.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use arc_swap::ArcSwap;

use identifiers::ServerId;
use pki::Certificate;
use service_kit::http_client::{
    ClientError, ClientSecurity, ClientSettings, Connection, Destination, HttpClient,
};
use service_kit::peer_tls::PeerConnector;
use service_kit::tls::{TlsError, TlsIdentity};

use crate::config::{KeepAlive, PeersConfig};

/// Time for a connection when other servers could be tried instead (X-Road: 5 s).
const CONNECT_AMONG_SEVERAL: Duration = Duration::from_secs(5);

/// So long the fastest of several servers is not looked for again (X-Road: one hour).
const FASTEST_HOLDS: Duration = Duration::from_secs(3600);

/// Sets of servers whose fastest is remembered (X-Road: 10,000). When there are more, all are forgotten.
const MAX_REMEMBERED: usize = 10_000;

/// Idle connections to one server: as many as exchanges usually run at once.
const MAX_IDLE: usize = 128;

/// A security server at which the provider is registered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// The server.
    pub server: ServerId,
    /// Its address in the global configuration.
    pub address: String,
}

/// What this server shows to other servers: the authentication certificate, then its intermediates. A connection
/// keeps what it was opened with, so the chain goes with it.
pub type ShownChain = Arc<[Certificate]>;

/// Connections to other security servers. They are pooled, and checked anew for each exchange.
pub struct PeerLinks {
    client: HttpClient,
    shown: ArcSwap<Shown>,
    config: PeersConfig,
    ocsp_port: u16,
    fastest: Mutex<HashMap<Vec<String>, (String, Instant)>>,
}

/// The way to open connections, and what is shown in them.
struct Shown {
    connector: PeerConnector,
    chain: ShownChain,
}

impl PeerLinks {
    /// Links that show `chain`, which is what `connector` presents. `ocsp_port` is where peers answer about their
    /// certificates.
    #[must_use]
    pub fn new(
        connector: PeerConnector,
        chain: Vec<Certificate>,
        config: PeersConfig,
        ocsp_port: u16,
    ) -> Self {
        let keep_idle = match config.keep_alive {
            KeepAlive::Never => Duration::ZERO,
            // Shorter than our own servers keep theirs, so that the server is hardly ever the first to close.
            KeepAlive::Modern | KeepAlive::Always => Duration::from_secs(config.idle_seconds / 2),
        };
        let client = HttpClient::new(ClientSettings {
            connect_timeout: Duration::from_secs(config.connect_seconds),
            response_timeout: Some(Duration::from_secs(config.answer_seconds)),
            stall_timeout: Duration::from_secs(config.answer_seconds),
            keep_idle,
            max_idle: MAX_IDLE,
            // Stock servers end their messages with the connection; the closing delimiter is demanded all the same.
            accept_close_delimited: true,
            ..ClientSettings::default()
        });
        let shown = ArcSwap::from_pointee(Shown { connector, chain: chain.into() });
        Self { client, shown, config, ocsp_port, fastest: Mutex::default() }
    }

    /// What new connections show.
    #[must_use]
    pub fn shown(&self) -> ShownChain {
        Arc::clone(&self.shown.load().chain)
    }

    /// From now on new connections present `identity`, which is the key of `chain`.
    ///
    /// # Errors
    /// The identity cannot be used; the one before stays.
    pub fn show(&self, identity: &TlsIdentity, chain: Vec<Certificate>) -> Result<(), TlsError> {
        let connector = self.shown.load().connector.renewed(identity)?;
        self.shown.store(Arc::new(Shown { connector, chain: chain.into() }));
        Ok(())
    }

    /// A connection to a candidate, and what was shown in it; who answers is still to be checked. `others`: there are
    /// more to try. `anew`: not one that was kept.
    ///
    /// # Errors
    /// [`ClientError`] of connecting.
    pub async fn open(
        &self,
        candidate: &Candidate,
        others: bool,
        anew: bool,
    ) -> Result<(Connection, ShownChain), ClientError> {
        let shown = self.shown.load_full();
        let (host, port) = self.location(candidate);
        let security = ClientSecurity::Peer(shown.connector.clone());
        let destination = Destination { host: host.clone(), port, security };
        let connect = async {
            let connection = match anew {
                true => self.client.connect_anew(&destination).await,
                false => self.client.connect(&destination).await,
            };
            Ok((connection?, Arc::clone(&shown.chain)))
        };
        if !others {
            return connect.await;
        }
        let limit = CONNECT_AMONG_SEVERAL;
        let address = format!("{host}:{port}");
        let timed_out = |_| Err(ClientError::ConnectTimeout { address, limit });
        tokio::time::timeout(limit, connect).await.unwrap_or_else(timed_out)
    }

    /// Host and port of the message link.
    #[must_use]
    pub fn location(&self, candidate: &Candidate) -> (String, u16) {
        let known = self.config.address.get(&candidate.address);
        let host = known.and_then(|known| known.host.as_deref()).unwrap_or(&candidate.address);
        (host.to_owned(), known.and_then(|known| known.port).unwrap_or(self.config.port))
    }

    /// Host and port of the OCSP responses.
    #[must_use]
    pub fn ocsp_location(&self, candidate: &Candidate) -> (String, u16) {
        let known = self.config.address.get(&candidate.address);
        let host = known.and_then(|known| known.host.as_deref()).unwrap_or(&candidate.address);
        (host.to_owned(), known.and_then(|known| known.ocsp_port).unwrap_or(self.ocsp_port))
    }

    /// The candidate that was the fastest of these lately; the only one at once.
    #[must_use]
    pub fn fastest(&self, candidates: &[Candidate]) -> Option<Candidate> {
        if let [only] = candidates {
            return Some(only.clone());
        }
        let fastest = self.fastest.lock().unwrap_or_else(PoisonError::into_inner);
        let (address, since) = fastest.get(&key(candidates))?;
        let fresh = since.elapsed() < FASTEST_HOLDS;
        candidates.iter().find(|candidate| fresh && candidate.address == *address).cloned()
    }

    /// Remembers which of several was the fastest.
    pub fn remember(&self, candidates: &[Candidate], winner: &Candidate) {
        if candidates.len() < 2 {
            return;
        }
        let mut fastest = self.fastest.lock().unwrap_or_else(PoisonError::into_inner);
        if fastest.len() >= MAX_REMEMBERED {
            fastest.clear();
        }
        fastest.insert(key(candidates), (winner.address.clone(), Instant::now()));
    }

    /// Forgets it.
    pub fn forget(&self, candidates: &[Candidate]) {
        self.fastest.lock().unwrap_or_else(PoisonError::into_inner).remove(&key(candidates));
    }
}

fn key(candidates: &[Candidate]) -> Vec<String> {
    let mut addresses: Vec<_> = candidates.iter().map(|candidate| candidate.address.clone()).collect();
    addresses.sort();
    addresses
}
