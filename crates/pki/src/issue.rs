//! The work of a certification authority: for the development trust services and for tests.
use crate::certificate::Certificate;
use crate::csr::Subject;
use crate::signer::{Signer, SigningError};
use time::OffsetDateTime;

/// What a certificate is issued for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum IssueProfile {
    /// Root CA, or intermediate with a path length.
    Ca { path_len: Option<u8> },
    Authentication,
    Signing,
    OcspResponder,
    TimeStamping,
    Tls,
}

#[derive(Clone, Debug)]
pub struct CertificateParameters {
    pub subject: Subject,
    pub profile: IssueProfile,
    /// Big-endian, at most 20 bytes, positive.
    pub serial: Vec<u8>,
    pub not_before: OffsetDateTime,
    pub not_after: OffsetDateTime,
    pub dns_names: Vec<String>,
    pub ip_addresses: Vec<std::net::IpAddr>,
    /// Authority information access.
    pub ocsp_url: Option<String>,
}

/// Self-signed certificate (root CA, or TLS without CA).
pub fn self_signed(_parameters: &CertificateParameters, _key: &dyn Signer) -> Result<Certificate, SigningError> {
    todo!()
}

/// Certificate for a public key (SubjectPublicKeyInfo DER), issued by a CA.
pub fn issue(_parameters: &CertificateParameters, _spki: &[u8], _ca: &Certificate, _ca_key: &dyn Signer) -> Result<Certificate, SigningError> {
    todo!()
}

/// Certificate for a PKCS#10 request (DER or PEM): subject, DNS names and key are taken from it.
#[derive(Clone, Debug)]
pub struct ParsedRequest {
    pub subject: Subject,
    pub spki: Vec<u8>,
    pub dns_names: Vec<String>,
    /// Key usage of the request: true = nonRepudiation asked for.
    pub signing: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RequestError {
    #[error("malformed certificate request")]
    Malformed,
    #[error("the request is not signed by its key")]
    Signature,
}

/// Parses a request and checks its signature.
pub fn parse_request(_der_or_pem: &[u8]) -> Result<ParsedRequest, RequestError> {
    todo!()
}
