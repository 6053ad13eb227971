//! The register of issued certificates: one JSON file, written atomically, shared by the commands and the server.

use std::fs::File;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use pki::Certificate;
use serde::{Deserialize, Serialize};
use service_kit::files::{Readers, write_atomically};
use time::OffsetDateTime;

use crate::authority::Profile;
use crate::revocation::{Reason, Revocation};

/// One issued certificate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// Serial number, lower-case hexadecimal.
    pub serial: String,
    /// Subject (RFC 2253).
    pub subject: String,
    /// What it was issued for.
    pub purpose: Purpose,
    /// When it was issued.
    #[serde(with = "time::serde::rfc3339")]
    pub issued_at: OffsetDateTime,
    /// When it ends.
    #[serde(with = "time::serde::rfc3339")]
    pub not_after: OffsetDateTime,
    /// Is it revoked?
    pub revoked: Option<Revocation>,
}

/// What an entry was issued for: the profiles of others, and our own two parties.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Purpose {
    /// [`Profile::Auth`].
    Auth,
    /// [`Profile::Sign`].
    Sign,
    /// [`Profile::Tls`].
    Tls,
    /// The OCSP responder of this authority.
    Ocsp,
    /// The time-stamping authority of this authority.
    Tsa,
}

impl From<Profile> for Purpose {
    fn from(profile: Profile) -> Self {
        match profile {
            Profile::Auth => Self::Auth,
            Profile::Sign => Self::Sign,
            Profile::Tls => Self::Tls,
        }
    }
}

/// The register could not be used.
#[derive(Debug, thiserror::Error)]
pub enum RegisterError {
    /// The file cannot be read or written.
    #[error("the register {path}: {cause}")]
    File {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        cause: io::Error,
    },
    /// The file is not a register.
    #[error("the register {path} is damaged: {problem}")]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        problem: String,
    },
    /// No certificate of this serial number was issued.
    #[error("no certificate with the serial number {0} was issued")]
    Unknown(String),
    /// A certificate that is to be reinstated is not on hold.
    #[error("the certificate with the serial number {0} is not on hold")]
    NotOnHold(String),
}

/// The register of one state folder.
pub struct Register {
    path: PathBuf,
    lock_path: PathBuf,
    /// The entries as last read, with the identity of the file that they came from.
    seen: Mutex<Option<(FileIdentity, Arc<Vec<Entry>>)>>,
}

/// Every write makes a new file, so this changes with each.
type FileIdentity = (u64, i64, i64);

impl Entry {
    /// The entry of a new certificate.
    #[must_use]
    pub fn new(certificate: &Certificate, purpose: Purpose, now: OffsetDateTime) -> Self {
        Self {
            serial: hex::encode(certificate.serial()),
            subject: certificate.subject().rfc2253(),
            purpose,
            issued_at: now,
            not_after: certificate.not_after(),
            revoked: None,
        }
    }
}

impl Register {
    /// The register in this folder; an absent file is an empty one.
    #[must_use]
    pub fn new(folder: &Path) -> Self {
        let (path, lock_path) = (folder.join("register.json"), folder.join("register.lock"));
        Self { path, lock_path, seen: Mutex::new(None) }
    }

    /// All entries, oldest first; read again only when the file changed.
    ///
    /// # Errors
    /// [`RegisterError`].
    pub fn entries(&self) -> Result<Arc<Vec<Entry>>, RegisterError> {
        let identity = match std::fs::metadata(&self.path) {
            Ok(metadata) => (metadata.ino(), metadata.mtime(), metadata.mtime_nsec()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Arc::default()),
            Err(cause) => return Err(self.file_error(cause)),
        };
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((known, entries)) = &*seen
            && *known == identity
        {
            return Ok(Arc::clone(entries));
        }
        let entries = Arc::new(self.read()?);
        *seen = Some((identity, Arc::clone(&entries)));
        Ok(entries)
    }

    /// The entry of a serial number.
    ///
    /// # Errors
    /// [`RegisterError`].
    pub fn find(&self, serial: &[u8]) -> Result<Option<Entry>, RegisterError> {
        let serial = hex::encode(serial);
        Ok(self.entries()?.iter().find(|entry| entry.serial == serial).cloned())
    }

    /// Adds an entry.
    ///
    /// # Errors
    /// [`RegisterError`].
    pub fn add(&self, entry: Entry) -> Result<(), RegisterError> {
        self.change(|entries| {
            entries.push(entry);
            Ok(())
        })
    }

    /// Revokes the certificate of this serial number (hexadecimal). The first revocation counts, except that a hold
    /// gives way to another reason.
    ///
    /// # Errors
    /// [`RegisterError::Unknown`] and the errors of the file.
    pub fn revoke(&self, serial: &str, revocation: Revocation) -> Result<(), RegisterError> {
        self.change_entry(serial, |entry| {
            if entry.revoked.is_none_or(|earlier| earlier.reason == Reason::CertificateHold) {
                entry.revoked = Some(revocation);
            }
            Ok(())
        })
    }

