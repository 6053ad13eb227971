//! Rules of the house that no compiler knows. A file that is nearly too long is printed, so that it is seen in time.
//!
//! - [`tree`]: the files that are looked at

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod tree;

use tree::{File, files};

/// Longest source file, lines.
const MAX_LINES: usize = 500;

/// Longer files are printed.
const LONG: usize = 350;

/// Longest file of a leg: each is to be read as the table of contents of its part of the exchange.
const MAX_LEG_LINES: usize = 120;

/// Longest script: logic belongs into crates.
const MAX_SCRIPT_LINES: usize = 100;

/// Names that say nothing about what is inside.
const EMPTY_NAMES: [&str; 10] =
    ["util", "utils", "common", "commons", "manager", "managers", "helper", "helpers", "misc", "stuff"];

/// The one file that may tell the compiler to look away.
const FOREIGN_FUNCTIONS: &str = "crates/legacy-tls/src/session.rs";

/// Every file that breaks a rule, in one message.
fn none(rule: &str, broken: &[String]) {
    assert!(broken.is_empty(), "{rule}:\n  {}", broken.join("\n  "));
}

fn sources() -> impl Iterator<Item = File> {
    files().into_iter().filter(|file| file.path.ends_with(".rs"))
}

#[test]
fn no_source_file_is_too_long() {
    let mut lengths: Vec<_> = sources().map(|file| (file.text.lines().count(), file.path)).collect();
    lengths.sort();
    for (lines, path) in lengths.iter().filter(|(lines, _)| *lines > LONG) {
        println!("{lines:>4} lines  {path}");
    }
    let long = lengths.iter().filter(|(lines, _)| *lines > MAX_LINES);
    none("longer than 500 lines", &long.map(|(lines, path)| format!("{path} ({lines})")).collect::<Vec<_>>());
}

#[test]
fn the_four_legs_are_short() {
    let legs: Vec<_> =
        sources().filter(|file| file.path.starts_with("security-server/src/relay/leg")).collect();
    assert_eq!(legs.len(), 4, "the folder shows the four legs");
    let long = legs.iter().filter(|file| file.text.lines().count() > MAX_LEG_LINES);
    none("longer than 120 lines", &long.map(|file| file.path.clone()).collect::<Vec<_>>());
}

#[test]
fn nothing_unsafe_outside_the_one_reviewed_file() {
    let tokens = |line: &str| {
        let code = line.split("//").next().unwrap_or_default().to_owned();
        code.split(|letter: char| !letter.is_alphanumeric() && letter != '_').any(|word| word == "unsafe")
    };
    let broken: Vec<_> = sources()
        .filter(|file| file.path != FOREIGN_FUNCTIONS && !file.path.starts_with("tests/house_rules/"))
        .filter(|file| file.text.lines().any(tokens))
        .map(|file| file.path)
        .collect();
    none("unsafe code", &broken);
}

#[test]
fn every_package_has_lints() {
    let broken: Vec<_> = files()
        .into_iter()
        .filter(|file| file.path.ends_with("Cargo.toml") && !file.text.contains("[workspace]"))
        .filter(|file| !file.text.contains("[lints"))
        .map(|file| file.path)
        .collect();
    none("package without lints", &broken);
}

#[test]
fn no_file_or_folder_has_an_empty_name() {
    let says_nothing = |part: &str| EMPTY_NAMES.contains(&part.split('.').next().unwrap_or_default());
    let broken: Vec<_> =
        sources().filter(|file| file.path.split('/').any(says_nothing)).map(|file| file.path).collect();
    none("name that says nothing", &broken);
}

#[test]
fn every_sample_of_configuration_is_read_by_a_test() {
    let tests: String = sources().map(|file| file.text).filter(|text| text.contains("#[test]")).collect();
    let broken: Vec<_> = files()
        .into_iter()
        .filter_map(|file| file.path.strip_prefix("conf/").map(str::to_owned))
        .filter(|name| !tests.contains(name.as_str()))
        .collect();
    none("sample that no test reads", &broken);
}

/// Whoever clones this lives elsewhere.
#[test]
fn no_file_names_a_place_on_somebody_s_machine() {
    // Put together here, so that this file is none of them.
    let places = ["home", "root", "work", "Users"].map(|folder| format!("/{folder}/"));
    let begins_here = |text: &str, at: usize| {
        let before = text[..at].chars().next_back();
        !before
            .is_some_and(|letter| letter.is_alphanumeric() || matches!(letter, '.' | '-' | '_' | '}' | '*'))
    };
    let named = |text: &str| {
        places.iter().any(|place| text.match_indices(place.as_str()).any(|(at, _)| begins_here(text, at)))
    };
    let broken: Vec<_> = files().into_iter().filter(|file| named(&file.text)).map(|file| file.path).collect();
    none("path of a machine", &broken);
}

#[test]
fn scripts_are_short() {
    let broken: Vec<_> = files()
        .into_iter()
        .filter(|file| file.path.starts_with("scripts/") && file.text.lines().count() > MAX_SCRIPT_LINES)
        .map(|file| file.path)
        .collect();
    none("script with logic of its own", &broken);
}
