//! The parts of a record in the order in which they are packed.

use bytes::Bytes;
use flate2::{Decompress, FlushDecompress, Status};

use super::PackingError;
use crate::message_log::record::Seal;

/// Most bytes that the parts of one record take unpacked (signature and chains are bounded by the
/// transport's limits far below; this guards against a damaged row).
const UNPACKED_LIMIT: usize = 64 * 1024 * 1024;
/// Length of the header: one length for each of the four parts.
pub(super) const HEADER: usize = 16;
/// Marks an absent part.
const ABSENT: u32 = u32::MAX;

/// A record's parts, unpacked.
#[derive(Debug, Clone)]
pub(in crate::message_log) struct Unpacked {
    /// `message.xml`.
    pub(in crate::message_log) message: Bytes,
    /// The seal.
    pub(in crate::message_log) seal: Seal,
}

/// What a record is packed of, in its order.
pub(super) struct Parts<'r> {
    signature: &'r [u8],
    hash_chain_result: Option<&'r [u8]>,
    pub(super) hash_chain: Option<&'r [u8]>,
    pub(super) message: &'r [u8],
}

impl<'r> Parts<'r> {
    pub(super) fn of(message: &'r [u8], seal: &'r Seal) -> Self {
        Self {
            signature: &seal.signature,
            hash_chain_result: seal.hash_chain_result.as_deref(),
            hash_chain: seal.hash_chain.as_deref(),
            message,
        }
    }

    fn each(&self) -> [Option<&'r [u8]>; 4] {
        [Some(self.signature), self.hash_chain_result, self.hash_chain, Some(self.message)]
    }

    pub(super) fn length(&self) -> usize {
        self.each().iter().flatten().map(|part| part.len()).sum()
    }

    /// Length of what the records of a batch have in common.
    pub(super) fn repeated_length(&self) -> usize {
        self.signature.len() + self.hash_chain_result.unwrap_or_default().len()
    }

    /// The lengths.
    pub(super) fn header(&self) -> Result<[u8; HEADER], PackingError> {
        let mut header = [0; HEADER];
        for (field, part) in header.chunks_mut(HEADER / 4).zip(self.each()) {
            let length = part.map_or(Ok(ABSENT), |part| u32::try_from(part.len()));
            field.copy_from_slice(&length.map_err(|_| PackingError::TooLong)?.to_le_bytes());
        }
        Ok(header)
    }

    /// Lengths, then the parts.
    pub(super) fn join(&self) -> Result<Vec<u8>, PackingError> {
        if self.length() > UNPACKED_LIMIT - HEADER {
            return Err(PackingError::TooLong);
        }
        let mut plain = Vec::with_capacity(HEADER + self.length());
        plain.extend_from_slice(&self.header()?);
        self.each().into_iter().flatten().for_each(|part| plain.extend_from_slice(part));
        Ok(plain)
    }
}

/// Unpacks what [`Packer::pack`] made with the dictionary of this content.
pub(in crate::message_log) fn unpack(dictionary: &[u8], content: &[u8]) -> Result<Unpacked, PackingError> {
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
pub(super) fn inflate(dictionary: &[u8], content: &[u8]) -> Result<Vec<u8>, PackingError> {
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
