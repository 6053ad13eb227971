//! The OCSP responder (RFC 6960): what it answers to a request.

use pki::SigningError;
use pki::ocsp::{CertId, CertStatus, OcspError, OcspRequest, OcspResponseBuilder};
use time::{Duration, OffsetDateTime};

use crate::authority::Authority;
use crate::modes::OcspMode;
use crate::register::RegisterError;
use crate::revocation::Revocation;

/// Age of an answer in the mode "stale".
const STALE_AGE: Duration = Duration::days(7);
/// OCSPResponseStatus malformedRequest.
const MALFORMED_REQUEST: u8 = 1;
/// OCSPResponseStatus unauthorized: another responder may be able to answer.
const UNAUTHORIZED: u8 = 6;

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum OcspFailure {
    /// The register could not be read.
    #[error(transparent)]
    Register(#[from] RegisterError),
    /// The answer could not be signed.
    #[error("an OCSP response could not be signed: {0}")]
    Signing(#[from] SigningError),
}

/// When an answer is made and how long it holds.
#[derive(Clone, Copy, Debug)]
pub struct Validity {
    /// The time of the answer.
    pub now: OffsetDateTime,
    /// From thisUpdate to the answer.
    pub age: Duration,
    /// From thisUpdate to nextUpdate, which is left out when this is zero.
    pub period: Duration,
}

/// The answer (DER) to a request (DER). Certificates of other authorities are unknown, as RFC 6960 section 2.2 has it.
/// Requests that cannot be read are answered too, by a refusal: CertIDs that are not hashed with SHA-1, which X-Road
/// never sends and would not accept back, count as not ours.
///
/// # Errors
/// [`OcspFailure`].
pub fn answer(
    authority: &Authority,
    request: &[u8],
    mode: OcspMode,
    validity: Validity,
) -> Result<Vec<u8>, OcspFailure> {
    let request = match OcspRequest::parse(request) {
        Ok(request) if !request.cert_ids.is_empty() => request,
        Err(OcspError::WrongCertificate) => return Ok(OcspResponseBuilder::refusal(UNAUTHORIZED)),
        Ok(_) | Err(_) => return Ok(OcspResponseBuilder::refusal(MALFORMED_REQUEST)),
    };
    let Validity { now, age, period } = validity;
    let produced_at = if mode == OcspMode::Stale { now - STALE_AGE } else { now };
    let this_update = produced_at - age;
    let next_update = period.is_positive().then(|| this_update + period);
    let mut response = OcspResponseBuilder::new(produced_at).nonce(request.nonce.clone());
    for id in &request.cert_ids {
        let status = status(authority, id, mode, now)?;
        tracing::debug!(serial = hex::encode(id.serial()), ?status, "a certificate was asked for");
        response = response.status(id, status, this_update, next_update);
    }
    Ok(response.sign(&authority.ocsp.certificate, &authority.ocsp.key)?)
}

fn status(
    authority: &Authority,
    id: &CertId,
    mode: OcspMode,
    now: OffsetDateTime,
) -> Result<CertStatus, RegisterError> {
    if !id.is_issued_by(&authority.ca) || mode == OcspMode::Unknown {
        return Ok(CertStatus::Unknown);
    }
    let Some(entry) = authority.register.find(id.serial())? else { return Ok(CertStatus::Unknown) };
    Ok(match entry.revoked {
        Some(Revocation { at, reason }) => CertStatus::Revoked { at, reason: reason.code() },
        None if mode == OcspMode::Revoked => CertStatus::Revoked { at: now, reason: None },
        None => CertStatus::Good,
    })
}
