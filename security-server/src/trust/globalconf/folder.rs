//! A folder in X-Road's stored form: reading it whole, and keeping it.

use std::fs;
use std::io;
use std::path::{Component, Path};
use std::time::SystemTime;

use service_kit::files::{Readers, write_atomically};

/// Largest file of a configuration. Bytes.
const FILE_LIMIT: u64 = 64 * 1024 * 1024;
/// Most files of a configuration.
const FILES_LIMIT: usize = 10_000;

/// Path relative to the folder (with `/`) and content.
pub(super) type StoredFile = (String, Vec<u8>);

/// What a look at a folder sees without reading it; changes when a file does.
pub(super) type Fingerprint = Vec<(String, u64, Option<SystemTime>)>;

/// All files of the folder and of the instance folders in it. An absent folder is empty.
pub(super) fn read(folder: &Path) -> io::Result<Vec<StoredFile>> {
    let mut files = Vec::new();
    for (name, length, _) in fingerprint(folder)? {
        if length > FILE_LIMIT {
            return Err(io::Error::other(format!("{name} is larger than a configuration file may be")));
        }
        let content = fs::read(folder.join(&name))?;
        files.push((name, content));
    }
    Ok(files)
}

/// Names, lengths and times of all files, sorted.
pub(super) fn fingerprint(folder: &Path) -> io::Result<Fingerprint> {
    let mut found = Vec::new();
    if !folder.exists() {
        return Ok(found);
    }
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.starts_with('.') {
            continue;
        }
        if entry.file_type()?.is_dir() {
            for inner in fs::read_dir(entry.path())? {
                let inner = inner?;
                let inner_name = inner.file_name().to_string_lossy().into_owned();
                if inner.file_type()?.is_file() && !inner_name.starts_with('.') {
                    push(&mut found, format!("{name}/{inner_name}"), &inner)?;
                }
            }
        } else {
            push(&mut found, name, &entry)?;
        }
    }
    found.sort();
    Ok(found)
}

fn push(found: &mut Fingerprint, name: String, entry: &fs::DirEntry) -> io::Result<()> {
    if found.len() >= FILES_LIMIT {
        return Err(io::Error::other("more files than a configuration has"));
    }
    let metadata = entry.metadata()?;
    found.push((name, metadata.len(), metadata.modified().ok()));
    Ok(())
}

/// Makes the folder hold exactly these files. Files whose content is the same are not touched. A crash
/// in between leaves each file old or new; metadata follows its file, so that no file outlives its expiry.
pub(super) fn replace(folder: &Path, files: &[StoredFile]) -> io::Result<()> {
    for (name, content) in files {
        let path = folder.join(checked(name)?);
        if fs::read(&path).is_ok_and(|present| present == *content) {
            continue;
        }
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        write_atomically(&path, content, Readers::Everybody)?;
    }
    for (name, _, _) in fingerprint(folder)? {
        if !files.iter().any(|(kept, _)| *kept == name) {
            fs::remove_file(folder.join(&name))?;
        }
    }
    remove_debris(folder)
}

/// Removes empty instance folders and temporary files of interrupted writes.
fn remove_debris(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            for inner in fs::read_dir(entry.path())? {
                let inner = inner?;
                if inner.file_name().to_string_lossy().starts_with('.') {
                    fs::remove_file(inner.path())?;
                }
            }
            if fs::read_dir(entry.path())?.next().is_none() {
                fs::remove_dir(entry.path())?;
            }
        } else if entry.file_name().to_string_lossy().starts_with('.') {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

/// The name, if it stays inside the folder: at most one folder deep, no `..`.
fn checked(name: &str) -> io::Result<&Path> {
    let path = Path::new(name);
    let plain = path.components().all(|part| matches!(part, Component::Normal(_)));
    if plain && (1..=2).contains(&path.components().count()) {
        Ok(path)
    } else {
        Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            format!("{name:?} is not a name of a configuration file"),
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(name: &str, content: &str) -> StoredFile {
        (name.to_owned(), content.as_bytes().to_vec())
    }

    #[test]
    fn what_is_kept_is_read_back_and_nothing_else_stays() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(read(&folder.path().join("absent")).unwrap(), []);
        let first = [file("INST/a.xml", "1"), file("OTHER/b.xml", "2"), file("instance-identifier", "INST")];
        replace(folder.path(), &first).unwrap();
        assert_eq!(read(folder.path()).unwrap(), first);
        fs::write(folder.path().join("INST/.a.xml.tmp"), "half").unwrap();
        let second = [file("INST/a.xml", "3"), file("instance-identifier", "INST")];
        replace(folder.path(), &second).unwrap();
        assert_eq!(read(folder.path()).unwrap(), second);
        assert!(!folder.path().join("OTHER").exists());
        assert!(!folder.path().join("INST/.a.xml.tmp").exists());
    }

    #[test]
    fn unchanged_files_are_not_touched() {
        let folder = tempfile::tempdir().unwrap();
        replace(folder.path(), &[file("INST/a.xml", "1")]).unwrap();
        let before = fingerprint(folder.path()).unwrap();
        replace(folder.path(), &[file("INST/a.xml", "1")]).unwrap();
        assert_eq!(fingerprint(folder.path()).unwrap(), before);
    }

    #[test]
    fn names_that_lead_elsewhere_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["../x", "/etc/x", "a/b/c", "", "a/../b", "./a"] {
            let outcome = replace(folder.path(), &[file(name, "x")]);
            assert!(outcome.is_err(), "{name}");
        }
    }
}
