//! Certificate profiles: how a certification service writes a member into the subject of a signing certificate.
//!
//! The global configuration names one profile for each certification service, as a Java class
//! (`certificateProfileInfo`, X-Road 7.8 `pr-gconf`). The rules below are those of X-Road's built-in classes.

mod subject;

pub use subject::SubjectFacts;

use crate::asn1::oid;
use crate::certificate::Certificate;
use crate::name::Name;
use der::asn1::ObjectIdentifier;
use identifiers::MemberId;

/// The profiles of X-Road, by suffix of the Java class name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CertificateProfile {
    /// Generic: business category and serial number.
    Basic,
    /// As [`CertificateProfile::Basic`], for services that issue over ACME (since 7.8).
    BasicAcme,
    /// Country, organisation and common name carry the three parts.
    Ejbca,
    /// Finland; also what X-Road's own test installations use.
    FiVrk,
    /// Faroe Islands.
    Fo,
    /// Iceland.
    Is,
    /// Estonia, e-seals of the KLASS3 hierarchy.
    SkKlass3,
    /// Estonia, personal identity cards; deprecated in X-Road.
    SkEsteId,
}

/// Why a certificate names no member under a profile.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProfileError {
    /// A class that is none of the built-in ones.
    #[error("unknown certificate profile {0}")]
    UnknownProfile(String),
    /// A subject attribute that the profile needs is not there.
    #[error("subject attribute {0} is missing")]
    Missing(&'static str),
    /// A subject attribute has not the form that the profile demands.
    #[error("subject attribute {0} is not as the profile demands")]
    Malformed(&'static str),
    /// The parts were there, but make no identifier.
    #[error("subject gives no usable member identifier: {0}")]
    Identifier(#[from] identifiers::IdentifierError),
}

use CertificateProfile as P;

const PACKAGE: &str = "ee.ria.xroad.common.certificateprofile.impl.";
const SUFFIX: &str = "CertificateProfileInfoProvider";

const NAMES: [(P, &str); 8] = [
    (P::Basic, "Basic"),
    (P::BasicAcme, "BasicACME"),
    (P::Ejbca, "Ejbca"),
    (P::FiVrk, "FiVRK"),
    (P::Fo, "Fo"),
    (P::Is, "Is"),
    (P::SkKlass3, "SkKlass3"),
    (P::SkEsteId, "SkEsteId"),
];

impl CertificateProfile {
    /// From the Java class name, with or without its package.
    pub fn from_class_name(class: &str) -> Result<Self, ProfileError> {
        let class = class.trim();
        let bare = class.strip_prefix(PACKAGE).unwrap_or(class);
        let name = bare.strip_suffix(SUFFIX);
        NAMES
            .iter()
            .find(|(_, known)| name == Some(known))
            .map(|(profile, _)| *profile)
            .ok_or_else(|| ProfileError::UnknownProfile(class.chars().take(200).collect()))
    }

    /// The Java class name with its package, as the global configuration carries it.
    pub fn class_name(self) -> String {
        let name = NAMES.iter().find(|(profile, _)| *profile == self).map_or("", |(_, name)| name);
        format!("{PACKAGE}{name}{SUFFIX}")
    }
}

/// The member that a signing certificate names. `instance`: that of the signer who is expected; some profiles
/// do not write the instance into the certificate.
pub fn member_of(
    cert: &Certificate,
    profile: CertificateProfile,
    instance: &str,
) -> Result<MemberId, ProfileError> {
    let subject = Subject(cert.subject());
    match profile {
        P::Basic | P::BasicAcme => {
            member(instance, subject.needed(BUSINESS_CATEGORY)?, subject.needed(SERIAL_NUMBER)?)
        }
        P::Ejbca => three_parts(subject),
        P::FiVrk => fi_vrk(subject),
        P::Fo => {
            subject.must_be(COUNTRY, "FO")?;
            subject.needed(SERIAL_NUMBER)?;
            organisation_parts(subject)
        }
        P::Is => match (subject.get(SERIAL_NUMBER), subject.get(UNIT)) {
            (None, None) => three_parts(subject),
            _ => {
                subject.must_be(COUNTRY, "IS")?;
                subject.needed(SERIAL_NUMBER)?;
                organisation_parts(subject)
            }
        },
        P::SkKlass3 => sk_klass3(subject, instance),
        P::SkEsteId => member(instance, "PERSON", subject.needed(SERIAL_NUMBER)?),
    }
}

/// Attribute with its name in errors.
type Attribute = (ObjectIdentifier, &'static str);
const COUNTRY: Attribute = (oid::COUNTRY, "C");
const ORGANIZATION: Attribute = (oid::ORGANIZATION, "O");
const UNIT: Attribute = (oid::ORGANIZATIONAL_UNIT, "OU");
const COMMON_NAME: Attribute = (oid::COMMON_NAME, "CN");
const SERIAL_NUMBER: Attribute = (oid::SERIAL_NUMBER, "serialNumber");
const BUSINESS_CATEGORY: Attribute = (oid::BUSINESS_CATEGORY, "businessCategory");
const ORGANIZATION_IDENTIFIER: Attribute = (oid::ORGANIZATION_IDENTIFIER, "organizationIdentifier");

#[derive(Clone, Copy)]
struct Subject<'a>(&'a Name);

impl<'a> Subject<'a> {
    fn get(self, attribute: Attribute) -> Option<&'a str> {
        self.0.attribute(&attribute.0)
    }

    fn needed(self, attribute: Attribute) -> Result<&'a str, ProfileError> {
        self.get(attribute).ok_or(ProfileError::Missing(attribute.1))
    }

    fn must_be(self, attribute: Attribute, value: &str) -> Result<(), ProfileError> {
        if self.needed(attribute)? == value { Ok(()) } else { Err(ProfileError::Malformed(attribute.1)) }
    }
}

