//! The client side of port 5500.

use std::sync::Arc;
use std::time::Duration;

use rustls::ClientConfig;

use super::memory::{Spoken, SpokenMemory};
use super::{PeerConnectError, PeerIdentity, PeerTlsMode, legacy_error, legacy_identity};
use crate::tls::{TLS13_ONLY, TlsError, TlsIdentity, Verification, client_config, connect, next_client_id};
use crate::transport::{Transport, connect_tcp};

/// How long a peer that spoke the legacy stack is not asked for TLS 1.3: it may be renewed any day, but a stock
/// server gets a new connection for each message and should not be bothered twice each time.
const LEGACY_REMEMBERED: Duration = Duration::from_secs(600);

/// Connects to peers: TLS 1.3 first, the legacy stack for those that never spoke better. Clones share key,
/// certificate, sessions and the memory of who spoke what.
#[derive(Clone)]
pub struct PeerConnector {
    mode: PeerTlsMode,
    stacks: Arc<Stacks>,
    memory: Arc<SpokenMemory>,
}

struct Stacks {
    id: u64,
    modern: Arc<ClientConfig>,
    /// Absent in mode `modern`.
    legacy: Option<legacy_tls::Connector>,
}

type Connected = (Box<dyn Transport>, PeerIdentity);

impl PeerConnector {
    /// A connector that presents `identity`.
    ///
    /// # Errors
    /// [`TlsError::Setup`].
    pub fn new(identity: &TlsIdentity, mode: PeerTlsMode) -> Result<Self, TlsError> {
        let stacks = Arc::new(Stacks::new(identity, mode)?);
        Ok(Self { mode, stacks, memory: Arc::new(SpokenMemory::new(LEGACY_REMEMBERED)) })
    }

    /// A connector that presents another key and certificate and knows what this one has learned about peers. It
    /// shares neither sessions nor connections with this one.
    ///
    /// # Errors
    /// As [`PeerConnector::new`].
    pub fn renewed(&self, identity: &TlsIdentity) -> Result<Self, TlsError> {
        let stacks = Arc::new(Stacks::new(identity, self.mode)?);
        Ok(Self { mode: self.mode, stacks, memory: Arc::clone(&self.memory) })
    }

    /// Connects to `host:port`; the caller limits the time. Any certificate passes the handshake: the caller must
    /// check the returned identity before it sends a byte.
    ///
    /// # Errors
    /// [`PeerConnectError`].
    pub async fn connect(&self, host: &str, port: u16) -> Result<Connected, PeerConnectError> {
        let peer = format!("{host}:{port}");
        let spoken = self.memory.recall(&peer);
        let Some(legacy) = &self.stacks.legacy else { return modern(&self.stacks, host, port).await };
        if spoken == Some(Spoken::Legacy) {
            return self.legacy(legacy, host, port, &peer).await;
        }
        match modern(&self.stacks, host, port).await {
            Ok(connected) => {
                self.memory.note(&peer, Spoken::Modern);
                Ok(connected)
            }
            Err(PeerConnectError::Tls(TlsError::NoCommonVersion(reason))) if spoken.is_none() => {
                tracing::info!(
                    peer,
                    reason,
                    "the peer does not speak TLS 1.3, trying X-Road's TLS 1.2 suites"
                );
                self.legacy(legacy, host, port, &peer).await
            }
            Err(error) => Err(error),
        }
    }

    async fn legacy(
        &self,
        connector: &legacy_tls::Connector,
        host: &str,
        port: u16,
        peer: &str,
    ) -> Result<Connected, PeerConnectError> {
        let stream = connect_tcp(host, port).await?;
        let (stream, found) = connector.connect(host, peer, stream).await.map_err(legacy_error)?;
        self.memory.note(peer, Spoken::Legacy);
        Ok((Box::new(stream), legacy_identity(found)))
    }

    /// Tells connectors and their identities apart; clones have the same number.
    pub(crate) fn id(&self) -> u64 {
        self.stacks.id
    }
}

async fn modern(stacks: &Stacks, host: &str, port: u16) -> Result<Connected, PeerConnectError> {
    let stream = connect_tcp(host, port).await?;
    Ok(connect(&stacks.modern, host, stream).await?)
}

impl Stacks {
    fn new(identity: &TlsIdentity, mode: PeerTlsMode) -> Result<Self, TlsError> {
        let modern = client_config(&Verification::Any, Some(identity), TLS13_ONLY)?;
        let legacy = match mode {
            PeerTlsMode::Modern => None,
            PeerTlsMode::Compatible => {
                let identity = legacy_tls::Identity {
                    certificates: identity.certificates(),
                    private_key: identity.private_key(),
                };
                Some(legacy_tls::Connector::new(identity).map_err(legacy_error)?)
            }
        };
        Ok(Self { id: next_client_id(), modern, legacy })
    }
}
