//! The documented errors: the tables of `docs/operations/errors.md`. Tests take what they expect from there, so the
//! document cannot say anything else than the programs do.

use std::path::Path;

/// One error as it is documented.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Name of the row.
    pub name: String,
    /// `type` and `X-Road-Error`; empty where an answer has none.
    pub code: String,
    /// HTTP status.
    pub status: u16,
}

/// The document.
#[must_use]
pub fn document() -> String {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/operations/errors.md");
    std::fs::read_to_string(&file).unwrap_or_default()
}

/// Every row.
#[must_use]
pub fn rows() -> Vec<Row> {
    document().lines().filter_map(parse).collect()
}

/// The row of this name.
///
/// # Panics
/// There is none.
#[must_use]
#[allow(clippy::panic, reason = "a test without its documentation must fail")]
pub fn row(name: &str) -> Row {
    let found = rows().into_iter().find(|row| row.name == name);
    found.unwrap_or_else(|| panic!("docs/operations/errors.md has no row `{name}`"))
}

/// ``| `name` | `code` | status | ...``; a dash is an empty code.
fn parse(line: &str) -> Option<Row> {
    let mut cells = line.strip_prefix("| `")?.split('|').map(|cell| cell.trim().trim_matches('`'));
    let (name, code, status) = (cells.next()?, cells.next()?, cells.next()?.parse().ok()?);
    Some(Row { name: name.to_owned(), code: code.trim_matches('-').to_owned(), status })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_read_and_named_once() {
        let rows = rows();
        let lines = document().lines().filter(|line| line.starts_with("| `")).count();
        assert_eq!(rows.len(), lines, "a row has no name, code or status");
        let mut names: Vec<_> = rows.iter().map(|row| &row.name).collect();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), lines, "a name stands twice");
    }
}
