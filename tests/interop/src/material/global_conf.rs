//! The captured global configuration in the folder of the run.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde_json::Value;
use time::format_description::well_known::Rfc3339;
use time::{Duration, OffsetDateTime};

/// How long a configuration must still be valid at the start of a run, and how long a renewed one is.
const A_DAY: Duration = Duration::DAY;

/// Copies the folder.
///
/// # Errors
/// It cannot be read or written.
pub fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from).with_context(|| from.display().to_string())? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), &target)?;
        }
    }
    Ok(())
}

/// Does the part of the program that keeps such a folder up to date: a configuration that has expired (or will within
/// a day) gets another day. Nothing else of it is touched. Says whether that was necessary.
///
/// # Errors
/// A metadata file cannot be read or written.
pub fn keep_valid(folder: &Path, now: OffsetDateTime) -> Result<bool> {
    let mut renewed = false;
    for path in metadata_files(folder)? {
        let named = || path.display().to_string();
        let text = fs::read_to_string(&path).with_context(named)?;
        if let Some(text) = with_expiry_after(&text, now).with_context(named)? {
            fs::write(&path, text)?;
            renewed = true;
        }
    }
    Ok(renewed)
}

fn metadata_files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).with_context(|| folder.display().to_string())? {
        let path = entry?.path();
        if path.is_dir() {
            found.extend(metadata_files(&path)?);
        } else if path.extension().is_some_and(|extension| extension == "metadata") {
            found.push(path);
        }
    }
    Ok(found)
}

fn with_expiry_after(metadata: &str, now: OffsetDateTime) -> Result<Option<String>> {
    const EXPIRY: &str = "expirationDate";
    let mut metadata: Value = serde_json::from_str(metadata)?;
    let expiry = metadata.get(EXPIRY).and_then(Value::as_str).context("no expirationDate")?;
    if OffsetDateTime::parse(expiry, &Rfc3339)? > now + A_DAY {
        return Ok(None);
    }
    let renewed = now.replace_nanosecond(0)? + A_DAY + A_DAY;
    metadata[EXPIRY] = Value::String(renewed.format(&Rfc3339)?);
    Ok(Some(metadata.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    #[test]
    fn only_an_expired_configuration_is_renewed() {
        let text = r#"{"contentIdentifier":"SHARED-PARAMETERS","expirationDate":"2027-11-21T14:40:03Z"}"#;
        assert_eq!(with_expiry_after(text, datetime!(2026-11-24 12:00 UTC)).unwrap(), None);
        let renewed = with_expiry_after(text, datetime!(2027-11-21 12:00 UTC)).unwrap().unwrap();
        let renewed: Value = serde_json::from_str(&renewed).unwrap();
        assert_eq!(renewed["expirationDate"], "2027-11-23T12:00:00Z");
        assert_eq!(renewed["contentIdentifier"], "SHARED-PARAMETERS");
        assert!(with_expiry_after("{}", datetime!(2027-11-21 12:00 UTC)).is_err());
    }
}
