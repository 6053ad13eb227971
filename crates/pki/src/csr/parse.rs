//! Reading of certificate requests: what a certification authority gets.

use super::{Subject, SubjectAttribute};
use crate::algorithm::SignatureAlgorithm;
use crate::asn1::{Malformed, oid, read, read::Reader};
use crate::certificate::extension_facts;
use crate::name::Name;
use crate::pem;
use crate::public_key::{PublicKey, PublicKeyError};

/// Largest request that is read, in bytes.
const MAX_LEN: usize = 64 * 1024;

/// A request whose signature was right: the sender holds the private key.
#[derive(Clone, Debug)]
pub struct CertificateRequest {
    subject: Subject,
    public_key: PublicKey,
    dns_names: Vec<String>,
    asks_for_signing: bool,
}

/// Why a request is not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RequestError {
    /// Not a PKCS#10 request in DER or PEM.
    #[error("malformed certificate request")]
    Malformed,
    /// A subject with an attribute twice, or with a value that is no text.
    #[error("subject of the certificate request is not usable")]
    Subject,
    /// The key is too weak or of an unknown kind.
    #[error("certificate request: {0}")]
    Key(#[from] PublicKeyError),
    /// Signed with SHA-1, MD5 or something unknown.
    #[error("certificate request is signed with an algorithm that is too weak or unknown")]
    Algorithm,
    /// Not signed by its own key.
    #[error("the request is not signed by its key")]
    Signature,
}

impl From<Malformed> for RequestError {
    fn from(_: Malformed) -> Self {
        Self::Malformed
    }
}

impl CertificateRequest {
    /// Reads a request, DER or PEM, and checks its signature.
    pub fn parse(bytes: &[u8]) -> Result<Self, RequestError> {
        if bytes.len() > MAX_LEN {
            return Err(RequestError::Malformed);
        }
        if bytes.first() == Some(&read::SEQUENCE) {
            return Self::from_der(bytes);
        }
        let blocks =
            ["CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST"].map(|label| pem::decode_all(bytes, label));
        Self::from_der(blocks.iter().flatten().next().ok_or(RequestError::Malformed)?)
    }

    fn from_der(der: &[u8]) -> Result<Self, RequestError> {
        let mut outer = Reader::only(der, read::SEQUENCE)?;
        let info = outer.tlv(read::SEQUENCE)?;
        let algorithm = outer.tlv(read::SEQUENCE)?.raw;
        let signature = outer.bit_string()?;
        outer.finish()?;
        let mut fields = Reader::new(info.value);
        fields.small(read::INTEGER)?;
        let subject = subject(&Name::parse(fields.tlv(read::SEQUENCE)?.raw)?)?;
        let public_key = PublicKey::from_spki(fields.tlv(read::SEQUENCE)?.raw)?;
        let extensions = requested_extensions(fields.value(read::context(0))?)?;
        fields.finish()?;
        let algorithm =
            SignatureAlgorithm::from_identifier(algorithm).map_err(|_| RequestError::Algorithm)?;
        public_key.verify(algorithm, info.raw, signature).map_err(|_| RequestError::Signature)?;
        let (dns_names, asks_for_signing) = match extensions {
            Some(content) => extension_facts(content)?,
            None => (Vec::new(), false),
        };
        Ok(Self { subject, public_key, dns_names, asks_for_signing })
    }

    /// The subject asked for.
    pub fn subject(&self) -> &Subject {
        &self.subject
    }

    /// The key to be certified.
    pub fn public_key(&self) -> &PublicKey {
        &self.public_key
    }

    /// DNS names asked for.
    pub fn dns_names(&self) -> &[String] {
        &self.dns_names
    }

    /// Whether key usage nonRepudiation is asked for: X-Road's mark of a signing key.
    pub fn asks_for_signing(&self) -> bool {
        self.asks_for_signing
    }
}

fn subject(name: &Name) -> Result<Subject, RequestError> {
    let mut subject = Subject::new();
    for (kind, text) in name.attributes() {
        let attribute = SubjectAttribute::from_oid(kind);
        if subject.attributes().iter().any(|(known, _)| *known == attribute) {
            return Err(RequestError::Subject);
        }
        subject = subject.with(attribute, text.ok_or(RequestError::Subject)?);
    }
    Ok(subject)
}

/// Content of the extensionRequest attribute.
fn requested_extensions(attributes: &[u8]) -> Result<Option<&[u8]>, Malformed> {
    let mut list = Reader::new(attributes);
    let mut found = None;
    while !list.is_empty() {
        let mut attribute = list.nested(read::SEQUENCE)?;
        let id = attribute.oid()?;
        let values = attribute.value(read::SET)?;
        if id == oid::EXTENSION_REQUEST && found.replace(values).is_some() {
            return Err(Malformed);
        }
    }
    Ok(found)
}
