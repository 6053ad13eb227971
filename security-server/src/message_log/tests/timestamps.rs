//! Stamping, evidence, and refusal when stamping fails.

use std::sync::atomic::Ordering;
use std::time::Duration as StdDuration;

use service_kit::clock::Clock;

use crate::message_log::testing::{Ground, on_each_database, query, record};
use crate::message_log::*;

on_each_database!(
    one_record_is_stamped_alone_and_more_together,
    force_stamps_what_is_asked_for_and_nothing_else,
    messages_are_refused_while_stamping_fails_too_long_and_accepted_after,
    a_damaged_record_does_not_stop_the_stamping_of_others,
    the_oldest_are_stamped_first,
);

async fn one_record_is_stamped_alone_and_more_together(ground: Ground) {
    let opened = ground.open().await;
    let log = &opened.log;
    assert_eq!(log.export(&query(0)).await, Err(LogError::NotFound));
    log.append(record(0)).await.unwrap();
    assert_eq!(log.export(&query(0)).await, Err(LogError::NotTimestamped));
    assert_eq!(log.stamp_waiting(100).await, Ok(Some(1)));
    for number in 1..=5 {
        log.append(record(number)).await.unwrap();
    }
    assert_eq!(log.stamp_waiting(100).await, Ok(Some(5)));
    assert_eq!(log.stamp_waiting(100).await, Ok(Some(0)));
    assert_eq!(opened.authority.calls.load(Ordering::Relaxed), 2);
    assert_eq!(log.waiting().await, 0);
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

async fn force_stamps_what_is_asked_for_and_nothing_else(ground: Ground) {
    let opened = ground.open().await;
    let log = &opened.log;
    for number in [1, 2] {
        log.append(record(number)).await.unwrap();
    }
    log.append(Record { direction: Direction::Response, ..record(1) }).await.unwrap();
    let forced = ExportQuery { force: true, direction: Some(Direction::Request), ..query(1) };
    assert_eq!(log.export(&forced).await.unwrap().len(), 1);
    assert_eq!(log.waiting().await, 2);
    opened.authority.failing.store(true, Ordering::Relaxed);
    let failed = log.export(&ExportQuery { force: true, ..query(2) }).await.unwrap_err();
    assert!(matches!(failed, LogError::Timestamping(_)));
}

async fn messages_are_refused_while_stamping_fails_too_long_and_accepted_after(ground: Ground) {
    let often = |config: &mut MessageLogConfig| {
        config.timestamp.interval_seconds = Some(1);
        config.timestamp.retry_seconds = 1;
    };
    let opened = ground.open_with(often).await;
    let (log, clock) = (&opened.log, &opened.clock);
    opened.authority.failing.store(true, Ordering::Relaxed);
    log.append(record(0)).await.unwrap();
    let stamper = tokio::spawn({
        let log = log.clone();
        async move { log.run_stamper().await }
    });
    wait_until(clock, async || log.health().await.refused_from.is_some()).await;
    log.append(record(1)).await.unwrap();
    clock.advance(StdDuration::from_secs(14_400));
    assert_eq!(log.append(record(2)).await, Err(LogError::TimestampOverdue));
    assert_eq!(LogError::TimestampOverdue.words(), [protocol::fault::Word::TimestampingFailed]);
    opened.authority.failing.store(false, Ordering::Relaxed);
    wait_until(clock, async || log.waiting().await == 0).await;
    log.append(record(3)).await.unwrap();
    stamper.abort();
}

async fn a_damaged_record_does_not_stop_the_stamping_of_others(ground: Ground) {
    let log = ground.open().await.log;
    let seal = Seal { signature: "<not-a-signature/>".into(), ..record(1).seal };
    log.append(Record { seal, ..record(1) }).await.unwrap();
    assert_eq!(log.stamp_waiting(1).await, Ok(Some(1)));
    assert_eq!(log.waiting().await, 0);
    assert_eq!(log.export(&query(1)).await.unwrap().len(), 1);
}

async fn the_oldest_are_stamped_first(ground: Ground) {
    let log = ground.open().await.log;
    for number in 0..5 {
        log.append(record(number)).await.unwrap();
    }
    let oldest = async || log.shared.store.oldest_waiting().await.unwrap();
    assert_eq!(oldest().await, Some(record(0).time));
    assert_eq!(log.stamp_waiting(3).await, Ok(Some(3)));
    assert_eq!(oldest().await, Some(record(3).time));
    assert_eq!(log.stamp_waiting(3).await, Ok(Some(2)));
    assert_eq!(oldest().await, None);
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
