//! The end of the process around a commit.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use crate::message_log::ExportQuery;
use crate::message_log::testing::{Ground, client, on_each_database, query, record};

on_each_database!(
    a_killed_process_keeps_every_acknowledged_record,
    an_end_before_the_commit_loses_nothing_that_was_acknowledged,
    an_end_after_the_commit_loses_nothing_that_was_acknowledged,
    an_error_refuses_its_group_only,
);

/// Run by the tests below in a process of its own: appends until it is ended, and prints the number of
/// each record that was acknowledged.
#[test]
#[ignore = "a child process of other tests"]
fn child_that_appends() {
    let Some(ground) = Ground::of_parent() else { return };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let log = ground.open().await.log;
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
fn run_child(ground: &Ground, fault: Option<&str>, acknowledged: usize) -> Vec<(usize, i64)> {
    let mut command = Command::new(std::env::current_exe().unwrap());
    let name = "message_log::tests::crash::child_that_appends";
    command.args(["--exact", name, "--ignored", "--nocapture"]).envs(ground.for_child());
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

/// Opening is what a restart does.
async fn assert_all_there(ground: &Ground, acks: &[(usize, i64)]) {
    assert!(!acks.is_empty());
    let log = ground.open().await.log;
    for (number, id) in acks {
        let stored = log.stored(*id).await.expect("an acknowledged record is missing");
        assert_eq!(stored.parts.message, record(*number).message);
        assert_eq!(stored.parts.seal.signature, record(*number).seal.signature);
    }
    let before = log.waiting().await;
    log.append(record(1)).await.unwrap();
    let own = ExportQuery { local: Some(client("INST/GOV/1111/SUB1")), ..query(1) };
    assert!(!log.find(&own).await.unwrap().is_empty());
    assert_eq!(log.waiting().await, before + 1);
    log.close().await;
}

async fn a_killed_process_keeps_every_acknowledged_record(ground: Ground) {
    let mut all = Vec::new();
    for acknowledged in [1, 250] {
        let acks = run_child(&ground, None, acknowledged);
        assert!(acks.len() >= acknowledged);
        all.extend(acks);
    }
    assert_all_there(&ground, &all).await;
}

async fn an_end_before_the_commit_loses_nothing_that_was_acknowledged(ground: Ground) {
    let acks = run_child(&ground, Some("before:5"), usize::MAX);
    assert_all_there(&ground, &acks).await;
}

async fn an_end_after_the_commit_loses_nothing_that_was_acknowledged(ground: Ground) {
    let acks = run_child(&ground, Some("after:5"), usize::MAX);
    assert_all_there(&ground, &acks).await;
}

async fn an_error_refuses_its_group_only(ground: Ground) {
    let acks = run_child(&ground, Some("error:3"), 100);
    assert!(acks.len() >= 100);
    assert_all_there(&ground, &acks).await;
}
