//! ASiC-E containers as bytes: written with the entries, order and compression of X-Road, read in
//! any order (ETSI EN 319 162-1, profile of X-Road's message log).

mod manifest;
mod read;
mod write;

pub use read::read;
pub use write::write;

/// Media type of the container, and content of its first entry.
pub const MIME_TYPE: &str = "application/vnd.etsi.asic-e+zip";

/// Entry names, in the order in which they are written.
pub(crate) mod entry {
    pub(crate) const MIME_TYPE: &str = "mimetype";
    pub(crate) const MESSAGE: &str = "message.xml";
    pub(crate) const SIGNATURE: &str = "META-INF/signatures.xml";
    pub(crate) const SIG_HASH_CHAIN_RESULT: &str = "sig-hashchainresult.xml";
    pub(crate) const SIG_HASH_CHAIN: &str = "sig-hashchain.xml";
    pub(crate) const TS_HASH_CHAIN_RESULT: &str = "ts-hashchainresult.xml";
    pub(crate) const TS_HASH_CHAIN: &str = "ts-hashchain.xml";
    pub(crate) const MANIFEST: &str = "META-INF/manifest.xml";
    pub(crate) const ASIC_MANIFEST: &str = "META-INF/ASiCManifest.xml";
    pub(crate) const TIMESTAMP: &str = "META-INF/timestamp.tst";
    pub(crate) const ATTACHMENT: &str = "attachment";
}

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

/// The entries of a timestamp that stands beside the signature.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct BatchTimestamp {
    /// `ts-hashchainresult.xml`. If it is empty (old containers have no such entry), the token covers
    /// the signature value.
    pub hash_chain_result: Vec<u8>,
    /// `ts-hashchain.xml`; empty exactly when the result is.
    pub hash_chain: Vec<u8>,
    /// `META-INF/timestamp.tst`, DER or BER.
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
    /// 1,000 entries, and 1 GiB as X-Road's own cap on a logged body.
    fn default() -> Self {
        Self { entries: 1_000, total_bytes: 1 << 30 }
    }
}

/// Why bytes are not a container, or parts do not make one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AsicError {
    /// No ZIP archive at all, or one without a `mimetype` entry.
    #[error("not an ASiC-E container: no mimetype entry")]
    NoMimeType,
    /// Another type of container.
    #[error("the container is not of type application/vnd.etsi.asic-e+zip")]
    WrongMimeType,
    /// No `message.xml`, or an empty one.
    #[error("the container has no message")]
    NoMessage,
    /// No `META-INF/signatures.xml`, or an empty one.
    #[error("the container has no signature")]
    NoSignature,
    /// A hash chain without its result.
    #[error("the container has a hash chain without result: {0} is missing")]
    NoHashChainResult(&'static str),
    /// A hash chain result without its hash chain.
    #[error("the container has a hash chain result without hash chain: {0} is missing")]
    NoHashChain(&'static str),
    /// A hash chain of a timestamp without token, or an empty token.
    #[error("the container has no timestamp token")]
    NoTimestamp,
    /// Broken archive: nothing can be said about its contents.
    #[error("the archive is damaged: {0}")]
    Damaged(String),
    /// More or larger entries than allowed.
    #[error("the archive exceeds the limits")]
    TooLarge,
    /// An entry whose name a container does not have.
    #[error("unexpected entry {0}")]
    UnexpectedEntry(String),
}

impl AsicError {
    /// X-Road's reason code; `None` for what X-Road has no code for, because the archive cannot be
    /// read.
    pub fn code(&self) -> Option<&'static str> {
        match self {
            Self::NoMimeType => Some("asic_mime_type_not_found"),
            Self::WrongMimeType => Some("asic_invalid_mime_type"),
            Self::NoMessage => Some("asic_message_not_found"),
            Self::NoSignature => Some("asic_signature_not_found"),
            Self::NoHashChainResult(_) => Some("asic_hash_chain_result_not_found"),
            Self::NoHashChain(_) => Some("asic_hash_chain_not_found"),
            Self::NoTimestamp => Some("asic_timestamp_not_found"),
            Self::Damaged(_) | Self::TooLarge | Self::UnexpectedEntry(_) => None,
        }
    }
}

#[cfg(test)]
mod tests;
