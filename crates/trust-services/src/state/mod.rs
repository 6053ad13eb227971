//! The state folder: private keys, own certificates, the register.
//!
//! ```text
//! ca.key.pem   ca.pem       the certification authority
//! ocsp.key.pem ocsp.pem     the OCSP responder, certified by it
//! tsa.key.pem  tsa.pem      the time-stamping authority, certified by it
//! issued/SERIAL.pem         every certificate that was issued; the serial number in hexadecimal digits
//! revoked/SERIAL.json       what was revoked, when and why
//! ```
//!
//! Every file is whole or not there, and no file depends on another one being written at the same moment, so
//! commands work beside a running server, which reads the register anew for each question.

mod register;
mod revocation;

pub use register::{Entry, Register, Status};
pub use revocation::{Reason, Revocation};

use std::fs::{self, DirBuilder, File};
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use keys::{Identity, SigningKey};
use pki::Certificate;
use service_kit::files::{Readers, write_atomically};

/// Why the state cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    /// A file or folder failed.
    #[error("{path}: {cause}")]
    Io {
        /// Which one.
        path: PathBuf,
        /// What the operating system said.
        #[source]
        cause: io::Error,
    },
    /// A file holds something else than it should.
    #[error("{path} is damaged: it holds no {expected}")]
    Damaged {
        /// Which one.
        path: PathBuf,
        /// What should be there.
        expected: &'static str,
    },
    /// The key or the certificate of an authority is missing.
    #[error("{0} is missing: run `trust-services init`")]
    Missing(PathBuf),
    /// Key and certificate of an authority are not a pair.
    #[error("the key beside {0} does not belong to it")]
    NotAPair(PathBuf),
    /// A certificate that is to be revoked or reinstated was not issued here.
    #[error("no certificate with serial number {0} was issued here")]
    NotIssued(String),
    /// A certificate that is to be revoked is revoked already.
    #[error("the certificate was revoked at {0}")]
    AlreadyRevoked(String),
    /// A certificate that is to be reinstated is not on hold (RFC 5280 5.3.1: nothing else comes back).
    #[error("the certificate is not on hold, so it cannot be reinstated")]
    NotOnHold,
}

/// One of the three authorities.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// The certification authority.
    Ca,
    /// The OCSP responder.
    Ocsp,
    /// The time-stamping authority.
    Tsa,
}

impl Role {
    /// All three, the certification authority first.
    pub const ALL: [Self; 3] = [Self::Ca, Self::Ocsp, Self::Tsa];

    /// Short name: in file names and addresses.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ca => "ca",
            Self::Ocsp => "ocsp",
            Self::Tsa => "tsa",
        }
    }

    /// Name of the certificate's file, also at the end of its address.
    #[must_use]
    pub fn certificate_file(self) -> String {
        format!("{}.pem", self.name())
    }
}

/// The folder. Cheap to clone; nothing is kept open.
#[derive(Clone, Debug)]
pub struct StateFolder {
    path: PathBuf,
}

impl StateFolder {
    /// The folder at this path, whether or not it is there yet.
    #[must_use]
    pub fn at(path: &Path) -> Self {
        Self { path: path.to_owned() }
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What was issued and revoked.
    #[must_use]
    pub fn register(&self) -> Register {
        Register::at(&self.path)
    }

    /// Makes the folder for its owner only, if it is not there, and keeps other commands that make keys out until
    /// the returned file is dropped.
    pub(crate) fn create_and_lock(&self) -> Result<File, StateError> {
        for folder in [self.path.clone(), self.path.join("issued"), self.path.join("revoked")] {
            let mut builder = DirBuilder::new();
            builder.recursive(true).mode(0o700).create(&folder).map_err(io_error(&folder))?;
        }
        let path = self.path.join("lock");
        let lock = File::create(&path).map_err(io_error(&path))?;
        lock.lock().map_err(io_error(&path))?;
        Ok(lock)
    }

    /// The certificate of an authority, if it has one.
    ///
    /// # Errors
    /// [`StateError::Io`], [`StateError::Damaged`].
    pub fn certificate(&self, role: Role) -> Result<Option<Certificate>, StateError> {
        read_certificate(&self.path.join(role.certificate_file()))
    }

    /// Key and certificate of an authority.
    ///
    /// # Errors
    /// [`StateError`]: one is missing or damaged, or they are not a pair.
    pub fn identity(&self, role: Role) -> Result<Identity, StateError> {
        let path = self.path.join(role.certificate_file());
        let certificate = self.certificate(role)?.ok_or_else(|| StateError::Missing(path.clone()))?;
        let key = self.key(role)?.ok_or_else(|| StateError::Missing(self.key_path(role)))?;
        Identity::new(key, certificate, Vec::new()).map_err(|_| StateError::NotAPair(path))
    }

    pub(crate) fn key(&self, role: Role) -> Result<Option<SigningKey>, StateError> {
        let path = self.key_path(role);
        let Some(text) = read(&path)? else { return Ok(None) };
        let damaged = |_| StateError::Damaged { path: path.clone(), expected: "private key" };
        SigningKey::from_pem(&text).map(Some).map_err(damaged)
    }

    pub(crate) fn put_key(&self, role: Role, pkcs8: &[u8]) -> Result<(), StateError> {
        write(&self.key_path(role), pki::pem::encode(pkcs8, "PRIVATE KEY").as_bytes(), Readers::Owner)
    }

    pub(crate) fn put_certificate(&self, role: Role, certificate: &Certificate) -> Result<(), StateError> {
        let path = self.path.join(role.certificate_file());
        write(&path, certificate.to_pem().as_bytes(), Readers::Everybody)
    }

    fn key_path(&self, role: Role) -> PathBuf {
        self.path.join(format!("{}.key.pem", role.name()))
    }
}

pub(crate) fn io_error(path: &Path) -> impl Fn(io::Error) -> StateError {
    move |cause| StateError::Io { path: path.to_owned(), cause }
}

fn write(path: &Path, content: &[u8], readers: Readers) -> Result<(), StateError> {
    write_atomically(path, content, readers).map_err(io_error(path))
}

/// `None` if there is no such file.
fn read(path: &Path) -> Result<Option<Vec<u8>>, StateError> {
    match fs::read(path) {
        Ok(content) => Ok(Some(content)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(cause) => Err(StateError::Io { path: path.to_owned(), cause }),
    }
}

fn read_certificate(path: &Path) -> Result<Option<Certificate>, StateError> {
    let Some(text) = read(path)? else { return Ok(None) };
    let damaged = |_| StateError::Damaged { path: path.to_owned(), expected: "certificate" };
    Certificate::from_pem(&text).map(Some).map_err(damaged)
}

#[cfg(test)]
mod tests;
