//! When the signature existed at the latest.

use pki::timestamp::{GenTime, TimestampToken};
use pki::trust::Trust;

use super::{ContainerError, data};
use crate::asic::{BatchTimestamp, Container};
use crate::hash_chain::{self, DataDigest, DataRef, DataSource, HashChainError, TIMESTAMP_CHAIN};
use crate::signature::SignatureDocument;
use crate::timestamp::SIGNATURE;

/// Verifies the timestamp beside the signature, or the one inside it.
pub(super) fn verify(
    container: &Container,
    found: &SignatureDocument<'_, '_>,
    trust: &dyn Trust,
) -> Result<GenTime, ContainerError> {
    let beside = container.batch_timestamp.as_ref();
    let token = match beside {
        Some(timestamp) => timestamp.token.clone(),
        None => found.timestamp_token().ok_or(ContainerError::NoTimestamp)?,
    };
    let chained = beside.filter(|timestamp| !timestamp.hash_chain_result.is_empty());
    if let Some(timestamp) = chained {
        verify_chain(&container.signature, timestamp).map_err(ContainerError::TimestampHashChain)?;
    }
    let stamped = chained.map_or(found.value.as_slice(), |timestamp| &timestamp.hash_chain_result);
    Ok(TimestampToken::parse(&token)?.verify(stamped, trust.tsa_certificates())?)
}

/// The hash chain leads from the signature document to the result that the token covers.
fn verify_chain(signature: &[u8], timestamp: &BatchTimestamp) -> Result<(), HashChainError> {
    let mut source = SignatureBytes(signature);
    let (result, chain) = (&timestamp.hash_chain_result, &timestamp.hash_chain);
    hash_chain::evaluate(result, chain, TIMESTAMP_CHAIN, &[SIGNATURE], &mut source)
}

struct SignatureBytes<'s>(&'s [u8]);

impl DataSource for SignatureBytes<'_> {
    fn digest(&mut self, reference: &DataRef) -> Result<DataDigest, HashChainError> {
        match reference.uri.as_str() {
            SIGNATURE => data::compared(reference, self.0),
            _ => Ok(DataDigest::Unresolved),
        }
    }
}
