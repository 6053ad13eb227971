//! How a record becomes small: everything but the body goes through one DEFLATE stream that starts
//! with a dictionary, an earlier seal of the same signer.
//!
//! Nine tenths of a seal repeat: the certificate, the OCSP response, the XML around them. With the
//! dictionary a seal of 7 KB takes about 1 KB, and what is unpacked is byte for byte what went in.
//! The dictionary holds seals only, never messages, so that a message can be erased later without
//! leaving a trace of it in other records.

use std::collections::HashMap;
use std::io::Read;
use std::sync::{Arc, Mutex, PoisonError};

use aws_lc_rs::digest;
use bytes::Bytes;
use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress, Status};
use identifiers::ClientId;

use super::record::Seal;

/// Most bytes that the parts of one record take unpacked (signature and chains are bounded by the
/// transport's limits far below; this guards against a damaged row).
const UNPACKED_LIMIT: usize = 64 * 1024 * 1024;
/// Distance that DEFLATE can look back; more dictionary would never be used.
pub(super) const DICTIONARY_LIMIT: usize = 32 * 1024;
/// How much larger than the best a packed seal may be without blame: hash chains differ in depth. A
/// changed OCSP response costs more than this. Bytes.
const TOLERANCE: usize = 800;
/// Signers whose dictionary is remembered.
const SIGNER_LIMIT: usize = 1_024;
/// Marks an absent part.
const ABSENT: u32 = u32::MAX;
/// Length of the header: one length for each of the four parts.
const HEADER: usize = 16;

/// A stored byte string that compression starts from.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Dictionary {
    /// Derived from the content, so that equal dictionaries are one row.
    pub(super) id: i64,
    /// The bytes of an earlier seal.
    pub(super) content: Vec<u8>,
}

/// A record's parts, packed.
#[derive(Debug)]
pub(super) struct Packed {
    /// The dictionary that unpacking needs.
    pub(super) dictionary: Arc<Dictionary>,
    /// The DEFLATE stream.
    pub(super) content: Vec<u8>,
}

/// A record's parts, unpacked.
#[derive(Debug, Clone)]
pub(super) struct Unpacked {
    /// `message.xml`.
    pub(super) message: Bytes,
    /// The seal.
    pub(super) seal: Seal,
}

/// Why bytes cannot be packed or unpacked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum PackingError {
    /// Longer than a record may be.
    #[error("longer than a record may be")]
    TooLong,
    /// The compressor refused its input.
    #[error("compression failed")]
    Compressor,
    /// Not a packed record, or another dictionary.
    #[error("not a packed record")]
    Malformed,
}

/// Packs records and chooses their dictionaries.
#[derive(Default)]
pub(super) struct Packer {
    signers: Mutex<HashMap<ClientId, Choice>>,
    /// Compressors at rest; each holds some hundred kilobytes of tables.
    idle: Mutex<Vec<Compress>>,
}

/// The dictionary in use for one signer and how well it does.
struct Choice {
    dictionary: Arc<Dictionary>,
    /// Smallest packed seal so far.
    best: usize,
    /// Bytes lost against `best` since the dictionary was chosen; a new one is taken when they
    /// exceed what it costs to store (about half its length).
    lost: usize,
}

impl Choice {
    fn of(seal: &Seal) -> Self {
        Self { dictionary: Arc::new(Dictionary::from_seal(seal)), best: usize::MAX, lost: 0 }
    }
}

impl Packer {
    /// Packs one record sealed by `signer`.
    pub(super) fn pack(
        &self,
        signer: &ClientId,
        message: &[u8],
        seal: &Seal,
    ) -> Result<Packed, PackingError> {
        let plain = join(message, seal)?;
        let (dictionary, own) = self.dictionary(signer, seal);
        let content = self.deflate(&dictionary.content, &plain)?;
        if !own {
            self.judge(signer, &dictionary, content.len().saturating_sub(message.len()), seal);
        }
        Ok(Packed { dictionary, content })
    }

