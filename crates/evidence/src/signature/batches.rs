//! Remembered signatures of batches: with every message of a batch comes the same signature over the same hash chain
//! result, and what was proven from these bytes need not be proven again.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use identifiers::MemberId;
use time::OffsetDateTime;

use super::SealView;

/// Signatures that are kept; the messages of a batch come close together.
const CAPACITY: usize = 128;
/// Largest signature that is kept, bytes.
const LONGEST: usize = 32 * 1024;

/// A signature that was verified: by this member, over exactly one hash chain result.
pub(super) struct KnownBatch {
    signature: Box<[u8]>,
    signer: MemberId,
    /// By what the verdict about its certificate is found, which must still hold.
    pub(super) certificate: [u8; 32],
    /// The time that the signer claims.
    pub(super) signing_time: Option<OffsetDateTime>,
}

/// The remembered signatures, by their hash chain result.
#[derive(Default)]
pub(super) struct Batches {
    known: Mutex<HashMap<Box<[u8]>, Arc<KnownBatch>>>,
}

impl Batches {
    /// The signature of `seal`, if these very bytes were verified as signed by `signer`.
    pub(super) fn find(&self, seal: &SealView<'_>, signer: &MemberId) -> Option<Arc<KnownBatch>> {
        let result = seal.hash_chain_result?;
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let batch = known.get(result)?;
        (*batch.signature == *seal.signature && batch.signer == *signer).then(|| Arc::clone(batch))
    }

    /// Keeps the signature of `seal`, which was verified, as well as the certificate found by `certificate`.
    pub(super) fn keep(
        &self,
        seal: &SealView<'_>,
        signer: &MemberId,
        certificate: [u8; 32],
        signing_time: Option<OffsetDateTime>,
    ) {
        let Some(result) = seal.hash_chain_result else { return };
        if seal.signature.len() + result.len() > LONGEST {
            return;
        }
        let batch = KnownBatch {
            signature: seal.signature.into(),
            signer: signer.clone(),
            certificate,
            signing_time,
        };
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= CAPACITY {
            known.clear();
        }
        known.insert(result.into(), Arc::new(batch));
    }

    pub(super) fn clear(&self) {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}
