//! The authority: its three parties on disk, and the certificates that it issues.
//!
//! - `party`: the key and the certificate of one party
//! - `making`: all three, made once
//! - `issuing`, `subject`: certificates for others

mod issuing;
mod making;
mod party;
mod subject;

pub use issuing::{FurtherNames, IssueError, Issuer, Profile};
pub use making::{Made, Outcome, init};
pub use party::{Party, Role};
pub use subject::SubjectError;

use std::path::PathBuf;
use std::time::Duration;

use pki::Certificate;
use service_kit::random;
use time::OffsetDateTime;

use crate::config::Config;
use crate::register::Register;

/// Certificates begin a little in the past, because clocks differ.
const BACKDATED: Duration = Duration::from_secs(600);

/// What answers questions: responder and TSA with their keys, the certification authority without.
pub struct Authority {
    /// The certificate of the certification authority.
    pub ca: Certificate,
    /// The OCSP responder on its behalf.
    pub ocsp: Party,
    /// The time-stamping authority.
    pub tsa: Party,
    /// What was issued and revoked.
    pub register: Register,
}

/// The state folder cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    /// A file cannot be read or written.
    #[error("{path}: {cause}")]
    File {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        cause: std::io::Error,
    },
    /// A file that an authority needs is not there.
    #[error(
        "{0} is missing; `trust-services init` makes a new authority, a lost key comes from a backup only"
    )]
    Missing(PathBuf),
    /// A file does not hold what it should.
    #[error("{path} is damaged: {problem}")]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        problem: String,
    },
    /// The certification authority has expired.
    #[error("the certification authority was valid until {0}; begin again with an empty state folder")]
    Expired(OffsetDateTime),
    /// A key or certificate could not be made.
    #[error("the authority could not be made: {0}")]
    Making(String),
}

impl Authority {
    /// Reads an authority from its state folder.
    ///
    /// # Errors
    /// [`StateError`].
    pub fn load(config: &Config) -> Result<Self, StateError> {
        let folder = &config.state_folder;
        Ok(Self {
            ca: Role::Ca.certificate(folder)?,
            ocsp: Role::Ocsp.load(folder)?,
            tsa: Role::Tsa.load(folder)?,
            register: Register::new(folder),
        })
    }

    /// The certificate of one of the parties.
    #[must_use]
    pub const fn certificate(&self, role: Role) -> &Certificate {
        match role {
            Role::Ca => &self.ca,
            Role::Ocsp => &self.ocsp.certificate,
            Role::Tsa => &self.tsa.certificate,
        }
    }
}

/// 16 unpredictable bytes: positive and never with a leading zero, so that all serials have one length.
fn new_serial() -> Result<Vec<u8>, random::NoRandomness> {
    let mut serial = random::bytes::<16>()?;
    serial[0] = (serial[0] & 0x3f) | 0x40;
    Ok(serial.to_vec())
}

/// From a little before now for so many days, but not longer than the issuer.
fn validity(
    now: OffsetDateTime,
    days: u32,
    issuer: Option<&Certificate>,
) -> std::ops::RangeInclusive<OffsetDateTime> {
    let end = now + time::Duration::days(i64::from(days));
    now - BACKDATED..=issuer.map_or(end, |issuer| end.min(issuer.not_after()))
}

#[cfg(test)]
mod tests;
