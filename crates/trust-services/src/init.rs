//! Makes the three authorities, once. What is there stays; only a service's certificate that is not valid any more
//! is issued anew, for the same key.

use keys::{KeyError, SigningKey};
use pki::csr::{Subject, SubjectAttribute};
use pki::issue::{self, CertificateParameters, IssueProfile};
use pki::{Certificate, SigningError};
use service_kit::random::NoRandomness;
use time::OffsetDateTime;

use crate::config::Config;
use crate::issuing::{serial_number, validity};
use crate::state::{Role, StateError, StateFolder};

/// Why the authorities cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum InitError {
    /// The state folder failed or is damaged.
    #[error(transparent)]
    State(#[from] StateError),
    /// No key could be made.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// A certificate could not be signed.
    #[error("a certificate cannot be signed: {0}")]
    Signing(#[from] SigningError),
    /// There is no serial number without chance.
    #[error(transparent)]
    Randomness(#[from] NoRandomness),
    /// A new authority would make every certificate worthless, so that is not done by the way.
    #[error("the certification authority was valid until {0}: begin again with an empty state folder")]
    AuthorityExpired(OffsetDateTime),
}

/// What was done about an authority.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was there.
    Kept,
    /// It has a certificate now.
    Made,
    /// It has a new certificate for the old key.
    Renewed,
}

/// One authority after the work.
#[derive(Clone, Debug)]
pub struct Authority {
    /// Which one.
    pub role: Role,
    /// What was done.
    pub outcome: Outcome,
    /// Its certificate.
    pub certificate: Certificate,
}

/// Makes what is missing. Safe beside a running server and beside itself.
///
/// # Errors
/// [`InitError`]; what was made before stays and is used by the next attempt.
pub fn run(config: &Config, now: OffsetDateTime) -> Result<[Authority; 3], InitError> {
    let folder = StateFolder::at(&config.state_folder);
    let _lock = folder.create_and_lock()?;
    let work = Work { config, folder, now };
    let (ca, ca_key) = work.certification_authority()?;
    let ocsp = work.service(Role::Ocsp, &ca.certificate, &ca_key)?;
    let tsa = work.service(Role::Tsa, &ca.certificate, &ca_key)?;
    Ok([ca, ocsp, tsa])
}

struct Work<'a> {
    config: &'a Config,
    folder: StateFolder,
    now: OffsetDateTime,
}

impl Work<'_> {
    fn certification_authority(&self) -> Result<(Authority, SigningKey), InitError> {
        let role = Role::Ca;
        if self.folder.certificate(role)?.is_some() {
            let identity = self.folder.identity(role)?;
            let certificate = identity.certificate().clone();
            if certificate.not_after() < self.now {
                return Err(InitError::AuthorityExpired(certificate.not_after()));
            }
            return Ok((Authority { role, outcome: Outcome::Kept, certificate }, identity.key().clone()));
        }
        let key = self.key(role)?;
        let certificate = issue::self_signed(&self.parameters(role, None)?, &key)?;
        self.folder.put_certificate(role, &certificate)?;
        Ok((Authority { role, outcome: Outcome::Made, certificate }, key))
    }

    fn service(&self, role: Role, ca: &Certificate, ca_key: &SigningKey) -> Result<Authority, InitError> {
        let there = self.folder.certificate(role)?;
        let outcome = if there.is_some() {
            let certificate = self.folder.identity(role)?.certificate().clone();
            if certificate.valid_at(self.now) && certificate.verify_issued_by(ca).is_ok() {
                return Ok(Authority { role, outcome: Outcome::Kept, certificate });
            }
            Outcome::Renewed
        } else {
            Outcome::Made
        };
        let key = self.key(role)?;
        let certificate = issue::issue(&self.parameters(role, Some(ca))?, key.public_key(), ca, ca_key)?;
        self.folder.register().record(&certificate)?;
        self.folder.put_certificate(role, &certificate)?;
        Ok(Authority { role, outcome, certificate })
    }

    /// The key that is there (an interrupted attempt may have left it), or a new one.
    fn key(&self, role: Role) -> Result<SigningKey, InitError> {
        if let Some(key) = self.folder.key(role)? {
            return Ok(key);
        }
        let key = SigningKey::generate(self.config.authority.key_type.into())?;
        self.folder.put_key(role, &key.to_pkcs8()?)?;
        Ok(key)
    }

    fn parameters(&self, role: Role, ca: Option<&Certificate>) -> Result<CertificateParameters, InitError> {
        let authority = &self.config.authority;
        let (suffix, profile, days) = match role {
            Role::Ca => ("CA", IssueProfile::Ca { path_len: Some(0) }, authority.valid_days),
            Role::Ocsp => ("OCSP", IssueProfile::OcspResponder, authority.service_valid_days),
            Role::Tsa => ("TSA", IssueProfile::TimeStamping, authority.service_valid_days),
        };
        let subject = Subject::new()
            .with(SubjectAttribute::Country, &authority.country)
            .with(SubjectAttribute::Organization, &authority.organization)
            .with(SubjectAttribute::CommonName, format!("{} {suffix}", authority.name));
        let validity = validity(self.now, days, ca);
        Ok(CertificateParameters::new(subject, profile, &serial_number()?, validity))
    }
}

#[cfg(test)]
mod tests;
