//! ASiC-E containers as bytes: entry order and compression as X-Road writes them, any order read.

use time::OffsetDateTime;

/// The contents of a container.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Container {
    /// `message.xml`: SOAP, or the request or response line and headers of a REST message.
    pub message: Vec<u8>,
    /// `META-INF/signatures.xml`.
    pub signature: Vec<u8>,
    /// `sig-hashchainresult.xml`, when the signature covers a hash chain.
    pub hash_chain_result: Option<Vec<u8>>,
    /// `sig-hashchain.xml`; present exactly when the result is.
    pub hash_chain: Option<Vec<u8>>,
    /// The batch timestamp; absent when the signature document carries its own.
    pub batch_timestamp: Option<BatchTimestamp>,
    /// `attachment1`, `attachment2`, ...: number and bytes, in ascending order.
    pub attachments: Vec<(u32, Vec<u8>)>,
}

/// The entries of a batch timestamp.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct BatchTimestamp {
    /// `ts-hashchainresult.xml`.
    pub hash_chain_result: Vec<u8>,
    /// `ts-hashchain.xml`.
    pub hash_chain: Vec<u8>,
    /// `META-INF/timestamp.tst`, DER.
    pub token: Vec<u8>,
}

/// Bounds on what is unpacked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AsicLimits {
    /// Number of entries.
    pub entries: usize,
    /// Decompressed bytes of all entries together.
    pub total_bytes: u64,
}

impl Default for AsicLimits {
    fn default() -> Self {
        Self { entries: 1_000, total_bytes: 1 << 30 }
    }
}

/// Why bytes are not a container, or parts do not make one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AsicError {
    /// No `mimetype` entry, or another type (`asic_mime_type_not_found`).
    #[error("no ASiC-E mimetype entry")]
    NoMimeType,
}

/// Writes a container; every entry gets the time `mtime` (time of the log record).
pub fn write(container: &Container, mtime: OffsetDateTime) -> Result<Vec<u8>, AsicError> {
    let _ = (container, mtime);
    todo!()
}

/// Reads a container within `limits`.
pub fn read(bytes: &[u8], limits: &AsicLimits) -> Result<Container, AsicError> {
    let _ = (bytes, limits);
    todo!()
}
