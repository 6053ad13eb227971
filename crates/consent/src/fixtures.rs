//! Values that the tests of several modules share.

use std::time::Duration;

use identifiers::{BaseId, ClientId, ExchangeHandle, LinkHandle, PurposeId, ServerId, ServiceId};
use time::OffsetDateTime;
use time::macros::datetime;

use crate::device_key::DeviceKey;
use crate::event::{ConsentEvent, EVENT_VERSION, EventKind};
use crate::flow::Flow;
use crate::frame::{Frame, STREAM_VERSION};
use crate::lease::Moment;
use crate::opaque::{ConsentId, EventHash, Nonce, Salt, SessionId};
use crate::record::State;
use crate::replica::Replica;
use crate::row::{Row, RowKey, SetDigest};

pub(crate) const START: OffsetDateTime = datetime!(2026-11-21 15:10 UTC);

pub(crate) fn moment(millis: u64) -> Moment {
    let elapsed = Duration::from_millis(millis);
    Moment { wall: START + elapsed, monotonic: elapsed }
}

pub(crate) fn provider() -> ClientId {
    "T/GOV/1/children".parse().unwrap()
}

pub(crate) fn consumer() -> ClientId {
    "T/COM/2/coupons".parse().unwrap()
}

pub(crate) fn service() -> ServiceId {
    ServiceId::new(provider(), "residents", None).unwrap()
}

pub(crate) fn flow(purpose: &str) -> Flow {
    let purpose = PurposeId::new(purpose).unwrap();
    Flow { provider: provider(), service: "residents".into(), consumer: consumer(), purpose }
}

pub(crate) fn exchange(n: u8) -> ExchangeHandle {
    ExchangeHandle::from_bytes([n; 16])
}

pub(crate) fn link(n: u8) -> LinkHandle {
    LinkHandle::from_bytes([n; 16])
}

/// A row of a node that hosts both sides, in force since an hour.
pub(crate) fn row(person: u8, purpose: &str) -> Row {
    Row {
        key: RowKey { exchange: exchange(person), flow: flow(purpose) },
        state: State::Active,
        granted_before: false,
        valid_from: Some(START - time::Duration::HOUR),
        valid_until: None,
        head: EventHash::from_bytes([person; 32]),
        provider_link: Some(link(person)),
        consumer_link: Some(link(person + 100)),
    }
}

/// The frames of a snapshot.
pub(crate) fn snapshot(session: u8, epoch: u64, sequence: u64, rows: &[Row]) -> Vec<Frame> {
    let mut digest = SetDigest::default();
    rows.iter().for_each(|row| digest.add(&row.digest().unwrap()));
    let server: ServerId = "T/GOV/1/ss1".parse().unwrap();
    let session = SessionId::from_bytes([session; 16]);
    vec![
        Frame::Hello { version: STREAM_VERSION, session, epoch, server, lease_millis: 60_000 },
        Frame::Rows { rows: rows.to_vec() },
        Frame::SnapshotEnd { sequence, count: rows.len() as u64, digest },
    ]
}

/// Applies frames that must be accepted.
pub(crate) fn feed(replica: &mut Replica, frames: impl IntoIterator<Item = Frame>) {
    for frame in frames {
        replica.apply(frame).unwrap();
    }
}

/// A replica with these rows whose lease was confirmed with a nonce sent at `moment(0)`.
pub(crate) fn replica(rows: &[Row]) -> Replica {
    let mut replica = Replica::default();
    replica.begin_session();
    feed(&mut replica, snapshot(1, 7, 1, rows));
    let nonce = Nonce::from_bytes([1; 16]);
    replica.nonce_sent(nonce, moment(0));
    replica.apply(heartbeat(&replica, Some(nonce))).unwrap();
    replica
}

/// The heartbeat that fits what the replica has.
pub(crate) fn heartbeat(replica: &Replica, echo: Option<Nonce>) -> Frame {
    let state = replica.acknowledgement().unwrap();
    Frame::Heartbeat { sequence: state.sequence, chain: state.chain, digest: state.digest, time: START, echo }
}

pub(crate) fn event(key: &DeviceKey, kind: EventKind, index: u64) -> ConsentEvent {
    ConsentEvent {
        version: EVENT_VERSION,
        consent: ConsentId::from_bytes([1; 16]),
        index,
        kind,
        subject: BaseId::from_bytes([2; 16]),
        flow: flow("coupon"),
        valid_from: (kind == EventKind::Grant).then_some(START),
        valid_until: None,
        issued_at: START,
        previous: None,
        replaces: None,
        salt: Salt::from_bytes([3; 16]),
        key: key.id(),
    }
}
