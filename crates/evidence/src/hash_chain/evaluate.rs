//! From the data to the top digest.

use super::read::{self, ChainDocument, DataRef, ResultDocument, StepValue};
use super::{HashChainError, step};

/// Steps below each other; a batch of 2^60 messages would need 61.
const MAX_DEPTH: usize = 64;

/// What is known about a data object that a chain refers to.
pub(crate) enum DataDigest {
    /// Our own digest of the data.
    Ours(Vec<u8>),
    /// The data is not at hand; the digest in the chain is believed.
    Unresolved,
}

/// Where the digests of data objects come from.
pub(crate) trait DataSource {
    /// The digest of the data with the algorithm (and transforms) of the reference.
    fn digest(&mut self, reference: &DataRef) -> Result<DataDigest, HashChainError>;

    /// Whether a chain with steps that lead nowhere is refused. Nothing that counts is in them, but they
    /// are not signed either: whoever hands a message on could write something there.
    fn every_step_must_lead_to_the_top(&self) -> bool {
        false
    }
}

/// Computes the chain and compares its top with the result. `mandatory` names the data objects that
/// must be covered.
///
/// The work is bounded by the size of the documents: every step is computed at most once.
pub(crate) fn evaluate(
    result: &[u8],
    chain: &[u8],
    chain_name: &str,
    mandatory: &[&str],
    source: &mut dyn DataSource,
) -> Result<(), HashChainError> {
    let result = read::result(result)?;
    let (base, fragment) = split(&result.uri)?;
    if base != chain_name {
        return Err(HashChainError::InvalidReference(result.uri.clone()));
    }
    let chain = read::chain(chain)?;
    let mut walk = Walk {
        visited: vec![false; chain.steps.len()],
        chain: &chain,
        result: &result,
        chain_name,
        used: Vec::new(),
        source,
    };
    let values = walk.step(fragment, 0)?;
    if step::digest(result.algorithm, values.iter().map(|(alg, digest)| (*alg, digest.as_slice())))
        != result.digest
    {
        return Err(HashChainError::ResultMismatch);
    }
    if walk.source.every_step_must_lead_to_the_top() && walk.visited.contains(&false) {
        return Err(HashChainError::Malformed("a step leads nowhere".into()));
    }
    let unused = mandatory.iter().find(|name| !walk.used.iter().any(|used| used == *name));
    match unused {
        Some(name) => Err(HashChainError::UnusedInput((*name).to_owned())),
        None => Ok(()),
    }
}

type Digest = (pki::DigestAlgorithm, Vec<u8>);

struct Walk<'c> {
    visited: Vec<bool>,
    chain: &'c ChainDocument,
    result: &'c ResultDocument,
    chain_name: &'c str,
    used: Vec<&'c str>,
    source: &'c mut dyn DataSource,
}

impl<'c> Walk<'c> {
    /// The values of a step, with everything below computed.
    fn step(&mut self, id: &str, depth: usize) -> Result<Vec<Digest>, HashChainError> {
        let found = self.chain.steps.iter().position(|step| step.id == id && !id.is_empty());
        let (Some(index), true) = (found, depth < MAX_DEPTH) else {
            return Err(HashChainError::Malformed(format!("invalid hash step URI: {}", self.result.uri)));
        };
        match self.visited.get_mut(index) {
            Some(visited) if !*visited => *visited = true,
            _ => return Err(HashChainError::Malformed("a step is used more than once".into())),
        }
        let chain = self.chain;
        let values = chain.steps.get(index).map(|step| step.values.as_slice()).unwrap_or_default();
        values.iter().map(|value| self.value(value, depth)).collect()
    }

    fn value(&mut self, value: &'c StepValue, depth: usize) -> Result<Digest, HashChainError> {
        match value {
            StepValue::Hash(algorithm, digest) => Ok((*algorithm, digest.clone())),
            StepValue::Step(algorithm, uri) => {
                let (base, fragment) = split(uri)?;
                if !base.is_empty() && base != self.chain_name {
                    return Err(HashChainError::InvalidReference(uri.clone()));
                }
                let values = self.step(fragment, depth + 1)?;
                let below = values.iter().map(|(alg, digest)| (*alg, digest.as_slice()));
                Ok((*algorithm, step::digest(*algorithm, below)))
            }
            StepValue::Data(reference) => {
                self.used.push(&reference.uri);
                match self.source.digest(reference)? {
                    DataDigest::Ours(digest) => Ok((reference.algorithm, digest)),
                    DataDigest::Unresolved => Ok((reference.algorithm, reference.digest.clone())),
                }
            }
        }
    }
}

/// Document name and step identifier of a reference.
fn split(uri: &str) -> Result<(&str, &str), HashChainError> {
    uri.split_once('#')
        .filter(|(_, fragment)| !fragment.is_empty())
        .ok_or_else(|| HashChainError::Malformed(format!("invalid hash step URI: {uri}")))
}
