//! ZIP archives that our server gives out.

use std::io::{Cursor, Read};

use anyhow::{Context, Result, ensure};
use zip::ZipArchive;

use crate::http::Response;

/// Largest file of an archive that is read. Bytes.
const MAX_FILE: u64 = 32 * 1024 * 1024;
/// Content type of one container of evidence.
const CONTAINER: &str = "application/vnd.etsi.asic-e+zip";

/// Names and contents of the files of an archive.
///
/// # Errors
/// It is no archive, or a file in it is too large.
pub fn files(bytes: &[u8]) -> Result<Vec<(String, Vec<u8>)>> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).context("no ZIP archive")?;
    let mut files = Vec::new();
    for number in 0..archive.len() {
        let file = archive.by_index(number)?;
        let name = file.name()?.into_owned();
        let mut content = Vec::new();
        let read = file.take(MAX_FILE + 1).read_to_end(&mut content)?;
        ensure!(read as u64 <= MAX_FILE, "{name} is too large");
        files.push((name, content));
    }
    Ok(files)
}

/// The containers of evidence that an answer consists of: itself, or those in an archive.
///
/// # Errors
/// There is something else in it.
pub fn containers(response: &Response) -> Result<Vec<Vec<u8>>> {
    if response.header("content-type") == Some(CONTAINER) {
        return Ok(vec![response.body.clone()]);
    }
    let files = files(&response.body)?;
    for (name, _) in &files {
        ensure!(name.ends_with(".asice"), "the archive has {name:?}");
    }
    Ok(files.into_iter().map(|(_, content)| content).collect())
}
