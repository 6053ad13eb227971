//! Remembered verdicts about signing certificates.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use aws_lc_rs::digest::{Context, SHA256};
use identifiers::MemberId;
use pki::trust::{Issuer, Trust};
use time::{Duration, OffsetDateTime};

use super::batches::Batches;
use super::certificate::Judged;
use super::document::SignatureDocument;

/// A verdict is used for at most this long; X-Road keeps OCSP verdicts as long
/// (`proxy.ocsp-verifier-cache-period`).
const LONGEST_USE: Duration = Duration::seconds(60);

/// Verdicts about signing certificates (member, path, revocation status), kept for a minute, and the signatures of the
/// latest batches.
///
/// What is remembered depends on the bytes of certificate, intermediates and OCSP responses, on the
/// member that is expected, and on what the global configuration says about the issuer: a change of
/// any of them is another verdict, so a new configuration needs no clearing. The number of verdicts
/// is bounded; threads may share a cache.
pub struct VerificationCache {
    capacity: usize,
    verdicts: Mutex<HashMap<[u8; 32], Verdict>>,
    pub(super) batches: Batches,
}

struct Verdict {
    judged: Judged,
    anchor: [u8; 32],
    from: OffsetDateTime,
    until: OffsetDateTime,
}

impl VerificationCache {
    /// A cache that keeps at most `capacity` verdicts.
    pub fn new(capacity: usize) -> Self {
        Self { capacity, verdicts: Mutex::default(), batches: Batches::default() }
    }

    /// Forgets everything.
    pub fn clear(&self) {
        self.lock().clear();
        self.batches.clear();
    }

    /// The verdict about the certificate of a signature, if one is known and holds at `now`.
    pub(crate) fn get(
        &self,
        key: &[u8; 32],
        trust: &dyn Trust,
        instance: &str,
        now: OffsetDateTime,
    ) -> Option<Judged> {
        let verdicts = self.lock();
        let verdict = verdicts.get(key).filter(|verdict| verdict.from <= now && now < verdict.until)?;
        let issuer = trust.issuer_of(&verdict.judged.certificate, instance)?;
        (fingerprint(issuer, trust) == verdict.anchor).then(|| verdict.judged.clone())
    }

    /// Keeps a verdict that was reached at `now`.
    pub(crate) fn put(
        &self,
        key: [u8; 32],
        judged: &Judged,
        trust: &dyn Trust,
        instance: &str,
        now: OffsetDateTime,
    ) {
        let Some(issuer) = trust.issuer_of(&judged.certificate, instance) else { return };
        let until = now.saturating_add(LONGEST_USE).min(judged.holds_until);
        let verdict =
            Verdict { judged: judged.clone(), anchor: fingerprint(issuer, trust), from: now, until };
        let mut verdicts = self.lock();
        if verdicts.len() >= self.capacity {
            verdicts.retain(|_, known| now < known.until);
        }
        if verdicts.len() < self.capacity {
            verdicts.insert(key, verdict);
        }
    }

    /// A poisoned lock is as good as any: entries are replaced whole.
    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<[u8; 32], Verdict>> {
        self.verdicts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a verdict depends on in the message: signer, certificates, OCSP responses, and the digests
/// that refer to certificates.
pub(crate) fn key(found: &SignatureDocument<'_, '_>, signer: &MemberId) -> Option<[u8; 32]> {
    let mut parts: Vec<Vec<u8>> = vec![
        signer.instance().as_bytes().to_vec(),
        signer.class().as_bytes().to_vec(),
        signer.code().as_bytes().to_vec(),
        found.certificate.base64_text()?,
    ];
    for digest in found.signed_certificate_digests().ok()? {
        parts.push(digest.algorithm.uri().as_bytes().to_vec());
        parts.push(digest.digest);
    }
    for (element, digest) in &found.intermediates {
        parts.push(element.base64_text()?);
        parts.push(digest.digest.clone());
    }
    for element in &found.ocsp_responses {
        parts.push(element.base64_text()?);
    }
    Some(hash(parts.iter().map(Vec::as_slice)))
}

/// What a verdict depends on in the global configuration.
fn fingerprint(issuer: &Issuer, trust: &dyn Trust) -> [u8; 32] {
    let policy = trust.ocsp_policy();
    let fixed = format!(
        "{:?} {} {} {}",
        issuer.profile,
        issuer.authentication_only,
        policy.freshness.whole_milliseconds(),
        policy.verify_next_update
    );
    let certificates = std::iter::once(&issuer.certificate).chain(&issuer.ocsp_responders);
    hash(certificates.map(|certificate| certificate.sha256().as_slice()).chain([fixed.as_bytes()]))
}

/// SHA-256 over parts, each with its length before it.
fn hash<'p>(parts: impl Iterator<Item = &'p [u8]>) -> [u8; 32] {
    let mut context = Context::new(&SHA256);
    for part in parts {
        context.update(&part.len().to_be_bytes());
        context.update(part);
    }
    let mut out = [0; 32];
    out.copy_from_slice(context.finish().as_ref());
    out
}
