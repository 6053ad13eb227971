//! A signature that is remembered proves the same as one that is looked at for the first time, and no more.

use keys::KeyType;
use pki::trust::OcspPolicy;
use protocol::digest::{PartDigest, PartName};
use time::Duration;

use super::live::member;
use crate::signature::{Seal, SealError, SealView, VerificationCache, seal, verify, verify_cached};
use crate::testbed::{NOW, Testbed};

fn message(number: u8, parts: u32) -> Vec<PartDigest> {
    let name = |index| if index == 0 { PartName::Message } else { PartName::Attachment(index) };
    (0..parts).map(|index| PartDigest { name: name(index), sha512: [number; 64] }).collect()
}

fn view(seal: &Seal) -> SealView<'_> {
    SealView {
        signature: &seal.signature,
        hash_chain_result: seal.hash_chain_result.as_deref(),
        hash_chain: seal.hash_chain.as_deref(),
    }
}

fn batch(testbed: &Testbed, messages: &[Vec<PartDigest>]) -> Vec<Seal> {
    let key = &testbed.member_key;
    let views: Vec<&[PartDigest]> = messages.iter().map(Vec::as_slice).collect();
    let algorithm = key.message_algorithm();
    seal(&views, &testbed.context(), NOW, &|data| key.sign_xmldsig(algorithm, data)).expect("seals")
}

fn changed(bytes: &[u8], from: &str, to: &str) -> Vec<u8> {
    let text = std::str::from_utf8(bytes).expect("utf-8");
    assert!(text.contains(from), "{from}");
    text.replacen(from, to, 1).into_bytes()
}

#[test]
fn each_message_of_a_batch_is_verified_by_its_own_chain() {
    let testbed = Testbed::new(KeyType::P256);
    let (trust, cache, signer) = (testbed.trust(), VerificationCache::new(8), member("1111"));
    let messages: Vec<_> = (1..=5).map(|number| message(number, 1 + u32::from(number) % 3)).collect();
    let seals = batch(&testbed, &messages);
    let verified = |seal: &SealView<'_>, parts: &[PartDigest]| {
        verify_cached(seal, parts, &signer, &trust, &cache, NOW).map(|verified| {
            assert_eq!(verified.signer(), &signer);
            assert_eq!(verified.certificate().der(), testbed.member.der());
            assert_eq!(verified.signing_time(), Some(NOW));
        })
    };
    for (seal, parts) in seals.iter().zip(&messages) {
        assert_eq!(verified(&view(seal), parts), Ok(()));
        assert!(cache.batches.find(&view(seal), &signer).is_some());
    }
    for (number, (seal, parts)) in seals.iter().zip(&messages).enumerate() {
        assert_eq!(verified(&view(seal), parts), Ok(()), "{number}");
        let other = &messages[(number + 1) % messages.len()];
        let swapped = SealView { hash_chain: seals[(number + 1) % 5].hash_chain.as_deref(), ..view(seal) };
        let [first, ..] = parts.as_slice() else { panic!("no parts") };
        let twice = [parts.as_slice(), std::slice::from_ref(first)].concat();
        let cut = changed(seal.hash_chain.as_deref().expect("chain"), "</HashChain>", "");
        let broken = SealView { hash_chain: Some(&cut), ..view(seal) };
        for (seal, parts) in [
            (view(seal), other),
            (swapped, parts),
            (view(seal), &twice),
            (broken, parts),
            (view(seal), &vec![]),
        ] {
            let remembered = verified(&seal, parts).unwrap_err();
            let anew = verify(&seal, parts, &signer, &trust, NOW).map(|_| ()).unwrap_err();
            assert_eq!(remembered, anew, "the refusal is the same");
        }
    }
}

#[test]
fn other_bytes_are_another_signature() {
    let testbed = Testbed::new(KeyType::P256);
    let (trust, cache, signer) = (testbed.trust(), VerificationCache::new(8), member("1111"));
    let messages = [message(1, 2), message(2, 2)];
    let seals = batch(&testbed, &messages);
    let check = |seal: &SealView<'_>, signer: &str| {
        verify_cached(seal, &messages[0], &member(signer), &trust, &cache, NOW).map(|_| ())
    };
    assert_eq!(check(&view(&seals[0]), "1111"), Ok(()));
    let signature = changed(
        &seals[0].signature,
        "SignatureValue Id=\"signature-value\">\n",
        "SignatureValue Id=\"signature-value\">\nAAAA",
    );
    assert_eq!(
        check(&SealView { signature: &signature, ..view(&seals[0]) }, "1111"),
        Err(SealError::SignatureValue)
    );
    let result = changed(seals[0].hash_chain_result.as_deref().expect("result"), "\n    <ns2", "\n   <ns2");
    let other_result = SealView { hash_chain_result: Some(&result), ..view(&seals[0]) };
    assert!(matches!(check(&other_result, "1111"), Err(SealError::ReferenceDigest(_))));
    assert!(matches!(check(&view(&seals[0]), "2222"), Err(SealError::WrongSigner { .. })));
    assert_eq!(check(&view(&seals[0]), "1111"), Ok(()));
    cache.clear();
    assert!(cache.batches.find(&view(&seals[0]), &signer).is_none());
}

#[test]
fn the_certificate_is_judged_anew_when_its_verdict_no_longer_holds() {
    let testbed = Testbed::new(KeyType::P256);
    let (mut trust, cache, signer) = (testbed.trust(), VerificationCache::new(8), member("1111"));
    let messages = [message(1, 1), message(2, 1)];
    let seals = batch(&testbed, &messages);
    let at = |trust: &dyn pki::trust::Trust, now| {
        verify_cached(&view(&seals[0]), &messages[0], &signer, trust, &cache, now).map(|_| ())
    };
    assert_eq!(at(&trust, NOW), Ok(()));
    assert_eq!(at(&trust, NOW + Duration::minutes(5)), Ok(()));
    assert!(matches!(at(&trust, NOW + Duration::minutes(61)), Err(SealError::Certificate(_))));
    trust.policy = OcspPolicy { freshness: Duration::minutes(3), verify_next_update: true };
    assert!(matches!(at(&trust, NOW + Duration::minutes(5)), Err(SealError::Certificate(_))));
    trust.policy.freshness = Duration::hours(1);
    assert_eq!(at(&trust, NOW + Duration::minutes(5)), Ok(()));
    trust.issuers.clear();
    assert!(at(&trust, NOW + Duration::minutes(5)).is_err());
}
