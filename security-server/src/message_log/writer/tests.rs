//! Groups, failures of the disk, and the end of the process around a commit.

use std::collections::HashSet;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::message_log::packing::Packer;
use crate::message_log::reader::Reader;
use crate::message_log::store::{DATABASE, Prepared, PreparedBody, Store, StoreError};
use crate::message_log::testing::{client, open, record};
use crate::message_log::{ExportQuery, LogError, MessageLogConfig};

fn query(number: usize) -> ExportQuery {
    ExportQuery { query_id: format!("query-{number}"), local: None, direction: None, force: false }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sixty_four_tasks_share_commits_and_every_receipt_is_true() {
    let folder = tempfile::tempdir().unwrap();
    let (log, _, _) = open(folder.path(), &MessageLogConfig::default());
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
    let health = log.health().await;
    assert_eq!((health.write_error, health.waiting_for_timestamp), (None, 1_280));
}

#[tokio::test]
async fn a_lost_disk_refuses_and_its_return_heals_without_restart() {
    let folder = tempfile::tempdir().unwrap();
    let (log, _, _) = open(folder.path(), &MessageLogConfig::default());
    log.append(record(1)).await.unwrap();
    let moved = folder.path().join("elsewhere");
    std::fs::rename(folder.path().join(DATABASE), &moved).unwrap();
    let refused = log.append(record(2)).await.unwrap_err();
    assert!(matches!(refused, LogError::Unavailable(_)), "{refused}");
    assert_eq!(refused.word(), protocol::fault::Word::LoggingFailed);
    assert!(log.health().await.write_error.is_some());
    assert!(!folder.path().join(DATABASE).exists(), "a lost journal is never replaced by an empty one");
    std::fs::rename(&moved, folder.path().join(DATABASE)).unwrap();
    log.append(record(3)).await.unwrap();
    assert_eq!(log.health().await.write_error, None);
    assert_eq!(log.find(&query(1)).await.unwrap().len(), 1);
    assert_eq!(log.find(&query(2)).await.unwrap().len(), 0);
}

#[test]
fn a_full_disk_refuses_the_group_and_space_heals() {
    let folder = tempfile::tempdir().unwrap();
    let prepared = |length: usize| {
        let record = record(1);
        let packed = Packer::default().pack(&record.local, &record.message, &record.seal).unwrap();
        Prepared {
            time: record.time,
            side: record.side,
            direction: record.direction,
            payload: record.payload,
            query_id: record.query_id,
            request_id: record.request_id,
            local: record.local.to_path(),
            peer: record.peer.to_path(),
            service: record.service.to_path(),
            packed,
            body: PreparedBody::Memory(vec![1; length].into()),
            signature_hash: [0; 64],
        }
    };
    let mut store = Store::open(folder.path(), true).unwrap();
    store.limit_pages(40);
    let mut group = store.begin().unwrap();
    let small = group.insert(&mut prepared(100)).unwrap();
    let full = group.insert(&mut prepared(1_000_000)).unwrap_err();
    assert!(matches!(full, StoreError::Sqlite(_)), "{full}");
    drop(group);
    drop(store);
    // Nothing of the group is there, and the next start writes again.
    assert!(Reader::open(folder.path()).unwrap().read(small).unwrap().is_none());
    let mut store = Store::open(folder.path(), false).unwrap();
    let mut group = store.begin().unwrap();
    let id = group.insert(&mut prepared(1_000_000)).unwrap();
    group.commit().unwrap();
    assert!(Reader::open(folder.path()).unwrap().read(id).unwrap().is_some());
}

#[tokio::test]
async fn after_close_nothing_is_accepted_and_everything_is_in_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let (log, _, _) = open(folder.path(), &MessageLogConfig::default());
    log.append(record(1)).await.unwrap();
    log.close().await;
    assert_eq!(log.append(record(2)).await, Err(LogError::Closed));
    let wal = folder.path().join(format!("{DATABASE}-wal"));
    assert!(std::fs::metadata(&wal).map_or(0, |found| found.len()) == 0);
    let (log, _, _) = open(folder.path(), &MessageLogConfig::default());
    assert_eq!(log.health().await.waiting_for_timestamp, 1);
}

