//! What each security server has been told, and how far it has come. State without I/O; [`super::hub`] guards it.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::Duration;

use consent::row::Row;
use identifiers::ServerId;
use registry_api::node::Ack;
use service_kit::clock::Clock;
use tokio::sync::watch;

use super::session::{Opening, Outgoing, Session, SessionBroken, Terms};
use crate::personal_link::consent::view::{Present, Sides};
use crate::personal_link::failure::Failure;
use crate::personal_link::network::Network;

/// A session without acknowledgement for so many leases is given up.
const SILENT_LEASES: u32 = 4;

/// Whom a change is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Audience {
    /// Servers that host the provider.
    Provider,
    /// Servers that host the consumer and not the provider.
    Consumer,
    /// All of them.
    Everybody,
}

/// One server that a change concerns.
#[derive(Debug, Clone)]
pub struct Target {
    /// The server.
    pub server: ServerId,
    /// Whether it hosts the provider.
    pub provider: bool,
    /// Monotonic time at which its lease on the old state is over in any case.
    pub lease_over: Duration,
    /// Moves to the last commit that the server acts on.
    pub confirmed: watch::Receiver<u64>,
}

/// A change that was handed to the streams.
#[derive(Debug, Clone)]
pub struct Published {
    /// Number of the commit.
    pub commit: u64,
    /// Monotonic time of it.
    pub at: Duration,
    /// Who must hear of it.
    pub targets: Vec<Target>,
}

/// One server, as long as the registry runs.
struct Node {
    /// Last position given out in this epoch.
    sequence: u64,
    confirmed: watch::Sender<u64>,
    /// Monotonic time of the last nonce that a heartbeat may have echoed to it: its lease ends one lease later.
    last_nonce: Duration,
    session: Option<Session>,
}

/// See the module.
pub struct Streams {
    epoch: u64,
    lease: Duration,
    started: Duration,
    commits: u64,
    nodes: HashMap<ServerId, Node>,
    clock: Clock,
}

impl Streams {
    pub(super) fn new(epoch: u64, lease: Duration, clock: Clock) -> Self {
        Self { epoch, lease, started: clock.monotonic(), commits: 0, nodes: HashMap::new(), clock }
    }

    /// Hands what is true now about a key to the servers of an audience. Call it right after the commit, under the same
    /// lock.
    ///
    /// # Errors
    /// A row has no canonical form, which does not happen.
    pub fn publish(
        &mut self,
        present: &Present,
        audience: Audience,
        network: &dyn Network,
    ) -> Result<Published, Failure> {
        self.commits += 1;
        let (commit, at) = (self.commits, self.clock.monotonic());
        let key = present.key();
        let mut targets = Vec::new();
        for (server, sides) in servers_of(present, network) {
            let told = match audience {
                Audience::Provider => sides.provider,
                Audience::Consumer => !sides.provider,
                Audience::Everybody => true,
            };
            if !told {
                continue;
            }
            let lease = self.lease;
            let node = self.node(&server);
            let lease_over = node.last_nonce + lease;
            let sequence = &mut node.sequence;
            if let Some(session) = &mut node.session {
                let sides = Sides::of(&key.flow, &session.opening.hosted);
                let outcome = session.put(&key, present.row(sides), sequence, commit);
                if let Ok(true) = outcome {
                    node.confirmed.send_replace(commit);
                }
                node.end_if_broken(&server, outcome.map(|_| ()));
            }
            // A server that may not even know that there was an event is no target either.
            if present.row(sides).is_some() {
                let confirmed = node.confirmed.subscribe();
                targets.push(Target { server, provider: sides.provider, lease_over, confirmed });
            }
        }
        Ok(Published { commit, at, targets })
    }