fn member(instance: &str, class: &str, code: &str) -> Result<MemberId, ProfileError> {
    Ok(MemberId::new(instance, class, code)?)
}

/// C = instance, O = class, CN = code.
fn three_parts(subject: Subject<'_>) -> Result<MemberId, ProfileError> {
    member(subject.needed(COUNTRY)?, subject.needed(ORGANIZATION)?, subject.needed(COMMON_NAME)?)
}

/// O = instance, OU = class, CN = code.
fn organisation_parts(subject: Subject<'_>) -> Result<MemberId, ProfileError> {
    member(subject.needed(ORGANIZATION)?, subject.needed(UNIT)?, subject.needed(COMMON_NAME)?)
}

fn fi_vrk(subject: Subject<'_>) -> Result<MemberId, ProfileError> {
    let Some(serial) = subject.get(SERIAL_NUMBER) else {
        // Forms of before 2017.
        if subject.get(UNIT).is_none() {
            return three_parts(subject);
        }
        subject.must_be(COUNTRY, "FI")?;
        return organisation_parts(subject);
    };
    subject.must_be(COUNTRY, "FI")?;
    subject.needed(ORGANIZATION)?;
    let parts: Vec<&str> = serial.split('/').collect();
    match parts[..] {
        [instance, server, class] if ![instance, server, class].contains(&"") => {
            member(instance, class, subject.needed(COMMON_NAME)?)
        }
        _ => Err(ProfileError::Malformed(SERIAL_NUMBER.1)),
    }
}

fn sk_klass3(subject: Subject<'_>, instance: &str) -> Result<MemberId, ProfileError> {
    const PREFIXES: [(&str, &str); 3] = [("NTREE-", "COM"), ("GO:EE-", "GOV"), ("NP:EE-", "NGO")];
    if let Some(identifier) = subject.get(ORGANIZATION_IDENTIFIER) {
        let known =
            PREFIXES.iter().find_map(|(prefix, class)| Some((*class, identifier.strip_prefix(prefix)?)));
        let (class, code) = known.unwrap_or(("NEE", identifier));
        return member(instance, class, code);
    }
    let serial = subject.needed(SERIAL_NUMBER)?;
    let class = match serial.bytes().next() {
        _ if serial.len() != 8 || !serial.bytes().all(|byte| byte.is_ascii_digit()) => None,
        Some(b'1'..=b'6') => Some("COM"),
        Some(b'7') => Some("GOV"),
        Some(b'8' | b'9') => Some("NGO"),
        _ => None,
    };
    member(instance, class.ok_or(ProfileError::Malformed(SERIAL_NUMBER.1))?, serial)
}

#[cfg(test)]
mod tests;
