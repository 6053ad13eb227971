//! The hash chain over a batch.

use std::hint::black_box;

use anyhow::{Context as _, Result, ensure};
use evidence::hash_chain;

use crate::Work;
use crate::material::parts;

/// Messages under one signature.
const BATCH: u32 = 64;

/// The tree over all messages, and the way down to each.
pub(super) fn build() -> Result<Work> {
    let messages: Vec<_> = (0..BATCH).map(parts).collect();
    Ok(Box::new(move || {
        let messages: Vec<_> = messages.iter().map(Vec::as_slice).collect();
        let built = black_box(hash_chain::build(&messages)).context("a tree")?;
        ensure!(built.chains.len() == BATCH as usize);
        Ok(())
    }))
}

/// One message of the batch, as its receiver sees it.
pub(super) fn verify() -> Result<Work> {
    let messages: Vec<_> = (0..BATCH).map(parts).collect();
    let built =
        hash_chain::build(&messages.iter().map(Vec::as_slice).collect::<Vec<_>>()).context("a tree")?;
    Ok(Box::new(move || {
        let (chain, parts) =
            built.chains.iter().zip(&messages).nth(BATCH as usize / 2).context("a message")?;
        let covered = black_box(hash_chain::verify(&built.result_xml, chain, parts)?);
        ensure!(covered.parts().len() == parts.len());
        Ok(())
    }))
}
