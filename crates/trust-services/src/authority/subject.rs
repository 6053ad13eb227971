//! Which subjects get a certificate.

use pki::Certificate;
use pki::csr::{Subject, SubjectAttribute};
use pki::profile::{CertificateProfile, ProfileError, member_of};

use super::Profile;
use crate::config::CertificatesConfig;

/// Most attributes in a subject.
const MAX_ATTRIBUTES: usize = 16;
/// Longest value of an attribute in bytes: twice the longest identifier of X-Road.
const MAX_VALUE_LEN: usize = 512;

/// Why a subject gets no certificate.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SubjectError {
    /// Nobody would recognise the certificate.
    #[error("it has no common name (CN)")]
    NoCommonName,
    /// More attributes, or longer ones, than any subject needs.
    #[error("it is too long")]
    TooLong,
    /// An empty value, or characters that could fool whoever reads a list.
    #[error("an attribute is empty or has control characters")]
    Characters,
    /// It names no member under the configured certificate profile.
    #[error("it names no member in the style of this authority: {0}")]
    NoMember(#[from] ProfileError),
    /// The member belongs to another instance than the configured one.
    #[error("it names a member of the instance {0}")]
    OtherInstance(String),
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

/// Rules of the configured certificate profile. X-Road's profiles speak about signing certificates; only Finland's
/// has the same attributes in authentication certificates.
pub(super) fn check_member(
    certificate: &Certificate,
    profile: Profile,
    rules: &CertificatesConfig,
) -> Result<(), SubjectError> {
    let Some(style) = rules.profile.0 else { return Ok(()) };
    let applies = match profile {
        Profile::Sign => true,
        Profile::Auth => style == CertificateProfile::FiVrk,
        Profile::Tls => false,
    };
    if !applies {
        return Ok(());
    }
    // Some styles do not write the instance; they take the one that is given.
    let member = member_of(certificate, style, rules.instance.as_deref().unwrap_or("ANY"))?;
    match &rules.instance {
        Some(instance) if member.instance() != instance => {
            Err(SubjectError::OtherInstance(member.instance().to_owned()))
        }
        Some(_) | None => Ok(()),
    }
}
