//! When an OCSP response proves that a certificate is good (X-Road 7.8 `OcspVerifier`, RFC 6960 3.2).

use super::OcspError;
use super::response::{CertStatus, OcspResponse, ResponderId};
use crate::asn1::oid;
use crate::certificate::Certificate;
use crate::digest;
use crate::historic;
use crate::name::Name;
use crate::public_key::SignatureError;
use time::{Duration, OffsetDateTime};

/// What a response has to prove.
#[derive(Clone, Copy, Debug)]
pub struct OcspQuery<'a> {
    /// The certificate in question.
    pub cert: &'a Certificate,
    /// Its issuer.
    pub issuer: &'a Certificate,
    /// Responder certificates that the global configuration lists for the issuer.
    pub responders: &'a [Certificate],
    /// The moment for which the status must hold.
    pub now: OffsetDateTime,
    /// How far back `thisUpdate` may lie (`ocspFreshnessSeconds`).
    pub freshness: Duration,
    /// Whether a passed `nextUpdate` refuses the response (default of X-Road: true).
    pub verify_next_update: bool,
}

/// Proof: an authorised responder called the certificate good, recently enough.
#[derive(Clone, Debug)]
pub struct GoodStatus {
    produced_at: OffsetDateTime,
    this_update: OffsetDateTime,
    next_update: Option<OffsetDateTime>,
    responder: Certificate,
}

impl GoodStatus {
    /// Whose word it is.
    pub fn responder(&self) -> &Certificate {
        &self.responder
    }

    /// When the responder signed.
    pub fn produced_at(&self) -> OffsetDateTime {
        self.produced_at
    }

    /// When the status was right.
    pub fn this_update(&self) -> OffsetDateTime {
        self.this_update
    }

    /// Until when the responder has nothing newer.
    pub fn next_update(&self) -> Option<OffsetDateTime> {
        self.next_update
    }

    /// The last moment at which this response may be used under the given rules.
    pub fn usable_until(&self, freshness: Duration, verify_next_update: bool) -> OffsetDateTime {
        let until = self.this_update.saturating_add(freshness);
        match self.next_update {
            Some(next) if verify_next_update => until.min(next),
            _ => until,
        }
    }
}

impl OcspResponse {
    /// Checks everything: subject, responder, its authority, signature, freshness, status.
    ///
    /// Stricter than X-Road's own server in two points: signatures with MD5, with SHA-1 after its time
    /// ([`historic`]), and RSA keys below 2048 bits are refused, and a delegated responder's certificate must be valid at
    /// `now`. As there, a `thisUpdate` after `now` is no fault: what a CA says later about a certificate holds for
    /// evidence of before.
    pub fn verify(&self, query: &OcspQuery<'_>) -> Result<GoodStatus, OcspError> {
        if !self.is_about(query.cert, query.issuer) {
            return Err(OcspError::WrongCertificate);
        }
        if self.unknown_critical {
            return Err(OcspError::CriticalExtension);
        }
        let responder = self.responder(query)?;
        if !is_authorised(responder, query) {
            return Err(OcspError::NotAuthorised);
        }
        self.verify_times(query)?;
        match self.single.status {
            CertStatus::Good => Ok(GoodStatus {
                produced_at: self.produced_at,
                this_update: self.single.this_update,
                next_update: self.single.next_update,
                responder: responder.clone(),
            }),
            CertStatus::Revoked { at, reason } => Err(OcspError::Revoked { at, reason }),
            CertStatus::Unknown => Err(OcspError::Unknown),
        }
    }

    /// The responder's certificate: the one among those named by the response that made the signature. Configured
    /// ones are tried first, then the issuer, then those inside the response.
    fn responder<'a>(&'a self, query: &OcspQuery<'a>) -> Result<&'a Certificate, OcspError> {
        let configured = query.responders.iter().chain(std::iter::once(query.issuer));
        let mut error = OcspError::UnknownResponder;
        for candidate in configured.chain(&self.certificates).filter(|cert| self.names(cert)) {
            match self.verify_signature(candidate, query.now) {
                Ok(()) => return Ok(candidate),
                Err(reason) => error = reason,
            }
        }
        Err(error)
    }

    fn names(&self, cert: &Certificate) -> bool {
        match &self.responder {
            ResponderId::KeyHash(hash) => *hash == cert.key_sha1(),
            ResponderId::Name(der) => {
                cert.subject().der() == *der
                    || Name::parse(der).is_ok_and(|name| cert.subject().matches_in_either_order(&name))
            }
        }
    }

    fn verify_signature(&self, responder: &Certificate, at: OffsetDateTime) -> Result<(), OcspError> {
        let key = responder.public_key().map_err(|_| OcspError::ResponderKey)?;
        let verified = match &self.algorithm {
            Ok(algorithm) => key.verify(*algorithm, &self.tbs, &self.signature),
            Err(refused) if historic::was_a_proof(refused, at) => {
                historic::verify_rsa_sha1(responder, &self.tbs, &self.signature)
            }
            Err(_) => return Err(OcspError::Algorithm),
        };
        verified.map_err(|error| match error {
            SignatureError::WrongKeyKind => OcspError::Algorithm,
            SignatureError::Mismatch | SignatureError::Malformed => OcspError::Signature,
        })
    }

    fn verify_times(&self, query: &OcspQuery<'_>) -> Result<(), OcspError> {
        let this_update = self.single.this_update;
        if this_update.saturating_add(query.freshness) < query.now {
            return Err(OcspError::Stale(this_update));
        }
        match self.single.next_update {
            Some(next) if query.verify_next_update && next < query.now => {
                Err(OcspError::NextUpdatePassed(next))
            }
            _ => Ok(()),
        }
    }

    /// SHA-256 of the response: a key for caches of verified responses.
    pub fn sha256(&self) -> [u8; 32] {
        digest::sha256(&self.der)
    }
}

/// Configured for this issuer, or the issuer itself, or delegated by it (RFC 6960 4.2.2.2).
fn is_authorised(responder: &Certificate, query: &OcspQuery<'_>) -> bool {
    query.responders.contains(responder)
        || responder == query.issuer
        || (responder.ekus().contains(&oid::OCSP_SIGNING)
            && responder.valid_at(query.now)
            && historic::verify_issued_by(responder, query.issuer, query.now).is_ok())
}
