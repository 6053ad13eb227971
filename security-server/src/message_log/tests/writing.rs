//! Groups, the queue, and the end.

use std::collections::HashSet;
use std::time::Duration;

use crate::message_log::LogError;
use crate::message_log::testing::{Ground, on_each_database, query, record};

on_each_database!(
    sixty_four_tasks_share_commits_and_every_receipt_is_true,
    after_close_nothing_is_accepted_and_everything_is_there,
    a_queue_that_stays_full_refuses_instead_of_growing,
);

async fn sixty_four_tasks_share_commits_and_every_receipt_is_true(ground: Ground) {
    let log = ground.open().await.log;
    let tasks: Vec<_> = (0..64)
        .map(|task| {
            let log = log.clone();
            tokio::spawn(async move {
                let mut receipts = Vec::new();
                for turn in 0..20 {
                    receipts.push((task * 20 + turn, log.append(record(task * 20 + turn)).await.unwrap()));
                }
                receipts
            })
        })
        .collect();
    let mut numbers = HashSet::new();
    for task in tasks {
        for (number, receipt) in task.await.unwrap() {
            assert!(numbers.insert(receipt.record()), "a record number was given twice");
            let found = log.find(&query(number)).await.unwrap();
            assert_eq!(found.len(), 1);
            assert_eq!(found[0].record, receipt.record());
            assert_eq!(receipt.signature_hash(), &protocol::sha512(&record(number).seal.signature));
        }
    }
    assert_eq!(numbers.len(), 1_280);
    assert_eq!(log.health().await.write_error, None);
    assert_eq!(log.waiting().await, 1_280);
}

async fn after_close_nothing_is_accepted_and_everything_is_there(ground: Ground) {
    let log = ground.open().await.log;
    log.append(record(1)).await.unwrap();
    log.close().await;
    assert_eq!(log.append(record(2)).await, Err(LogError::Closed));
    let log = ground.open().await.log;
    assert_eq!(log.waiting().await, 1);
}

async fn a_queue_that_stays_full_refuses_instead_of_growing(ground: Ground) {
    let small = |config: &mut crate::message_log::MessageLogConfig| {
        config.queue_length = 1;
        config.queue_wait_seconds = 1;
    };
    let log = ground.open_with(small).await.log;
    let blocker = ground.block_writers().await;
    let waiting: Vec<_> = (0..8)
        .map(|number| {
            let log = log.clone();
            tokio::spawn(async move { log.append(record(number)).await })
        })
        .collect();
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    drop(blocker);
    let mut refused = 0;
    for task in waiting {
        match task.await.unwrap() {
            Ok(_) => {}
            Err(LogError::Overloaded) => refused += 1,
            Err(other) => panic!("{other}"),
        }
    }
    assert!(refused > 0);
    log.append(record(9)).await.unwrap();
}
