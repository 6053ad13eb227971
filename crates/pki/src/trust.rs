//! What the global configuration says about trust, and the whole check of a certificate against it.
use crate::certificate::Certificate;
use crate::ocsp::OcspError;
use crate::path::{PathError, ValidPath};
use crate::profile::CertificateProfile;
use time::{Duration, OffsetDateTime};

/// An approved certification service, seen from a certificate that it issued.
#[derive(Clone, Debug)]
pub struct Issuer {
    /// The CA certificate whose subject is the issuer of the certificate: the trust anchor.
    pub certificate: Certificate,
    pub profile: CertificateProfile,
    pub ocsp_responders: Vec<Certificate>,
    /// Certificates of this CA may authenticate servers but sign no message.
    pub authentication_only: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OcspPolicy {
    pub freshness: Duration,
    pub verify_next_update: bool,
}

/// What the global configuration says.
pub trait Trust {
    /// Approved issuer of the certificate in the instance, by issuer name.
    fn issuer_of(&self, cert: &Certificate, instance: &str) -> Option<&Issuer>;
    fn ocsp_policy(&self) -> OcspPolicy;
    /// Approved time-stamping authorities of all instances.
    fn tsa_certificates(&self) -> &[Certificate];
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TrustError {
    #[error("certificate is not issued by an approved certification service")]
    NoIssuer,
    #[error(transparent)]
    Path(#[from] PathError),
    #[error("no OCSP response for a certificate of the path")]
    OcspMissing,
    #[error(transparent)]
    Ocsp(#[from] OcspError),
}

/// Proof: path and OCSP status of a certificate were in order.
#[derive(Clone, Debug)]
pub struct TrustedCertificate {}

impl TrustedCertificate {
    pub fn certificate(&self) -> &Certificate {
        todo!()
    }
    pub fn path(&self) -> &ValidPath {
        todo!()
    }
    pub fn profile(&self) -> CertificateProfile {
        todo!()
    }
    pub fn authentication_only(&self) -> bool {
        todo!()
    }
    /// When the responder produced the status of the certificate itself.
    pub fn ocsp_produced_at(&self) -> OffsetDateTime {
        todo!()
    }
}

/// Checks path and OCSP status (`ocsp`: DER responses, in any order) of a certificate at `now`.
pub fn check(
    _cert: &Certificate,
    _intermediates: &[Certificate],
    _ocsp: &[impl AsRef<[u8]>],
    _trust: &dyn Trust,
    _instance: &str,
    _now: OffsetDateTime,
) -> Result<TrustedCertificate, TrustError> {
    todo!()
}
