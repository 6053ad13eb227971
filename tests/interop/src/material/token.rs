//! A stock server's software token, opened as it is by ours.

use std::fs;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, ensure};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::surroundings::succeed;

/// Writes the file from which the PIN is read, for its owner only.
///
/// # Errors
/// The file cannot be written.
pub fn write_pin(path: &Path, pin: &str) -> Result<()> {
    let _ = fs::remove_file(path);
    let file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    std::io::Write::write_all(&mut file.with_context(|| path.display().to_string())?, pin.as_bytes())?;
    Ok(())
}

/// Copies the key files and imports the certificates that `keyconf.xml` lists.
///
/// # Errors
/// A file is missing, or a certificate belongs to none of the keys.
pub fn take_over(
    softtoken: &Path,
    keyconf: &Path,
    token: &Path,
    pin: &Path,
    security_server: &Path,
) -> Result<()> {
    fs::create_dir_all(token)?;
    fs::set_permissions(token, fs::Permissions::from_mode(0o700))?;
    for entry in fs::read_dir(softtoken).with_context(|| softtoken.display().to_string())? {
        let entry = entry?;
        let target = token.join(entry.file_name());
        fs::copy(entry.path(), &target)?;
        fs::set_permissions(&target, fs::Permissions::from_mode(0o600))?;
    }
    let text = fs::read_to_string(keyconf).with_context(|| keyconf.display().to_string())?;
    let certificates = certificates(&text)?;
    ensure!(!certificates.is_empty(), "{} names no certificate", keyconf.display());
    for (number, der) in certificates.iter().enumerate() {
        let file = token.with_file_name(format!("certificate-{number}.der"));
        fs::write(&file, der)?;
        let mut import = Command::new(security_server);
        import.args(["keys", "import", "--token"]).arg(token).arg("--pin-file").arg(pin).arg(&file);
        succeed(&mut import)?;
    }
    Ok(())
}

/// The active certificates.
fn certificates(keyconf: &str) -> Result<Vec<Vec<u8>>> {
    let entries = keyconf.split("<cert ").skip(1).filter(|entry| entry.starts_with("active=\"true\""));
    let contents = entries.map(|entry| {
        let (_, rest) = entry.split_once("<contents>").context("a certificate without contents")?;
        let (base64, _) = rest.split_once("</contents>").context("contents without end")?;
        STANDARD.decode(base64.split_whitespace().collect::<String>()).context("contents are not base64")
    });
    contents.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn active_certificates_are_found() {
        let text = "<cert active=\"true\" id=\"A\"><contents>aGk=</contents></cert>\
                    <cert active=\"false\" id=\"B\"><contents>bm8=</contents></cert>\
                    <cert active=\"true\" id=\"C\"><memberId/><contents>\nb2\n s=</contents></cert>";
        assert_eq!(certificates(text).unwrap(), [b"hi".to_vec(), b"ok".to_vec()]);
        assert!(certificates("<cert active=\"true\" id=\"A\">").is_err());
    }
}
