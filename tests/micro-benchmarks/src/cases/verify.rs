//! Verifying a captured signature: of a signer that was never seen, and of one that is known.

use std::hint::black_box;

use anyhow::Result;
use evidence::signature::{SealView, VerificationCache, verify as verify_seal, verify_cached};
use test_vectors::{CAPTURED_AT, Signed};

use crate::Work;
use crate::material::{Pair, consumer_member};

/// Signers whose certificates are remembered; far more than there are here.
const REMEMBERED: usize = 1000;

pub(super) fn rsa2048() -> Result<Work> {
    unknown(Pair::Rsa2048)
}

pub(super) fn p256() -> Result<Work> {
    unknown(Pair::P256)
}

/// With certificate, path and OCSP response.
fn unknown(pair: Pair) -> Result<Work> {
    let (signed, member, trust) = (pair.signed_request()?, consumer_member()?, pair.global_configuration());
    Ok(Box::new(move || {
        black_box(verify_seal(&view(&signed), &signed.parts, &member, &trust, CAPTURED_AT)?);
        Ok(())
    }))
}

/// Only what differs from message to message.
pub(super) fn known() -> Result<Work> {
    let pair = Pair::Rsa2048;
    let (signed, member, trust) = (pair.signed_request()?, consumer_member()?, pair.global_configuration());
    let cache = VerificationCache::new(REMEMBERED);
    Ok(Box::new(move || {
        black_box(verify_cached(&view(&signed), &signed.parts, &member, &trust, &cache, CAPTURED_AT)?);
        Ok(())
    }))
}

fn view(signed: &Signed) -> SealView<'_> {
    let given = |part: &'_ [u8]| !part.is_empty();
    SealView {
        signature: &signed.signature,
        hash_chain_result: Some(&*signed.hash_chain_result).filter(|part| given(part)),
        hash_chain: Some(&*signed.hash_chain).filter(|part| given(part)),
    }
}
