//! Makes the three parties of an authority, once. What is there stays; only a responder or TSA whose certificate is
//! not valid any more gets a new one, for the same key.

use std::fs::{DirBuilder, File};
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;

use keys::SigningKey;
use pki::Certificate;
use pki::csr::{Subject, SubjectAttribute};
use pki::issue::{CertificateParameters, IssueProfile, issue, self_signed};
use time::OffsetDateTime;

use super::{Party, Role, StateError, new_serial, validity};
use crate::config::Config;
use crate::register::{Entry, Purpose, Register};

/// What was done about a party.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was there.
    Kept,
    /// It is there now.
    Made,
    /// It has a new certificate for its old key.
    Renewed,
}

/// A party after the work.
#[derive(Clone, Debug)]
pub struct Made {
    /// Which one.
    pub role: Role,
    /// What was done.
    pub outcome: Outcome,
    /// Its certificate.
    pub certificate: Certificate,
}

/// Makes what is missing. Safe beside itself and beside a running server. After an interruption the next attempt goes
/// on with what is there.
///
/// # Errors
/// [`StateError`]. A certificate whose key is gone, and a certification authority that has expired, are for people
/// to decide about: a new authority would make every certificate worthless.
pub fn init(config: &Config, now: OffsetDateTime) -> Result<[Made; 3], StateError> {
    let folder = &config.state_folder;
    for folder in [folder.clone(), folder.join("keys"), folder.join("certificates")] {
        let made = DirBuilder::new().recursive(true).mode(0o700).create(&folder);
        made.map_err(|cause| StateError::File { path: folder, cause })?;
    }
    let _lock = lock(&folder.join("init.lock"))?;
    let work = Work { config, now };
    let (ca, outcome) = work.certification_authority()?;
    let made = Made { role: Role::Ca, outcome, certificate: ca.certificate.clone() };
    Ok([made, work.service(Role::Ocsp, &ca)?, work.service(Role::Tsa, &ca)?])
}

/// Held until the file is dropped.
fn lock(path: &Path) -> Result<File, StateError> {
    let file = File::create(path).and_then(|file| file.lock().map(|()| file));
    file.map_err(|cause| StateError::File { path: path.to_owned(), cause })
}

struct Work<'a> {
    config: &'a Config,
    now: OffsetDateTime,
}

impl Work<'_> {
    fn certification_authority(&self) -> Result<(Party, Outcome), StateError> {
        let (role, folder) = (Role::Ca, &self.config.state_folder);
        if role.find_certificate(folder)?.is_some() {
            let party = role.load(folder)?;
            let end = party.certificate.not_after();
            return if end < self.now { Err(StateError::Expired(end)) } else { Ok((party, Outcome::Kept)) };
        }
        let key = self.key(role)?;
        let certificate = self_signed(&self.parameters(role, None)?, &key).map_err(making)?;
        role.store_certificate(folder, &certificate)?;
        Ok((Party { key, certificate }, Outcome::Made))
    }

    fn service(&self, role: Role, ca: &Party) -> Result<Made, StateError> {
        let folder = &self.config.state_folder;
        let outcome = if role.find_certificate(folder)?.is_some() {
            let certificate = role.load(folder)?.certificate;
            if certificate.valid_at(self.now) && certificate.verify_issued_by(&ca.certificate).is_ok() {
                return Ok(Made { role, outcome: Outcome::Kept, certificate });
            }
            Outcome::Renewed
        } else {
            Outcome::Made
        };
        let key = self.key(role)?;
        let parameters = self.parameters(role, Some(&ca.certificate))?;
        let certificate = issue(&parameters, key.public_key(), &ca.certificate, &ca.key).map_err(making)?;
        let purpose = if role == Role::Tsa { Purpose::Tsa } else { Purpose::Ocsp };
        let entry = Entry::new(&certificate, purpose, self.now);
        Register::new(folder).add(entry).map_err(making)?;
        role.store_certificate(folder, &certificate)?;
        Ok(Made { role, outcome, certificate })
    }

    /// The key that an interrupted attempt left, or a new one.
    fn key(&self, role: Role) -> Result<SigningKey, StateError> {
        let folder = &self.config.state_folder;
        if let Some(key) = role.find_key(folder)? {
            return Ok(key);
        }
        let key = SigningKey::generate(self.config.authority.key.into()).map_err(making)?;
        role.store_key(folder, &key)?;
        Ok(key)
    }

    fn parameters(&self, role: Role, ca: Option<&Certificate>) -> Result<CertificateParameters, StateError> {
        let authority = &self.config.authority;
        let (suffix, profile) = match role {
            Role::Ca => ("", IssueProfile::Ca { path_len: Some(0) }),
            Role::Ocsp => (" OCSP", IssueProfile::OcspResponder),
            Role::Tsa => (" TSA", IssueProfile::TimeStamping),
        };
        let subject = Subject::new()
            .with(SubjectAttribute::Country, &*authority.country)
            .with(SubjectAttribute::Organization, &*authority.organization)
            .with(SubjectAttribute::CommonName, format!("{}{suffix}", authority.common_name));
        let serial = new_serial().map_err(making)?;
        let validity = validity(self.now, authority.valid_days, ca);
        Ok(CertificateParameters::new(subject, profile, &serial, validity))
    }
}

fn making(error: impl std::fmt::Display) -> StateError {
    StateError::Making(error.to_string())
}
