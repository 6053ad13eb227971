//! What is kept of bodies, and who finds what.

use std::io::Write;

use bytes::Bytes;

use crate::message_log::store::StoredBody;
use crate::message_log::testing::{Ground, NOW, on_each_database, query, record};
use crate::message_log::*;

on_each_database!(
    bodies_come_back_byte_for_byte_or_are_marked_as_missing,
    a_body_that_cannot_be_read_refuses_its_record_only,
    switched_off_bodies_are_not_kept_at_all,
    another_party_finds_nothing,
    names_and_ids_of_any_length_and_script_come_back,
);

async fn bodies_come_back_byte_for_byte_or_are_marked_as_missing(ground: Ground) {
    let log = ground.open_with(|config| config.max_body_bytes = 600_000).await.log;
    let noise = |length: usize| -> Vec<u8> { (0..length).map(|n| (n * n % 251) as u8).collect() };
    let bodies = [0, 1, 1_000, 65_536, 65_537, 600_000];
    for (number, length) in bodies.into_iter().enumerate() {
        for (turn, body) in
            [Body::Memory(noise(length).into()), in_file(&noise(length))].into_iter().enumerate()
        {
            let receipt = log.append(Record { body, ..record(number * 2 + turn) }).await.unwrap();
            let stored = log.stored(receipt.record()).await.unwrap();
            assert_eq!(stored.body, StoredBody::Kept(noise(length)), "{length} bytes");
        }
    }
    for body in [Body::Memory(noise(600_001).into()), in_file(&noise(600_001))] {
        let receipt = log.append(Record { body, ..record(100) }).await.unwrap();
        let stored = log.stored(receipt.record()).await.unwrap();
        assert_eq!(stored.body, StoredBody::DigestOnly { length: 600_001 });
    }
}

/// A file whose position is at its end, as after writing.
fn in_file(bytes: &[u8]) -> Body {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(bytes).unwrap();
    Body::File { file, length: bytes.len() as u64 }
}

async fn a_body_that_cannot_be_read_refuses_its_record_only(ground: Ground) {
    let log = ground.open().await.log;
    // One file is shorter than announced from the start, one after several pieces.
    let mut partial = tempfile::tempfile().unwrap();
    partial.write_all(&[7; 3_000_000]).unwrap();
    let short = Body::File { file: tempfile::tempfile().unwrap(), length: 10 };
    let partial = Body::File { file: partial, length: 3_000_001 };
    let refused = |body, number| Record { body, ..record(number) };
    let whole = Body::Memory(vec![9; 300_000].into());
    let (one, two, three, four) = tokio::join!(
        log.append(record(0)),
        log.append(refused(short, 1)),
        log.append(refused(partial, 2)),
        log.append(refused(whole, 3)),
    );
    for (number, refused) in [(1, two), (2, three)] {
        assert!(matches!(refused, Err(LogError::Unavailable(_))), "{refused:?}");
        assert_eq!(log.find(&query(number)).await.unwrap().len(), 0);
    }
    assert!(one.is_ok());
    let stored = log.stored(four.unwrap().record()).await.unwrap();
    assert_eq!(stored.body, StoredBody::Kept(vec![9; 300_000]));
    assert_eq!(log.waiting().await, 2);
    assert_eq!(log.health().await.write_error, None);
}

async fn switched_off_bodies_are_not_kept_at_all(ground: Ground) {
    let log = ground.open_with(|config| config.keep_bodies = false).await.log;
    assert_eq!(log.max_body_bytes(), 0);
    let body = Body::Memory(Bytes::from_static(b"personal"));
    let receipt = log.append(Record { body, ..record(1) }).await.unwrap();
    let stored = log.stored(receipt.record()).await.unwrap();
    assert_eq!(stored.body, StoredBody::DigestOnly { length: 8 });
}

async fn another_party_finds_nothing(ground: Ground) {
    let log = ground.open().await.log;
    log.append(record(1)).await.unwrap();
    let own = ExportQuery { local: Some(record(1).local), ..query(1) };
    let other = ExportQuery { local: Some(record(1).peer), ..query(1) };
    assert_eq!(log.find(&own).await.unwrap().len(), 1);
    assert_eq!(log.find(&other).await.unwrap().len(), 0);
    let responses = ExportQuery { direction: Some(Direction::Response), ..own.clone() };
    assert_eq!(log.find(&responses).await.unwrap().len(), 0);
    let found = &log.find(&own).await.unwrap()[0];
    assert_eq!((found.time, found.timestamped), (NOW + time::Duration::seconds(1), false));
    assert_eq!((found.side, found.direction), (Side::Consumer, Direction::Request));
    assert_eq!((found.request_id.as_str(), found.payload), ("request-1", protocol::Payload::Rest));
    assert_eq!(found.local, "INST/GOV/1111/SUB1");
    assert_eq!(found.peer, "INST/GOV/2222/SUB2");
    assert_eq!(found.service, "INST/GOV/2222/SUB2/svc");
}

/// Parties choose their names, and consumers the ids of their messages.
async fn names_and_ids_of_any_length_and_script_come_back(ground: Ground) {
    let log = ground.open().await.log;
    let long = "関所".repeat(100);
    let party = identifiers::MemberId::new("INST", &long, &long).unwrap();
    let peer = identifiers::ClientId::new(party, Some(&long)).unwrap();
    let query_id = "id of a message 🛂 ".repeat(2_000);
    let record = Record {
        query_id: query_id.clone(),
        request_id: long.clone(),
        peer: peer.clone(),
        payload: protocol::Payload::Soap,
        ..record(1)
    };
    log.append(record).await.unwrap();
    let found = log.find(&ExportQuery { query_id: query_id.clone(), ..query(1) }).await.unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!((&found[0].query_id, &found[0].request_id), (&query_id, &long));
    assert_eq!(found[0].peer, peer.to_path());
    assert_eq!(found[0].payload, protocol::Payload::Soap);
}
