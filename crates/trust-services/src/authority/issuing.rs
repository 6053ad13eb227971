//! From a certificate request to a certificate.
//!
//! The subject is taken as the request has it, after the rules of [`super::subject`]; nothing is added or taken out.
//! The certificate is entered in the register before anybody gets it.

use std::net::IpAddr;

use pki::Certificate;
use pki::csr::{CertificateRequest, RequestError, Subject, SubjectAttribute};
use pki::issue::{CertificateParameters, IssueProfile, issue};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::subject::{self, SubjectError};
use super::{Party, Role, StateError, new_serial, validity};
use crate::config::{CertificatesConfig, Config};
use crate::register::{Entry, Register, RegisterError};

/// What a certificate is issued for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Profile {
    /// A security server towards other servers.
    Auth,
    /// The messages of a member.
    Sign,
    /// A TLS server or client, for example of the registry.
    Tls,
}

/// Why a certificate is not issued.
#[derive(Debug, thiserror::Error)]
pub enum IssueError {
    /// The request is not one, or not signed by its own key.
    #[error("the certificate request is not acceptable: {0}")]
    Request(#[from] RequestError),
    /// The request says that the key is for signing messages.
    #[error("the request is for a signing key, the profile is another one")]
    WrongUse,
    /// The subject breaks a rule.
    #[error("the subject of the request is not acceptable: {0}")]
    Subject(#[from] SubjectError),
    /// The authority's own certificate is not valid.
    #[error("the certification authority is not valid now")]
    AuthorityNotValid,
    /// The certificate could not be made.
    #[error("the certificate could not be made: {0}")]
    Making(String),
    /// The register could not be written.
    #[error(transparent)]
    Register(#[from] RegisterError),
}

impl IssueError {
    /// Is the request to blame (and not this program)?
    #[must_use]
    pub const fn is_about_the_request(&self) -> bool {
        matches!(self, Self::Request(_) | Self::WrongUse | Self::Subject(_))
    }
}

/// The certification authority at work, with its private key.
pub struct Issuer {
    ca: Party,
    register: Register,
    rules: CertificatesConfig,
    ocsp_url: String,
}

/// Names that a certificate gets beside those of its request. Signing certificates have none.
#[derive(Clone, Debug, Default)]
pub struct FurtherNames {
    /// DNS names.
    pub dns: Vec<String>,
    /// IP addresses.
    pub ip: Vec<IpAddr>,
}

impl Issuer {
    /// Opens the authority of a state folder.
    ///
    /// # Errors
    /// [`StateError`].
    pub fn load(config: &Config) -> Result<Self, StateError> {
        Ok(Self {
            ca: Role::Ca.load(&config.state_folder)?,
            register: Register::new(&config.state_folder),
            rules: config.certificates.clone(),
            ocsp_url: format!("{}/ocsp", config.public_url()),
        })
    }

    /// Issues a certificate for a PKCS#10 request (DER or PEM).
    ///
    /// # Errors
    /// [`IssueError`].
    pub fn issue(
        &self,
        profile: Profile,
        request: &[u8],
        names: &FurtherNames,
        now: OffsetDateTime,
    ) -> Result<Certificate, IssueError> {
        let request = CertificateRequest::parse(request)?;
        if request.asks_for_signing() && profile != Profile::Sign {
            return Err(IssueError::WrongUse);
        }
        subject::check_form(request.subject())?;
        if !self.ca.certificate.valid_at(now) {
            return Err(IssueError::AuthorityNotValid);
        }
        let parameters = self.parameters(profile, &request, names, now)?;
        let certificate = issue(&parameters, request.public_key(), &self.ca.certificate, &self.ca.key)
            .map_err(|error| IssueError::Making(error.to_string()))?;
        subject::check_member(&certificate, profile, &self.rules)?;
        self.register.add(Entry::new(&certificate, profile.into(), now))?;
        Ok(certificate)
    }

    fn parameters(
        &self,
        profile: Profile,
        request: &CertificateRequest,
        names: &FurtherNames,
        now: OffsetDateTime,
    ) -> Result<CertificateParameters, IssueError> {
        let serial = new_serial().map_err(|error| IssueError::Making(error.to_string()))?;
        let kind = match profile {
            Profile::Auth => IssueProfile::Authentication,
            Profile::Sign => IssueProfile::Signing,
            Profile::Tls => IssueProfile::Tls,
        };
        let validity = validity(now, self.rules.valid_days, Some(&self.ca.certificate));
        let mut parameters = CertificateParameters::new(request.subject().clone(), kind, &serial, validity);
        parameters.ocsp_url = Some(self.ocsp_url.clone());
        if profile != Profile::Sign {
            parameters.dns_names = [request.dns_names(), &names.dns].concat();
            parameters.ip_addresses.clone_from(&names.ip);
        }
        if profile == Profile::Tls && parameters.dns_names.is_empty() && parameters.ip_addresses.is_empty() {
            add_common_name(request.subject(), &mut parameters);
        }
        Ok(parameters)
    }
}

/// TLS clients look at alternative names only (RFC 9525 section 2), people write common names.
fn add_common_name(subject: &Subject, parameters: &mut CertificateParameters) {
    let common_name = subject.attributes().iter().find(|(kind, _)| *kind == SubjectAttribute::CommonName);
    let Some((_, name)) = common_name else { return };
    let is_dns_name =
        |name: &str| name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.'));
    match name.parse() {
        Ok(address) => parameters.ip_addresses.push(address),
        Err(_) if is_dns_name(name) => parameters.dns_names.push(name.clone()),
        Err(_) => {}
    }
}
