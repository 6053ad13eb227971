//! Connections to other security servers.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use identifiers::ServerId;
use service_kit::http_client::{
    ClientError, ClientSecurity, ClientSettings, Connection, Destination, HttpClient,
};
use service_kit::peer_tls::PeerConnector;

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

/// Connections to other security servers. They are pooled, and checked anew for each exchange.
pub struct PeerLinks {
    client: HttpClient,
    connector: PeerConnector,
    config: PeersConfig,
    ocsp_port: u16,
    fastest: Mutex<HashMap<Vec<String>, (String, Instant)>>,
}

impl PeerLinks {
    /// Links that present what `connector` presents. `ocsp_port` is where peers answer about their certificates.
    #[must_use]
    pub fn new(connector: PeerConnector, config: PeersConfig, ocsp_port: u16) -> Self {
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
        Self { client, connector, config, ocsp_port, fastest: Mutex::default() }
    }

    /// A connection to a candidate; who answers is still to be checked. `others`: there are more to try.
    ///
    /// # Errors
    /// [`ClientError`] of connecting.
    pub async fn open(&self, candidate: &Candidate, others: bool) -> Result<Connection, ClientError> {
        let (host, port) = self.location(candidate);
        let destination =
            Destination { host: host.clone(), port, security: ClientSecurity::Peer(self.connector.clone()) };
        let connect = self.client.connect(&destination);
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
