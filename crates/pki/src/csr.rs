//! PKCS#10 certificate requests.
use crate::signer::{Signer, SigningError};

/// A subject in the order in which it is written, most general first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Subject {
    attributes: Vec<(SubjectAttribute, String)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SubjectAttribute {
    Country,
    Organization,
    OrganizationalUnit,
    CommonName,
    SerialNumber,
    BusinessCategory,
    OrganizationIdentifier,
}

impl Subject {
    pub fn new() -> Self {
        Self::default()
    }
    pub fn with(self, _attribute: SubjectAttribute, _value: impl Into<String>) -> Self {
        todo!()
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

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CsrParameters {
    pub subject: Subject,
    pub usage: CertificateUse,
    pub dns_names: Vec<String>,
}

/// DER of the request.
pub fn build(_parameters: &CsrParameters, _key: &dyn Signer) -> Result<Vec<u8>, SigningError> {
    todo!()
}

/// PEM of a DER request.
pub fn to_pem(_der: &[u8]) -> String {
    todo!()
}
