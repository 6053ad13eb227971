//! Hash chains (`evidence::hash_chain`). Input: result, chain and digests of the parts, with NUL between them.
//!
//! Holds: a chain that verifies covers every part and nothing else; it does not verify for a part that differs in one
//! bit, that is missing, or with one part more; a chain that we build verifies.

#![no_main]

use evidence::hash_chain::{build, verify};
use protocol::digest::{PartDigest, PartName, Sha512};
use sekisho_fuzz::input::{joined, sections};
use sekisho_fuzz::{Target, fuzz, vectors};

fuzz!(Target {
    name: "hash_chain",
    max_len: 16 * 1024,
    memory: 256 * 1024,
    memory_per_byte: 128,
    dictionary: Some("xml.dict"),
    seeds,
    check,
});

fn seeds() -> Vec<Vec<u8>> {
    let mut seeds = Vec::new();
    for signed in vectors::captured(".5500-").iter().filter_map(vectors::Captured::signed) {
        let digests: Vec<u8> = signed.parts.iter().flat_map(|part| part.sha512).collect();
        seeds.push(joined(&[&signed.hash_chain_result, &signed.hash_chain, &digests]));
    }
    for name in ["hc-verifier1", "hc-verifier3"] {
        let file = |kind: &str| vectors::file(&format!("x-road-7.8/hash-chain/{name}-{kind}.xml"));
        seeds.push(joined(&[&file("hashchainresult"), &file("hashchain"), &[7; 128]]));
    }
    let messages: Vec<Vec<PartDigest>> = (0..5).map(|count| parts(&[count; 192])).collect();
    let messages: Vec<&[PartDigest]> = messages.iter().map(Vec::as_slice).collect();
    if let Some(built) = build(&messages) {
        for (number, chain) in (0..).zip(&built.chains) {
            seeds.push(joined(&[&built.result_xml, chain, &[number; 192]]));
        }
    }
    seeds
}

/// Each 64 bytes are a digest: of the message, then of its attachments.
fn parts(digests: &[u8]) -> Vec<PartDigest> {
    let digests = digests.chunks_exact(64).filter_map(|digest| Sha512::try_from(digest).ok());
    let names = std::iter::once(PartName::Message).chain((1..=8).map(PartName::Attachment));
    names.zip(digests).map(|(name, sha512)| PartDigest { name, sha512 }).collect()
}

fn check(data: &[u8]) {
    let [result, chain, digests] = sections(data);
    let parts = parts(digests);
    if let Ok(covered) = verify(result, chain, &parts) {
        let names: Vec<PartName> = parts.iter().map(|part| part.name).collect();
        assert_eq!(covered.parts(), names);
        for position in 0..parts.len() {
            let mut changed = parts.clone();
            changed[position].sha512[0] ^= 1;
            verify(result, chain, &changed).expect_err("another part is not what was signed");
            changed.remove(position);
            verify(result, chain, &changed).expect_err("a part is missing");
        }
        let mut more = parts.clone();
        more.push(PartDigest { name: PartName::Attachment(99), sha512: [1; 64] });
        verify(result, chain, &more).expect_err("a part is not covered");
    }
    built(&parts, data.len() % 5);
}

fn built(parts: &[PartDigest], others: usize) {
    let other = [PartDigest { name: PartName::Message, sha512: [3; 64] }];
    let mut messages = vec![&other[..]; others];
    messages.push(parts);
    let Some(built) = build(&messages) else { return };
    let chain = built.chains.last().expect("one for each message");
    verify(&built.result_xml, chain, parts).expect("what we build ourselves");
}