    /// The signer's dictionary, and whether it was just made of this very seal.
    fn dictionary(&self, signer: &ClientId, seal: &Seal) -> (Arc<Dictionary>, bool) {
        let mut signers = self.signers.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(choice) = signers.get(signer) {
            return (Arc::clone(&choice.dictionary), false);
        }
        if signers.len() >= SIGNER_LIMIT {
            signers.clear();
        }
        let choice = Choice::of(seal);
        let dictionary = Arc::clone(&choice.dictionary);
        signers.insert(signer.clone(), choice);
        (dictionary, true)
    }

    /// Takes the packed size of a seal into account and replaces a dictionary that has become bad.
    fn judge(&self, signer: &ClientId, used: &Dictionary, size: usize, seal: &Seal) {
        let mut signers = self.signers.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(choice) = signers.get_mut(signer) else { return };
        if choice.dictionary.id != used.id {
            return;
        }
        choice.best = choice.best.min(size);
        choice.lost += size - size.min(choice.best.saturating_add(TOLERANCE));
        if choice.lost > used.content.len() / 2 {
            *choice = Choice::of(seal);
        }
    }

    /// One raw DEFLATE stream of `plain` that starts with `dictionary`.
    fn deflate(&self, dictionary: &[u8], plain: &[u8]) -> Result<Vec<u8>, PackingError> {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let mut compressor = idle.unwrap_or_else(|| Compress::new(Compression::fast(), false));
        compressor.reset();
        compressor.set_dictionary(dictionary).map_err(|_| PackingError::Compressor)?;
        let mut out = Vec::with_capacity(plain.len() / 2 + 128);
        loop {
            let taken = usize::try_from(compressor.total_in()).map_err(|_| PackingError::Compressor)?;
            let rest = plain.get(taken..).ok_or(PackingError::Compressor)?;
            let status = compressor.compress_vec(rest, &mut out, FlushCompress::Finish);
            match status.map_err(|_| PackingError::Compressor)? {
                Status::StreamEnd => break,
                Status::Ok | Status::BufError => out.reserve(plain.len() / 2 + 128),
            }
        }
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < 4 {
            idle.push(compressor);
        }
        Ok(out)
    }
}

impl Dictionary {
    fn from_seal(seal: &Seal) -> Self {
        let parts = [seal.hash_chain_result.as_ref(), seal.hash_chain.as_ref(), Some(&seal.signature)];
        let mut content: Vec<u8> =
            parts.into_iter().flatten().flat_map(|part| part.iter().copied()).collect();
        // DEFLATE finds what stands at the end of the dictionary most cheaply: the signature.
        let start = content.len().saturating_sub(DICTIONARY_LIMIT);
        content.drain(..start);
        Self { id: dictionary_id(&content), content }
    }
}

/// The first 63 bits of the content's SHA-256.
fn dictionary_id(content: &[u8]) -> i64 {
    let digest = digest::digest(&digest::SHA256, content);
    let mut first = [0u8; 8];
    first.copy_from_slice(&digest.as_ref()[..8]);
    i64::from_be_bytes(first) & i64::MAX
}

/// Lengths, then signature, hash chain result, hash chain and message.
fn join(message: &[u8], seal: &Seal) -> Result<Vec<u8>, PackingError> {
    let parts = [
        Some(seal.signature.as_ref()),
        seal.hash_chain_result.as_deref(),
        seal.hash_chain.as_deref(),
        Some(message),
    ];
    let total: usize = parts.iter().flatten().map(|part| part.len()).sum();
    if total > UNPACKED_LIMIT - HEADER {
        return Err(PackingError::TooLong);
    }
    let mut plain = Vec::with_capacity(HEADER + total);
    for part in parts {
        let length = part.map_or(Ok(ABSENT), |part| u32::try_from(part.len()));
        plain.extend_from_slice(&length.map_err(|_| PackingError::TooLong)?.to_le_bytes());
    }
    for part in parts.into_iter().flatten() {
        plain.extend_from_slice(part);
    }
    Ok(plain)
}

