//! The stream of consents from the registry to a node (`consent::frame`, `consent::replica`). Input: a frame in JSON on
//! each line. The hashes of a line that begins with `!` are put right first, so that inputs get further.
//!
//! Holds: no lease without an echo that this node asked for; none at all after a divergence; the digest is that of the
//! rows in use, and every row is found where decisions look for it.

#![no_main]

use std::time::Duration;

use consent::frame::{Frame, chain_next};
use consent::lease::Moment;
use consent::opaque::{Nonce, SessionId};
use consent::replica::{Applied, Replica};
use consent::row::SetDigest;
use sekisho_fuzz::{Target, fuzz, vectors};

fuzz!(Target {
    name: "consent_stream",
    max_len: 8 * 1024,
    memory: 128 * 1024,
    memory_per_byte: 128,
    dictionary: Some("consent.dict"),
    seeds,
    check,
});

const NONCE: [u8; 16] = [0x77; 16];

fn seeds() -> Vec<Vec<u8>> {
    let session = SessionId::from_bytes([5; 16]).to_string();
    let hello = format!(
        r#"{{"type":"hello","version":1,"session":"{session}","epoch":7,"server":"T/GOV/1/ss1","leaseMillis":5000}}"#
    );
    let (hash, set, link) = ("00".repeat(32), SetDigest::default().to_string(), "11".repeat(16));
    let key = format!(
        r#"{{"exchange":"{link}","flow":{{"provider":"T/GOV/1/a","service":"s","consumer":"T/COM/2/b","purpose":"p"}}}}"#
    );
    let row = format!(
        r#"{{"key":{key},"state":"active","grantedBefore":false,"head":"{hash}","providerLink":"{link}"}}"#
    );
    let end_at = |sequence: u64| {
        format!(r#"!{{"type":"snapshot-end","sequence":{sequence},"count":0,"digest":"{set}"}}"#)
    };
    let put = |sequence: u64| {
        format!(
            r#"!{{"type":"change","sequence":{sequence},"chain":"{hash}","change":{{"do":"put","row":{row}}}}}"#
        )
    };
    let remove = format!(
        r#"!{{"type":"change","sequence":5,"chain":"{hash}","change":{{"do":"remove","key":{key}}}}}"#
    );
    let beat = |sequence: u64| {
        let echo = Nonce::from_bytes(NONCE);
        format!(
            r#"!{{"type":"heartbeat","sequence":{sequence},"chain":"{hash}","digest":"{set}","time":"2026-11-21T15:10:00.000Z","echo":"{echo}"}}"#
        )
    };
    let rows = format!(r#"{{"type":"rows","rows":[{row}]}}"#);
    let streams = [
        vec![hello.clone(), rows, end_at(3), beat(3)],
        vec![hello.clone(), end_at(u64::MAX), put(0)],
        vec![hello, end_at(3), put(4), beat(4), remove, beat(5), put(6)],
    ];
    streams.iter().map(|lines| lines.join("\n").into_bytes()).collect()
}

/// The same moment on both clocks of the node.
fn moment(seconds: u64) -> Moment {
    let elapsed = Duration::from_secs(seconds);
    Moment { wall: vectors::CAPTURED_AT + elapsed, monotonic: elapsed }
}

fn check(data: &[u8]) {
    let mut replica = Replica::default();
    replica.begin_session();
    replica.nonce_sent(Nonce::from_bytes(NONCE), moment(10));
    let mut confirmed = false;
    for line in data.split(|byte| *byte == b'\n') {
        let (right, json) = match line.strip_prefix(b"!") {
            Some(json) => (true, json),
            None => (false, line),
        };
        let Ok(frame) = serde_json::from_slice::<Frame>(json) else { continue };
        let text = serde_json::to_vec(&frame).expect("JSON");
        assert_eq!(serde_json::from_slice::<Frame>(&text).ok().as_ref(), Some(&frame));
        let frame = if right { put_right(frame, &replica) } else { frame };
        match replica.apply(frame) {
            Ok(Applied::Heartbeat(echoed)) => confirmed |= echoed,
            Ok(_) => {}
            Err(error) => confirmed &= !error.is_divergence(),
        }
        assert_eq!(replica.lease_age(&moment(10)).is_some(), confirmed && !replica.lease_length().is_zero());
        assert_eq!(replica.lease_age(&moment(10 + 61)), None);
        inspect(&replica);
    }
}

/// Chain and digest as this node expects them.
fn put_right(frame: Frame, replica: &Replica) -> Frame {
    let Some(state) = replica.acknowledgement() else { return frame };
    match frame {
        Frame::Change { sequence, chain, change } => Frame::Change {
            sequence,
            chain: chain_next(&state.chain, sequence, &change).unwrap_or(chain),
            change,
        },
        Frame::Heartbeat { sequence, time, echo, .. } => {
            Frame::Heartbeat { sequence, chain: state.chain, digest: state.digest, time, echo }
        }
        other => other,
    }
}

fn inspect(replica: &Replica) {
    let mut digest = SetDigest::default();
    for row in replica.rows() {
        digest.add(&row.digest().expect("a row has a digest"));
        assert!(replica.rows_of_exchange(&row.key.exchange).contains(row));
        if let Some(link) = row.consumer_link {
            assert!(replica.rows_of_consumer_link(&link).any(|found| found == row));
        }
    }
    assert_eq!(replica.rows().count(), replica.len());
    if let Some(state) = replica.acknowledgement() {
        assert_eq!(state.digest, digest);
    }
}
