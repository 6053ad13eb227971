//! Who signed: the signing certificate, its member, its path and its status.

use std::sync::Arc;

use identifiers::MemberId;
use pki::Certificate;
use pki::profile::member_of;
use pki::trust::{Trust, TrustError};
use time::OffsetDateTime;

use super::SealError;
use super::document::SignatureDocument;

/// What was found out about a signing certificate.
#[derive(Debug, Clone)]
pub(crate) struct Judged {
    pub(crate) certificate: Arc<Certificate>,
    pub(crate) ocsp_produced_at: OffsetDateTime,
    /// Who produced the OCSP response.
    pub(crate) ocsp_responder: Certificate,
    /// When the first certificate of the path expires or the status gets too old.
    pub(crate) holds_until: OffsetDateTime,
}

/// The signing certificate of a document, if it may sign messages at all and is the one that the
/// signature itself names.
pub(crate) fn signing_certificate(found: &SignatureDocument<'_, '_>) -> Result<Certificate, SealError> {
    let der = found.certificate.base64().ok_or_else(|| malformed("signing certificate is not base64"))?;
    let certificate = Certificate::from_der(&der).map_err(|error| malformed(&error.to_string()))?;
    if !certificate.is_signing_cert() {
        return Err(malformed("certificate is not a signing certificate"));
    }
    if found.signed_certificate_digests()?.iter().any(|digest| !digest.is_of(&der)) {
        return Err(malformed("another certificate was signed than the one given"));
    }
    Ok(certificate)
}

/// Whether the certificate names the expected signer.
pub(crate) fn check_signer(
    certificate: &Certificate,
    signer: &MemberId,
    trust: &dyn Trust,
) -> Result<(), SealError> {
    let issuer = trust.issuer_of(certificate, signer.instance()).ok_or(TrustError::NoIssuer)?;
    if issuer.authentication_only {
        return Err(SealError::AuthenticationOnly);
    }
    let found = member_of(certificate, issuer.profile, signer.instance())?;
    if found == *signer {
        return Ok(());
    }
    Err(SealError::WrongSigner { found: found.to_string(), expected: signer.to_string() })
}

/// Path to the approved CA and OCSP status at `now`.
pub(crate) fn judge(
    certificate: Certificate,
    found: &SignatureDocument<'_, '_>,
    trust: &dyn Trust,
    instance: &str,
    now: OffsetDateTime,
) -> Result<Judged, SealError> {
    let intermediates = found.intermediates.iter().map(|(element, digest)| {
        let der = element.base64().filter(|der| digest.is_of(der));
        let der = der.ok_or_else(|| malformed("certificate differs from its reference"))?;
        Certificate::from_der(&der).map_err(|error| malformed(&error.to_string()))
    });
    let intermediates = intermediates.collect::<Result<Vec<_>, _>>()?;
    let responses = found.ocsp_responses.iter().map(|element| element.base64());
    let responses: Option<Vec<Vec<u8>>> = responses.collect();
    let responses = responses.ok_or_else(|| malformed("OCSP response is not base64"))?;
    let trusted = pki::trust::check(&certificate, &intermediates, &responses, trust, instance, now)?;
    let policy = trust.ocsp_policy();
    let fresh_until = trusted.status().usable_until(policy.freshness, policy.verify_next_update);
    let expiries = trusted.path().certificates().iter().map(Certificate::not_after);
    Ok(Judged {
        ocsp_produced_at: trusted.ocsp_produced_at(),
        ocsp_responder: trusted.status().responder().clone(),
        holds_until: expiries.fold(fresh_until, Ord::min),
        certificate: Arc::new(certificate),
    })
}

fn malformed(what: &str) -> SealError {
    SealError::Malformed(what.to_owned())
}