/// Unpacks what [`Packer::pack`] made with the dictionary of this content.
pub(super) fn unpack(dictionary: &[u8], content: &[u8]) -> Result<Unpacked, PackingError> {
    let plain = Bytes::from(inflate(dictionary, content)?);
    let mut rest = plain.slice(HEADER.min(plain.len())..);
    let mut take = |position: usize| -> Result<Option<Bytes>, PackingError> {
        let field = plain.get(position * 4..position * 4 + 4).ok_or(PackingError::Malformed)?;
        let length = field.try_into().map(u32::from_le_bytes).map_err(|_| PackingError::Malformed)?;
        if length == ABSENT {
            return Ok(None);
        }
        let length = usize::try_from(length).map_err(|_| PackingError::Malformed)?;
        if length > rest.len() {
            return Err(PackingError::Malformed);
        }
        Ok(Some(rest.split_to(length)))
    };
    let signature = take(0)?.ok_or(PackingError::Malformed)?;
    let hash_chain_result = take(1)?;
    let hash_chain = take(2)?;
    let message = take(3)?.ok_or(PackingError::Malformed)?;
    if !rest.is_empty() {
        return Err(PackingError::Malformed);
    }
    Ok(Unpacked { message, seal: Seal { signature, hash_chain_result, hash_chain } })
}

/// The plain bytes of one raw DEFLATE stream that starts with `dictionary`.
fn inflate(dictionary: &[u8], content: &[u8]) -> Result<Vec<u8>, PackingError> {
    let mut decompressor = Decompress::new(false);
    decompressor.set_dictionary(dictionary).map_err(|_| PackingError::Malformed)?;
    let mut out = Vec::with_capacity((content.len() * 8).min(UNPACKED_LIMIT));
    loop {
        let taken = usize::try_from(decompressor.total_in()).map_err(|_| PackingError::Malformed)?;
        let rest = content.get(taken..).ok_or(PackingError::Malformed)?;
        let before = out.len();
        let status = decompressor.decompress_vec(rest, &mut out, FlushDecompress::Finish);
        match status.map_err(|_| PackingError::Malformed)? {
            Status::StreamEnd => return Ok(out),
            Status::Ok | Status::BufError if out.len() == out.capacity() && out.len() < UNPACKED_LIMIT => {
                out.reserve(out.len().clamp(4_096, UNPACKED_LIMIT - out.len()));
            }
            Status::Ok | Status::BufError if out.len() > before => {}
            Status::Ok | Status::BufError => return Err(PackingError::Malformed),
        }
    }
}

/// DEFLATE of a body, without dictionary; `None` when that does not make it smaller.
pub(super) fn squeeze(body: &[u8]) -> Option<Vec<u8>> {
    let squeezed = squeeze_always(body).ok()?;
    (squeezed.len() < body.len()).then_some(squeezed)
}

/// DEFLATE without dictionary.
pub(super) fn squeeze_always(plain: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut out = Vec::with_capacity(plain.len() / 2 + 64);
    flate2::read::DeflateEncoder::new(plain, Compression::fast()).read_to_end(&mut out)?;
    Ok(out)
}

/// What [`squeeze`] made smaller, at most `limit` bytes.
pub(super) fn expand(squeezed: &[u8], limit: usize) -> Result<Vec<u8>, PackingError> {
    let mut out = Vec::new();
    let decoder = flate2::read::DeflateDecoder::new(squeezed);
    let bound = u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1);
    decoder.take(bound).read_to_end(&mut out).map_err(|_| PackingError::Malformed)?;
    if out.len() > limit { Err(PackingError::TooLong) } else { Ok(out) }
}

#[cfg(test)]
mod tests;
