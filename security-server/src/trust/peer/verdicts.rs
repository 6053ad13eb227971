//! Remembered verdicts about authentication certificates.
//!
//! A verdict holds for equal certificates and OCSP responses, while the global configuration says the
//! same about the issuer, until the first certificate of the path expires or the status gets too old,
//! and for a minute at most (as X-Road keeps OCSP verdicts).

use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};

use ::globalconf::ValidGlobalConf;
use aws_lc_rs::digest::{Context, SHA256};
use bytes::Bytes;
use pki::Certificate;
use pki::trust::{Issuer, OcspPolicy, Trust, TrustedCertificate};
use time::{Duration, OffsetDateTime};

/// Longest use of a verdict.
const LONGEST_USE: Duration = Duration::seconds(60);
/// Verdicts that are kept.
const CAPACITY: usize = 10_000;

/// What a verdict was reached from, as one digest.
pub(super) type Key = [u8; 32];

/// The verdicts, all of them good; a refusal is reached anew each time.
#[derive(Default)]
pub(super) struct Verdicts {
    known: RwLock<HashMap<Key, Verdict>>,
}

struct Verdict {
    issuer: [u8; 32],
    from: OffsetDateTime,
    until: OffsetDateTime,
}

impl Verdicts {
    /// Whether a verdict for this key holds at the time of `conf`.
    pub(super) fn holds(
        &self,
        key: &Key,
        leaf: &Certificate,
        instance: &str,
        conf: &ValidGlobalConf,
    ) -> bool {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        let Some(verdict) = known.get(key) else { return false };
        let in_time = verdict.from <= conf.at() && conf.at() < verdict.until;
        let issuer = conf.issuer_of(leaf, instance);
        in_time && issuer.is_some_and(|issuer| fingerprint(issuer, &conf.ocsp_policy()) == verdict.issuer)
    }

    /// Keeps a verdict that was reached at the time of `conf`.
    pub(super) fn put(&self, key: Key, trusted: &TrustedCertificate, instance: &str, conf: &ValidGlobalConf) {
        let Some(issuer) = conf.issuer_of(trusted.certificate(), instance) else { return };
        let policy = conf.ocsp_policy();
        let now = conf.at();
        let fresh_until = trusted.status().usable_until(policy.freshness, policy.verify_next_update);
        let expiries = trusted.path().certificates().iter().map(Certificate::not_after);
        let until = expiries.chain([fresh_until, now + LONGEST_USE]).min().unwrap_or(now);
        let verdict = Verdict { issuer: fingerprint(issuer, &policy), from: now, until };
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= CAPACITY {
            known.retain(|_, verdict| now < verdict.until);
        }
        if known.len() < CAPACITY {
            known.insert(key, verdict);
        }
    }
}

/// What a verdict depends on in what the peer brings.
pub(super) fn key(chain: &[Certificate], ocsp: &[Bytes], instance: &str) -> Key {
    let certificates = chain.iter().map(|certificate| certificate.sha256().as_slice());
    let responses = ocsp.iter().map(|response| &**response);
    hash([instance.as_bytes(), &chain.len().to_be_bytes()].into_iter().chain(certificates).chain(responses))
}

/// What a verdict depends on in the global configuration.
fn fingerprint(issuer: &Issuer, policy: &OcspPolicy) -> [u8; 32] {
    let freshness = policy.freshness.whole_milliseconds().to_be_bytes();
    let fixed: [&[u8]; 2] = [&freshness, &[u8::from(policy.verify_next_update)]];
    let certificates = std::iter::once(&issuer.certificate).chain(&issuer.ocsp_responders);
    hash(fixed.into_iter().chain(certificates.map(|certificate| certificate.sha256().as_slice())))
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
