//! Data files of the project, for tests.

use std::path::{Path, PathBuf};
use std::process::Command;

use identifiers::{ClientId, MemberId};
use time::OffsetDateTime;
use time::macros::datetime;

use crate::stored;

/// The day on which the tests of configurations without an own date take place.
pub(crate) const TODAY: OffsetDateTime = datetime!(2026-04-01 12:00 UTC);

fn folder() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/vectors"))
}

/// A data file.
pub(crate) fn read(path: &str) -> Vec<u8> {
    let full = folder().join(path);
    std::fs::read(&full).unwrap_or_else(|error| panic!("{}: {error}", full.display()))
}

/// A certificate file as DER.
pub(crate) fn certificate(path: &str) -> Vec<u8> {
    pki::Certificate::from_pem(&read(path)).unwrap().der().to_vec()
}

/// All files of a stored configuration.
pub(crate) fn stored(path: &str) -> Vec<(String, Vec<u8>)> {
    files_below(&folder().join(path))
}

/// All files of a stored configuration that is too large to be kept in this repository: from the folder
/// of facts beside it, `None` (and a line that says so) where there is none.
pub(crate) fn shared_stored(path: &str) -> Option<Vec<(String, Vec<u8>)>> {
    let full = folder().join("../../../shared/vectors").join(path);
    if full.is_dir() {
        return Some(files_below(&full));
    }
    println!("skipped: {path} is not here");
    None
}

fn files_below(root: &Path) -> Vec<(String, Vec<u8>)> {
    let mut files = Vec::new();
    let mut open = vec![root.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else {
                let name = path.strip_prefix(root).unwrap().to_string_lossy().into_owned();
                files.push((name, std::fs::read(&path).unwrap()));
            }
        }
    }
    files
}

/// A stored configuration, loaded.
pub(crate) fn loaded(path: &str) -> crate::GlobalConf {
    stored::load(&stored(path)).unwrap()
}

/// A member, or with four parts a subsystem.
pub(crate) fn client(path: &str) -> ClientId {
    ClientId::from_path(path).unwrap()
}

/// A member.
pub(crate) fn member(path: &str) -> MemberId {
    MemberId::from_path(path).unwrap()
}

/// Validates a document with libxml2 against one of X-Road's schemas. Says so and accepts where the
/// program is not installed.
pub(crate) fn assert_valid(document: &[u8], schema: &str) {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), document).unwrap();
    let schema = folder().join("x-road-7.8/xsd").join(schema);
    let run = Command::new("xmllint")
        .arg("--noout")
        .arg("--nonet")
        .arg("--schema")
        .arg(schema)
        .arg(file.path())
        .output();
    match run {
        Ok(output) => assert!(
            output.status.success(),
            "{}\n{}",
            String::from_utf8_lossy(&output.stderr),
            String::from_utf8_lossy(document)
        ),
        Err(error) => println!("skipped: xmllint: {error}"),
    }
}
