//! Random lives of persons, servers and connections, without a network: whatever happens, a server that has followed has
//! exactly the rows that the database holds for it, and no row of anybody else.

use std::collections::BTreeSet;
use std::time::Duration;

use consent::device_key::{DeviceKey, DevicePublicKey};
use consent::event::{ConsentEvent, EVENT_VERSION, EventKind, VerifiedEvent};
use consent::flow::Flow;
use consent::frame::Frame;
use consent::lease::Moment;
use consent::opaque::{ConsentId, Nonce, Salt, SessionId};
use consent::record::State;
use consent::replica::Replica;
use consent::row::Row;
use identifiers::{BaseId, ClientId, ExchangeHandle, LinkHandle, PurposeId, ServerId};
use proptest::prelude::*;
use registry_api::node::Ack;
use service_kit::clock::Clock;
use service_kit::random;
use time::OffsetDateTime;
use time::macros::datetime;
use tokio::sync::mpsc;

use super::session::{Opening, Outgoing};
use super::{Audience, Hub, snapshot};
use crate::personal_link::consent::record::keep;
use crate::personal_link::failure::Failure;
use crate::personal_link::linking::handles;
use crate::personal_link::network::Network;
use crate::personal_link::schema;
use crate::store::{Database, Store};

const START: OffsetDateTime = datetime!(2026-11-21 15:10 UTC);
/// Server n hosts subsystem n; the last server hosts nothing that anybody consents to, the one before two subsystems.
const HOSTED: [&[&str]; 4] =
    [&["T/GOV/1/children"], &["T/COM/2/coupons"], &["T/GOV/3/a", "T/COM/3/b"], &["T/COM/4/idle"]];
const FLOWS: [(&str, &str); 4] = [
    ("T/GOV/1/children", "T/COM/2/coupons"),
    ("T/GOV/1/children", "T/COM/3/b"),
    ("T/GOV/3/a", "T/COM/2/coupons"),
    ("T/GOV/3/a", "T/COM/3/b"),
];

struct FixedNetwork;

fn server(n: usize) -> ServerId {
    format!("T/GOV/{n}/ss").parse().unwrap()
}

fn hosted(n: usize) -> BTreeSet<ClientId> {
    HOSTED[n].iter().map(|path| path.parse().unwrap()).collect()
}

impl Network for FixedNetwork {
    fn server_of_certificate(&self, certificate: &[u8], _: OffsetDateTime) -> Option<ServerId> {
        certificate.first().map(|n| server(usize::from(*n)))
    }
    fn subsystems_of(&self, id: &ServerId) -> BTreeSet<ClientId> {
        (0..HOSTED.len()).find(|n| server(*n) == *id).map(hosted).unwrap_or_default()
    }
    fn servers_of(&self, subsystem: &ClientId) -> Vec<ServerId> {
        (0..HOSTED.len()).filter(|n| hosted(*n).contains(subsystem)).map(server).collect()
    }
    fn exists(&self, _: &ClientId) -> bool {
        true
    }
}

/// One server: its replica, and the frames on their way to it.
struct Node {
    replica: Replica,
    frames: Option<mpsc::Receiver<Frame>>,
}

struct World {
    database: Database,
    hub: Hub,
    clock: Clock,
    key: DeviceKey,
    nodes: Vec<Node>,
    _folder: tempfile::TempDir,
}

