//! The register: what was issued, and what of it is revoked.

use std::fs;
use std::path::{Path, PathBuf};

use pki::Certificate;
use service_kit::files::Readers;

use super::{Reason, Revocation, StateError, io_error, read, read_certificate, write};

/// Longest serial number, in bytes (RFC 5280 4.1.2.2).
const MAX_SERIAL_LEN: usize = 20;

/// The register in a state folder. Cheap to clone; reads the files anew each time.
#[derive(Clone, Debug)]
pub struct Register {
    issued: PathBuf,
    revoked: PathBuf,
}

/// What the register says about a serial number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Never issued here.
    NotIssued,
    /// Issued and not revoked. Whether it has expired is not looked at.
    Good,
    /// Issued and revoked.
    Revoked(Revocation),
}

/// A certificate with its status.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The certificate.
    pub certificate: Certificate,
    /// Its status, never [`Status::NotIssued`].
    pub status: Status,
}

impl Register {
    pub(super) fn at(state_folder: &Path) -> Self {
        Self { issued: state_folder.join("issued"), revoked: state_folder.join("revoked") }
    }

    /// Writes down that a certificate was issued. To be done before it is handed out, so that none is around that
    /// the responder does not know.
    ///
    /// # Errors
    /// [`StateError::Io`].
    pub fn record(&self, certificate: &Certificate) -> Result<(), StateError> {
        write(&self.issued_path(certificate.serial()), certificate.to_pem().as_bytes(), Readers::Everybody)
    }

    /// What is known about a serial number (content octets of the INTEGER).
    ///
    /// # Errors
    /// [`StateError`]: a file cannot be read. That is neither good nor unknown.
    pub fn status(&self, serial: &[u8]) -> Result<Status, StateError> {
        if serial.len() > MAX_SERIAL_LEN {
            return Ok(Status::NotIssued);
        }
        let issued = self.issued_path(serial);
        if !issued.try_exists().map_err(io_error(&issued))? {
            return Ok(Status::NotIssued);
        }
        let path = self.revoked_path(serial);
        let Some(text) = read(&path)? else { return Ok(Status::Good) };
        let damaged = |_| StateError::Damaged { path: path.clone(), expected: "revocation" };
        serde_json::from_slice(&text).map(Status::Revoked).map_err(damaged)
    }

    /// The certificate that somebody means by a serial number in hexadecimal (with or without colons) or decimal
    /// digits.
    ///
    /// # Errors
    /// [`StateError::NotIssued`], or a file that cannot be read.
    pub fn find(&self, serial: &str) -> Result<Certificate, StateError> {
        let digits = serial.trim().trim_start_matches("0x").replace(':', "").to_ascii_lowercase();
        let means = |certificate: &Certificate| {
            hex::encode(certificate.serial()) == digits || certificate.serial_decimal() == digits
        };
        let found = self.certificates()?.into_iter().find(means);
        found.ok_or_else(|| StateError::NotIssued(serial.to_owned()))
    }

    /// Revokes. What is on hold may be revoked for another reason later.
    ///
    /// # Errors
    /// [`StateError::NotIssued`] also for a certificate of somebody else with the same serial number;
    /// [`StateError::AlreadyRevoked`].
    pub fn revoke(&self, certificate: &Certificate, revocation: Revocation) -> Result<(), StateError> {
        match self.status_of(certificate)? {
            Status::Revoked(earlier) if earlier.reason != Reason::CertificateHold => {
                Err(StateError::AlreadyRevoked(earlier.at.to_string()))
            }
            _ => {
                let path = self.revoked_path(certificate.serial());
                let text = serde_json::to_vec(&revocation)
                    .map_err(|_| StateError::Damaged { path: path.clone(), expected: "revocation" })?;
                write(&path, &text, Readers::Everybody)
            }
        }
    }

    /// Takes a hold back.
    ///
    /// # Errors
    /// [`StateError::NotIssued`], [`StateError::NotOnHold`].
    pub fn reinstate(&self, certificate: &Certificate) -> Result<(), StateError> {
        match self.status_of(certificate)? {
            Status::Revoked(Revocation { reason: Reason::CertificateHold, .. }) => {
                let path = self.revoked_path(certificate.serial());
                fs::remove_file(&path).map_err(io_error(&path))
            }
            _ => Err(StateError::NotOnHold),
        }
    }

    /// Everything that was issued, by begin of validity.
    ///
    /// # Errors
    /// [`StateError`]: a file cannot be read.
    pub fn entries(&self) -> Result<Vec<Entry>, StateError> {
        let with_status = |certificate: Certificate| {
            Ok(Entry { status: self.status(certificate.serial())?, certificate })
        };
        let mut entries = self.certificates()?.into_iter().map(with_status).collect::<Result<Vec<_>, _>>()?;
        entries.sort_by_key(|entry| entry.certificate.not_before());
        Ok(entries)
    }

    fn status_of(&self, certificate: &Certificate) -> Result<Status, StateError> {
        let ours = read_certificate(&self.issued_path(certificate.serial()))?;
        if ours.as_ref() == Some(certificate) {
            self.status(certificate.serial())
        } else {
            Err(StateError::NotIssued(hex::encode(certificate.serial())))
        }
    }

    fn certificates(&self) -> Result<Vec<Certificate>, StateError> {
        let mut certificates = Vec::new();
        for entry in fs::read_dir(&self.issued).map_err(io_error(&self.issued))? {
            let path = entry.map_err(io_error(&self.issued))?.path();
            // Files that are just being written begin with a dot and end otherwise.
            if path.extension().is_some_and(|extension| extension == "pem") {
                certificates.extend(read_certificate(&path)?);
            }
        }
        Ok(certificates)
    }

    fn issued_path(&self, serial: &[u8]) -> PathBuf {
        self.issued.join(format!("{}.pem", hex::encode(serial)))
    }

    fn revoked_path(&self, serial: &[u8]) -> PathBuf {
        self.revoked.join(format!("{}.json", hex::encode(serial)))
    }
}
