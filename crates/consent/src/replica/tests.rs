use super::*;
use crate::fixtures::{START, exchange, feed, heartbeat, moment, replica, row, snapshot};
use crate::record::State;
use crate::row::RowKey;
use proptest::prelude::*;
use std::collections::BTreeMap;

fn nonce(n: u8) -> Nonce {
    Nonce::from_bytes([n; 16])
}

/// The change that rightly follows what the replica has.
fn next(replica: &Replica, change: Change) -> Frame {
    let state = replica.acknowledgement().unwrap();
    let sequence = state.sequence + 1;
    Frame::Change { sequence, chain: chain_next(&state.chain, sequence, &change).unwrap(), change }
}

fn put(person: u8) -> Change {
    Change::Put { row: row(person, "coupon") }
}

#[test]
fn a_new_replica_has_nothing_and_no_lease() {
    let replica = Replica::default();
    assert_eq!(replica.position(), None);
    assert_eq!(replica.lease_age(&moment(0)), None);
    assert!(replica.is_empty() && replica.acknowledgement().is_none());
}

#[test]
fn a_snapshot_counts_only_when_it_is_complete() {
    let mut replica = replica(&[row(1, "coupon")]);
    replica.begin_session();
    let mut frames = snapshot(2, 7, 5, &[row(2, "coupon"), row(3, "coupon")]);
    let end = frames.pop().unwrap();
    frames.into_iter().for_each(|frame| assert_eq!(replica.apply(frame), Ok(Applied::Snapshot)));
    assert_eq!(replica.rows_of_exchange(&exchange(1)).len(), 1, "the old rows are still in use");
    assert_eq!(replica.acknowledgement(), None);
    assert_eq!(replica.apply(end), Ok(Applied::Changed));
    assert_eq!(replica.rows_of_exchange(&exchange(1)).len(), 0);
    assert_eq!(replica.position(), Some(Position { epoch: 7, sequence: 5 }));
    assert!(replica.lease_age(&moment(4_999)).is_some(), "the lease outlives the session");
}

#[test]
fn the_lease_runs_out_to_the_millisecond() {
    let replica = replica(&[]);
    assert_eq!(replica.lease_age(&moment(4_999)), Some(Duration::from_millis(4_999)));
    assert_eq!(replica.lease_age(&moment(5_000)), None);
}

#[test]
fn the_shorter_of_both_leases_counts() {
    let mut replica = Replica::new(Duration::from_secs(30));
    let mut frames = snapshot(1, 1, 1, &[]);
    if let Frame::Hello { lease_millis, .. } = &mut frames[0] {
        *lease_millis = 2_000;
    }
    feed(&mut replica, frames);
    replica.nonce_sent(nonce(1), moment(0));
    replica.apply(heartbeat(&replica, Some(nonce(1)))).unwrap();
    assert!(replica.lease_age(&moment(1_999)).is_some());
    assert!(replica.lease_age(&moment(2_000)).is_none());
}

#[test]
fn a_heartbeat_without_our_nonce_renews_nothing() {
    let mut replica = replica(&[]);
    replica.nonce_sent(nonce(2), moment(1_000));
    for (echo, renewed) in
        [(None, false), (Some(nonce(9)), false), (Some(nonce(2)), true), (Some(nonce(2)), false)]
    {
        assert_eq!(replica.apply(heartbeat(&replica, echo)), Ok(Applied::Heartbeat(renewed)), "{echo:?}");
    }
    assert_eq!(replica.lease_age(&moment(1_500)), Some(Duration::from_millis(500)));
}

#[test]
fn nonces_of_an_earlier_session_renew_nothing() {
    let mut replica = replica(&[]);
    replica.nonce_sent(nonce(2), moment(1_000));
    replica.begin_session();
    feed(&mut replica, snapshot(2, 7, 2, &[]));
    assert_eq!(replica.apply(heartbeat(&replica, Some(nonce(2)))), Ok(Applied::Heartbeat(false)));
}