impl World {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::in_folder(folder.path()).unwrap();
        let database = store.open(schema::DATABASE, schema::MIGRATIONS).unwrap();
        let clock = Clock::manual(START);
        let hub =
            Hub::new(super::begin_epoch(&database, START).unwrap(), Duration::from_secs(5), clock.clone());
        let nodes = (0..HOSTED.len()).map(|_| Node { replica: Replica::default(), frames: None }).collect();
        let (key, _) = DeviceKey::generate().unwrap();
        let world = Self { database, hub, clock, key, nodes, _folder: folder };
        for person in 0..3 {
            for subsystem in HOSTED.iter().flat_map(|paths| paths.iter()) {
                let (subsystem, fresh) = (subsystem.parse().unwrap(), LinkHandle::from_bytes(fresh()));
                let linked: Result<_, Failure> = world.database.write("link", |transaction| {
                    handles::make_link(transaction, &base_id(person), &subsystem, fresh, START)
                });
                linked.unwrap();
            }
        }
        world
    }

    /// Server n connects (again): it reads the snapshot at once.
    fn connect(&mut self, n: usize) {
        let opening = Opening {
            server: server(n),
            certificate: vec![u8::try_from(n).unwrap()],
            hosted: hosted(n),
            session: SessionId::from_bytes(fresh()),
        };
        let rows = self.rows_in_database(n);
        let outgoing = self.hub.exclusively(|streams| streams.open_session(opening, rows)).unwrap();
        let Outgoing { first, then } = outgoing;
        let node = &mut self.nodes[n];
        node.replica.begin_session();
        for frame in first {
            node.replica.apply(frame).unwrap();
        }
        node.frames = Some(then);
    }

    fn rows_in_database(&self, n: usize) -> Vec<Row> {
        self.database.read("rows", |transaction| snapshot::rows(transaction, &hosted(n))).unwrap()
    }

    /// Server n reads what has come.
    fn follow(&mut self, n: usize) {
        let node = &mut self.nodes[n];
        while let Some(frame) = node.frames.as_mut().and_then(|frames| frames.try_recv().ok()) {
            node.replica.apply(frame).unwrap();
        }
    }

    /// Server n acknowledges what it has read. False: its session is over.
    fn acknowledge(&mut self, n: usize) -> bool {
        let node = &mut self.nodes[n];
        let Some(state) = node.replica.acknowledgement() else { return false };
        let nonce = Nonce::from_bytes(fresh());
        let at = Moment { wall: self.clock.now(), monotonic: self.clock.monotonic() };
        node.replica.nonce_sent(nonce, at);
        let (session, sequence, chain, digest) = (state.session, state.sequence, state.chain, state.digest);
        let ack = Ack { session, sequence, chain, digest, nonce };
        self.hub.exclusively(|streams| streams.acknowledge(&server(n), &ack))
    }

    /// The person decides; impossible wishes are refused and change nothing.
    fn decide(&mut self, person: u8, flow: usize, purpose: u8, kind: EventKind) -> bool {
        let flow = flow_of(flow, purpose);
        let now = self.clock.now();
        let consents = self.database.read("consents", |transaction| {
            crate::personal_link::consent::store::of_flow(transaction, &base_id(person), &flow)
        });
        let last = consents.unwrap().pop().filter(|last| last.state == State::Active);
        let event = ConsentEvent {
            version: EVENT_VERSION,
            consent: ConsentId::from_bytes(fresh()),
            index: 0,
            kind,
            subject: base_id(person),
            flow,
            valid_from: (kind == EventKind::Grant).then_some(now),
            valid_until: None,
            issued_at: now,
            previous: None,
            replaces: None,
            salt: Salt::from_bytes(fresh()),
            key: self.key.id(),
        };
        let event = match (kind, last) {
            (EventKind::Withdraw, Some(last)) => {
                ConsentEvent { consent: last.id, index: last.events, previous: Some(last.head), ..event }
            }
            _ => event,
        };
        let event = verified(&self.key, self.key.public(), event);
        let fresh = ExchangeHandle::from_bytes(fresh());
        self.hub.exclusively(|streams| {
            let kept = self.database.write("keep", |transaction| keep(transaction, &event, fresh, now));
            let Ok((_, present)) = kept else { return false };
            let audience = if kind == EventKind::Grant { Audience::Provider } else { Audience::Everybody };
            streams.publish(&present, audience, &FixedNetwork).unwrap();
            if kind == EventKind::Grant {
                streams.publish(&present, Audience::Consumer, &FixedNetwork).unwrap();
            }
            true
        })
    }
}

fn verified(key: &DeviceKey, public: &DevicePublicKey, event: ConsentEvent) -> VerifiedEvent {
    event.sign(key).unwrap().verify(public).unwrap()
}

fn fresh<const N: usize>() -> [u8; N] {
    random::bytes().unwrap()
}

fn base_id(person: u8) -> BaseId {
    BaseId::from_bytes([person; 16])
}

fn flow_of(flow: usize, purpose: u8) -> Flow {
    let (provider, consumer) = FLOWS[flow];
    Flow {
        provider: provider.parse().unwrap(),
        service: "residents".into(),
        consumer: consumer.parse().unwrap(),
        purpose: PurposeId::new(&format!("purpose-{purpose}")).unwrap(),
    }
}

fn sorted<'a>(rows: impl Iterator<Item = &'a Row>) -> Vec<Row> {
    let mut rows: Vec<_> = rows.cloned().collect();
    rows.sort_by(|a, b| a.key.cmp(&b.key));
    rows
}

