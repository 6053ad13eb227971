//! How a record becomes small: everything but the body goes through one DEFLATE stream that starts
//! with a dictionary, an earlier seal of the same signer.
//!
//! Nine tenths of a seal repeat: the certificate, the OCSP response, the XML around them. With the
//! dictionary a seal of 7 KB takes about 1 KB, and what is unpacked is byte for byte what went in.
//! The dictionary holds seals only, never messages, so that a message can be erased later without
//! leaving a trace of it in other records.

mod deflate;
mod parts;

use std::collections::HashMap;
use std::io::Read;
use std::sync::{Arc, Mutex, PoisonError};

use aws_lc_rs::digest;
use bytes::Bytes;
use flate2::{Compress, Compression, FlushCompress, Status};
use identifiers::ClientId;
use protocol::{Sha512, sha512};

use self::deflate::{Bits, Index, Known, LONGEST_TEXT, Stream};
use self::parts::{HEADER, Parts};
pub(super) use self::parts::{Unpacked, unpack};
use super::record::Seal;

/// Distance that DEFLATE can look back; more dictionary would never be used.
pub(super) const DICTIONARY_LIMIT: usize = 32 * 1024;
/// How much larger than the best a packed seal may be without blame: hash chains differ in depth. A
/// changed OCSP response costs more than this. Bytes.
const TOLERANCE: usize = 800;
/// Signers whose dictionary is remembered.
const SIGNER_LIMIT: usize = 1_024;

/// A stored byte string that compression starts from.
#[derive(Debug)]
pub(super) struct Dictionary {
    /// Derived from the content, so that equal dictionaries are one row.
    pub(super) id: i64,
    /// The bytes of an earlier seal.
    pub(super) content: Vec<u8>,
    index: Index,
}

/// A record's parts, packed.
#[derive(Debug)]
pub(super) struct Packed {
    /// The dictionary that unpacking needs.
    pub(super) dictionary: Arc<Dictionary>,
    /// The DEFLATE stream.
    pub(super) content: Vec<u8>,
    /// SHA-512 of the signature document.
    pub(super) signature_hash: Sha512,
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
    /// The latest signature: it comes again with each message of its batch.
    latest: Option<Arc<Encoded>>,
}

/// What the records of a batch have in common, encoded with a certain dictionary.
struct Encoded {
    signature: Bytes,
    hash_chain_result: Option<Bytes>,
    signature_hash: Sha512,
    bits: Bits,
}

impl Choice {
    fn of(seal: &Seal) -> Self {
        let dictionary = Arc::new(Dictionary::from_seal(seal));
        Self { dictionary, best: usize::MAX, lost: 0, latest: None }
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
        let parts = Parts::of(message, seal);
        if parts.length() > LONGEST_TEXT {
            return self.pack_long(signer, &parts, seal);
        }
        let (dictionary, latest, own) = self.choice(signer, seal);
        let encoded = latest.filter(|latest| latest.is_of(seal));
        let encoded = encoded.unwrap_or_else(|| self.encode(signer, &dictionary, seal));
        let mut stream = Stream::new(Some(dictionary.known()), parts.length() / 4);
        stream.literals(&parts.header()?);
        stream.append(&encoded.bits, parts.repeated_length());
        stream.text(parts.hash_chain.unwrap_or_default());
        stream.text(parts.message);
        let content = stream.finish();
        if !own {
            self.judge(signer, &dictionary, content.len().saturating_sub(message.len()), seal);
        }
        Ok(Packed { dictionary, content, signature_hash: encoded.signature_hash })
    }

    /// Signature and hash chain result, for all records that have them.
    fn encode(&self, signer: &ClientId, dictionary: &Arc<Dictionary>, seal: &Seal) -> Arc<Encoded> {
        let result = seal.hash_chain_result.as_deref().unwrap_or_default();
        let encoded = Arc::new(Encoded {
            bits: Stream::stretch(dictionary.known(), HEADER, [&seal.signature, result]),
            signature_hash: sha512(&seal.signature),
            signature: seal.signature.clone(),
            hash_chain_result: seal.hash_chain_result.clone(),
        });
        let mut signers = self.signers.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(choice) = signers.get_mut(signer).filter(|choice| choice.dictionary.id == dictionary.id) {
            choice.latest = Some(Arc::clone(&encoded));
        }
        encoded
    }

