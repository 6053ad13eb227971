//! Verifying a signature as it arrives with a message.

use std::sync::Arc;

use identifiers::MemberId;
use pki::Certificate;
use pki::trust::Trust;
use protocol::digest::{PartDigest, PartName};
use time::OffsetDateTime;

use super::certificate::{self, Judged};
use super::document::{Reference, SignatureDocument};
use super::value::{self, Target};
use super::{SealError, VerificationCache, cache, structure};
use crate::hash_chain;
use crate::xml::{Document, XmlLimits};

/// Name of the hash chain result in references.
pub(crate) const HASH_CHAIN_RESULT: &str = "/sig-hashchainresult.xml";
/// Name of the message in references.
pub(crate) const MESSAGE: &str = "/message.xml";

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
    judged: Judged,
    signing_time: Option<OffsetDateTime>,
}

impl VerifiedSeal {
    /// The member that signed.
    pub fn signer(&self) -> &MemberId {
        &self.signer
    }

    /// The signing certificate.
    pub fn certificate(&self) -> &Arc<Certificate> {
        &self.judged.certificate
    }

    /// The time that the signer claims.
    pub fn signing_time(&self) -> Option<OffsetDateTime> {
        self.signing_time
    }

    /// When the OCSP response for the signing certificate was produced.
    pub fn ocsp_produced_at(&self) -> OffsetDateTime {
        self.judged.ocsp_produced_at
    }
}

/// Verifies the signature of a message at `now`: signed by `signer`, every one of `parts` covered,
/// the certificate trusted and not revoked.
///
/// # Errors
/// The first thing that is wrong, in the order in which X-Road looks: document, hash chain,
/// certificate and its name, signature value and references, path and status.
pub fn verify(
    seal: &SealView<'_>,
    parts: &[PartDigest],
    signer: &MemberId,
    trust: &dyn Trust,
    now: OffsetDateTime,
) -> Result<VerifiedSeal, SealError> {
    verify_with(seal, parts, signer, Judge { trust, cache: None, now })
}

/// As [`verify`], with verdicts about certificates, and signatures over batches, taken from and put into `cache`.
///
/// The hash chain of each message is checked against its parts in any case; a remembered signature counts for the same
/// bytes only, and as long as the verdict about its certificate holds.
///
/// # Errors
/// As [`verify`].
pub fn verify_cached(
    seal: &SealView<'_>,
    parts: &[PartDigest],
    signer: &MemberId,
    trust: &dyn Trust,
    cache: &VerificationCache,
    now: OffsetDateTime,
) -> Result<VerifiedSeal, SealError> {
    verify_with(seal, parts, signer, Judge { trust, cache: Some(cache), now })
}

/// Whom to ask about the signing certificate.
struct Judge<'j> {
    trust: &'j dyn Trust,
    cache: Option<&'j VerificationCache>,
    now: OffsetDateTime,
}

fn verify_with(
    seal: &SealView<'_>,
    parts: &[PartDigest],
    signer: &MemberId,
    judge: Judge<'_>,
) -> Result<VerifiedSeal, SealError> {
    if let Some(verified) = verify_in_known_batch(seal, parts, signer, &judge)? {
        return Ok(verified);
    }
    let document = Document::parse(seal.signature, &XmlLimits::EVIDENCE)?;
    let found = SignatureDocument::read(&document)?;
    structure::check(&document)?;
    check_coverage(seal, parts, &found)?;
    let resolve = |uri: &str| resolve(uri, seal, parts);
    let key = judge.cache.and_then(|_| cache::key(&found, signer));
    let known = judge.known(key.as_ref(), signer);
    let judged = match known {
        Some(judged) => {
            value::verify(&found, &judged.certificate, &resolve)?;
            judged
        }
        None => {
            let certificate = certificate::signing_certificate(&found)?;
            certificate::check_signer(&certificate, signer, judge.trust)?;
            value::verify(&found, &certificate, &resolve)?;
            let instance = signer.instance();
            let judged = certificate::judge(certificate, &found, judge.trust, instance, judge.now)?;
            judge.remember(key, &judged, signer);
            judged
        }
    };
    let signing_time = found.signing_time();
    if let (Some(cache), Some(key)) = (judge.cache, key) {
        cache.batches.keep(seal, signer, key, signing_time);
    }
    Ok(VerifiedSeal { signer: signer.clone(), judged, signing_time })
}