#[tokio::test]
async fn a_queue_that_stays_full_refuses_instead_of_growing() {
    let folder = tempfile::tempdir().unwrap();
    let config = MessageLogConfig { queue_length: 1, queue_wait_seconds: 1, ..MessageLogConfig::default() };
    let (log, _, _) = open(folder.path(), &config);
    // Another connection holds the write lock, so that the writer waits.
    let blocker = rusqlite::Connection::open(folder.path().join(DATABASE)).unwrap();
    blocker.execute_batch("BEGIN IMMEDIATE").unwrap();
    let waiting: Vec<_> = (0..8)
        .map(|number| {
            let log = log.clone();
            tokio::spawn(async move { log.append(record(number)).await })
        })
        .collect();
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    blocker.execute_batch("COMMIT").unwrap();
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

/// Run by the tests below in a process of its own: appends until it is ended, and prints the number of
/// each record that was acknowledged.
#[test]
#[ignore = "a child process of other tests"]
fn child_that_appends() {
    let Some(folder) = std::env::var_os("MESSAGE_LOG_TEST_FOLDER") else { return };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let (log, _, _) = open(folder.as_ref(), &MessageLogConfig::default());
        let tasks: Vec<_> = (0..8usize)
            .map(|task| {
                let log = log.clone();
                tokio::spawn(async move {
                    for number in (task..usize::MAX).step_by(8) {
                        match log.append(record(number)).await {
                            Ok(receipt) => println!("ack {number} {}", receipt.record()),
                            Err(error) => println!("refused {number} {error}"),
                        }
                    }
                })
            })
            .collect();
        for task in tasks {
            task.await.unwrap();
        }
    });
}

/// Starts the child, kills it after `acknowledged` records (or waits for its own end), and gives what it
/// had acknowledged.
fn run_child(folder: &std::path::Path, fault: Option<&str>, acknowledged: usize) -> Vec<(usize, i64)> {
    let mut command = Command::new(std::env::current_exe().unwrap());
    let name = "message_log::writer::tests::child_that_appends";
    command.args(["--exact", name, "--ignored", "--nocapture"]).env("MESSAGE_LOG_TEST_FOLDER", folder);
    if let Some(fault) = fault {
        command.env("MESSAGE_LOG_FAULT", fault);
    }
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut acks = Vec::new();
    let mut refusals = 0;
    for line in BufReader::new(child.stdout.take().unwrap()).lines() {
        let line = line.unwrap();
        let words: Vec<&str> = line.split(' ').collect();
        match words.as_slice() {
            ["ack", number, id] => acks.push((number.parse().unwrap(), id.parse().unwrap())),
            ["refused", ..] => refusals += 1,
            _ => {}
        }
        if acks.len() == acknowledged {
            // SIGKILL; what stands in the pipe was acknowledged too and is read on.
            child.kill().unwrap();
        }
    }
    child.wait().unwrap();
    assert!(fault.is_none_or(|fault| !fault.starts_with("error")) || refusals > 0);
    acks
}

fn assert_all_there(folder: &std::path::Path, acks: &[(usize, i64)]) {
    // Opening is what a restart does.
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let (log, _, _) = open(folder, &MessageLogConfig::default());
        let reader = Reader::open(folder).unwrap();
        for (number, id) in acks {
            let stored = reader.read(*id).unwrap().expect("an acknowledged record is missing");
            assert_eq!(stored.parts.message, record(*number).message);
            assert_eq!(stored.parts.seal.signature, record(*number).seal.signature);
        }
        log.append(record(1)).await.unwrap();
        assert_eq!(
            log.find(&ExportQuery { local: Some(client("INST/GOV/1111/SUB1")), ..query(1) })
                .await
                .unwrap()
                .len()
                % 2,
            0
        );
        log.close().await;
    });
}

#[test]
fn a_killed_process_keeps_every_acknowledged_record() {
    let folder = tempfile::tempdir().unwrap();
    let mut all = Vec::new();
    for acknowledged in [1, 250] {
        let acks = run_child(folder.path(), None, acknowledged);
        assert!(acks.len() >= acknowledged);
        all.extend(acks);
    }
    let folder_path = folder.path();
    let reader = Reader::open(folder_path).unwrap();
    for (number, id) in &all {
        let stored = reader.read(*id).unwrap().expect("an acknowledged record is missing");
        assert_eq!(stored.parts.message, record(*number).message);
    }
}

#[test]
fn an_end_before_or_after_the_commit_loses_nothing_that_was_acknowledged() {
    for fault in ["before:5", "after:5"] {
        let folder = tempfile::tempdir().unwrap();
        let acks = run_child(folder.path(), Some(fault), usize::MAX);
        assert_all_there(folder.path(), &acks);
    }
}

#[test]
fn a_disk_error_refuses_its_group_only() {
    let folder = tempfile::tempdir().unwrap();
    let acks = run_child(folder.path(), Some("error:3"), 100);
    assert!(acks.len() >= 100);
    assert_all_there(folder.path(), &acks);
}
