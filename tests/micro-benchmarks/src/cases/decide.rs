//! Decisions about consent, on a replica with ten thousand rows.

use std::hint::black_box;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use consent::declaration::SubjectPlacement;
use consent::flow::Flow;
use consent::frame::{Frame, MAX_ROWS_PER_FRAME, STREAM_VERSION};
use consent::headers::{ApplicationHeaders, SUBJECT};
use consent::opaque::{EventHash, Nonce, SessionId};
use consent::record::State;
use consent::row::{Row, RowKey, SetDigest};
use consent::{ConsentDeclaration, Moment, Replica, Request};
use consent::{check_as_consumer, decide_as_provider, release_as_provider};
use identifiers::{ClientId, ExchangeHandle, LinkHandle, LocalId, PurposeId, ServiceId};
use test_vectors::CAPTURED_AT;

use crate::Work;
use crate::material::consumer;

const ROWS: u32 = 10_000;

/// Whom the measured requests are about.
const PERSON: u32 = ROWS / 2;

const SERVICE: &str = "residents";
const PURPOSE: &str = "child-support-coupon";

/// Before the request leaves.
pub(super) fn consumer_check() -> Result<Work> {
    let known = Known::new()?;
    let (headers, link) = (
        ApplicationHeaders { subject: LocalId::new("1978-0471")?, purpose: None },
        LinkHandle::from_bytes(handle(PERSON, 1)),
    );
    Ok(Box::new(move || {
        let checked = check_as_consumer(&known.replica, &known.request(), &headers, Some(&link), &at(1)).ok();
        ensure!(black_box(checked).is_some());
        Ok(())
    }))
}

/// Before the service is called, and again before its answer leaves.
pub(super) fn provider() -> Result<Work> {
    let known = Known::new()?;
    let declaration = ConsentDeclaration {
        required: true,
        subject: SubjectPlacement::Header("X-Resident-Number".to_owned()),
        purposes: vec![PurposeId::new(PURPOSE)?],
        basis: Default::default(),
    };
    let person = ExchangeHandle::from_bytes(handle(PERSON, 0)).to_string();
    let headers = [("Content-Type".to_owned(), "application/json".to_owned()), (SUBJECT.to_owned(), person)];
    Ok(Box::new(move || {
        let request = known.request();
        let permit = decide_as_provider(&known.replica, Some(&declaration), &request, &headers, &at(1)).ok();
        let permit = permit.context("a permit")?;
        let release = release_as_provider(&known.replica, &permit, &at(2)).ok();
        ensure!(black_box(release).is_some());
        Ok(())
    }))
}

/// A node that hosts both sides, and what it knows.
struct Known {
    replica: Replica,
    consumer: ClientId,
    service: ServiceId,
}

impl Known {
    fn new() -> Result<Self> {
        let provider = ClientId::from_path("INST/GOV/2222/SUB2")?;
        let consumer = consumer()?;
        let flow = Flow {
            provider: provider.clone(),
            service: SERVICE.into(),
            consumer: consumer.clone(),
            purpose: PurposeId::new(PURPOSE)?,
        };
        let service = ServiceId::new(provider, SERVICE, None)?;
        Ok(Self { replica: replica(&flow)?, consumer, service })
    }

    fn request(&self) -> Request<'_> {
        Request { message_id: "message-1", consumer: &self.consumer, service: &self.service }
    }
}

/// So many seconds after the lease was confirmed.
fn at(seconds: u64) -> Moment {
    let elapsed = Duration::from_secs(seconds);
    Moment { wall: CAPTURED_AT + elapsed, monotonic: elapsed }
}

fn handle(person: u32, side: u8) -> [u8; 16] {
    // Handles are random; a multiplication spreads these as well.
    let mut bytes = u128::from(person).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835).to_be_bytes();
    bytes[15] = side;
    bytes
}

fn row(person: u32, flow: &Flow) -> Row {
    Row {
        key: RowKey { exchange: ExchangeHandle::from_bytes(handle(person, 0)), flow: flow.clone() },
        state: State::Active,
        granted_before: false,
        valid_from: Some(CAPTURED_AT - time::Duration::HOUR),
        valid_until: None,
        head: EventHash::from_bytes([7; 32]),
        provider_link: Some(LinkHandle::from_bytes(handle(person, 2))),
        consumer_link: Some(LinkHandle::from_bytes(handle(person, 1))),
    }
}

/// Fed as the registry feeds it.
fn replica(flow: &Flow) -> Result<Replica> {
    let rows: Vec<Row> = (0..ROWS).map(|person| row(person, flow)).collect();
    let mut digest = SetDigest::default();
    for row in &rows {
        digest.add(&row.digest()?);
    }
    let session = SessionId::from_bytes([1; 16]);
    let server = "INST/GOV/2222/SS2".parse()?;
    let mut frames =
        vec![Frame::Hello { version: STREAM_VERSION, session, epoch: 1, server, lease_millis: 5_000 }];
    frames.extend(rows.chunks(MAX_ROWS_PER_FRAME).map(|rows| Frame::Rows { rows: rows.to_vec() }));
    frames.push(Frame::SnapshotEnd { sequence: 1, count: u64::from(ROWS), digest });
    let mut replica = Replica::default();
    replica.begin_session();
    for frame in frames {
        replica.apply(frame)?;
    }
    let nonce = Nonce::from_bytes([1; 16]);
    replica.nonce_sent(nonce, at(0));
    let state = replica.acknowledgement().context("a complete snapshot")?;
    let (sequence, chain, digest) = (state.sequence, state.chain, state.digest);
    replica.apply(Frame::Heartbeat { sequence, chain, digest, time: CAPTURED_AT, echo: Some(nonce) })?;
    Ok(replica)
}
