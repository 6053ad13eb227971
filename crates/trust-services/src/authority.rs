//! The authority: its keys and certificates on disk, and the certificates that it issues.

use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use keys::SigningKey;
use pki::Certificate;
use pki::csr::{CertificateRequest, RequestError, Subject, SubjectAttribute};
use pki::issue::{CertificateParameters, IssueProfile, issue, self_signed};
use pki::profile::{CertificateProfile, ProfileError, member_of};
use serde::{Deserialize, Serialize};
use service_kit::files::{Readers, write_atomically};
use service_kit::random;
use time::OffsetDateTime;

use crate::config::Config;
use crate::register::{Entry, Register, RegisterError};

/// Certificates begin a little in the past, because clocks differ.
const BACKDATED: Duration = Duration::from_secs(600);

/// What a certificate is issued for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Profile {
    /// A security server towards other servers.
    Auth,
    /// The messages of a member.
    Sign,
    /// A TLS server, for example of the registry.
    Tls,
}

/// A key and its certificate.
#[derive(Clone)]
pub struct Party {
    /// The key.
    pub key: SigningKey,
    /// Its certificate.
    pub certificate: Certificate,
}

/// The authority with its responder and its TSA.
pub struct Authority {
    /// The certification authority.
    pub ca: Party,
    /// The OCSP responder on its behalf.
    pub ocsp: Party,
    /// The time-stamping authority.
    pub tsa: Party,
    register: Register,
    style: CertificateProfile,
    valid_days: u32,
    ocsp_url: String,
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
    /// A file does not hold what it should.
    #[error("{path} is damaged: {problem}")]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        problem: String,
    },
    /// A key or certificate could not be made.
    #[error("the authority could not be made: {0}")]
    Making(String),
}