    /// Opens a session in the place of the server's last one. `rows` is what the database holds for it now.
    ///
    /// # Errors
    /// A row has no canonical form, which does not happen.
    pub fn open_session(&mut self, opening: Opening, rows: Vec<Row>) -> Result<Outgoing, Failure> {
        let (epoch, lease, commit, now) = (self.epoch, self.lease, self.commits, self.clock.monotonic());
        let server = opening.server.clone();
        let node = self.node(&server);
        node.sequence += 1;
        let terms = Terms { epoch, lease, sequence: node.sequence, commit, now };
        let (session, outgoing) =
            Session::open(opening, rows, terms).map_err(|error| Failure::Internal(error.to_string()))?;
        node.session = Some(session);
        tracing::info!(%server, sequence = node.sequence, "stream of consents opened");
        Ok(outgoing)
    }

    /// Takes a server's acknowledgement. False: that session is over.
    pub fn acknowledge(&mut self, server: &ServerId, ack: &Ack) -> bool {
        let (now, time) = (self.clock.monotonic(), self.clock.now());
        let node = self.node(server);
        let sequence = node.sequence;
        let Some(session) = node.session.as_mut().filter(|session| session.opening.session == ack.session)
        else {
            return false;
        };
        match session.acknowledge(ack, sequence, now) {
            Ok(acknowledged) => {
                // The server waits for its first echo before it decides anything: do not let it wait for the clockwork.
                let outcome = if acknowledged.first { session.beat(sequence, time) } else { Ok(()) };
                node.last_nonce = now;
                if let Some(commit) = acknowledged.confirmed {
                    node.confirmed.send_replace(commit);
                }
                node.end_if_broken(server, outcome)
            }
            Err(broken) => node.end_if_broken(server, Err(broken)),
        }
    }

    /// Sends a heartbeat on every session, and ends those whose server is no longer what it was.
    pub fn beat(&mut self, network: &dyn Network) {
        let (now, time) = (self.clock.monotonic(), self.clock.now());
        let patience = self.lease * SILENT_LEASES;
        for (server, node) in &mut self.nodes {
            let Some(session) = &mut node.session else { continue };
            let opening = &session.opening;
            let known = network.server_of_certificate(&opening.certificate, time).as_ref() == Some(server);
            if !known || network.subsystems_of(server) != opening.hosted {
                tracing::info!(%server, known, "registration changed, stream of consents ended");
                node.session = None;
            } else if now.saturating_sub(session.last_ack) > patience {
                tracing::info!(%server, "silent for too long, stream of consents ended");
                node.session = None;
            } else {
                let outcome = session.beat(node.sequence, time);
                node.end_if_broken(server, outcome);
            }
        }
    }

    /// Ends all sessions.
    pub fn end_all(&mut self) {
        self.nodes.values_mut().for_each(|node| node.session = None);
    }

    fn node(&mut self, server: &ServerId) -> &mut Node {
        // A server that has not been heard of in this epoch may hold a lease from the one before, given at the latest
        // when this registry started.
        let last_nonce = self.started;
        self.nodes.entry(server.clone()).or_insert_with(|| Node {
            sequence: 0,
            confirmed: watch::Sender::new(0),
            last_nonce,
            session: None,
        })
    }
}

impl Node {
    /// Ends the session if it is broken; the server will open a new one. True: it goes on.
    fn end_if_broken(&mut self, server: &ServerId, outcome: Result<(), SessionBroken>) -> bool {
        match outcome {
            Ok(()) => return true,
            Err(broken @ SessionBroken::Divergence) => {
                tracing::error!(alarm = "consent-replica", %server, %broken, "stream of consents ended");
            }
            Err(broken) => tracing::info!(%server, %broken, "stream of consents ended"),
        }
        self.session = None;
        false
    }
}

/// The servers that a key concerns, with the sides they are on.
fn servers_of(present: &Present, network: &dyn Network) -> BTreeMap<ServerId, Sides> {
    let flow = &present.newest.flow;
    let providers: BTreeSet<_> = network.servers_of(&flow.provider).into_iter().collect();
    let consumers: BTreeSet<_> = network.servers_of(&flow.consumer).into_iter().collect();
    providers
        .union(&consumers)
        .map(|server| {
            let sides = Sides { provider: providers.contains(server), consumer: consumers.contains(server) };
            (server.clone(), sides)
        })
        .collect()
}
