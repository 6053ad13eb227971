//! Every documented error has a test that takes its expectation from the document.

use std::path::Path;

use sekisho_tests::errors::rows;

/// Where tests of errors are: of the programs, and of servers in the process of the test.
const FOLDERS: [&str; 7] = [
    "refusal",
    "adversary",
    "consent_flow",
    "stock_tls",
    "crash",
    "../security-server/tests/pair",
    "../security-server/src/relay/tests",
];

#[test]
fn every_row_of_the_document_is_tested() {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut sources = String::new();
    let entries = FOLDERS.iter().flat_map(|folder| std::fs::read_dir(tests.join(folder)).unwrap());
    for file in entries.map(|entry| entry.unwrap().path()).filter(|path| path.is_file()) {
        sources.push_str(&std::fs::read_to_string(file).unwrap());
    }
    let rows = rows();
    assert!(!rows.is_empty(), "docs/operations/errors.md has no rows");
    let untested: Vec<_> =
        rows.iter().filter(|row| !sources.contains(&format!("\"{}\"", row.name))).collect();
    assert!(untested.is_empty(), "documented, but in no test: {untested:#?}");
}