#[test]
fn frames_that_do_not_fit_end_the_lease() {
    let good = replica(&[row(1, "coupon")]);
    let state = good.acknowledgement().unwrap();
    let Frame::Change { sequence, chain, change } = next(&good, put(2)) else { panic!() };
    let gap = ReplicaError::Gap { expected: 2, found: 3 };
    let twice = ReplicaError::Gap { expected: 2, found: 1 };
    let beat =
        |sequence, chain, digest| Frame::Heartbeat { sequence, chain, digest, time: START, echo: None };
    let foreign = Row { provider_link: None, consumer_link: None, ..row(4, "coupon") };
    let wrong_chain = ChainHash::from_bytes([0; 32]);
    let cases = [
        (Frame::Change { sequence: 3, chain, change: change.clone() }, gap),
        (Frame::Change { sequence: 1, chain, change: change.clone() }, twice),
        (Frame::Change { sequence, chain, change: put(3) }, ReplicaError::Chain(2)),
        (Frame::Change { sequence, chain: wrong_chain, change }, ReplicaError::Chain(2)),
        (next(&good, Change::Put { row: foreign }), ReplicaError::Row(RowSetError::Foreign)),
        (next(&good, Change::Remove { key: row(9, "coupon").key }), ReplicaError::Row(RowSetError::Absent)),
        (beat(2, state.chain, state.digest), ReplicaError::Gap { expected: 1, found: 2 }),
        (beat(1, wrong_chain, state.digest), ReplicaError::Chain(1)),
        (beat(1, state.chain, SetDigest::default()), ReplicaError::Digest(1)),
    ];
    for (frame, expected) in cases {
        let mut replica = replica(&[row(1, "coupon")]);
        assert!(replica.lease_age(&moment(1)).is_some());
        assert_eq!(replica.apply(frame.clone()), Err(expected.clone()), "{frame:?}");
        assert!(expected.is_divergence());
        assert_eq!(replica.lease_age(&moment(1)), None, "{expected}");
        // Nothing but a new snapshot helps.
        assert_eq!(replica.apply(frame), Err(ReplicaError::Order));
        replica.begin_session();
        feed(&mut replica, snapshot(2, 7, 9, &[]));
        assert_eq!(replica.lease_age(&moment(1)), None, "a snapshot alone is no lease");
    }
}

#[test]
fn nothing_follows_the_greatest_number() {
    let mut replica = Replica::default();
    feed(&mut replica, snapshot(1, 7, u64::MAX, &[]));
    let state = replica.acknowledgement().unwrap();
    for sequence in [0, u64::MAX] {
        feed(&mut replica, snapshot(1, 7, u64::MAX, &[]));
        let chain = chain_next(&state.chain, sequence, &put(1)).unwrap();
        let gap = ReplicaError::Gap { expected: u64::MAX, found: sequence };
        assert_eq!(replica.apply(Frame::Change { sequence, chain, change: put(1) }), Err(gap));
    }
}

#[test]
fn a_wrong_snapshot_is_refused() {
    let rows = [row(1, "coupon"), row(2, "coupon")];
    let mut lost = snapshot(2, 7, 2, &rows);
    lost.remove(1);
    let mut changed = snapshot(2, 7, 2, &rows);
    changed[1] = Frame::Rows { rows: vec![row(1, "coupon"), row(3, "coupon")] };
    let mut twice = snapshot(2, 7, 2, &rows);
    twice[1] = Frame::Rows { rows: vec![row(1, "coupon"), row(1, "coupon")] };
    for frames in [lost, changed, twice] {
        let mut replica = replica(&[row(9, "coupon")]);
        replica.begin_session();
        let outcome: Result<Vec<_>, _> = frames.into_iter().map(|frame| replica.apply(frame)).collect();
        assert_eq!(outcome, Err(ReplicaError::Digest(2)));
        assert_eq!(replica.lease_age(&moment(1)), None);
    }
}