/// Why a certificate is not issued.
#[derive(Debug, thiserror::Error)]
pub enum IssueError {
    /// The request is not one, or not signed by its own key.
    #[error("the certificate request is not acceptable: {0}")]
    Request(#[from] RequestError),
    /// The subject is empty.
    #[error("the certificate request has an empty subject")]
    NoSubject,
    /// The request says that the key is for signing messages.
    #[error("the request is for a signing key, the profile is another one")]
    WrongUse,
    /// The subject of a signing certificate names no member.
    #[error("the subject names no member in the style of this authority: {0}")]
    NoMember(#[from] ProfileError),
    /// The certificate could not be made.
    #[error("the certificate could not be made: {0}")]
    Making(String),
    /// The register could not be written.
    #[error(transparent)]
    Register(#[from] RegisterError),
}

/// The three own parties: file names and purpose.
const PARTIES: [(&str, &str, IssueProfile); 3] = [
    ("ca", "", IssueProfile::Ca { path_len: Some(0) }),
    ("ocsp", " OCSP", IssueProfile::OcspResponder),
    ("tsa", " TSA", IssueProfile::TimeStamping),
];

impl Authority {
    /// Does the state folder hold an authority?
    #[must_use]
    pub fn exists(config: &Config) -> bool {
        certificate_path(&config.state_folder, "tsa").exists()
    }

    /// Makes keys and certificates of a new authority.
    ///
    /// # Errors
    /// [`StateError`].
    pub fn create(config: &Config, now: OffsetDateTime) -> Result<(), StateError> {
        let mut ca: Option<Party> = None;
        for (name, suffix, profile) in PARTIES {
            let making = |error: &dyn std::fmt::Display| StateError::Making(error.to_string());
            let key = SigningKey::generate(config.authority.key.into()).map_err(|error| making(&error))?;
            let authority = &config.authority;
            let subject = Subject::new()
                .with(SubjectAttribute::Country, &*authority.country)
                .with(SubjectAttribute::Organization, &*authority.organization)
                .with(SubjectAttribute::CommonName, format!("{}{suffix}", authority.common_name));
            let serial = new_serial().map_err(|error| making(&error))?;
            let parameters =
                CertificateParameters::new(subject, profile, &serial, validity(now, authority.valid_days));
            let certificate = match &ca {
                None => self_signed(&parameters, &key),
                Some(ca) => issue(&parameters, key.public_key(), &ca.certificate, &ca.key),
            };
            let party = Party { certificate: certificate.map_err(|error| making(&error))?, key };
            party.store(&config.state_folder, name)?;
            ca.get_or_insert(party);
        }
        Ok(())
    }

    /// Reads an authority from its state folder.
    ///
    /// # Errors
    /// [`StateError`].
    pub fn load(config: &Config) -> Result<Self, StateError> {
        let folder = &config.state_folder;
        Ok(Self {
            ca: Party::load(folder, "ca")?,
            ocsp: Party::load(folder, "ocsp")?,
            tsa: Party::load(folder, "tsa")?,
            register: Register::new(folder),
            style: config.certificates.profile.0,
            valid_days: config.certificates.valid_days,
            ocsp_url: format!("{}/ocsp", config.public_url()),
        })
    }

    /// What was issued and revoked.
    #[must_use]
    pub const fn register(&self) -> &Register {
        &self.register
    }

    /// Issues a certificate for a PKCS#10 request (DER or PEM) and enters it in the register first.
    ///
    /// # Errors
    /// [`IssueError`].
    pub fn issue(
        &self,
        profile: Profile,
        request: &[u8],
        addresses: &[IpAddr],
        now: OffsetDateTime,
    ) -> Result<Certificate, IssueError> {
        let request = CertificateRequest::parse(request)?;
        if request.subject().attributes().is_empty() {
            return Err(IssueError::NoSubject);
        }
        if request.asks_for_signing() && profile != Profile::Sign {
            return Err(IssueError::WrongUse);
        }
        let making = |error: &dyn std::fmt::Display| IssueError::Making(error.to_string());
        let serial = new_serial().map_err(|error| making(&error))?;
        let kind = match profile {
            Profile::Auth => IssueProfile::Authentication,
            Profile::Sign => IssueProfile::Signing,
            Profile::Tls => IssueProfile::Tls,
        };
        let validity = validity(now, self.valid_days);
        let mut parameters = CertificateParameters::new(request.subject().clone(), kind, &serial, validity);
        parameters.ocsp_url = Some(self.ocsp_url.clone());
        if profile != Profile::Sign {
            parameters.dns_names = request.dns_names().to_vec();
            parameters.ip_addresses = addresses.to_vec();
        }
        let certificate = issue(&parameters, request.public_key(), &self.ca.certificate, &self.ca.key)
            .map_err(|error| making(&error))?;
        if profile == Profile::Sign {
            // Only styles without an instance of their own take the one that is given.
            member_of(&certificate, self.style, "ANY")?;
        }
        self.register.add(Entry::new(&certificate, profile, now))?;
        Ok(certificate)
    }
}

impl Party {
    fn store(&self, folder: &Path, name: &str) -> Result<(), StateError> {
        let key_path = folder.join("keys").join(format!("{name}.key.pem"));
        let certificate_path = certificate_path(folder, name);
        for path in [&key_path, &certificate_path] {
            let parent = path.parent().unwrap_or(folder);
            std::fs::create_dir_all(parent).map_err(|cause| file_error(parent, cause))?;
        }
        let key = self.key.to_pkcs8().map_err(|error| StateError::Making(error.to_string()))?;
        let key = pki::pem::encode(&key, "PRIVATE KEY");
        write_atomically(&key_path, key.as_bytes(), Readers::Owner)
            .map_err(|cause| file_error(&key_path, cause))?;
        let certificate = self.certificate.to_pem();
        write_atomically(&certificate_path, certificate.as_bytes(), Readers::Everybody)
            .map_err(|cause| file_error(&certificate_path, cause))
    }

    fn load(folder: &Path, name: &str) -> Result<Self, StateError> {
        let key_path = folder.join("keys").join(format!("{name}.key.pem"));
        let certificate_path = certificate_path(folder, name);
        let read = |path: &Path| std::fs::read(path).map_err(|cause| file_error(path, cause));
        let damaged = |path: &Path, problem: String| StateError::Damaged { path: path.to_owned(), problem };
        let key =
            SigningKey::from_pem(&read(&key_path)?).map_err(|error| damaged(&key_path, error.to_string()))?;
        let certificate = Certificate::from_pem(&read(&certificate_path)?)
            .map_err(|error| damaged(&certificate_path, error.to_string()))?;
        if !key.belongs_to(&certificate) {
            return Err(damaged(&certificate_path, "it does not belong to the key".to_owned()));
        }
        Ok(Self { key, certificate })
    }
}

/// Where the certificate of a party is kept for whoever wants to approve it.
#[must_use]
pub fn certificate_path(folder: &Path, name: &str) -> PathBuf {
    folder.join("certificates").join(format!("{name}.crt.pem"))
}

fn file_error(path: &Path, cause: std::io::Error) -> StateError {
    StateError::File { path: path.to_owned(), cause }
}

/// 16 unpredictable bytes: positive and never with a leading zero, so that all serials have one length.
fn new_serial() -> Result<Vec<u8>, random::NoRandomness> {
    let mut serial = random::bytes::<16>()?;
    serial[0] = (serial[0] & 0x3f) | 0x40;
    Ok(serial.to_vec())
}

fn validity(now: OffsetDateTime, days: u32) -> std::ops::RangeInclusive<OffsetDateTime> {
    now - BACKDATED..=now + time::Duration::days(i64::from(days))
}

#[cfg(test)]
mod tests;
