//! Files of a token: read within limits, written so that a crash leaves the old or the new content.

use super::{KeyId, TokenError};
use pki::Certificate;
use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

/// Largest file of a token, in bytes.
const MAX_LEN: u64 = 1024 * 1024;

/// What lies in the folder of a token.
pub(super) struct Found {
    pub(super) keys: Vec<KeyId>,
    pub(super) certificates: Vec<PathBuf>,
}

fn io_error(path: &Path) -> impl Fn(io::Error) -> TokenError {
    move |source| TokenError::Io { path: path.to_owned(), source }
}

/// Lists keys and certificates, sorted by name. Other files are left alone.
pub(super) fn scan(folder: &Path) -> Result<Found, TokenError> {
    let mut found = Found { keys: Vec::new(), certificates: Vec::new() };
    for entry in fs::read_dir(folder).map_err(io_error(folder))? {
        let path = entry.map_err(io_error(folder))?.path();
        let (stem, extension) = (path.file_stem(), path.extension());
        let (Some(stem), Some(extension)) =
            (stem.and_then(|s| s.to_str()), extension.and_then(|e| e.to_str()))
        else {
            continue;
        };
        match extension {
            "p12" => found.keys.extend(KeyId::new(stem)),
            "crt" => found.certificates.push(path),
            _ => {}
        }
    }
    found.keys.sort();
    found.certificates.sort();
    Ok(found)
}

pub(super) fn read(path: &Path) -> Result<Vec<u8>, TokenError> {
    let length = fs::metadata(path).map_err(io_error(path))?.len();
    if length > MAX_LEN {
        return Err(TokenError::Damaged(path.to_owned()));
    }
    fs::read(path).map_err(io_error(path))
}

/// Certificates of a `.crt` file, in order.
pub(super) fn read_chain(path: &Path) -> Result<Vec<Certificate>, TokenError> {
    Certificate::all_from_pem(&read(path)?).map_err(|_| TokenError::Damaged(path.to_owned()))
}

/// Makes the folder, for its owner only; it may exist if it is empty.
pub(super) fn create_folder(folder: &Path) -> Result<(), TokenError> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder).map_err(io_error(folder))?;
    match fs::read_dir(folder).map_err(io_error(folder))?.next() {
        None => Ok(()),
        Some(_) => Err(TokenError::NotEmpty(folder.to_owned())),
    }
}

/// Writes beside the file, then renames: whoever reads sees the old or the new content, never a part.
pub(super) fn write(path: &Path, content: &[u8]) -> Result<(), TokenError> {
    let temporary = path.with_extension("new");
    let written = write_whole(&temporary, content).and_then(|()| fs::rename(&temporary, path));
    written.map_err(io_error(path))?;
    let folder = path.parent().unwrap_or(Path::new("."));
    // The rename is durable when the folder is.
    fs::File::open(folder).and_then(|folder| folder.sync_all()).map_err(io_error(folder))
}

fn write_whole(path: &Path, content: &[u8]) -> io::Result<()> {
    // A leftover of a crash; opened anew below, so that its mode is ours.
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(content)?;
    file.sync_all()
}

/// False if there was no such file.
pub(super) fn remove(path: &Path) -> Result<bool, TokenError> {
    match fs::remove_file(path) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(io_error(path)(error)),
    }
}
