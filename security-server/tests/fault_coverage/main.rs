//! Each word of the closed list of fault codes has a documented error, and each documented error a test.
//!
//! The list is `protocol::fault::Word`. Every word that one of our servers may say stands in the code of a row of
//! `docs/operations/errors.md`; black-box tests and tests of real servers take what they expect from these rows, and
//! `tests/refusal` makes sure that each row is in one of them. What is not in the list cannot be said: in builds for
//! development, which tests are, a code from an origin that the list does not name is an assertion that fails.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests say what went wrong by failing")]

#[path = "../../../tests/src/errors.rs"]
#[allow(dead_code, unreachable_pub, reason = "one file for all tests, and each takes what it needs")]
mod errors;

use errors::Row;
use protocol::fault::{Actor, Origin, Retry, Word};

/// Origin and words of the code of a row.
fn parts(row: &Row) -> Option<(Origin, Vec<Word>)> {
    let origins = [Origin::Client, Origin::ClientProxy, Origin::ServerProxy];
    let found = origins.into_iter().find_map(|origin| {
        let words = row.code.strip_prefix(&origin.to_string())?.strip_prefix('.')?;
        Some((origin, words.split('.').map(|word| Word::parse(word).unwrap()).collect()))
    });
    assert!(found.is_some() || row.code.is_empty(), "{row:?} has no code");
    found
}

/// The rows in whose code a word stands.
fn rows_with(word: Word) -> Vec<Row> {
    let stands = |row: &Row| parts(row).is_some_and(|(_, words)| words.contains(&word));
    errors::rows().into_iter().filter(stands).collect()
}

#[test]
fn every_word_that_we_say_is_documented_and_so_tested() {
    let said = Word::ALL.iter().filter(|word| !word.facts().origins.is_empty());
    let missing: Vec<_> = said.filter(|word| rows_with(**word).is_empty()).collect();
    assert!(missing.is_empty(), "no row of docs/operations/errors.md, and so no test, has {missing:?}");
}

#[test]
fn every_documented_code_can_be_said() {
    for row in errors::rows() {
        let Some((origin, words)) = parts(&row) else { continue };
        for word in words {
            let facts = word.facts();
            assert!(facts.origins.contains(&origin), "{}: {origin} does not say {word}", row.name);
        }
        let soap = row.name.starts_with("soap-");
        let expected = if soap { 200 } else { protocol::fault::http_status(&row.code) };
        assert_eq!(row.status, expected, "{}", row.name);
    }
}

#[test]
fn the_table_of_words_is_that_of_the_program() {
    let document = errors::document();
    let (_, chapter) = document.split_once("## Every word").unwrap();
    let (_, table) = chapter.split_once("| --- |\n").unwrap();
    let expected: String = Word::ALL.iter().map(|word| line(*word)).collect();
    assert!(table == expected, "the chapter \"Every word\" must be:\n{expected}");
}

fn line(word: Word) -> String {
    let facts = word.facts();
    let origins: Vec<_> = facts.origins.iter().map(|origin| format!("`{origin}`")).collect();
    let found_by = if origins.is_empty() { "nobody".to_owned() } else { origins.join(", ") };
    let stage = format!("{:?}", facts.stage);
    let actor = match facts.actor {
        Actor::ConsumerSystem => "developer of the calling system",
        Actor::OwnOperator => "operator of the server that says it",
        Actor::PeerOperator => "operator of the other server",
        Actor::Provider => "provider",
        Actor::Registry => "registry",
        Actor::Person => "the person",
        Actor::Nobody => "nobody",
    };
    let retry = match facts.retry {
        Retry::Never => "no",
        Retry::Later => "later",
        Retry::AfterFix => "after the fix",
    };
    let status = match (facts.status, facts.origins.contains(&Origin::Client)) {
        (Some(own), _) => own.to_string(),
        (None, true) => "400 or 500".to_owned(),
        (None, false) => "500".to_owned(),
    };
    let rows: Vec<_> = rows_with(word).into_iter().map(|row| format!("`{}`", row.name)).collect();
    let shown = match rows.len() {
        0..=3 => rows.join(", "),
        more => format!("{}, ... ({more})", rows[..2].join(", ")),
    };
    format!("| {word} | {found_by} | {stage} | {actor} | {retry} | {status} | {shown} |\n")
}
