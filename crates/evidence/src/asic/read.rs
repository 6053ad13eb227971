//! Reading a container, whoever wrote it.

use std::collections::BTreeMap;
use std::io::{Cursor, Read};

use zip::{CompressionMethod, ZipArchive};

use super::{AsicError, AsicLimits, BatchTimestamp, Container, MIME_TYPE, entry};

/// Longest entry name.
const MAX_NAME_BYTES: usize = 256;

/// Reads a container within `limits`. Entries may come in any order and compression, and entries
/// that a container does not need are passed over.
///
/// # Errors
/// What is missing, or why the archive is not read.
pub fn read(bytes: &[u8], limits: &AsicLimits) -> Result<Container, AsicError> {
    // Not even the mark of a ZIP entry: X-Road's reader finds no entries then.
    if !bytes.starts_with(b"PK") {
        return Err(AsicError::NoMimeType);
    }
    let mut entries = unpack(bytes, limits)?;
    let mime_type = entries.take(entry::MIME_TYPE).ok_or(AsicError::NoMimeType)?;
    if !mime_type.eq_ignore_ascii_case(MIME_TYPE.as_bytes()) {
        return Err(AsicError::WrongMimeType);
    }
    let mut container = Container {
        message: entries.take(entry::MESSAGE).ok_or(AsicError::NoMessage)?,
        signature: entries.take(entry::SIGNATURE).ok_or(AsicError::NoSignature)?,
        ..Container::default()
    };
    let chain = entries.pair(entry::SIG_HASH_CHAIN_RESULT, entry::SIG_HASH_CHAIN)?;
    (container.hash_chain_result, container.hash_chain) = chain.unzip();
    let chain = entries.pair(entry::TS_HASH_CHAIN_RESULT, entry::TS_HASH_CHAIN)?;
    let chained = chain.is_some();
    let (hash_chain_result, hash_chain) = chain.unwrap_or_default();
    container.batch_timestamp = match entries.named.remove(entry::TIMESTAMP) {
        Some(token) if !token.is_empty() => Some(BatchTimestamp { hash_chain_result, hash_chain, token }),
        None if !chained => None,
        _ => return Err(AsicError::NoTimestamp),
    };
    container.attachments = entries.attachments.into_iter().collect();
    Ok(container)
}

#[derive(Default)]
struct Entries {
    named: BTreeMap<&'static str, Vec<u8>>,
    attachments: BTreeMap<u32, Vec<u8>>,
}

impl Entries {
    /// An entry with content; an empty or blank one counts as missing.
    fn take(&mut self, name: &str) -> Option<Vec<u8>> {
        self.named.remove(name).filter(|content| !content.trim_ascii().is_empty())
    }

    /// Hash chain result and hash chain: both or none.
    fn pair(&mut self, result: &'static str, chain: &'static str) -> Result<Option<Pair>, AsicError> {
        match (self.take(result), self.take(chain)) {
            (Some(result), Some(chain)) => Ok(Some((result, chain))),
            (None, None) => Ok(None),
            (None, Some(_)) => Err(AsicError::NoHashChainResult(result)),
            (Some(_), None) => Err(AsicError::NoHashChain(chain)),
        }
    }
}

/// A hash chain result and its hash chain.
type Pair = (Vec<u8>, Vec<u8>);

/// What an entry is kept as.
enum Place {
    Named(&'static str),
    Attachment(u32),
}

fn unpack(bytes: &[u8], limits: &AsicLimits) -> Result<Entries, AsicError> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(damaged)?;
    if archive.len() > limits.entries {
        return Err(AsicError::TooLarge);
    }
    // One name, one content: readers that go by the local headers must see what we see.
    archive.validate_header_consistency().map_err(damaged)?;
    let mut left = limits.total_bytes;
    let mut entries = Entries::default();
    for index in 0..archive.len() {
        let mut file = archive.by_index(index).map_err(damaged)?;
        let name = file.name().map_err(damaged)?.into_owned();
        let Some(place) = place(&name)? else { continue };
        if !matches!(file.compression(), CompressionMethod::Stored | CompressionMethod::Deflated) {
            return Err(AsicError::Damaged("unsupported compression".to_owned()));
        }
        let mut content = Vec::new();
        let read = file.by_ref().take(left.saturating_add(1)).read_to_end(&mut content).map_err(damaged)?;
        left = left.checked_sub(read as u64).ok_or(AsicError::TooLarge)?;
        match place {
            Place::Named(name) => entries.named.insert(name, content),
            Place::Attachment(number) => entries.attachments.insert(number, content),
        };
    }
    Ok(entries)
}

/// Where an entry belongs; `None` for entries that are not needed.
fn place(name: &str) -> Result<Option<Place>, AsicError> {
    const KNOWN: [&str; 8] = [
        entry::MIME_TYPE,
        entry::MESSAGE,
        entry::SIGNATURE,
        entry::SIG_HASH_CHAIN_RESULT,
        entry::SIG_HASH_CHAIN,
        entry::TS_HASH_CHAIN_RESULT,
        entry::TS_HASH_CHAIN,
        entry::TIMESTAMP,
    ];
    if let Some(known) = KNOWN.iter().find(|known| **known == name) {
        return Ok(Some(Place::Named(known)));
    }
    if let Some(number) = name.strip_prefix(entry::ATTACHMENT) {
        let parsed = number.parse::<u32>().ok();
        let plain = parsed.filter(|value| *value > 0 && value.to_string() == number);
        return plain.map(|value| Some(Place::Attachment(value))).ok_or_else(|| unexpected(name));
    }
    let outside = name.starts_with(['/', '\\']) || name.split(['/', '\\']).any(|part| part == "..");
    if name.len() > MAX_NAME_BYTES || outside || name.chars().any(char::is_control) {
        return Err(unexpected(name));
    }
    // Other signature files beside the one that is verified would be taken for verified.
    let other_signature =
        name.starts_with("META-INF/") && name.contains("signatures") && name.ends_with(".xml");
    if other_signature { Err(unexpected(name)) } else { Ok(None) }
}

fn unexpected(name: &str) -> AsicError {
    AsicError::UnexpectedEntry(name.chars().take(64).flat_map(char::escape_default).collect())
}

fn damaged(error: impl std::fmt::Display) -> AsicError {
    AsicError::Damaged(error.to_string())
}