/// INV-11 and INV-18: a row is about a subsystem of this server, and carries the link of its own sides only.
fn assert_own_rows_only(n: usize, rows: &[Row]) {
    for row in rows {
        let (provider, consumer) = (&row.key.flow.provider, &row.key.flow.consumer);
        let hosted = hosted(n);
        assert_eq!(row.provider_link.is_some(), hosted.contains(provider), "{row:?} at server {n}");
        assert_eq!(row.consumer_link.is_some(), hosted.contains(consumer), "{row:?} at server {n}");
        if !hosted.contains(provider) {
            assert!(row.state != State::Refused && !row.granted_before, "{row:?} at server {n}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn servers_that_have_followed_have_the_rows_of_the_registry(
        steps in proptest::collection::vec((0..10_u8, 0..4_usize, 0..3_u8, 0..2_u8), 1..60),
    ) {
        let mut world = World::new();
        (0..HOSTED.len()).for_each(|n| world.connect(n));
        for (what, which, person, purpose) in steps {
            match what {
                0 => world.connect(which),
                1 | 2 => world.follow(which),
                3 => {
                    // Nobody diverges, so an acknowledgement is refused only when there is nothing to acknowledge.
                    prop_assert!(world.acknowledge(which));
                }
                4 => world.hub.exclusively(|streams| streams.beat(&FixedNetwork)),
                5 => _ = world.decide(person, which, purpose, EventKind::Refuse),
                6 | 7 => _ = world.decide(person, which, purpose, EventKind::Withdraw),
                _ => _ = world.decide(person, which, purpose, EventKind::Grant),
            }
        }
        for n in 0..HOSTED.len() {
            world.hub.exclusively(|streams| streams.beat(&FixedNetwork));
            world.follow(n);
            let held = sorted(world.nodes[n].replica.rows());
            let database = world.rows_in_database(n);
            prop_assert_eq!(&held, &sorted(database.iter()), "server {}", n);
            assert_own_rows_only(n, &held);
        }
        prop_assert!(world.nodes[3].replica.is_empty());
    }
}

#[test]
fn a_lease_is_renewed_by_the_echo_of_what_was_sent() {
    let mut world = World::new();
    world.connect(0);
    let at = |world: &World| Moment { wall: world.clock.now(), monotonic: world.clock.monotonic() };
    assert_eq!(world.nodes[0].replica.lease_age(&at(&world)), None);
    world.acknowledge(0);
    world.clock.advance(Duration::from_millis(30));
    // The registry answers the first acknowledgement at once.
    world.follow(0);
    assert_eq!(world.nodes[0].replica.lease_age(&at(&world)), Some(Duration::from_millis(30)));
    for _ in 0..20 {
        world.clock.advance(Duration::from_millis(500));
        world.acknowledge(0);
        world.hub.exclusively(|streams| streams.beat(&FixedNetwork));
        world.follow(0);
    }
    assert_eq!(world.nodes[0].replica.lease_age(&at(&world)), Some(Duration::ZERO));
    // The way to the registry is cut: heartbeats still come, but nothing fresh is echoed.
    for _ in 0..10 {
        world.clock.advance(Duration::from_millis(500));
        world.hub.exclusively(|streams| streams.beat(&FixedNetwork));
        world.follow(0);
    }
    assert_eq!(world.nodes[0].replica.lease_age(&at(&world)), None);
}

/// INV-09 on the registry's side: what the answer says about a server is true.
#[tokio::test]
async fn the_answer_tells_how_far_each_server_is() {
    use registry_api::citizen::Reach;
    let mut world = World::new();
    world.connect(0);
    world.follow(0);
    world.acknowledge(0);
    world.decide(0, 0, 0, EventKind::Grant);
    let publish = |world: &World| {
        let consents = world.database.read("consents", |transaction| {
            let consents =
                crate::personal_link::consent::store::of_flow(transaction, &base_id(0), &flow_of(0, 0))?;
            let flow = &flow_of(0, 0);
            let pair = handles::find_pair(transaction, &base_id(0), &flow.provider, &flow.consumer)?;
            Ok::<_, Failure>((consents, pair.unwrap()))
        });
        let (consents, pair) = consents.unwrap();
        let present = crate::personal_link::consent::view::Present::of(&consents, pair).unwrap();
        world
            .hub
            .exclusively(|streams| streams.publish(&present, Audience::Everybody, &FixedNetwork))
            .unwrap()
    };
    let states = async |world: &World, published: &super::Published| -> Vec<Reach> {
        let reach = world.hub.reach(published, Duration::from_millis(1)).await;
        reach.into_iter().map(|server| server.state).collect()
    };
    let published = publish(&world);
    assert_eq!(states(&world, &published).await, [Reach::Pending, Reach::Pending]);
    world.follow(0);
    world.acknowledge(0);
    assert_eq!(states(&world, &published).await, [Reach::Acknowledged, Reach::Pending]);
    // The consumer's server was never heard of: once a lease from the time before must be over, it cannot act.
    world.clock.advance(Duration::from_secs(5));
    assert_eq!(states(&world, &published).await, [Reach::Acknowledged, Reach::LeaseOver]);
    // It comes back with a snapshot that contains the change.
    world.connect(1);
    let again = publish(&world);
    assert!(world.acknowledge(1));
    assert_eq!(states(&world, &again).await[1], Reach::Acknowledged);
}

#[test]
fn a_divergent_or_foreign_acknowledgement_ends_the_session() {
    let mut world = World::new();
    world.decide(0, 0, 0, EventKind::Grant);
    world.connect(0);
    assert!(world.acknowledge(0));
    let state = world.nodes[0].replica.acknowledgement().unwrap();
    let nonce = Nonce::from_bytes(fresh());
    let good = Ack {
        session: state.session,
        sequence: state.sequence,
        chain: state.chain,
        digest: state.digest,
        nonce,
    };
    let take = |world: &World, n: usize, ack: &Ack| {
        world.hub.exclusively(|streams| streams.acknowledge(&server(n), ack))
    };
    assert!(!take(&world, 1, &good), "another server's session");
    assert!(take(&world, 0, &good));
    assert!(!take(&world, 0, &Ack { digest: consent::row::SetDigest::default(), ..good.clone() }));
    assert!(!take(&world, 0, &good), "the session is over");
    world.connect(0);
    assert!(world.acknowledge(0));
    assert!(!world.nodes[0].replica.is_empty());
    // One that claims to have read what was never sent.
    let state = world.nodes[0].replica.acknowledgement().unwrap();
    let ahead = Ack { session: state.session, sequence: state.sequence + 1, ..good };
    assert!(!take(&world, 0, &ahead));
}

#[test]
fn a_server_that_does_not_read_loses_its_session_and_nothing_else() {
    let mut world = World::new();
    world.connect(0);
    for _ in 0..1_100 {
        world.hub.exclusively(|streams| streams.beat(&FixedNetwork));
    }
    assert!(!world.acknowledge(0), "the session is over");
    assert!(world.decide(0, 0, 0, EventKind::Grant));
    world.connect(0);
    assert_eq!(world.nodes[0].replica.len(), 1);
}

#[test]
fn a_server_whose_registration_changes_or_that_is_silent_loses_its_session() {
    let mut world = World::new();
    (0..2).for_each(|n| world.connect(n));
    struct Moved;
    impl Network for Moved {
        fn server_of_certificate(&self, certificate: &[u8], now: OffsetDateTime) -> Option<ServerId> {
            FixedNetwork.server_of_certificate(certificate, now).filter(|id| *id != server(0))
        }
        fn subsystems_of(&self, id: &ServerId) -> BTreeSet<ClientId> {
            if *id == server(1) { hosted(2) } else { FixedNetwork.subsystems_of(id) }
        }
        fn servers_of(&self, subsystem: &ClientId) -> Vec<ServerId> {
            FixedNetwork.servers_of(subsystem)
        }
        fn exists(&self, _: &ClientId) -> bool {
            true
        }
    }
    world.connect(2);
    world.hub.exclusively(|streams| streams.beat(&Moved));
    assert!(!world.acknowledge(0), "its certificate is registered no more");
    assert!(!world.acknowledge(1), "it hosts other subsystems now");
    assert!(world.acknowledge(2));
    world.clock.advance(Duration::from_secs(21));
    world.hub.exclusively(|streams| streams.beat(&FixedNetwork));
    assert!(!world.acknowledge(2), "silent for four leases");
}

#[test]
fn epochs_grow() {
    let world = World::new();
    let next = |now| super::begin_epoch(&world.database, now).unwrap();
    let first = next(START);
    assert_eq!(next(START), first + 1);
    assert_eq!(next(START - time::Duration::days(400)), first + 2, "even when the clock goes back");
    assert!(next(START + time::Duration::DAY) > first + 80_000);
}
