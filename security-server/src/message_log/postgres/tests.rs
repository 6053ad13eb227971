//! What only PostgreSQL can do or suffer: several servers on one journal, and a database that goes and comes back.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use protocol::fault::Word;
use testkit::database::{Database, Server};

use super::*;
use crate::message_log::store::{Change, NewStamp};
use crate::message_log::testing::{
    Ground, NOW, TestAuthority, change, configure, database, database_server, query, record,
};
use crate::message_log::{ExportQuery, LogError, MessageLog, Record};

/// A database, or the end of the test where PostgreSQL is not installed.
macro_rules! database {
    () => {
        match database() {
            Some(database) => database,
            None => return,
        }
    };
}

/// What opening with changed settings gives.
async fn try_open(
    database: &Database,
    change: impl FnOnce(&mut MessageLogConfig),
) -> Result<MessageLog, LogError> {
    let mut config = MessageLogConfig::default();
    configure(&mut config, database);
    change(&mut config);
    let clock = service_kit::clock::Clock::manual(NOW);
    MessageLog::open("no-folder".as_ref(), &config, Arc::new(TestAuthority::default()), clock).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_servers_share_numbers_records_and_stamping() {
    let database = database!();
    // Both start at the same time on an empty database.
    let (one, two) = (Ground::on(database.clone()), Ground::on(database));
    let (one, two) = tokio::join!(one.open(), two.open());
    let logs = [one.log, two.log];
    let tasks: Vec<_> = (0..16_usize)
        .map(|task| {
            let log = logs[task % 2].clone();
            tokio::spawn(async move {
                let mut numbers = Vec::new();
                for turn in 0..20 {
                    numbers.push(log.append(record(task * 20 + turn)).await.unwrap().record());
                }
                numbers
            })
        })
        .collect();
    let stampers = logs.clone().map(|log| {
        tokio::spawn(async move {
            let mut stamped = 0;
            while stamped == 0 || log.waiting().await > 0 {
                stamped += log.stamp_waiting(7).await.unwrap().unwrap_or(0);
            }
            stamped
        })
    });
    let mut numbers = HashSet::new();
    for task in tasks {
        numbers.extend(task.await.unwrap());
    }
    assert_eq!(numbers.len(), 320, "a number was given twice");
    let mut stamped = 0;
    for stamper in stampers {
        stamped += stamper.await.unwrap();
    }
    assert_eq!(stamped, 320, "every record was stamped by one of them, once");
    for number in 0..320 {
        // Each exports what the other has recorded and stamped.
        let exported = logs[(number + 1) % 2].export(&query(number)).await.unwrap();
        assert_eq!(exported.len(), 1);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_server_stamps_at_a_time_and_a_dead_one_holds_nothing() {
    let ground = Ground::on(database!());
    let (log, store) = (ground.open().await.log, ground.open().await.log);
    log.append(record(1)).await.unwrap();
    let turn = store.shared.store.stamping_turn(Patience::None).await.unwrap();
    assert!(turn.is_some());
    assert_eq!(log.stamp_waiting(10).await, Ok(None));
    assert_eq!(log.waiting().await, 1);
    let forced = tokio::spawn({
        let log = log.clone();
        async move { log.export(&ExportQuery { force: true, ..query(1) }).await }
    });
    drop(turn);
    assert_eq!(forced.await.unwrap().unwrap().len(), 1, "who must stamp waits for the other");
    assert_eq!(log.stamp_waiting(10).await, Ok(Some(0)));
}

/// The connection that holds the right breaks while the authority answers: then two may stamp.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_timestamps_the_first_stays() {
    let ground = Ground::on(database!());
    let (one, two) = (ground.open().await.log, ground.open().await.log);
    let number = one.append(record(1)).await.unwrap().record();
    let stamp = |text: &str| {
        Change::Stamp(NewStamp { time: NOW, token: text.into(), batch: None, records: vec![number] })
    };
    one.write(stamp("first")).await.unwrap();
    two.write(stamp("second")).await.unwrap();
    assert_eq!(two.stored(number).await.unwrap().stamp.unwrap().token, b"first");
    assert_eq!(two.waiting().await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_killed_under_load_loses_nothing_and_its_return_heals() {
    let Some(server) = Server::start().unwrap() else { return };
    let ground = Ground::on(server.database("own").unwrap());
    let log = ground.open().await.log;
    let over = Arc::new(AtomicBool::new(false));
    let tasks: Vec<_> = (0..8_usize)
        .map(|task| {
            let (log, over) = (log.clone(), Arc::clone(&over));
            tokio::spawn(async move {
                let (mut acknowledged, mut refusals) = (Vec::new(), Vec::new());
                for number in (task..usize::MAX).step_by(8) {
                    if over.load(Ordering::Relaxed) {
                        break;
                    }
                    match log.append(record(number)).await {
                        Ok(receipt) => acknowledged.push((number, receipt.record())),
                        Err(error) => {
                            refusals.push(error);
                            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
                        }
                    }
                }
                (acknowledged, refusals)
            })
        })
        .collect();
    for turn in 0..2 {
        until("acknowledged", async || log.append(record(1_000_000 + turn)).await.is_ok()).await;
        server.kill().unwrap();
        until("refused", async || log.append(record(2_000_000)).await.is_err()).await;
        assert!(log.health().await.write_error.is_some());
        server.start_again().unwrap();
    }
    until("healed", async || log.health().await.write_error.is_none()).await;
    log.append(record(3_000_000)).await.unwrap();
    over.store(true, Ordering::Relaxed);
    let mut count = 0;
    for task in tasks {
        let (acknowledged, refusals) = task.await.unwrap();
        for (number, id) in acknowledged {
            let stored = log.stored(id).await.expect("an acknowledged record is missing");
            assert_eq!(stored.parts.message, record(number).message);
            count += 1;
        }
        for refusal in refusals {
            assert_eq!(refusal.words(), [Word::LoggingFailed, Word::DatabaseError], "{refusal}");
            assert!(!refusal.told().contains("connect"), "causes are for the operator");
        }
    }
    assert!(count > 0);

    // Between two records it may go and come back, and nobody notices.
    server.kill().unwrap();
    server.start_again().unwrap();
    log.append(record(4_000_000)).await.unwrap();
}

async fn until(what: &str, mut condition: impl AsyncFnMut() -> bool) {
    for _ in 0..600 {
        if condition().await {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    panic!("{what}: not within a minute");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_value_that_cannot_be_stored_refuses_its_record_only() {
    let database = database!();
    let log = Ground::on(database.clone()).open().await.log;
    let mut config = MessageLogConfig::default();
    configure(&mut config, &database);
    let connector = Connector::new(&database.url, &config).unwrap();
    let mut writer = PostgresWriter::open(&connector, Opening::First).await.unwrap();
    // Long bodies go another way than short ones.
    for length in [0, 100_000] {
        let mut group = ["one", "two\0", "three"]
            .map(|id| change(Record { query_id: id.to_owned(), ..record(0) }, vec![1; length]));
        let written = writer.commit(&mut group).await.unwrap();
        assert!(matches!(written[1], Err(StoreError::Value(_))), "{written:?}");
        for number in [written[0].as_ref().unwrap(), written[2].as_ref().unwrap()] {
            assert!(log.stored(*number).await.is_some());
        }
    }
    assert_eq!(log.waiting().await, 4);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_group_of_long_messages_is_more_than_one_statement() {
    let database = database!();
    let log = Ground::on(database.clone()).open().await.log;
    let mut config = MessageLogConfig::default();
    configure(&mut config, &database);
    let connector = Connector::new(&database.url, &config).unwrap();
    let mut writer = PostgresWriter::open(&connector, Opening::First).await.unwrap();
    // What cannot be packed: each digest is of the one before.
    let noise: Vec<u8> = std::iter::successors(Some([0_u8; 64]), |last| Some(protocol::sha512(last)))
        .take(100_000)
        .flatten()
        .collect();
    let message = |number: usize| bytes::Bytes::from([&noise[..], &[number as u8]].concat());
    let mut group: Vec<Change> = (0..7)
        .map(|number| change(Record { message: message(number), ..record(number) }, Vec::new()))
        .collect();
    let written = writer.commit(&mut group).await.unwrap();
    for (number, written) in written.into_iter().enumerate() {
        let stored = log.stored(written.unwrap()).await.unwrap();
        assert!(stored.parts.message == message(number));
    }
    assert_eq!(log.waiting().await, 7);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tables_that_are_gone_are_not_replaced_by_empty_ones() {
    let database = database!();
    let log = Ground::on(database.clone()).open().await.log;
    log.append(record(1)).await.unwrap();
    let beside = database.connect().await.unwrap();
    beside.batch_execute("ALTER SCHEMA message_log RENAME TO elsewhere").await.unwrap();
    for number in 0..2 {
        assert!(log.append(record(number)).await.is_err());
    }
    let tables = "SELECT 1 FROM pg_namespace WHERE nspname = 'message_log'";
    assert!(beside.query(tables, &[]).await.unwrap().is_empty());
    beside.batch_execute("ALTER SCHEMA elsewhere RENAME TO message_log").await.unwrap();
    log.append(record(2)).await.unwrap();
    assert_eq!(log.waiting().await, 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_of_a_newer_program_is_refused() {
    let database = database!();
    try_open(&database, |_| ()).await.unwrap().close().await;
    let beside = database.connect().await.unwrap();
    beside.batch_execute("UPDATE message_log.version SET version = version + 1").await.unwrap();
    let refused = try_open(&database, |_| ()).await.map(drop).unwrap_err();
    assert!(refused.to_string().contains("schema version"), "{refused}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_commit_is_on_the_disk_whatever_the_database_prefers() {
    let Some(server) = Server::start().unwrap() else { return };
    let database = server.database("own").unwrap();
    let beside = database.connect().await.unwrap();
    let name = database.url.rsplit('/').next().unwrap();
    beside.batch_execute(&format!("ALTER DATABASE {name} SET synchronous_commit = off")).await.unwrap();
    let mut config = MessageLogConfig::default();
    configure(&mut config, &database);
    let connector = Connector::new(&database.url, &config).unwrap();
    let writer = PostgresWriter::open(&connector, Opening::First).await.unwrap();
    assert_eq!(writer.setting("synchronous_commit").await, "on");

    let administrator = server.administration().unwrap().connect().await.unwrap();
    administrator.batch_execute("ALTER SYSTEM SET fsync = off").await.unwrap();
    server.kill().unwrap();
    server.start_again().unwrap();
    let refused = try_open(&database, |_| ()).await.map(drop).unwrap_err();
    assert!(refused.to_string().contains("fsync = off"), "{refused}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn by_tls_and_by_a_socket() {
    let (Some(server), Some(database)) = (database_server(), database()) else { return };
    let name = database.url.rsplit('/').next().unwrap();
    let port = server.port().unwrap();
    let socket = server.folder.join("socket").display().to_string();
    let by_socket = format!("postgres:///{name}?host={socket}&port={port}&user=journal");
    let log = try_open(&database, |config| config.database = Some(by_socket)).await.unwrap();
    log.append(record(1)).await.unwrap();

    let certificate = server.folder.join("certificate.pem");
    if !certificate.exists() {
        println!("skipped: TLS, openssl is not installed");
        return;
    }
    let encrypted = |host: &str, certificates: std::path::PathBuf| {
        let url = format!("postgres://journal@{host}:{port}/{name}");
        |config: &mut MessageLogConfig| {
            config.database = Some(url);
            config.database_certificates = Some(certificates);
        }
    };
    let log = try_open(&database, encrypted("localhost", certificate.clone())).await.unwrap();
    log.append(record(2)).await.unwrap();
    let sessions = "SELECT ssl FROM pg_stat_ssl JOIN pg_stat_activity USING (pid)
                    WHERE datname = current_database() AND query LIKE '%message_log.record%' AND ssl";
    assert!(!database.connect().await.unwrap().query(sessions, &[]).await.unwrap().is_empty());
    assert_eq!(log.waiting().await, 2);

    let refused = try_open(&database, encrypted("127.0.0.1", certificate)).await.map(drop).unwrap_err();
    assert!(refused.to_string().contains("certificate"), "another name than the certificate's: {refused}");
    let stranger = tempfile::NamedTempFile::new().unwrap();
    let world = crate::trust::testing::World::new();
    std::fs::write(stranger.path(), world.tsa.to_pem()).unwrap();
    let refused = try_open(&database, encrypted("localhost", stranger.path().to_owned())).await;
    assert!(matches!(refused.map(drop), Err(LogError::Database(_))), "an authority that has not issued it");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_password_is_refused_and_printed_nowhere() {
    let database = database!();
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), "not-the-password\n").unwrap();
    let wrong = Database { password_file: file.path().to_owned(), ..database };
    let refused = try_open(&wrong, |_| ()).await.map(drop).unwrap_err();
    assert!(matches!(refused, LogError::Database(_)));
    assert!(!refused.to_string().contains("not-the-password"), "{refused}");
}
