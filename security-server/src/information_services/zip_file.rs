//! ZIP archives to be downloaded. What goes in is compressed already or small: it is only lined up.

use std::io::{Cursor, Write as _};

use time::{OffsetDateTime, UtcOffset};
use zip::result::ZipResult;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

/// One file of an archive.
pub(crate) struct ZipEntry<'a> {
    /// Name, with `/` between folders.
    pub(crate) name: &'a str,
    /// Time of last change.
    pub(crate) time: OffsetDateTime,
    /// Content.
    pub(crate) content: &'a [u8],
}

/// Builds an archive in memory. Of entries with the same name only the first gets in.
///
/// # Errors
/// What the format cannot express: 4 GiB and more.
pub(crate) fn zip_file(entries: &[ZipEntry<'_>]) -> ZipResult<Vec<u8>> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    for (number, entry) in entries.iter().enumerate() {
        if entries.iter().take(number).any(|earlier| earlier.name == entry.name) {
            continue;
        }
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Stored)
            .last_modified_time(entry_time(entry.time));
        archive.start_file(entry.name, options)?;
        archive.write_all(entry.content)?;
    }
    Ok(archive.finish()?.into_inner())
}

/// ZIP knows the years 1980 to 2107; other times become its earliest.
fn entry_time(at: OffsetDateTime) -> DateTime {
    let at = at.to_offset(UtcOffset::UTC);
    let year = u16::try_from(at.year()).unwrap_or(0);
    let (hour, minute, second) = (at.hour(), at.minute(), at.second());
    DateTime::from_date_and_time(year, at.month().into(), at.day(), hour, minute, second).unwrap_or_default()
}
