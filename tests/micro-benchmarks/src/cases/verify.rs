//! Verifying signatures: of a signer that was never seen, of one that is known, and one that has been verified with another
//! message of its batch.

use std::hint::black_box;

use anyhow::{Context as _, Result};
use evidence::signature::{SealView, VerificationCache, verify as verify_seal, verify_cached};
use test_vectors::{CAPTURED_AT, Captured, Signed};

use crate::Work;
use crate::material::{Pair, consumer_member, parts, view};

/// Signers whose certificates are remembered; far more than there are here.
const REMEMBERED: usize = 1000;

/// Messages under one signature.
const BATCH: u32 = 16;

pub(super) fn rsa2048() -> Result<Work> {
    unknown(Pair::Rsa2048)
}

pub(super) fn p256() -> Result<Work> {
    unknown(Pair::P256)
}

/// With certificate, path and OCSP response.
fn unknown(pair: Pair) -> Result<Work> {
    let (signed, member, trust) =
        (signed(&pair.request()?)?, consumer_member()?, pair.global_configuration());
    Ok(Box::new(move || {
        black_box(verify_seal(&captured_view(&signed), &signed.parts, &member, &trust, CAPTURED_AT)?);
        Ok(())
    }))
}

/// Only what differs from message to message. A signature without hash chain is never remembered.
pub(super) fn known() -> Result<Work> {
    let pair = Pair::Rsa2048;
    let signed = signed(&pair.request_without_body()?)?;
    let (member, trust) = (consumer_member()?, pair.global_configuration());
    let cache = VerificationCache::new(REMEMBERED);
    Ok(Box::new(move || {
        let seal = captured_view(&signed);
        black_box(verify_cached(&seal, &signed.parts, &member, &trust, &cache, CAPTURED_AT)?);
        Ok(())
    }))
}

/// The messages of one batch in turn.
pub(super) fn batch() -> Result<Work> {
    let pair = Pair::Rsa2048;
    let (member, trust) = (consumer_member()?, pair.global_configuration());
    let messages: Vec<_> = (0..BATCH).map(parts).collect();
    let seals = pair.signer()?.seal(&messages.iter().map(Vec::as_slice).collect::<Vec<_>>())?;
    let cache = VerificationCache::new(REMEMBERED);
    let mut next = 0;
    Ok(Box::new(move || {
        let (seal, parts) = seals.iter().zip(&messages).nth(next % seals.len()).context("a message")?;
        next += 1;
        black_box(verify_cached(&view(seal), parts, &member, &trust, &cache, CAPTURED_AT)?);
        Ok(())
    }))
}

fn signed(message: &Captured) -> Result<Signed> {
    message.signed().context("a signature")
}

fn captured_view(signed: &Signed) -> SealView<'_> {
    let given = |part: &'_ [u8]| !part.is_empty();
    SealView {
        signature: &signed.signature,
        hash_chain_result: Some(&*signed.hash_chain_result).filter(|part| given(part)),
        hash_chain: Some(&*signed.hash_chain).filter(|part| given(part)),
    }
}
