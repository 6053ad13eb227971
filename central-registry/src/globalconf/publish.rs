//! Puts a generation where it is served. Its files come first, under a new name; then every directory is
//! replaced by a rename. A reader sees the old directory or the new one, and finds the files of either.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use time::OffsetDateTime;

use super::sign::Generation;

/// Length of the name of a generation's folder, all digits.
const STAMP_DIGITS: usize = 23;

/// The folder that is served.
#[derive(Debug, Clone)]
pub struct PublicFolder {
    root: PathBuf,
}

impl PublicFolder {
    /// Serves from this folder.
    #[must_use]
    pub fn new(root: PathBuf) -> Self {
        Self { root }
    }

    /// The folder.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Publishes a generation. Until all of its files are durable nothing changes for readers; when something
    /// fails, its files are removed again.
    ///
    /// # Errors
    /// A file cannot be written.
    pub fn publish(&self, generation: &Generation) -> anyhow::Result<()> {
        let outcome = self.write(generation).and_then(|()| self.switch(generation));
        if outcome.is_err() {
            for version in &generation.versions {
                let _ = fs::remove_dir_all(self.version_folder(version.version).join(&generation.stamp));
            }
        }
        outcome.with_context(|| format!("publication into {}", self.root.display()))
    }

    /// Removes folders of generations that were made longer ago than `keep`.
    ///
    /// # Errors
    /// A folder cannot be read or removed.
    pub fn remove_old(&self, now: OffsetDateTime, keep: time::Duration) -> io::Result<()> {
        for version in globalconf::FormatVersion::ALL {
            let entries = match fs::read_dir(self.version_folder(version)) {
                Ok(entries) => entries,
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                Err(error) => return Err(error),
            };
            for entry in entries {
                let entry = entry?;
                let name = entry.file_name();
                let made = name.to_str().and_then(time_of_stamp);
                if made.is_some_and(|made| now - made > keep) {
                    fs::remove_dir_all(entry.path())?;
                }
            }
        }
        Ok(())
    }

    fn write(&self, generation: &Generation) -> anyhow::Result<()> {
        for version in &generation.versions {
            let folder = self.version_folder(version.version).join(&generation.stamp);
            fs::create_dir_all(&folder)?;
            for (name, bytes) in &version.files {
                write_durably(&folder.join(name), bytes)?;
            }
            for (source, bytes) in &version.directories {
                write_durably(&self.temporary(version.version, *source), bytes)?;
            }
            sync_folder(&folder)?;
        }
        Ok(())
    }

    fn switch(&self, generation: &Generation) -> anyhow::Result<()> {
        for version in &generation.versions {
            for (source, _) in &version.directories {
                let target = self.version_folder(version.version).join(source.directory_name());
                fs::rename(self.temporary(version.version, *source), target)?;
            }
            sync_folder(&self.version_folder(version.version))?;
        }
        Ok(())
    }

    fn version_folder(&self, version: globalconf::FormatVersion) -> PathBuf {
        self.root.join(format!("V{version}"))
    }

    fn temporary(&self, version: globalconf::FormatVersion, source: super::Source) -> PathBuf {
        self.version_folder(version).join(format!("{}.tmp", source.directory_name()))
    }
}

/// When the generation of a folder was made; `None` for other folders.
fn time_of_stamp(name: &str) -> Option<OffsetDateTime> {
    if name.len() != STAMP_DIGITS || !name.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let number = |range: std::ops::Range<usize>| name.get(range)?.parse::<u32>().ok();
    let small = |range| number(range).and_then(|value| u8::try_from(value).ok());
    let month = time::Month::try_from(small(4..6)?).ok()?;
    let date = time::Date::from_calendar_date(number(0..4)?.try_into().ok()?, month, small(6..8)?).ok()?;
    let time = time::Time::from_hms(small(8..10)?, small(10..12)?, small(12..14)?).ok()?;
    Some(date.with_time(time).assume_utc())
}

fn write_durably(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = fs::File::create(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

fn sync_folder(folder: &Path) -> io::Result<()> {
    fs::File::open(folder)?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    #[test]
    fn stamps_are_told_from_other_names() {
        assert_eq!(time_of_stamp("20251110170000548026000"), Some(datetime!(2025-11-10 17:00 UTC)));
        for name in
            ["internalconf", "2025111017000054802600", "20251310170000548026000", "2025111017000054802600x"]
        {
            assert_eq!(time_of_stamp(name), None, "{name}");
        }
    }

    #[test]
    fn only_old_generations_are_removed() {
        let folder = tempfile::tempdir().unwrap();
        let public = PublicFolder::new(folder.path().to_owned());
        let inside = |name: &str| folder.path().join("V6").join(name);
        for name in ["20251110170000548026000", "20251110170900000000000", "notes"] {
            fs::create_dir_all(inside(name)).unwrap();
        }
        let now = datetime!(2025-11-10 17:10:30 UTC);
        public.remove_old(now, time::Duration::seconds(600)).unwrap();
        assert!(!inside("20251110170000548026000").exists());
        assert!(inside("20251110170900000000000").exists());
        assert!(inside("notes").exists());
    }
}
