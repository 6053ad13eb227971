//! The work of a certification authority: for the development trust services and for tests.

use crate::asn1::{oid, read, write};
use crate::certificate::Certificate;
use crate::csr::Subject;
use crate::public_key::PublicKey;
use crate::rcgen_key::{self, RcgenKey};
use crate::signer::{Signer, SigningError};
use rcgen::{
    BasicConstraints, CertificateParams, CustomExtension, ExtendedKeyUsagePurpose as Purpose, IsCa,
    KeyUsagePurpose as Usage, SanType, SerialNumber, SubjectPublicKeyInfo,
};
use time::OffsetDateTime;

/// What a certificate is issued for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum IssueProfile {
    /// Certification authority, with the number of further ones below it.
    Ca {
        /// `None` without limit.
        path_len: Option<u8>,
    },
    /// A security server towards others.
    Authentication,
    /// Messages of a member.
    Signing,
    /// Responses of an OCSP responder on behalf of the issuer.
    OcspResponder,
    /// Tokens of a time-stamping authority.
    TimeStamping,
    /// Global configuration: a container of the public key in anchors, with the extensions of X-Road's own.
    ConfigurationSigning,
    /// TLS servers and clients within an organisation.
    Tls,
}

/// What goes into a certificate.
#[derive(Clone, Debug)]
pub struct CertificateParameters {
    /// To whom.
    pub subject: Subject,
    /// What for.
    pub profile: IssueProfile,
    /// Big-endian, positive, at most 20 bytes, unique for the issuer.
    pub serial: Vec<u8>,
    /// Begin of the validity.
    pub not_before: OffsetDateTime,
    /// End of the validity.
    pub not_after: OffsetDateTime,
    /// DNS names for the subject alternative name extension.
    pub dns_names: Vec<String>,
    /// IP addresses for the subject alternative name extension.
    pub ip_addresses: Vec<std::net::IpAddr>,
    /// OCSP address for the authority information access extension.
    pub ocsp_url: Option<String>,
}

impl CertificateParameters {
    /// Without alternative names and OCSP address.
    pub fn new(
        subject: Subject,
        profile: IssueProfile,
        serial: &[u8],
        validity: std::ops::RangeInclusive<OffsetDateTime>,
    ) -> Self {
        Self {
            subject,
            profile,
            serial: serial.to_vec(),
            not_before: *validity.start(),
            not_after: *validity.end(),
            dns_names: Vec::new(),
            ip_addresses: Vec::new(),
            ocsp_url: None,
        }
    }

    fn to_rcgen(&self) -> Result<CertificateParams, SigningError> {
        let mut params = CertificateParams::default();
        params.distinguished_name = rcgen_key::distinguished_name(&self.subject)?;
        params.serial_number = Some(SerialNumber::from_slice(&self.serial));
        (params.not_before, params.not_after) = (self.not_before, self.not_after);
        params.subject_alt_names = rcgen_key::dns_names(&self.dns_names)?;
        params.subject_alt_names.extend(self.ip_addresses.iter().map(|address| SanType::IpAddress(*address)));
        params.is_ca = IsCa::ExplicitNoCa;
        params.use_authority_key_identifier_extension = true;
        if let Some(url) = &self.ocsp_url {
            params.custom_extensions.push(authority_info_access(url));
        }
        self.profile.apply(&mut params);
        Ok(params)
    }
}

impl IssueProfile {
    /// The extensions that stock installations have for the same purpose.
    fn apply(self, params: &mut CertificateParams) {
        match self {
            Self::Ca { path_len } => {
                params.is_ca = IsCa::Ca(match path_len {
                    Some(limit) => BasicConstraints::Constrained(limit),
                    None => BasicConstraints::Unconstrained,
                });
                params.key_usages = vec![Usage::KeyCertSign, Usage::CrlSign];
            }
            Self::Authentication => {
                params.key_usages = vec![
                    Usage::DigitalSignature,
                    Usage::KeyEncipherment,
                    Usage::DataEncipherment,
                    Usage::KeyAgreement,
                ];
                params.extended_key_usages = vec![Purpose::ClientAuth, Purpose::ServerAuth];
            }
            Self::Signing => params.key_usages = vec![Usage::ContentCommitment],
            Self::OcspResponder => {
                params.key_usages = vec![Usage::DigitalSignature];
                params.extended_key_usages = vec![Purpose::OcspSigning];
                // RFC 6960 4.2.2.2.1: nobody asks for the status of the responder's certificate.
                params.custom_extensions.push(extension(&oid::OCSP_NO_CHECK, write::null()));
            }
            Self::ConfigurationSigning => {
                params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
                params.key_usages = vec![Usage::ContentCommitment, Usage::KeyCertSign];
            }
            Self::TimeStamping => {
                params.key_usages = vec![Usage::DigitalSignature, Usage::ContentCommitment];
                // RFC 3161 2.3 wants the purpose alone and critical, which rcgen's own field is not.
                let mut purpose =
                    extension(&oid::EXTENDED_KEY_USAGE, write::sequence(&[&write::oid(&oid::TIME_STAMPING)]));
                purpose.set_criticality(true);
                params.custom_extensions.push(purpose);
            }
            Self::Tls => {
                params.key_usages = vec![Usage::DigitalSignature, Usage::KeyEncipherment];
                params.extended_key_usages = vec![Purpose::ServerAuth, Purpose::ClientAuth];
            }
        }
    }
}

fn extension(id: &der::asn1::ObjectIdentifier, content: Vec<u8>) -> CustomExtension {
    let arcs: Vec<u64> = id.arcs().map(u64::from).collect();
    CustomExtension::from_oid_content(&arcs, content)
}

fn authority_info_access(url: &str) -> CustomExtension {
    let location = write::tlv(read::context_primitive(6), &[url.as_bytes()]);
    let access = write::sequence(&[&write::oid(&oid::OCSP), &location]);
    extension(&oid::AUTHORITY_INFO_ACCESS, write::sequence(&[&access]))
}

/// A certificate that is signed by its own key: a root, or TLS without any authority.
pub fn self_signed(
    parameters: &CertificateParameters,
    key: &dyn Signer,
) -> Result<Certificate, SigningError> {
    let key = RcgenKey::new(key)?;
    let certificate =
        parameters.to_rcgen()?.self_signed(&key).map_err(|error| rcgen_key::signing_error(&error))?;
    Certificate::from_der(certificate.der()).map_err(|_| SigningError::Encoding)
}

/// A certificate for a public key, issued by `ca`.
pub fn issue(
    parameters: &CertificateParameters,
    public_key: &PublicKey,
    ca: &Certificate,
    ca_key: &dyn Signer,
) -> Result<Certificate, SigningError> {
    let rcgen_error = |error| rcgen_key::signing_error(&error);
    let public_key = SubjectPublicKeyInfo::from_der(public_key.spki()).map_err(rcgen_error)?;
    let issuer =
        rcgen::Issuer::from_ca_cert_der(&ca.der().into(), RcgenKey::new(ca_key)?).map_err(rcgen_error)?;
    let certificate = parameters.to_rcgen()?.signed_by(&public_key, &issuer).map_err(rcgen_error)?;
    Certificate::from_der(certificate.der()).map_err(|_| SigningError::Encoding)
}

#[cfg(test)]
mod tests;
