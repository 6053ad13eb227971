//! The OCSP responder (RFC 6960): what it answers to a request.

use pki::SigningError;
use pki::ocsp::{CertId, CertStatus, OcspRequest, OcspResponseBuilder};
use time::{Duration, OffsetDateTime};

use crate::authority::Authority;
use crate::modes::OcspMode;
use crate::register::RegisterError;

/// Age of an answer in the mode "stale".
const STALE_AGE: Duration = Duration::days(7);
/// CRLReason of certificates in the mode "revoked": unspecified.
const UNSPECIFIED: u8 = 0;
/// OCSPResponseStatus malformedRequest.
const MALFORMED_REQUEST: u8 = 1;
/// OCSPResponseStatus unauthorized: not our certificates.
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
    /// From thisUpdate to nextUpdate.
    pub period: Duration,
}

/// The answer (DER) to a request (DER). Requests that are malformed, or about certificates of another authority,
/// are answered too, by a refusal as the RFC has it.
///
/// # Errors
/// [`OcspFailure`].
pub fn answer(
    authority: &Authority,
    request: &[u8],
    mode: OcspMode,
    validity: Validity,
) -> Result<Vec<u8>, OcspFailure> {
    let Ok(request) = OcspRequest::parse(request) else {
        return Ok(OcspResponseBuilder::refusal(MALFORMED_REQUEST));
    };
    if !request.cert_ids.iter().all(|id| id.is_issued_by(&authority.ca.certificate)) {
        return Ok(OcspResponseBuilder::refusal(UNAUTHORIZED));
    }
    let Validity { now, period } = validity;
    let this_update = if mode == OcspMode::Stale { now - STALE_AGE } else { now };
    let mut response = OcspResponseBuilder::new(this_update).nonce(request.nonce.clone());
    for id in &request.cert_ids {
        let status = status(authority, id, mode, now)?;
        response = response.status(id, status, this_update, Some(this_update + period));
    }
    Ok(response.sign(&authority.ocsp.certificate, &authority.ocsp.key)?)
}

fn status(
    authority: &Authority,
    id: &CertId,
    mode: OcspMode,
    now: OffsetDateTime,
) -> Result<CertStatus, RegisterError> {
    match mode {
        OcspMode::Revoked => Ok(CertStatus::Revoked { at: now, reason: Some(UNSPECIFIED) }),
        OcspMode::Unknown => Ok(CertStatus::Unknown),
        OcspMode::Good | OcspMode::Stale | OcspMode::Down => {
            Ok(match authority.register().find(id.serial())? {
                None => CertStatus::Unknown,
                Some(entry) => match entry.revoked {
                    None => CertStatus::Good,
                    Some(revoked) => CertStatus::Revoked { at: revoked.at, reason: Some(revoked.reason) },
                },
            })
        }
    }
}
