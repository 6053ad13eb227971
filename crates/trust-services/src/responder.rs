//! The OCSP responder (RFC 6960), with a certificate that the authority delegated this work to.
//!
//! It answers "good" or "revoked" for certificates that were issued here and "unknown" for all others. Only CertIDs
//! hashed with SHA-1 are understood, which is what X-Road sends and compares.

use keys::Identity;
use pki::Certificate;
use pki::ocsp::{CertId, CertStatus, OcspError, OcspRequest, OcspResponseBuilder};
use time::{Duration, OffsetDateTime};

use crate::config::{Config, OcspConfig};
use crate::modes::OcspMode;
use crate::state::{Reason, Register, Revocation, Role, StateError, StateFolder, Status};

/// `OCSPResponseStatus` (RFC 6960 4.2.1).
const MALFORMED_REQUEST: u8 = 1;
const INTERNAL_ERROR: u8 = 2;
const UNAUTHORIZED: u8 = 6;

/// How far behind [`OcspMode::Stale`] is: beyond every freshness that instances use.
const STALE_BY: Duration = Duration::days(7);

/// The responder at work.
pub struct Responder {
    ca: Certificate,
    identity: Identity,
    register: Register,
    rules: OcspConfig,
}

impl Responder {
    /// Opens the responder.
    ///
    /// # Errors
    /// [`StateError`]: there is none yet, or it is damaged.
    pub fn open(config: &Config) -> Result<Self, StateError> {
        let folder = StateFolder::at(&config.state_folder);
        let ca = folder.certificate(Role::Ca)?;
        let ca = ca.ok_or_else(|| StateError::Missing(folder.path().join(Role::Ca.certificate_file())))?;
        Ok(Self {
            ca,
            identity: folder.identity(Role::Ocsp)?,
            register: folder.register(),
            rules: config.ocsp.clone(),
        })
    }

    /// The responder's certificate.
    #[must_use]
    pub fn certificate(&self) -> &Certificate {
        self.identity.certificate()
    }

    /// The answer to a request, DER to DER. Every request has one: errors have their own form.
    #[must_use]
    pub fn answer(&self, request: &[u8], mode: OcspMode, now: OffsetDateTime) -> Vec<u8> {
        let request = match OcspRequest::parse(request) {
            Ok(request) if !request.cert_ids.is_empty() => request,
            // Hashes other than SHA-1: somebody else may be able to answer.
            Err(OcspError::WrongCertificate) => return OcspResponseBuilder::refusal(UNAUTHORIZED),
            Ok(_) | Err(_) => return OcspResponseBuilder::refusal(MALFORMED_REQUEST),
        };
        self.signed(request, mode, now).unwrap_or_else(|problem| {
            tracing::error!(problem, "no OCSP response could be given");
            OcspResponseBuilder::refusal(INTERNAL_ERROR)
        })
    }

    fn signed(&self, request: OcspRequest, mode: OcspMode, now: OffsetDateTime) -> Result<Vec<u8>, String> {
        let produced_at = if mode == OcspMode::Stale { now - STALE_BY } else { now };
        let this_update = produced_at - Duration::seconds(self.rules.this_update_age_seconds.into());
        let next_update = match self.rules.next_update_seconds {
            0 => None,
            seconds => Some(this_update + Duration::seconds(seconds.into())),
        };
        let mut response = OcspResponseBuilder::new(produced_at);
        for id in &request.cert_ids {
            let status = self.status(id, mode, now).map_err(|error| error.to_string())?;
            tracing::debug!(serial = hex::encode(id.serial()), ?status, "asked for the status of a certificate");
            response = response.status(id, status, this_update, next_update);
        }
        response = response.nonce(request.nonce);
        if !self.rules.include_certificate {
            response = response.without_certificate();
        }
        let signed = response.sign(self.identity.certificate(), self.identity.key());
        signed.map_err(|error| error.to_string())
    }

    fn status(&self, id: &CertId, mode: OcspMode, now: OffsetDateTime) -> Result<CertStatus, StateError> {
        if !id.is_issued_by(&self.ca) || mode == OcspMode::Unknown {
            return Ok(CertStatus::Unknown);
        }
        let status = match (self.register.status(id.serial())?, mode) {
            (Status::Good, OcspMode::Revoked) => {
                Status::Revoked(Revocation { at: now, reason: Reason::Unspecified })
            }
            (status, _) => status,
        };
        Ok(match status {
            Status::NotIssued => CertStatus::Unknown,
            Status::Good => CertStatus::Good,
            Status::Revoked(revocation) => {
                CertStatus::Revoked { at: revocation.at, reason: revocation.reason.code() }
            }
        })
    }
}

#[cfg(test)]
mod tests;
