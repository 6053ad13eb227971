//! Failures of the disk below the file.

use super::writer::SqliteWriter;
use super::*;
use crate::message_log::LogError;
use crate::message_log::testing::{Ground, change, query, record};

#[tokio::test]
async fn a_lost_disk_refuses_and_its_return_heals_without_restart() {
    let ground = Ground::sqlite();
    let file = ground.folder().join(DATABASE);
    let log = ground.open().await.log;
    log.append(record(1)).await.unwrap();
    let moved = ground.folder().join("elsewhere");
    std::fs::rename(&file, &moved).unwrap();
    let refused = log.append(record(2)).await.unwrap_err();
    assert!(matches!(refused, LogError::Unavailable(_)), "{refused}");
    assert_eq!(refused.words(), [protocol::fault::Word::LoggingFailed]);
    assert!(log.health().await.write_error.is_some());
    assert!(!file.exists(), "a lost journal is never replaced by an empty one");
    std::fs::rename(&moved, &file).unwrap();
    log.append(record(3)).await.unwrap();
    assert_eq!(log.health().await.write_error, None);
    for (number, expected) in [(1, 1), (2, 0)] {
        assert_eq!(log.find(&query(number)).await.unwrap().len(), expected);
    }
}

#[tokio::test]
async fn a_full_disk_refuses_the_group_and_space_heals() {
    let folder = tempfile::tempdir().unwrap();
    let mut writer = SqliteWriter::open(folder.path(), Opening::First).unwrap();
    writer.limit_pages(40);
    let full = writer
        .commit(&mut [change(record(1), vec![1; 100]), change(record(1), vec![1; 1_000_000])])
        .await
        .unwrap_err();
    assert!(matches!(full, StoreError::Sqlite(_)), "{full}");
    drop(writer);
    // Nothing of the group is there, and the next start writes again.
    assert_eq!(Reader::open(folder.path()).unwrap().waiting(10).unwrap(), []);
    let mut writer = SqliteWriter::open(folder.path(), Opening::Again).unwrap();
    let written = writer.commit(&mut [change(record(1), vec![1; 1_000_000])]).await.unwrap();
    let id = written[0].as_ref().unwrap();
    assert!(Reader::open(folder.path()).unwrap().read(*id).unwrap().is_some());
}

#[tokio::test]
async fn after_close_everything_is_in_the_file() {
    let ground = Ground::sqlite();
    let log = ground.open().await.log;
    log.append(record(1)).await.unwrap();
    log.close().await;
    let wal = ground.folder().join(format!("{DATABASE}-wal"));
    assert!(std::fs::metadata(&wal).map_or(0, |found| found.len()) == 0);
}