#[test]
fn an_older_epoch_is_refused_and_harms_nothing() {
    let mut replica = replica(&[]);
    replica.begin_session();
    let old = snapshot(2, 6, 100, &[]).remove(0);
    assert_eq!(replica.apply(old), Err(ReplicaError::OlderEpoch { seen: 7, found: 6 }));
    assert!(replica.lease_age(&moment(1)).is_some());
    feed(&mut replica, snapshot(3, 8, 1, &[]));
    assert_eq!(replica.position(), Some(Position { epoch: 8, sequence: 1 }));
}

#[test]
fn frames_out_of_order_are_refused() {
    let state = replica(&[]).acknowledgement().unwrap();
    let beat =
        Frame::Heartbeat { sequence: 1, chain: state.chain, digest: state.digest, time: START, echo: None };
    let hello = snapshot(2, 7, 2, &[]).remove(0);
    let version = match hello.clone() {
        Frame::Hello { session, epoch, server, lease_millis, .. } => {
            Frame::Hello { version: 2, session, epoch, server, lease_millis }
        }
        other => other,
    };
    for (before, frame, expected) in [
        (None, beat.clone(), ReplicaError::Order),
        (None, Frame::Rows { rows: vec![] }, ReplicaError::Order),
        (None, snapshot(2, 7, 2, &[]).remove(2), ReplicaError::Order),
        (None, version, ReplicaError::Version(2)),
        (Some(hello.clone()), beat, ReplicaError::Order),
        (Some(hello), Frame::Rows { rows: vec![row(1, "a"); MAX_ROWS_PER_FRAME + 1] }, ReplicaError::Order),
    ] {
        let mut replica = replica(&[]);
        replica.begin_session();
        feed(&mut replica, before);
        assert_eq!(replica.apply(frame), Err(expected));
        assert!(replica.lease_age(&moment(1)).is_some(), "the rows themselves are not in doubt");
    }
}

proptest! {
    /// Whatever the registry does and wherever connections break, a replica that has followed has the registry's rows.
    #[test]
    fn a_replica_that_has_followed_equals_the_registry(
        steps in proptest::collection::vec((0..5_u8, 0..2_u8, 0..5_u8), 0..80),
    ) {
        let mut registry: BTreeMap<RowKey, Row> = BTreeMap::new();
        let mut replica = replica(&[]);
        let (mut session, mut sequence) = (1, 1);
        for (person, purpose, what) in steps {
            let mut row = row(person, &format!("purpose-{purpose}"));
            if what == 0 {
                // The connection breaks; a new one begins with a snapshot.
                session += 1;
                sequence += 1;
                replica.begin_session();
                let rows: Vec<_> = registry.values().cloned().collect();
                for frame in snapshot(session, 7, sequence, &rows) {
                    replica.apply(frame).unwrap();
                }
                continue;
            }
            let change = match (what, registry.contains_key(&row.key)) {
                (1, true) => Change::Remove { key: row.key.clone() },
                (2, _) => { row.state = State::Withdrawn; Change::Put { row: row.clone() } }
                _ => Change::Put { row: row.clone() },
            };
            match &change {
                Change::Remove { key } => drop(registry.remove(key)),
                Change::Put { row } => drop(registry.insert(row.key.clone(), row.clone())),
            }
            sequence += 1;
            prop_assert_eq!(replica.apply(next(&replica, change)), Ok(Applied::Changed));
            prop_assert!(replica.apply(heartbeat(&replica, None)).is_ok());
        }
        let mut rows: Vec<_> = replica.rows().cloned().collect();
        rows.sort_by(|a, b| a.key.cmp(&b.key));
        prop_assert_eq!(rows, registry.into_values().collect::<Vec<_>>());
        prop_assert_eq!(replica.position(), Some(Position { epoch: 7, sequence }));
    }
}
