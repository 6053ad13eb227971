//! PKCS#10 certificate requests (RFC 2986), made and read.

mod parse;

pub use parse::{CertificateRequest, RequestError};

use crate::asn1::{oid, read, write};
use crate::rcgen_key::{self, RcgenKey};
use crate::signer::{Signer, SigningError};
use der::asn1::ObjectIdentifier;
use rcgen::{CertificateParams, CustomExtension, IsCa};

/// A subject in the order in which it is written. Each attribute type occurs once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Subject {
    attributes: Vec<(SubjectAttribute, String)>,
}

/// An attribute of a subject (RFC 4519, ETSI EN 319 412-1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SubjectAttribute {
    /// `C`, two letters.
    Country,
    /// `O`.
    Organization,
    /// `OU`.
    OrganizationalUnit,
    /// `CN`.
    CommonName,
    /// `serialNumber` (2.5.4.5).
    SerialNumber,
    /// `businessCategory` (2.5.4.15).
    BusinessCategory,
    /// `organizationIdentifier` (2.5.4.97).
    OrganizationIdentifier,
    /// Any other one.
    Other(ObjectIdentifier),
}

impl SubjectAttribute {
    /// Object identifier of the attribute type.
    pub fn oid(self) -> ObjectIdentifier {
        match self {
            Self::Country => oid::COUNTRY,
            Self::Organization => oid::ORGANIZATION,
            Self::OrganizationalUnit => oid::ORGANIZATIONAL_UNIT,
            Self::CommonName => oid::COMMON_NAME,
            Self::SerialNumber => oid::SERIAL_NUMBER,
            Self::BusinessCategory => oid::BUSINESS_CATEGORY,
            Self::OrganizationIdentifier => oid::ORGANIZATION_IDENTIFIER,
            Self::Other(oid) => oid,
        }
    }

    /// The attribute of this type.
    pub fn from_oid(oid: &ObjectIdentifier) -> Self {
        let known = [
            Self::Country,
            Self::Organization,
            Self::OrganizationalUnit,
            Self::CommonName,
            Self::SerialNumber,
            Self::BusinessCategory,
            Self::OrganizationIdentifier,
        ];
        known.into_iter().find(|attribute| attribute.oid() == *oid).unwrap_or(Self::Other(*oid))
    }
}

impl Subject {
    /// A subject without attributes.
    pub fn new() -> Self {
        Self::default()
    }

    /// With one attribute more at the end; a second one of the same type replaces the first.
    pub fn with(mut self, attribute: SubjectAttribute, value: impl Into<String>) -> Self {
        self.attributes.retain(|(kind, _)| *kind != attribute);
        self.attributes.push((attribute, value.into()));
        self
    }

    /// Attributes in order.
    pub fn attributes(&self) -> &[(SubjectAttribute, String)] {
        &self.attributes
    }
}

/// What the requested certificate is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CertificateUse {
    /// Authenticates a security server towards others.
    Authentication,
    /// Signs messages of a member.
    Signing,
    /// TLS between a security server and an information system.
    Tls,
}

/// What is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CsrParameters {
    /// To whom.
    pub subject: Subject,
    /// What for.
    pub usage: CertificateUse,
    /// DNS names for the subject alternative name extension.
    pub dns_names: Vec<String>,
}

/// DER of a request, signed by the key itself.
///
/// As X-Road does, key usage is asked for and not marked critical; unlike X-Road, keyCertSign is not asked for
/// signing keys, because no member's key shall issue certificates.
pub fn build(parameters: &CsrParameters, key: &dyn Signer) -> Result<Vec<u8>, SigningError> {
    let key = RcgenKey::new(key)?;
    let mut params = CertificateParams::default();
    params.distinguished_name = rcgen_key::distinguished_name(&parameters.subject)?;
    params.subject_alt_names = rcgen_key::dns_names(&parameters.dns_names)?;
    params.is_ca = IsCa::NoCa;
    params.custom_extensions = vec![key_usage(parameters.usage)];
    let request = params.serialize_request(&key).map_err(|error| rcgen_key::signing_error(&error))?;
    Ok(request.der().to_vec())
}

fn key_usage(usage: CertificateUse) -> CustomExtension {
    // Unused bits, then digitalSignature, nonRepudiation, keyEncipherment, dataEncipherment from the left.
    let bits: [u8; 2] = match usage {
        CertificateUse::Authentication => [4, 0b1011_0000],
        CertificateUse::Signing => [6, 0b0100_0000],
        CertificateUse::Tls => [5, 0b1010_0000],
    };
    CustomExtension::from_oid_content(&[2, 5, 29, 15], write::tlv(read::BIT_STRING, &[&bits]))
}

/// PEM of a DER request.
pub fn to_pem(der: &[u8]) -> String {
    crate::pem::encode(der, "CERTIFICATE REQUEST")
}