    /// Packs a record whose parts are longer than usual.
    fn pack_long(&self, signer: &ClientId, parts: &Parts<'_>, seal: &Seal) -> Result<Packed, PackingError> {
        let plain = parts.join()?;
        let (dictionary, _, own) = self.choice(signer, seal);
        let content = self.deflate(&dictionary.content, &plain)?;
        if !own {
            self.judge(signer, &dictionary, content.len().saturating_sub(parts.message.len()), seal);
        }
        Ok(Packed { dictionary, content, signature_hash: sha512(&seal.signature) })
    }

    /// The signer's dictionary, the latest signature, and whether the dictionary was just made of this very seal.
    fn choice(&self, signer: &ClientId, seal: &Seal) -> (Arc<Dictionary>, Option<Arc<Encoded>>, bool) {
        let mut signers = self.signers.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(choice) = signers.get(signer) {
            return (Arc::clone(&choice.dictionary), choice.latest.clone(), false);
        }
        if signers.len() >= SIGNER_LIMIT {
            signers.clear();
        }
        let choice = Choice::of(seal);
        let dictionary = Arc::clone(&choice.dictionary);
        signers.insert(signer.clone(), choice);
        (dictionary, None, true)
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

    /// DEFLATE of a body, without dictionary; `None` when that does not make it smaller.
    pub(super) fn squeeze(&self, body: &[u8]) -> Option<Vec<u8>> {
        let squeezed = if body.len() <= LONGEST_TEXT {
            let mut stream = Stream::new(None, body.len());
            stream.text(body);
            stream.finish()
        } else {
            self.deflate(&[], body).ok()?
        };
        (squeezed.len() < body.len()).then_some(squeezed)
    }

    /// One raw DEFLATE stream of `plain` that starts with `dictionary`, which may be empty.
    fn deflate(&self, dictionary: &[u8], plain: &[u8]) -> Result<Vec<u8>, PackingError> {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let mut compressor = idle.unwrap_or_else(|| Compress::new(Compression::fast(), false));
        compressor.reset();
        if !dictionary.is_empty() {
            compressor.set_dictionary(dictionary).map_err(|_| PackingError::Compressor)?;
        }
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
        Self { id: dictionary_id(&content), index: Index::of(&content), content }
    }

    fn known(&self) -> Known<'_> {
        Known { content: &self.content, index: &self.index }
    }
}

impl Encoded {
    fn is_of(&self, seal: &Seal) -> bool {
        self.signature == seal.signature && self.hash_chain_result == seal.hash_chain_result
    }
}

/// The first 63 bits of the content's SHA-256.
fn dictionary_id(content: &[u8]) -> i64 {
    let digest = digest::digest(&digest::SHA256, content);
    let mut first = [0u8; 8];
    first.copy_from_slice(&digest.as_ref()[..8]);
    i64::from_be_bytes(first) & i64::MAX
}

/// DEFLATE without dictionary.
pub(super) fn squeeze_always(plain: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut out = Vec::with_capacity(plain.len() / 2 + 64);
    flate2::read::DeflateEncoder::new(plain, Compression::fast()).read_to_end(&mut out)?;
    Ok(out)
}

/// What [`Packer::squeeze`] made smaller, at most `limit` bytes.
pub(super) fn expand(squeezed: &[u8], limit: usize) -> Result<Vec<u8>, PackingError> {
    let mut out = Vec::new();
    let decoder = flate2::read::DeflateDecoder::new(squeezed);
    let bound = u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1);
    decoder.take(bound).read_to_end(&mut out).map_err(|_| PackingError::Malformed)?;
    if out.len() > limit { Err(PackingError::TooLong) } else { Ok(out) }
}

#[cfg(test)]
mod tests;
