//! Verifying a signature as it arrives with a message.

use std::sync::Arc;

use identifiers::MemberId;
use pki::Certificate;
use pki::trust::Trust;
use protocol::digest::PartDigest;
use protocol::fault::Word;
use time::OffsetDateTime;

use super::VerificationCache;

/// The signature parts of a received message.
#[derive(Debug, Clone, Copy)]
pub struct SealView<'a> {
    /// The signature document.
    pub signature: &'a [u8],
    /// The hash chain result part, if one was sent.
    pub hash_chain_result: Option<&'a [u8]>,
    /// The hash chain part, if one was sent.
    pub hash_chain: Option<&'a [u8]>,
}

/// Proof that a member signed all parts of a message with a certificate that was good at the time of
/// verification.
#[derive(Debug, Clone)]
pub struct VerifiedSeal {
    signer: MemberId,
    certificate: Arc<Certificate>,
    signing_time: Option<OffsetDateTime>,
    ocsp_produced_at: OffsetDateTime,
}

impl VerifiedSeal {
    /// The member that signed.
    pub fn signer(&self) -> &MemberId {
        &self.signer
    }

    /// The signing certificate.
    pub fn certificate(&self) -> &Certificate {
        &self.certificate
    }

    /// The time that the signer claims.
    pub fn signing_time(&self) -> Option<OffsetDateTime> {
        self.signing_time
    }

    /// When the OCSP response for the signing certificate was produced.
    pub fn ocsp_produced_at(&self) -> OffsetDateTime {
        self.ocsp_produced_at
    }
}

/// Why a signature was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// The signature document is not one (`malformed_signature`).
    #[error("malformed signature: {0}")]
    Malformed(String),
}

impl SealError {
    /// X-Road's words after `signature_verification`.
    pub fn words(&self) -> Vec<Word> {
        todo!()
    }
}

/// Verifies the signature of a message at `now`: signed by `signer`, every one of `parts` covered,
/// the certificate trusted and not revoked.
pub fn verify(
    seal: &SealView<'_>,
    parts: &[PartDigest],
    signer: &MemberId,
    trust: &dyn Trust,
    now: OffsetDateTime,
) -> Result<VerifiedSeal, SealError> {
    let _ = (seal, parts, signer, trust, now);
    todo!()
}

/// As [`verify`], with verdicts about certificates taken from and put into `cache`.
pub fn verify_cached(
    seal: &SealView<'_>,
    parts: &[PartDigest],
    signer: &MemberId,
    trust: &dyn Trust,
    cache: &VerificationCache,
    now: OffsetDateTime,
) -> Result<VerifiedSeal, SealError> {
    let _ = (seal, parts, signer, trust, cache, now);
    todo!()
}