/// A message of a batch whose signature has been verified: what is left is its own hash chain.
fn verify_in_known_batch(
    seal: &SealView<'_>,
    parts: &[PartDigest],
    signer: &MemberId,
    judge: &Judge<'_>,
) -> Result<Option<VerifiedSeal>, SealError> {
    let (Some(cache), Some(result), Some(chain)) = (judge.cache, seal.hash_chain_result, seal.hash_chain)
    else {
        return Ok(None);
    };
    let Some(batch) = cache.batches.find(seal, signer) else { return Ok(None) };
    let Some(judged) = judge.known(Some(&batch.certificate), signer) else { return Ok(None) };
    check_names(parts)?;
    check_chain(result, chain, parts)?;
    Ok(Some(VerifiedSeal { signer: signer.clone(), judged, signing_time: batch.signing_time }))
}

impl Judge<'_> {
    fn known(&self, key: Option<&[u8; 32]>, signer: &MemberId) -> Option<Judged> {
        self.cache?.get(key?, self.trust, signer.instance(), self.now)
    }

    fn remember(&self, key: Option<[u8; 32]>, judged: &Judged, signer: &MemberId) {
        if let (Some(cache), Some(key)) = (self.cache, key) {
            cache.put(key, judged, self.trust, signer.instance(), self.now);
        }
    }
}

/// Every part is covered: the message itself by its only data reference, or all parts through the
/// hash chain. Nothing else is signed but the signed properties.
fn check_coverage(
    seal: &SealView<'_>,
    parts: &[PartDigest],
    found: &SignatureDocument<'_, '_>,
) -> Result<(), SealError> {
    check_names(parts)?;
    let (properties, data): (Vec<&Reference<'_>>, Vec<_>) =
        found.references.iter().partition(|reference| found.is_to_signed_properties(reference));
    if properties.len() != 1 {
        return Err(malformed("the signed properties must be signed, once"));
    }
    let [data] = data.as_slice() else {
        return Err(malformed("the signature must refer to exactly one data object"));
    };
    if !data.transforms.is_empty() {
        return Err(malformed("data may not be transformed"));
    }
    match (data.uri, seal.hash_chain_result, seal.hash_chain) {
        (HASH_CHAIN_RESULT, Some(result), Some(chain)) => check_chain(result, chain, parts),
        (HASH_CHAIN_RESULT, _, _) => Err(malformed("the hash chain of the signature was not sent")),
        (MESSAGE, None, None) => match parts {
            [part] if part.name == PartName::Message => Ok(()),
            _ => Err(malformed("the signature does not cover all parts of the message")),
        },
        (MESSAGE, _, _) => Err(malformed("a hash chain was sent that the signature does not cover")),
        _ => Err(malformed("the signature refers to something that is not the message")),
    }
}

fn check_names(parts: &[PartDigest]) -> Result<(), SealError> {
    let twice =
        |(index, part): (usize, &PartDigest)| parts.iter().skip(index + 1).any(|p| p.name == part.name);
    if parts.iter().enumerate().any(twice) {
        return Err(malformed("two parts have the same name"));
    }
    Ok(())
}

/// The hash chain covers every part, and there is a message among them.
fn check_chain(result: &[u8], chain: &[u8], parts: &[PartDigest]) -> Result<(), SealError> {
    if !parts.iter().any(|part| part.name == PartName::Message) {
        return Err(malformed("there is no message"));
    }
    hash_chain::verify(result, chain, parts)?;
    Ok(())
}

fn resolve<'t>(uri: &str, seal: &SealView<'t>, parts: &'t [PartDigest]) -> Option<Target<'t>> {
    match uri {
        HASH_CHAIN_RESULT => seal.hash_chain_result.map(Target::Data),
        MESSAGE => {
            let part = parts.iter().find(|part| part.name == PartName::Message)?;
            Some(Target::Sha512(&part.sha512))
        }
        _ => None,
    }
}

fn malformed(what: &str) -> SealError {
    SealError::Malformed(what.to_owned())
}
