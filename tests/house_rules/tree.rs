//! The files of the repository.

use std::path::Path;

/// A text file.
pub(crate) struct File {
    /// Below the repository, with slashes.
    pub(crate) path: String,
    /// What it says.
    pub(crate) text: String,
}

/// Folders of what is not ours, or not source: builds, states of demos, captured traffic of others.
const OTHERS: [&str; 3] = ["target", "vectors", "__pycache__"];

/// Every text file of the repository.
pub(crate) fn files() -> Vec<File> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the tests are in the repository");
    let mut found = Vec::new();
    collect(root, root, &mut found);
    assert!(found.len() > 100, "the search finds the repository");
    found
}

fn collect(root: &Path, folder: &Path, found: &mut Vec<File>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let hidden = name.starts_with('.') && name != ".ci";
        if hidden || OTHERS.contains(&name.as_str()) {
            continue;
        }
        if path.is_dir() {
            collect(root, &path, found);
        } else if let Ok(text) = std::fs::read_to_string(&path) {
            let path = path.strip_prefix(root).unwrap().to_string_lossy().replace('\\', "/");
            found.push(File { path, text });
        }
    }
}
