//! What the global configuration says about trust, and the whole check of a certificate against it.

use crate::certificate::Certificate;
use crate::ocsp::{GoodStatus, OcspError, OcspQuery, OcspResponse};
use crate::path::{self, PathError, ValidPath};
use crate::profile::CertificateProfile;
use time::{Duration, OffsetDateTime};

/// An approved certification service, seen from a certificate that it issued.
#[derive(Clone, Debug)]
pub struct Issuer {
    /// The CA certificate whose subject is the issuer of the certificate: the trust anchor.
    pub certificate: Certificate,
    /// How the service writes members into subjects.
    pub profile: CertificateProfile,
    /// Responder certificates listed for this CA.
    pub ocsp_responders: Vec<Certificate>,
    /// Certificates of this CA may authenticate servers but sign no message.
    pub authentication_only: bool,
}

/// Rules for OCSP responses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OcspPolicy {
    /// How far back `thisUpdate` may lie (`ocspFreshnessSeconds`).
    pub freshness: Duration,
    /// Whether a passed `nextUpdate` refuses a response.
    pub verify_next_update: bool,
}

/// What the global configuration says. Implemented by its snapshot; a small fixed one does for tests.
pub trait Trust {
    /// The approved issuer of the certificate in the instance, by issuer name (compare with
    /// [`crate::Name::matches`] or by [`crate::Name::canonical`]).
    fn issuer_of(&self, cert: &Certificate, instance: &str) -> Option<&Issuer>;

    /// Rules for OCSP responses.
    fn ocsp_policy(&self) -> OcspPolicy;

    /// Approved time-stamping authorities of all instances.
    fn tsa_certificates(&self) -> &[Certificate];
}

/// Why a certificate is not trusted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TrustError {
    /// No approved certification service of the instance has the issuer's name.
    #[error("certificate is not issued by an approved certification service")]
    NoIssuer,
    /// No valid path to the approved certificate.
    #[error(transparent)]
    Path(#[from] PathError),
    /// No response is about this certificate of the path.
    #[error("no OCSP response for certificate \"{0}\"")]
    OcspMissing(String),
    /// The response about a certificate of the path is no proof of "good".
    #[error("OCSP response for \"{subject}\": {error}")]
    Ocsp {
        /// Whose status.
        subject: String,
        /// What is wrong.
        error: OcspError,
    },
}

/// Where X-Road's error codes put a [`TrustError`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TrustFailure {
    /// `cannot_create_cert_path`.
    CannotCreateCertPath,
    /// `invalid_cert_path.cert_validation`.
    CertValidation,
    /// `invalid_cert_path.incorrect_validation_info`.
    IncorrectValidationInfo,
}

impl TrustError {
    /// The class of X-Road's error code.
    pub fn failure(&self) -> TrustFailure {
        match self {
            Self::NoIssuer | Self::Path(_) => TrustFailure::CannotCreateCertPath,
            Self::OcspMissing(_) => TrustFailure::CertValidation,
            Self::Ocsp { error, .. } if error.is_status() => TrustFailure::CertValidation,
            Self::Ocsp { .. } => TrustFailure::IncorrectValidationInfo,
        }
    }
}

/// Proof: path and OCSP status of a certificate were in order.
#[derive(Clone, Debug)]
pub struct TrustedCertificate {
    path: ValidPath,
    profile: CertificateProfile,
    authentication_only: bool,
    status: GoodStatus,
}

impl TrustedCertificate {
    /// The certificate that was checked.
    pub fn certificate(&self) -> &Certificate {
        self.path.leaf()
    }

    /// Its path.
    pub fn path(&self) -> &ValidPath {
        &self.path
    }

    /// How its issuer writes members into subjects.
    pub fn profile(&self) -> CertificateProfile {
        self.profile
    }

    /// Whether its issuer is approved for authentication only.
    pub fn authentication_only(&self) -> bool {
        self.authentication_only
    }

    /// The status of the certificate itself.
    pub fn status(&self) -> &GoodStatus {
        &self.status
    }

    /// When the responder produced the status of the certificate itself.
    pub fn ocsp_produced_at(&self) -> OffsetDateTime {
        self.status.produced_at()
    }
}

/// Checks path and OCSP status of a certificate at `now`.
///
/// `intermediates`: certificates that came along, in any order. `ocsp`: DER responses that came along, in any order;
/// those about other certificates are skipped. Every certificate of the path except the anchor needs a status.
pub fn check(
    cert: &Certificate,
    intermediates: &[Certificate],
    ocsp: &[impl AsRef<[u8]>],
    trust: &dyn Trust,
    instance: &str,
    now: OffsetDateTime,
) -> Result<TrustedCertificate, TrustError> {
    let issuer = trust.issuer_of(cert, instance).ok_or(TrustError::NoIssuer)?;
    let path = path::validate(cert, intermediates, &issuer.certificate, now)?;
    let responses: Vec<OcspResponse> =
        ocsp.iter().filter_map(|der| OcspResponse::parse(der.as_ref()).ok()).collect();
    let mut statuses = Vec::new();
    for (cert, issuer_cert) in path.issued() {
        // Responders are listed for the approved service that issued; another one may be above an intermediate.
        let service = trust.issuer_of(cert, instance);
        let responders = service.map_or(&[][..], |issuer| &issuer.ocsp_responders);
        let policy = trust.ocsp_policy();
        let query = OcspQuery {
            cert,
            issuer: issuer_cert,
            responders,
            now,
            freshness: policy.freshness,
            verify_next_update: policy.verify_next_update,
        };
        statuses.push(good_status(&query, &responses)?);
    }
    let status = statuses.into_iter().next().ok_or(TrustError::NoIssuer)?;
    Ok(TrustedCertificate {
        path,
        profile: issuer.profile,
        authentication_only: issuer.authentication_only,
        status,
    })
}

/// The first response that is about the certificate decides, as in X-Road: a later one cannot soften it.
fn good_status(query: &OcspQuery<'_>, responses: &[OcspResponse]) -> Result<GoodStatus, TrustError> {
    let subject = || query.cert.subject().rfc2253();
    let response = responses
        .iter()
        .find(|response| response.is_about(query.cert, query.issuer))
        .ok_or_else(|| TrustError::OcspMissing(subject()))?;
    response.verify(query).map_err(|error| TrustError::Ocsp { subject: subject(), error })
}

#[cfg(test)]
mod tests;
