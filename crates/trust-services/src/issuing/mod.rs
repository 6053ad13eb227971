//! From a certificate request to a certificate.
//!
//! 1. The request is read and its signature checked: the sender holds the key.
//! 2. The subject is taken as it is, after the [`subject`] rules: nothing is added to it or taken out.
//! 3. The certificate is signed, written into the register, and then handed out.

pub mod subject;

use std::net::IpAddr;

use clap::ValueEnum;
use keys::Identity;
use pki::csr::{CertificateRequest, RequestError, Subject, SubjectAttribute};
use pki::issue::{CertificateParameters, IssueProfile};
use pki::{Certificate, SigningError};
use service_kit::random::{self, NoRandomness};
use time::{Duration, OffsetDateTime};

use crate::config::{Config, IssuingConfig};
use crate::state::{Register, Role, StateError, StateFolder};
use subject::SubjectError;

/// Certificates are valid from a little before they are issued, for machines whose clocks are behind.
const BACKDATE: Duration = Duration::minutes(5);

/// What a certificate is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Profile {
    /// A security server towards others.
    Auth,
    /// Messages of a member.
    Sign,
    /// TLS within an organisation: information systems, internal ports.
    Tls,
}

/// Why no certificate is issued.
#[derive(Debug, thiserror::Error)]
pub enum IssueError {
    /// The request itself is no good.
    #[error(transparent)]
    Request(#[from] RequestError),
    /// The request asks for nonRepudiation, which marks signing keys, or the other way round.
    #[error("the request asks for a signing certificate, the profile is another one")]
    OtherPurpose,
    /// The subject breaks a rule.
    #[error("subject of the request: {0}")]
    Subject(#[from] SubjectError),
    /// The authority has expired.
    #[error("the certification authority is not valid now")]
    AuthorityNotValid,
    /// The certificate could not be signed.
    #[error("the certificate cannot be signed: {0}")]
    Signing(#[from] SigningError),
    /// The state folder failed.
    #[error(transparent)]
    State(#[from] StateError),
    /// There is no serial number without chance.
    #[error(transparent)]
    Randomness(#[from] NoRandomness),
}

impl IssueError {
    /// Whether the request is to blame, not this program.
    #[must_use]
    pub const fn is_about_the_request(&self) -> bool {
        matches!(self, Self::Request(_) | Self::OtherPurpose | Self::Subject(_))
    }
}

/// Names that the certificate carries besides those of the request.
#[derive(Clone, Debug, Default)]
pub struct AlternativeNames {
    /// DNS names.
    pub dns: Vec<String>,
    /// IP addresses.
    pub ip: Vec<IpAddr>,
}

/// The certification authority at work, with its private key.
pub struct Issuer {
    ca: Identity,
    register: Register,
    rules: IssuingConfig,
    ocsp_url: String,
}

impl Issuer {
    /// Opens the authority.
    ///
    /// # Errors
    /// [`StateError`]: there is none yet, or it is damaged.
    pub fn open(config: &Config) -> Result<Self, StateError> {
        let folder = StateFolder::at(&config.state_folder);
        Ok(Self {
            ca: folder.identity(Role::Ca)?,
            register: folder.register(),
            rules: config.issuing.clone(),
            ocsp_url: config.ocsp_url(),
        })
    }

    /// Issues a certificate for a PKCS#10 request, PEM or DER, and writes it into the register.
    ///
    /// # Errors
    /// [`IssueError`].
    pub fn issue(
        &self,
        request: &[u8],
        profile: Profile,
        names: &AlternativeNames,
        now: OffsetDateTime,
    ) -> Result<Certificate, IssueError> {
        let request = CertificateRequest::parse(request)?;
        if request.asks_for_signing() && profile != Profile::Sign {
            return Err(IssueError::OtherPurpose);
        }
        subject::check_form(request.subject())?;
        if !self.ca.certificate().valid_at(now) {
            return Err(IssueError::AuthorityNotValid);
        }
        let parameters = self.parameters(&request, profile, names, now)?;
        let certificate =
            pki::issue::issue(&parameters, request.public_key(), self.ca.certificate(), self.ca.key())?;
        subject::check_member(&certificate, profile, &self.rules)?;
        self.register.record(&certificate)?;
        Ok(certificate)
    }

    fn parameters(
        &self,
        request: &CertificateRequest,
        profile: Profile,
        names: &AlternativeNames,
        now: OffsetDateTime,
    ) -> Result<CertificateParameters, NoRandomness> {
        let (subject, kind) = (request.subject().clone(), profile.kind());
        let validity = validity(now, self.rules.valid_days, Some(self.ca.certificate()));
        let mut parameters = CertificateParameters::new(subject, kind, &serial_number()?, validity);
        if profile != Profile::Sign {
            parameters.dns_names = [request.dns_names(), &names.dns].concat();
            parameters.ip_addresses = names.ip.clone();
        }
        if profile == Profile::Tls && parameters.dns_names.is_empty() && parameters.ip_addresses.is_empty() {
            // Clients look at alternative names only (RFC 9525 2), people write common names.
            add_common_name(request.subject(), &mut parameters);
        }
        parameters.ocsp_url = Some(self.ocsp_url.clone());
        Ok(parameters)
    }
}

impl Profile {
    const fn kind(self) -> IssueProfile {
        match self {
            Self::Auth => IssueProfile::Authentication,
            Self::Sign => IssueProfile::Signing,
            Self::Tls => IssueProfile::Tls,
        }
    }
}

fn add_common_name(subject: &Subject, parameters: &mut CertificateParameters) {
    let common_name = subject.attributes().iter().find(|(kind, _)| *kind == SubjectAttribute::CommonName);
    let Some((_, name)) = common_name else { return };
    let is_dns_name = |name: &str| {
        name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'*'))
    };
    match name.parse() {
        Ok(address) => parameters.ip_addresses.push(address),
        Err(_) if is_dns_name(name) => parameters.dns_names.push(name.clone()),
        Err(_) => {}
    }
}

/// From a little before `now`, for so many days, but not longer than the authority.
pub(crate) fn validity(
    now: OffsetDateTime,
    days: u32,
    authority: Option<&Certificate>,
) -> std::ops::RangeInclusive<OffsetDateTime> {
    let end = now + Duration::days(days.into());
    now - BACKDATE..=authority.map_or(end, |authority| end.min(authority.not_after()))
}

/// 127 unpredictable bits; the highest one that is left is set, so that all numbers have the same length.
pub(crate) fn serial_number() -> Result<[u8; 16], NoRandomness> {
    let mut serial: [u8; 16] = random::bytes()?;
    serial[0] = serial[0] & 0x7f | 0x40;
    Ok(serial)
}

#[cfg(test)]
mod tests;
