//! Each word of the closed list of fault codes has a test that provokes it, or a reviewed reason why not.
//!
//! A test provokes a word when its source names it: `Word::AccessDenied`, or the text of a code. Tests are what lies in
//! a `tests` folder or file, and test modules at the end of a source file; and the rows of `docs/operations/errors.md`,
//! from which the black-box tests take what they expect. The exceptions are in `exceptions.toml`.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests say what went wrong by failing")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use protocol::fault::Word;

/// What tests name is gathered from here, relative to the workspace.
const ROOTS: [&str; 3] = ["crates", "security-server", "tests"];

/// These go through the list as a whole, and provoke nothing.
const NOT_COUNTED: [&str; 2] = ["crates/protocol/src/fault/tests.rs", "security-server/tests/fault_coverage"];

#[test]
fn every_word_is_provoked_by_a_test() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut sources = fs::read_to_string(root.join("docs/operations/errors.md")).unwrap();
    for folder in ROOTS {
        gather(root, &root.join(folder), &mut sources);
    }
    let named: BTreeSet<&str> = sources.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).collect();
    let exceptions = fs::read_to_string(root.join("security-server/tests/fault_coverage/exceptions.toml"));
    let exceptions: BTreeMap<String, String> =
        service_kit::config::parse(&exceptions.unwrap(), Path::new("exceptions.toml")).unwrap();

    let provoked =
        |word: &Word| named.contains(word.facts().text) || spelled(&sources, &format!("Word::{word:?}"));
    let excused =
        |word: &Word| exceptions.get(word.facts().text).is_some_and(|reason| !reason.trim().is_empty());
    let missing: Vec<_> = Word::ALL.iter().filter(|word| !provoked(word) && !excused(word)).collect();
    assert!(missing.is_empty(), "no test provokes {missing:?}");
    let needless: Vec<_> = Word::ALL.iter().filter(|word| provoked(word) && excused(word)).collect();
    assert!(needless.is_empty(), "tests provoke {needless:?}: no exception is needed");
    let unknown: Vec<_> = exceptions.keys().filter(|text| Word::parse(text).is_none()).collect();
    assert!(unknown.is_empty(), "no such words: {unknown:?}");
}

/// Whether a path stands in the sources, and not only as the beginning of a longer one.
fn spelled(sources: &str, path: &str) -> bool {
    let mut ends = sources.match_indices(path).map(|(at, _)| at + path.len());
    ends.any(|end| !sources[end..].starts_with(|c: char| c.is_ascii_alphanumeric()))
}

/// Adds the sources of all tests below a folder.
fn gather(root: &Path, folder: &Path, sources: &mut String) {
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let path = entry.path();
        let inside = path.strip_prefix(root).unwrap();
        let name = entry.file_name().to_string_lossy().into_owned();
        if NOT_COUNTED.iter().any(|not| inside.starts_with(not)) || name == "vectors" || name == "target" {
            continue;
        }
        if entry.file_type().unwrap().is_dir() {
            gather(root, &path, sources);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(&path).unwrap();
            let is_test = inside.iter().any(|part| part == "tests" || part == "tests.rs");
            let test = if is_test {
                &*text
            } else {
                text.split_once("#[cfg(test)]\nmod tests {").map_or("", |(_, t)| t)
            };
            sources.push_str(test);
            sources.push('\n');
        }
    }
}
