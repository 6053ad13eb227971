//! Hash chains: one digest for all parts of a message, and one for all messages of a batch.
//!
//! A hash chain document lists steps; the digest of a step covers its values in order, each a
//! digest of data, of another step, or given as such. The hash chain result names the top step and
//! its digest. (X-Road, "Profile for High Performance Digital Signatures"; schema `hashchain.xsd`.)

mod evaluate;
mod read;
mod step;
mod tree;
mod write;

use pki::DigestAlgorithm;
use protocol::digest::{PartDigest, PartName};

pub(crate) use evaluate::{DataDigest, DataSource, evaluate};
pub(crate) use read::DataRef;
pub(crate) use tree::{Leaf, Tree};

/// Name of the hash chain of a signature, as results refer to it.
pub const SIGNATURE_CHAIN: &str = "/sig-hashchain.xml";
/// Name of the hash chain of a timestamp, as results refer to it.
pub const TIMESTAMP_CHAIN: &str = "/ts-hashchain.xml";

/// A tree over one or more messages, ready to be signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Built {
    /// The hash chain result document; the signature refers to exactly these bytes.
    pub result_xml: Vec<u8>,
    /// The hash chain document of each input, in the order of the inputs.
    pub chains: Vec<Vec<u8>>,
}

/// Builds the tree of SHA-512 digests over `messages`, one entry for each message with the digests
/// of its parts in order. A lone message gets a chain of one step. `None` if there is no message or
/// one without parts.
pub fn build(messages: &[&[PartDigest]]) -> Option<Built> {
    let leaves: Vec<Leaf> = messages.iter().map(|parts| Leaf::of_parts(parts)).collect();
    let tree = Tree::new(DigestAlgorithm::Sha512, leaves)?;
    Some(Built { result_xml: tree.result_xml(SIGNATURE_CHAIN), chains: tree.chain_documents() })
}

/// Proof that a hash chain leads from the parts to the result digest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Covered {
    parts: Vec<PartName>,
}

impl Covered {
    /// The parts that the chain covers.
    pub fn parts(&self) -> &[PartName] {
        &self.parts
    }
}

/// Why a hash chain proves nothing about the parts.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HashChainError {
    /// Not a hash chain document, or one beyond the limits (`malformed_hash_chain`).
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
///
/// Stricter than X-Road in what no X-Road server produces: the digests written in the chain must be
/// those of the parts, every step must be used, and only once, and transforms are refused.
///
/// # Errors
/// What the chain does not prove; see [`HashChainError`].
pub fn verify(result: &[u8], chain: &[u8], parts: &[PartDigest]) -> Result<Covered, HashChainError> {
    let mut supplied = SuppliedParts { parts, differing: None };
    let names: Vec<String> = parts.iter().map(|part| part.name.to_string()).collect();
    let mandatory: Vec<&str> = names.iter().map(String::as_str).collect();
    evaluate(result, chain, SIGNATURE_CHAIN, &mandatory, &mut supplied)?;
    match supplied.differing {
        Some(uri) => Err(HashChainError::InvalidDataReference(uri)),
        None => Ok(Covered { parts: parts.iter().map(|part| part.name).collect() }),
    }
}

/// The message path: digests of all parts are known, and nothing else may be referred to.
struct SuppliedParts<'p> {
    parts: &'p [PartDigest],
    /// A part whose digest in the chain is another than ours.
    differing: Option<String>,
}

impl DataSource for SuppliedParts<'_> {
    fn digest(&mut self, reference: &DataRef) -> Result<DataDigest, HashChainError> {
        if reference.transforms.is_some() {
            return Err(HashChainError::Malformed("transforms are not accepted in messages".into()));
        }
        let named = |part: &&PartDigest| part.name.to_string() == reference.uri;
        let known = self.parts.iter().find(named).filter(|_| reference.algorithm == DigestAlgorithm::Sha512);
        let part = known.ok_or_else(|| HashChainError::InvalidReference(reference.uri.clone()))?;
        if part.sha512.as_slice() != reference.digest {
            self.differing = Some(reference.uri.clone());
        }
        Ok(DataDigest::Ours(part.sha512.to_vec()))
    }

    fn every_step_must_lead_to_the_top(&self) -> bool {
        true
    }
}

#[cfg(test)]
mod tests;
