//! Signing, as a security server does it: everything that stays the same from message to message is ready.

use std::hint::black_box;

use anyhow::{Result, ensure};
use evidence::signature::verify;
use test_vectors::CAPTURED_AT;

use crate::Work;
use crate::material::{Pair, consumer_member, parts, view};

/// Messages under one signature when the key is the bottleneck.
const BATCH: u32 = 16;

pub(super) fn rsa2048() -> Result<Work> {
    messages(Pair::Rsa2048, 1)
}

pub(super) fn p256() -> Result<Work> {
    messages(Pair::P256, 1)
}

pub(super) fn batch() -> Result<Work> {
    messages(Pair::Rsa2048, BATCH)
}

fn messages(pair: Pair, count: u32) -> Result<Work> {
    let signer = pair.signer()?;
    let messages: Vec<_> = (0..count).map(parts).collect();
    let sealed = move || signer.seal(&messages.iter().map(Vec::as_slice).collect::<Vec<_>>());
    // Others take what is measured here.
    for (number, seal) in (0u32..).zip(&sealed()?) {
        verify(&view(seal), &parts(number), &consumer_member()?, &pair.global_configuration(), CAPTURED_AT)?;
    }
    Ok(Box::new(move || {
        ensure!(black_box(sealed()?).len() == count as usize);
        Ok(())
    }))
}
