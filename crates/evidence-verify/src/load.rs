//! Files from disk, within limits.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use globalconf::GlobalConf;
use globalconf::stored;

/// Largest container file; what is inside has limits of its own.
const MAX_CONTAINER_BYTES: u64 = 1 << 31;
/// Largest file of a global configuration.
const MAX_CONFIGURATION_BYTES: u64 = 64 << 20;

/// Why something cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The operating system refused.
    #[error("cannot read {path}: {cause}")]
    Io {
        /// File or folder.
        path: PathBuf,
        /// Why.
        #[source]
        cause: io::Error,
    },
    /// More bytes than any sensible file has.
    #[error("{0} is too large")]
    TooLarge(PathBuf),
    /// Not a global configuration in its stored form.
    #[error("no usable global configuration in {path}: {cause}")]
    Configuration {
        /// Folder.
        path: PathBuf,
        /// What is wrong.
        #[source]
        cause: stored::LoadError,
    },
}

/// The bytes of a container.
///
/// # Errors
/// The file cannot be read or is too large.
pub fn container(path: &Path) -> Result<Vec<u8>, LoadError> {
    file(path, MAX_CONTAINER_BYTES)
}

/// The global configuration in a folder.
///
/// # Errors
/// The folder cannot be read or holds no configuration.
pub fn global_conf(folder: &Path) -> Result<GlobalConf, LoadError> {
    let mut files = Vec::new();
    for entry in entries(folder)? {
        let name = entry.file_name().to_string_lossy().into_owned();
        if entry.path().is_dir() {
            for inner in entries(&entry.path())? {
                let inner_name = inner.file_name().to_string_lossy().into_owned();
                collect(&inner.path(), format!("{name}/{inner_name}"), &mut files)?;
            }
        } else {
            collect(&entry.path(), name, &mut files)?;
        }
    }
    stored::load(&files).map_err(|cause| LoadError::Configuration { path: folder.to_owned(), cause })
}

fn collect(path: &Path, name: String, files: &mut Vec<(String, Vec<u8>)>) -> Result<(), LoadError> {
    // One more than allowed is enough for the refusal.
    if path.is_file() && files.len() <= stored::MAX_FILES {
        files.push((name, file(path, MAX_CONFIGURATION_BYTES)?));
    }
    Ok(())
}

fn entries(folder: &Path) -> Result<Vec<fs::DirEntry>, LoadError> {
    let read = fs::read_dir(folder).and_then(Iterator::collect);
    read.map_err(|cause| LoadError::Io { path: folder.to_owned(), cause })
}

fn file(path: &Path, limit: u64) -> Result<Vec<u8>, LoadError> {
    let failed = |cause| LoadError::Io { path: path.to_owned(), cause };
    if fs::metadata(path).map_err(failed)?.len() > limit {
        return Err(LoadError::TooLarge(path.to_owned()));
    }
    fs::read(path).map_err(failed)
}
