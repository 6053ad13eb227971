//! OCSP (RFC 6960) as X-Road uses it.
use crate::certificate::Certificate;
use crate::signer::{Signer, SigningError};
use time::{Duration, OffsetDateTime};

/// A parsed response; nothing is proven before [`OcspResponse::verify`].
#[derive(Clone, Debug)]
pub struct OcspResponse {}

/// What a response has to prove.
#[derive(Clone, Copy, Debug)]
pub struct OcspQuery<'a> {
    pub cert: &'a Certificate,
    pub issuer: &'a Certificate,
    /// Responder certificates that the global configuration lists for the issuer.
    pub responders: &'a [Certificate],
    pub now: OffsetDateTime,
    pub freshness: Duration,
    pub verify_next_update: bool,
}

/// Proof: the certificate was good.
#[derive(Clone, Debug)]
pub struct GoodStatus {}

impl GoodStatus {
    pub fn produced_at(&self) -> OffsetDateTime {
        todo!()
    }
    pub fn this_update(&self) -> OffsetDateTime {
        todo!()
    }
    pub fn next_update(&self) -> Option<OffsetDateTime> {
        todo!()
    }
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OcspError {
    #[error("malformed OCSP response")]
    Malformed,
}

impl OcspError {
    /// True: X-Road's `cert_validation` (the certificate is not good). False: `incorrect_validation_info`.
    pub fn is_status(&self) -> bool {
        todo!()
    }
}

impl OcspResponse {
    pub fn parse(_der: &[u8]) -> Result<Self, OcspError> {
        todo!()
    }
    /// Original bytes.
    pub fn der(&self) -> &[u8] {
        todo!()
    }
    /// Whether the first single response is about this certificate.
    pub fn is_about(&self, _cert: &Certificate, _issuer: &Certificate) -> bool {
        todo!()
    }
    pub fn verify(&self, _query: &OcspQuery<'_>) -> Result<GoodStatus, OcspError> {
        todo!()
    }
}

/// Names one certificate towards a responder; hashes are SHA-1 as X-Road demands.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct CertId {
    pub issuer_name_hash: Vec<u8>,
    pub issuer_key_hash: Vec<u8>,
    pub serial: Vec<u8>,
}

impl CertId {
    pub fn new(_cert: &Certificate, _issuer: &Certificate) -> Self {
        todo!()
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OcspRequest {
    pub cert_ids: Vec<CertId>,
}

impl OcspRequest {
    pub fn new(_cert: &Certificate, _issuer: &Certificate) -> Self {
        todo!()
    }
    pub fn encode(&self) -> Vec<u8> {
        todo!()
    }
    pub fn parse(_der: &[u8]) -> Result<Self, OcspError> {
        todo!()
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CertStatus {
    Good,
    /// Revoked at, with the reason code of RFC 5280 5.3.1 (6 = on hold = suspended).
    Revoked { at: OffsetDateTime, reason: Option<u8> },
    Unknown,
}

/// Builds responses, for the development trust services and tests.
#[derive(Clone, Debug)]
pub struct OcspResponseBuilder {}

impl OcspResponseBuilder {
    pub fn new(_produced_at: OffsetDateTime) -> Self {
        todo!()
    }
    pub fn status(self, _id: CertId, _status: CertStatus, _this_update: OffsetDateTime, _next_update: Option<OffsetDateTime>) -> Self {
        todo!()
    }
    /// Signs; the responder's certificate is put into the response.
    pub fn sign(self, _responder: &Certificate, _key: &dyn Signer) -> Result<Vec<u8>, SigningError> {
        todo!()
    }
    /// A response without statuses, for instance `tryLater` (3).
    pub fn refusal(_response_status: u8) -> Vec<u8> {
        todo!()
    }
}
