//! Connections to other security servers.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use identifiers::ServerId;
use service_kit::http_client::{
    ClientError, ClientSecurity, ClientSettings, Connection, Destination, HttpClient,
};
use service_kit::peer_tls::PeerConnector;

use crate::config::{KeepAlive, PeersConfig};

/// Time for a connection when other servers could be tried instead (X-Road: 5 s).
const CONNECT_AMONG_SEVERAL: Duration = Duration::from_secs(5);

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
    last_good: Mutex<HashMap<Vec<String>, String>>,
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
        Self { client, connector, config, ocsp_port, last_good: Mutex::default() }
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

    /// The order in which to try: the server that answered last among these, then the rest as they come.
    pub fn order(&self, candidates: &mut [Candidate]) {
        let last_good = self.last_good.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(address) = last_good.get(&key(candidates)) {
            candidates.sort_by_key(|candidate| candidate.address != *address);
        }
    }

    /// Remembers which of several answered; `None` forgets.
    pub fn remember(&self, candidates: &[Candidate], answered: Option<&Candidate>) {
        if candidates.len() < 2 {
            return;
        }
        let mut last_good = self.last_good.lock().unwrap_or_else(PoisonError::into_inner);
        match answered {
            Some(candidate) => last_good.insert(key(candidates), candidate.address.clone()),
            None => last_good.remove(&key(candidates)),
        };
    }
}

fn key(candidates: &[Candidate]) -> Vec<String> {
    let mut addresses: Vec<_> = candidates.iter().map(|candidate| candidate.address.clone()).collect();
    addresses.sort();
    addresses
}
