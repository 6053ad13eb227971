//! Where tests find the data files of the project.

use std::path::PathBuf;

fn folder() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/vectors"))
}

/// A data file of `tests/vectors`.
pub(crate) fn read(path: &str) -> Vec<u8> {
    let full = folder().join(path);
    std::fs::read(&full).unwrap_or_else(|error| panic!("{}: {error}", full.display()))
}

/// All files below a folder of `tests/vectors`, with their paths relative to it and `/` between.
pub(crate) fn files(path: &str) -> Vec<(String, Vec<u8>)> {
    let root = folder().join(path);
    let mut pending = vec![root.clone()];
    let mut found = Vec::new();
    while let Some(entry) = pending.pop() {
        if entry.is_dir() {
            pending.extend(std::fs::read_dir(&entry).expect("folder").map(|inner| inner.expect("entry").path()));
        } else {
            let name = entry.strip_prefix(&root).expect("below").to_string_lossy().replace('\\', "/");
            found.push((name, std::fs::read(&entry).expect("file")));
        }
    }
    found.sort();
    found
}
