//! Everything that a stock pair sent to each other.

use identifiers::MemberId;
use time::macros::datetime;
use time::{Duration, OffsetDateTime};

use crate::signature::{SealError, VerificationCache, verify, verify_cached};
use crate::vectors::{self, Captured, FixedTrust};

pub(super) const NOW: OffsetDateTime = datetime!(2026-11-21 15:20:00 UTC);

pub(super) fn member(code: &str) -> MemberId {
    MemberId::new("INST", "GOV", code).expect("member")
}

/// All signed messages of a variant: name, who must have signed, content.
fn signed_messages(variant: &str) -> Vec<(String, MemberId, Captured)> {
    let folder = format!("x-road-7.8-live/{variant}/messages");
    let names = vectors::names(&folder).into_iter().filter(|name| name.contains(".5500-"));
    let mut found = Vec::new();
    for name in names {
        if let Some(captured) = Captured::read(&format!("{folder}/{name}")) {
            let signer = if name.contains("5500-request") { member("1111") } else { member("2222") };
            found.push((name, signer, captured));
        }
    }
    found
}

#[test]
fn every_captured_signature_verifies() {
    for variant in ["rsa", "ec"] {
        let trust = FixedTrust::live(variant);
        let messages = signed_messages(variant);
        // 18 requests; of the responses four are refusals or faults.
        assert_eq!(messages.len(), 32, "{variant}");
        for (name, signer, captured) in &messages {
            for now in [datetime!(2026-11-21 15:10 UTC), NOW, datetime!(2026-11-21 15:30 UTC)] {
                let verified = verify(&captured.view(), &captured.parts, signer, &trust, now);
                let verified = verified.unwrap_or_else(|error| panic!("{variant} {name} at {now}: {error}"));
                assert_eq!(verified.signer(), signer);
                let hour = datetime!(2026-11-21 15:00 UTC)..datetime!(2026-11-21 16:00 UTC);
                assert!(verified.signing_time().is_some_and(|time| hour.contains(&time)));
                assert!(hour.contains(&verified.ocsp_produced_at()));
            }
        }
    }
}

#[test]
fn remembered_verdicts_are_the_same_and_end() {
    let trust = FixedTrust::live("rsa");
    let cache = VerificationCache::new(8);
    let messages = signed_messages("rsa");
    for _ in 0..2 {
        for (name, signer, captured) in &messages {
            let verified = verify_cached(&captured.view(), &captured.parts, signer, &trust, &cache, NOW);
            assert!(verified.is_ok(), "{name}: {verified:?}");
        }
    }
    let (_, signer, captured) = &messages[0];
    let other = member("2222");
    let verdict = verify_cached(&captured.view(), &captured.parts, &other, &trust, &cache, NOW);
    assert!(matches!(verdict, Err(SealError::WrongSigner { .. })));

    // The status is an hour old at most; the remembered verdict does not make it live longer.
    let late = NOW + Duration::minutes(50);
    let verdict = verify_cached(&captured.view(), &captured.parts, signer, &trust, &cache, late);
    assert_eq!(
        verdict.map_err(|error| error.code()).err().as_deref(),
        Some("invalid_cert_path.incorrect_validation_info")
    );

    // What the configuration withdraws is gone at once.
    let mut changed = trust.clone();
    changed.issuers[0].authentication_only = true;
    let verdict = verify_cached(&captured.view(), &captured.parts, signer, &changed, &cache, NOW);
    assert!(matches!(verdict, Err(SealError::AuthenticationOnly)));
    changed.issuers.clear();
    let verdict = verify_cached(&captured.view(), &captured.parts, signer, &changed, &cache, NOW);
    assert_eq!(
        verdict.map_err(|error| error.code()).err().as_deref(),
        Some("cannot_create_cert_path.internal_error")
    );

    // A good verdict about the certificate says nothing about the value.
    let mut forged = captured.clone();
    let text = String::from_utf8(forged.signature).expect("utf-8");
    forged.signature = text.replace("</ds:SignatureMethod>", "").replace("15:", "16:").into_bytes();
    let verdict = verify_cached(&forged.view(), &forged.parts, signer, &trust, &cache, NOW);
    assert_eq!(verdict.map_err(|error| error.code()).err().as_deref(), Some("invalid_signature_value"));
}

#[test]
fn a_full_cache_is_only_slower() {
    let trust = FixedTrust::live("ec");
    for capacity in [0, 1] {
        let cache = VerificationCache::new(capacity);
        for (name, signer, captured) in &signed_messages("ec") {
            let verified = verify_cached(&captured.view(), &captured.parts, signer, &trust, &cache, NOW);
            assert!(verified.is_ok(), "{name}: {verified:?}");
        }
    }
}
