//! Writing a container.

use std::io::{Cursor, Write};

use time::{OffsetDateTime, UtcOffset};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

use super::{AsicError, Container, MIME_TYPE, entry, manifest};

/// Writes a container; every entry gets the time `mtime` (time of the log record).
///
/// All entries are deflated, `mimetype` too, as X-Road writes them. The archive is built in memory,
/// because an archive written to a stream has entries that some readers refuse.
///
/// # Errors
/// Parts that do not make a container.
pub fn write(container: &Container, mtime: OffsetDateTime) -> Result<Vec<u8>, AsicError> {
    if container.message.is_empty() {
        return Err(AsicError::NoMessage);
    }
    if container.signature.is_empty() {
        return Err(AsicError::NoSignature);
    }
    let mut archive = Archive::new(mtime);
    archive.entry(entry::MIME_TYPE, MIME_TYPE.as_bytes())?;
    archive.entry(entry::MESSAGE, &container.message)?;
    archive.entry(entry::SIGNATURE, &container.signature)?;
    match (&container.hash_chain_result, &container.hash_chain) {
        (Some(result), Some(chain)) => {
            archive.entry(entry::SIG_HASH_CHAIN_RESULT, result)?;
            archive.entry(entry::SIG_HASH_CHAIN, chain)?;
        }
        (None, None) => {}
        (None, Some(_)) => return Err(AsicError::NoHashChainResult(entry::SIG_HASH_CHAIN_RESULT)),
        (Some(_), None) => return Err(AsicError::NoHashChain(entry::SIG_HASH_CHAIN)),
    }
    let timestamp = container.batch_timestamp.as_ref();
    let chained = timestamp.filter(|timestamp| !timestamp.hash_chain_result.is_empty());
    if let Some(timestamp) = chained {
        archive.entry(entry::TS_HASH_CHAIN_RESULT, &timestamp.hash_chain_result)?;
        archive.entry(entry::TS_HASH_CHAIN, &timestamp.hash_chain)?;
    }
    archive.entry(entry::MANIFEST, &manifest::open_document(container))?;
    if let Some(timestamp) = chained {
        archive.entry(entry::ASIC_MANIFEST, &manifest::asic(&timestamp.hash_chain_result))?;
    }
    if let Some(timestamp) = timestamp {
        archive.entry(entry::TIMESTAMP, &timestamp.token)?;
    }
    for (number, content) in &container.attachments {
        archive.entry(&format!("{}{number}", entry::ATTACHMENT), content)?;
    }
    archive.finish()
}

struct Archive {
    zip: ZipWriter<Cursor<Vec<u8>>>,
    options: SimpleFileOptions,
}

impl Archive {
    fn new(mtime: OffsetDateTime) -> Self {
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Deflated)
            .last_modified_time(entry_time(mtime));
        Self { zip: ZipWriter::new(Cursor::new(Vec::new())), options }
    }

    fn entry(&mut self, name: &str, content: &[u8]) -> Result<(), AsicError> {
        self.zip.start_file(name, self.options).map_err(unwritable)?;
        self.zip.write_all(content).map_err(unwritable)
    }

    fn finish(mut self) -> Result<Vec<u8>, AsicError> {
        self.zip.set_comment(format!("mimetype={MIME_TYPE}")).map_err(unwritable)?;
        Ok(self.zip.finish().map_err(unwritable)?.into_inner())
    }
}

/// Memory takes everything but what the format cannot express (entries of 4 GiB and more).
fn unwritable(error: impl std::fmt::Display) -> AsicError {
    AsicError::Damaged(error.to_string())
}

/// ZIP knows the years 1980 to 2107; other times become its earliest.
fn entry_time(at: OffsetDateTime) -> DateTime {
    let at = at.to_offset(UtcOffset::UTC);
    let year = u16::try_from(at.year()).unwrap_or(0);
    let (hour, minute, second) = (at.hour(), at.minute(), at.second());
    DateTime::from_date_and_time(year, at.month().into(), at.day(), hour, minute, second).unwrap_or_default()
}
