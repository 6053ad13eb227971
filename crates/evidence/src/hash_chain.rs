//! Hash chains: one digest for all parts of a message, and one for all messages of a batch
//! (X-Road message transport, "hash chain"; schema `hashchain.xsd`).

use protocol::digest::{PartDigest, PartName};

/// A tree over one or more messages, ready to be signed.
#[derive(Debug, Clone)]
pub struct Built {
    /// The hash chain result document; the signature refers to exactly these bytes.
    pub result_xml: Vec<u8>,
    /// The hash chain document of each input, in the order of the inputs.
    pub chains: Vec<Vec<u8>>,
}

/// Builds the tree of SHA-512 digests over `inputs`, one entry for each message with the digests of
/// its parts in order. A lone message gets a chain of one step.
pub fn build(inputs: &[&[PartDigest]]) -> Built {
    let _ = inputs;
    todo!()
}

/// Proof that a hash chain leads from the parts to the result digest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Covered {
    parts: Vec<PartName>,
}

impl Covered {
    /// The parts that the chain covers, in the order in which it names them.
    pub fn parts(&self) -> &[PartName] {
        &self.parts
    }
}

/// Why a hash chain proves nothing about the parts.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HashChainError {
    /// Not a hash chain document (`malformed_hash_chain`).
    #[error("malformed hash chain: {0}")]
    Malformed(String),
    /// A reference that cannot be resolved (`invalid_reference`).
    #[error("cannot resolve URI: {0}")]
    InvalidReference(String),
    /// The digest of a data object differs from the one in the chain (`invalid_hash_chain_ref`).
    #[error("digest of {0} does not match the hash chain")]
    InvalidDataReference(String),
    /// The chain does not lead to the result digest (`invalid_hash_chain`).
    #[error("hash chain does not lead to the result digest")]
    ResultMismatch,
    /// A part that the chain does not name (`hashchain_unused_inputs`).
    #[error("hash chain does not cover {0}")]
    UnusedInput(String),
}

impl HashChainError {
    /// X-Road's reason code without prefix, e.g. `invalid_hash_chain`.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Malformed(_) => "malformed_hash_chain",
            Self::InvalidReference(_) => "invalid_reference",
            Self::InvalidDataReference(_) => "invalid_hash_chain_ref",
            Self::ResultMismatch => "invalid_hash_chain",
            Self::UnusedInput(_) => "hashchain_unused_inputs",
        }
    }
}

/// Verifies that `chain` leads from `parts` to the digest in `result` and covers each of them.
pub fn verify(result: &[u8], chain: &[u8], parts: &[PartDigest]) -> Result<Covered, HashChainError> {
    let _ = (result, chain, parts);
    todo!()
}