    /// Takes a hold back. No other revocation can be (RFC 5280 section 5.3.1).
    ///
    /// # Errors
    /// [`RegisterError::Unknown`], [`RegisterError::NotOnHold`] and the errors of the file.
    pub fn reinstate(&self, serial: &str) -> Result<(), RegisterError> {
        self.change_entry(serial, |entry| match entry.revoked.take() {
            Some(Revocation { reason: Reason::CertificateHold, .. }) => Ok(()),
            Some(_) | None => Err(RegisterError::NotOnHold(entry.serial.clone())),
        })
    }

    fn change_entry(
        &self,
        serial: &str,
        change: impl FnOnce(&mut Entry) -> Result<(), RegisterError>,
    ) -> Result<(), RegisterError> {
        let serial = serial.to_ascii_lowercase();
        self.change(|entries| match entries.iter_mut().find(|entry| entry.serial == serial) {
            Some(entry) => change(entry),
            None => Err(RegisterError::Unknown(serial.clone())),
        })
    }

    /// Reads, changes and writes under a lock that other processes respect.
    fn change(
        &self,
        change: impl FnOnce(&mut Vec<Entry>) -> Result<(), RegisterError>,
    ) -> Result<(), RegisterError> {
        let lock = File::create(&self.lock_path).map_err(|cause| self.file_error(cause))?;
        lock.lock().map_err(|cause| self.file_error(cause))?;
        let mut entries = if self.path.exists() { self.read()? } else { Vec::new() };
        change(&mut entries)?;
        let text = serde_json::to_vec_pretty(&entries).map_err(|error| self.file_error(error.into()))?;
        write_atomically(&self.path, &text, Readers::Everybody).map_err(|cause| self.file_error(cause))
    }

    fn read(&self) -> Result<Vec<Entry>, RegisterError> {
        let text = std::fs::read(&self.path).map_err(|cause| self.file_error(cause))?;
        serde_json::from_slice(&text)
            .map_err(|error| RegisterError::Damaged { path: self.path.clone(), problem: error.to_string() })
    }

    fn file_error(&self, cause: io::Error) -> RegisterError {
        RegisterError::File { path: self.path.clone(), cause }
    }
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    fn entry(serial: &str) -> Entry {
        let at = datetime!(2026-11-21 15:00 UTC);
        let (serial, subject) = (serial.to_owned(), "CN=x".to_owned());
        Entry { serial, subject, purpose: Purpose::Auth, issued_at: at, not_after: at, revoked: None }
    }

    #[test]
    fn what_one_process_writes_the_other_sees() {
        let folder = tempfile::tempdir().unwrap();
        let (server, command) = (Register::new(folder.path()), Register::new(folder.path()));
        assert!(server.entries().unwrap().is_empty());
        command.add(entry("01ab")).unwrap();
        assert_eq!(server.find(&[1, 0xab]).unwrap(), Some(entry("01ab")));
        let revocation = Revocation { at: datetime!(2026-11-21 16:00 UTC), reason: Reason::KeyCompromise };
        command.revoke("01AB", revocation).unwrap();
        assert_eq!(server.find(&[1, 0xab]).unwrap().unwrap().revoked, Some(revocation));
        let later = Revocation { at: datetime!(2026-11-22 16:00 UTC), reason: Reason::Superseded };
        command.revoke("01ab", later).unwrap();
        assert_eq!(
            server.find(&[1, 0xab]).unwrap().unwrap().revoked,
            Some(revocation),
            "the first one counts"
        );
        assert!(matches!(command.revoke("02", revocation), Err(RegisterError::Unknown(_))));
        assert!(matches!(command.reinstate("01ab"), Err(RegisterError::NotOnHold(_))));
        assert_eq!(server.find(&[1, 0xab]).unwrap().unwrap().revoked, Some(revocation));
    }

    #[test]
    fn a_hold_is_taken_back_or_becomes_final() {
        let folder = tempfile::tempdir().unwrap();
        let register = Register::new(folder.path());
        register.add(entry("01")).unwrap();
        let at = datetime!(2026-11-21 16:00 UTC);
        let hold = Revocation { at, reason: Reason::CertificateHold };
        register.revoke("01", hold).unwrap();
        register.reinstate("01").unwrap();
        assert_eq!(register.find(&[1]).unwrap().unwrap().revoked, None);
        assert!(matches!(register.reinstate("01"), Err(RegisterError::NotOnHold(_))));
        register.revoke("01", hold).unwrap();
        let lost = Revocation { at, reason: Reason::KeyCompromise };
        register.revoke("01", lost).unwrap();
        assert_eq!(register.find(&[1]).unwrap().unwrap().revoked, Some(lost));
    }

    #[test]
    fn writers_at_once_lose_nothing() {
        let folder = tempfile::tempdir().unwrap();
        std::thread::scope(|scope| {
            for writer in 0..4 {
                let register = Register::new(folder.path());
                scope.spawn(move || {
                    for number in 0..5 {
                        register.add(entry(&format!("{writer}{number}"))).unwrap();
                    }
                });
            }
        });
        assert_eq!(Register::new(folder.path()).entries().unwrap().len(), 20);
    }

    #[test]
    fn a_damaged_register_is_not_an_empty_one() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("register.json"), "[{}]").unwrap();
        let register = Register::new(folder.path());
        assert!(matches!(register.entries(), Err(RegisterError::Damaged { .. })));
        assert!(matches!(register.add(entry("01")), Err(RegisterError::Damaged { .. })));
    }
}
