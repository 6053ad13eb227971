//! Every documented error has a test that takes its expectation from the document.

use std::path::Path;

use sekisho_tests::errors::rows;

/// Where tests of errors are.
const FOLDERS: [&str; 5] = ["refusal", "adversary", "consent_flow", "stock_tls", "crash"];

#[test]
fn every_row_of_the_document_is_tested() {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut sources = String::new();
    for file in FOLDERS.iter().flat_map(|folder| std::fs::read_dir(tests.join(folder)).unwrap()) {
        sources.push_str(&std::fs::read_to_string(file.unwrap().path()).unwrap());
    }
    let rows = rows();
    assert!(!rows.is_empty(), "docs/operations/errors.md has no rows");
    let untested: Vec<_> =
        rows.iter().filter(|row| !sources.contains(&format!("\"{}\"", row.name))).collect();
    assert!(untested.is_empty(), "documented, but in no test: {untested:#?}");
}
