//! Which subjects get a certificate.

use pki::Certificate;
use pki::csr::{Subject, SubjectAttribute};
use pki::profile::{self, CertificateProfile, ProfileError};

use super::Profile;
use crate::config::IssuingConfig;

/// Most attributes in a subject.
const MAX_ATTRIBUTES: usize = 16;
/// Longest value of an attribute, in bytes; twice the longest identifier of X-Road.
const MAX_VALUE_LEN: usize = 512;

/// Why a subject gets no certificate.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SubjectError {
    /// Without a common name nobody would recognise the certificate.
    #[error("it has no common name (CN)")]
    NoCommonName,
    /// More attributes, or longer ones, than any subject needs.
    #[error("it is too long")]
    TooLong,
    /// Empty values, and characters that could fool whoever reads a list.
    #[error("an attribute is empty or has control characters")]
    Characters,
    /// The configured certificate profile finds no member in it.
    #[error("it does not follow the certificate profile: {0}")]
    Member(#[from] ProfileError),
    /// The member belongs to another instance than the configured one.
    #[error("the member belongs to the instance {0}")]
    Instance(String),
}

/// Rules for every certificate.
pub(super) fn check_form(subject: &Subject) -> Result<(), SubjectError> {
    let attributes = subject.attributes();
    if attributes.len() > MAX_ATTRIBUTES || attributes.iter().any(|(_, value)| value.len() > MAX_VALUE_LEN) {
        return Err(SubjectError::TooLong);
    }
    if attributes.iter().any(|(_, value)| value.is_empty() || value.chars().any(char::is_control)) {
        return Err(SubjectError::Characters);
    }
    if !attributes.iter().any(|(kind, _)| *kind == SubjectAttribute::CommonName) {
        return Err(SubjectError::NoCommonName);
    }
    Ok(())
}

/// Rules of the configured certificate profile. They are about signing certificates; only Finland's puts the same
/// into authentication certificates.
pub(super) fn check_member(
    certificate: &Certificate,
    profile: Profile,
    rules: &IssuingConfig,
) -> Result<(), SubjectError> {
    let Some(member_profile) = rules.profile()? else { return Ok(()) };
    let applies = match profile {
        Profile::Sign => true,
        Profile::Auth => member_profile == CertificateProfile::FiVrk,
        Profile::Tls => false,
    };
    if !applies {
        return Ok(());
    }
    // Some profiles do not write the instance; then any name of one will do.
    let instance = rules.instance.as_deref().unwrap_or("ANY");
    let member = profile::member_of(certificate, member_profile, instance)?;
    match &rules.instance {
        Some(instance) if member.instance() != instance => {
            Err(SubjectError::Instance(member.instance().to_owned()))
        }
        _ => Ok(()),
    }
}
