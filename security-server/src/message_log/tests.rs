//! The journal as a whole: bodies, timestamps, refusal when stamping fails, sizes.

use std::io::Write;
use std::sync::atomic::Ordering;
use std::time::Duration as StdDuration;

use bytes::Bytes;
use service_kit::clock::Clock;

use super::reader::{Reader, StoredBody};
use super::testing::{NOW, open, record};
use super::*;

fn query(number: usize) -> ExportQuery {
    ExportQuery { query_id: format!("query-{number}"), local: None, direction: None, force: false }
}

fn small_limits() -> MessageLogConfig {
    MessageLogConfig { max_body_bytes: 600_000, ..MessageLogConfig::default() }
}

#[tokio::test]
async fn bodies_come_back_byte_for_byte_or_are_marked_as_missing() {
    let folder = tempfile::tempdir().unwrap();
    let (log, _, _) = open(folder.path(), &small_limits());
    let noise = |length: usize| -> Vec<u8> { (0..length).map(|n| (n * n % 251) as u8).collect() };
    let bodies = [0, 1, 1_000, 65_536, 65_537, 600_000];
    for (number, length) in bodies.into_iter().enumerate() {
        for (turn, body) in
            [Body::Memory(noise(length).into()), in_file(&noise(length))].into_iter().enumerate()
        {
            let receipt = log.append(Record { body, ..record(number * 2 + turn) }).await.unwrap();
            let stored = Reader::open(folder.path()).unwrap().read(receipt.record()).unwrap().unwrap();
            assert_eq!(stored.body, StoredBody::Kept(noise(length)), "{length} bytes");
        }
    }
    for body in [Body::Memory(noise(600_001).into()), in_file(&noise(600_001))] {
        let receipt = log.append(Record { body, ..record(100) }).await.unwrap();
        let stored = Reader::open(folder.path()).unwrap().read(receipt.record()).unwrap().unwrap();
        assert_eq!(stored.body, StoredBody::DigestOnly { length: 600_001 });
    }
}

/// A file whose position is at its end, as after writing.
fn in_file(bytes: &[u8]) -> Body {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(bytes).unwrap();
    Body::File { file, length: bytes.len() as u64 }
}

#[tokio::test]
async fn a_body_that_cannot_be_read_refuses_its_record_only() {
    let folder = tempfile::tempdir().unwrap();
    let (log, _, _) = open(folder.path(), &MessageLogConfig::default());
    let short = Body::File { file: tempfile::tempfile().unwrap(), length: 10 };
    let refused = Record { body: short, ..record(1) };
    let (one, two, three) = tokio::join!(log.append(record(0)), log.append(refused), log.append(record(2)));
    assert!(one.is_ok() && three.is_ok());
    assert!(matches!(two, Err(LogError::Unavailable(_))));
    assert_eq!(log.find(&query(1)).await.unwrap().len(), 0);
    assert_eq!(log.health().await.write_error, None);
}

#[tokio::test]
async fn switched_off_bodies_are_not_kept_at_all() {
    let folder = tempfile::tempdir().unwrap();
    let config = MessageLogConfig { keep_bodies: false, ..MessageLogConfig::default() };
    let (log, _, _) = open(folder.path(), &config);
    assert_eq!(log.max_body_bytes(), 0);
    let body = Body::Memory(Bytes::from_static(b"personal"));
    let receipt = log.append(Record { body, ..record(1) }).await.unwrap();
    let stored = Reader::open(folder.path()).unwrap().read(receipt.record()).unwrap().unwrap();
    assert_eq!(stored.body, StoredBody::DigestOnly { length: 8 });
}

#[tokio::test]
async fn one_record_is_stamped_alone_and_more_together() {
    let folder = tempfile::tempdir().unwrap();
    let (log, authority, _) = open(folder.path(), &MessageLogConfig::default());
    assert_eq!(log.export(&query(0)).await, Err(LogError::NotFound));
    log.append(record(0)).await.unwrap();
    assert_eq!(log.export(&query(0)).await, Err(LogError::NotTimestamped));
    assert_eq!(log.stamp_waiting(100).await, Ok(1));
    for number in 1..=5 {
        log.append(record(number)).await.unwrap();
    }
    assert_eq!(log.stamp_waiting(100).await, Ok(5));
    assert_eq!(log.stamp_waiting(100).await, Ok(0));
    assert_eq!(authority.calls.load(Ordering::Relaxed), 2);
    assert_eq!(log.health().await.waiting_for_timestamp, 0);
    for number in 0..=5 {
        let found = log.export(&query(number)).await.unwrap();
        let container =
            evidence::asic::read(&found[0].bytes, &evidence::asic::AsicLimits::default()).unwrap();
        assert_eq!(container.message, record(number).message);
        assert_eq!(container.batch_timestamp.is_some(), number > 0);
        let signature = String::from_utf8(container.signature).unwrap();
        assert_eq!(signature.contains("<xades:SignatureTimeStamp>"), number == 0);
    }
}

