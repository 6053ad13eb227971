//! Signatures (`evidence::signature`, `evidence::timestamp`). Input: signature document, hash chain result, hash chain
//! and digests of the parts, with NUL between them. Certificates and time are those of the captured pairs.
//!
//! Holds: a signature that verifies does not for another member or for a part that differs in one bit; a timestamp
//! goes in without changing what it covers.

#![no_main]

use std::sync::LazyLock;

use evidence::signature::{SealView, verify};
use evidence::timestamp::{embed, stamped_data};
use globalconf::GlobalConf;
use identifiers::MemberId;
use protocol::digest::{PartDigest, PartName, Sha512};
use sekisho_fuzz::input::{joined, sections};
use sekisho_fuzz::{Target, fuzz, vectors};

fuzz!(Target {
    name: "signature",
    max_len: 24 * 1024,
    memory: 512 * 1024,
    memory_per_byte: 128,
    dictionary: Some("xml.dict"),
    seeds,
    check,
});

static TRUST: LazyLock<Vec<GlobalConf>> =
    LazyLock::new(|| vectors::PAIRS.map(vectors::global_configuration).to_vec());
static MEMBERS: LazyLock<Vec<MemberId>> = LazyLock::new(|| {
    ["1111", "2222"].map(|code| MemberId::new("INST", "GOV", code).expect("a member")).to_vec()
});

fn seeds() -> Vec<Vec<u8>> {
    let mut seeds = Vec::new();
    for signed in vectors::captured(".5500-").iter().filter_map(vectors::Captured::signed) {
        let digests: Vec<u8> = signed.parts.iter().flat_map(|part| part.sha512).collect();
        let parts: [&[u8]; 4] = [&signed.signature, &signed.hash_chain_result, &signed.hash_chain, &digests];
        seeds.push(joined(&parts));
    }
    seeds.extend(vectors::files("x-road-7.8/signature", ".xml"));
    seeds
}

fn parts(digests: &[u8]) -> Vec<PartDigest> {
    let digests = digests.chunks_exact(64).filter_map(|digest| Sha512::try_from(digest).ok());
    let names = std::iter::once(PartName::Message).chain((1..=8).map(PartName::Attachment));
    names.zip(digests).map(|(name, sha512)| PartDigest { name, sha512 }).collect()
}

fn check(data: &[u8]) {
    let [signature, result, chain, digests] = sections(data);
    let parts = parts(digests);
    let given = |bytes| Some(bytes).filter(|bytes: &&[u8]| !bytes.is_empty());
    let seal = SealView { signature, hash_chain_result: given(result), hash_chain: given(chain) };
    for trust in TRUST.iter() {
        for member in MEMBERS.iter() {
            let Ok(verified) = verify(&seal, &parts, member, trust, vectors::CAPTURED_AT) else { continue };
            assert_eq!(verified.signer(), member);
            refuses_others(&seal, &parts, member, trust);
        }
    }
    stamp(signature);
}

fn refuses_others(seal: &SealView<'_>, parts: &[PartDigest], member: &MemberId, trust: &GlobalConf) {
    for position in 0..parts.len() {
        let mut changed = parts.to_vec();
        changed[position].sha512[63] ^= 0x80;
        verify(seal, &changed, member, trust, vectors::CAPTURED_AT).expect_err("another part is not signed");
    }
    for other in MEMBERS.iter().filter(|other| *other != member) {
        verify(seal, parts, other, trust, vectors::CAPTURED_AT).expect_err("another member has not signed");
    }
}

fn stamp(signature: &[u8]) {
    let Ok(before) = stamped_data(signature) else { return };
    if let Ok(stamped) = embed(signature, b"a token") {
        assert_eq!(stamped_data(&stamped).as_ref(), Ok(&before));
    }
}