#[tokio::test]
async fn force_stamps_what_is_asked_for_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let (log, authority, _) = open(folder.path(), &MessageLogConfig::default());
    for number in [1, 2] {
        log.append(record(number)).await.unwrap();
    }
    log.append(Record { direction: Direction::Response, ..record(1) }).await.unwrap();
    let forced = ExportQuery { force: true, direction: Some(Direction::Request), ..query(1) };
    assert_eq!(log.export(&forced).await.unwrap().len(), 1);
    assert_eq!(log.health().await.waiting_for_timestamp, 2);
    authority.failing.store(true, Ordering::Relaxed);
    let failed = log.export(&ExportQuery { force: true, ..query(2) }).await.unwrap_err();
    assert!(matches!(failed, LogError::Timestamping(_)));
}

#[tokio::test]
async fn messages_are_refused_while_stamping_fails_too_long_and_accepted_after() {
    let folder = tempfile::tempdir().unwrap();
    let config = MessageLogConfig {
        timestamp: TimestampConfig {
            interval_seconds: Some(1),
            retry_seconds: 1,
            ..TimestampConfig::default()
        },
        ..MessageLogConfig::default()
    };
    let (log, authority, clock) = open(folder.path(), &config);
    authority.failing.store(true, Ordering::Relaxed);
    log.append(record(0)).await.unwrap();
    let stamper = tokio::spawn({
        let log = log.clone();
        async move { log.run_stamper().await }
    });
    wait_until(&clock, async || log.health().await.refused_from.is_some()).await;
    log.append(record(1)).await.unwrap();
    clock.advance(StdDuration::from_secs(14_400));
    assert_eq!(log.append(record(2)).await, Err(LogError::TimestampOverdue));
    assert_eq!(LogError::TimestampOverdue.word(), protocol::fault::Word::TimestampingFailed);
    authority.failing.store(false, Ordering::Relaxed);
    wait_until(&clock, async || log.health().await.waiting_for_timestamp == 0).await;
    log.append(record(3)).await.unwrap();
    stamper.abort();
}

#[tokio::test]
async fn a_damaged_record_does_not_stop_the_stamping_of_others() {
    let folder = tempfile::tempdir().unwrap();
    let (log, _, _) = open(folder.path(), &MessageLogConfig::default());
    let seal = Seal { signature: "<not-a-signature/>".into(), ..record(1).seal };
    log.append(Record { seal, ..record(1) }).await.unwrap();
    assert_eq!(log.stamp_waiting(1).await, Ok(1));
    assert_eq!(log.health().await.waiting_for_timestamp, 0);
    assert_eq!(log.export(&query(1)).await.unwrap().len(), 1);
}

/// Lets the clock run until the condition comes true.
async fn wait_until(clock: &Clock, mut condition: impl AsyncFnMut() -> bool) {
    for _ in 0..200 {
        if condition().await {
            return;
        }
        clock.advance(StdDuration::from_secs(1));
        tokio::time::sleep(StdDuration::from_millis(50)).await;
    }
    panic!("the condition did not come true within ten seconds");
}

#[tokio::test]
async fn another_party_finds_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let (log, _, _) = open(folder.path(), &MessageLogConfig::default());
    log.append(record(1)).await.unwrap();
    let own = ExportQuery { local: Some(record(1).local), ..query(1) };
    let other = ExportQuery { local: Some(record(1).peer), ..query(1) };
    assert_eq!(log.find(&own).await.unwrap().len(), 1);
    assert_eq!(log.find(&other).await.unwrap().len(), 0);
    let found = &log.find(&own).await.unwrap()[0];
    assert_eq!((found.time, found.timestamped), (NOW + time::Duration::seconds(1), false));
    assert_eq!(found.service, "INST/GOV/2222/SUB2/svc");
}
