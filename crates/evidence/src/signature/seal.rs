//! Making signatures from a template whose constant parts are prepared once for each key.

use std::sync::Arc;

use pki::{Certificate, SignatureAlgorithm};
use protocol::digest::PartDigest;
use time::OffsetDateTime;

/// What a [`SigningContext`] is made of.
#[derive(Debug, Clone)]
pub struct SigningMaterial<'a> {
    /// The signing certificate; its key makes the signatures.
    pub certificate: &'a Certificate,
    /// Intermediate CA certificates between it and the approved CA, nearest first.
    pub intermediates: &'a [Certificate],
    /// DER OCSP responses: for the signing certificate, then for each intermediate.
    pub ocsp_responses: &'a [Vec<u8>],
    /// Signature algorithm of the key.
    pub algorithm: SignatureAlgorithm,
}

/// Everything of a signature that does not change from message to message. Make a new one when the
/// certificate or its OCSP response changes.
pub struct SigningContext {
    _private: (),
}

/// Why no signature can be made from the material.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SigningContextError {
    /// No OCSP response: every verifier would refuse the signature.
    #[error("an OCSP response for the signing certificate is required")]
    NoOcspResponse,
}

impl SigningContext {
    /// Prepares the constant parts.
    pub fn new(material: &SigningMaterial<'_>) -> Result<Self, SigningContextError> {
        let _ = material;
        todo!()
    }

    /// The algorithm with which the bytes given to the sign function must be signed.
    pub fn algorithm(&self) -> SignatureAlgorithm {
        todo!()
    }

    /// The signing certificate, DER.
    pub fn certificate_der(&self) -> &[u8] {
        todo!()
    }
}

/// The signature parts of one message, as they are sent and logged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seal {
    /// The signature document; shared by all messages of a batch.
    pub signature: Arc<[u8]>,
    /// The hash chain result; absent for a lone message of one part. Shared by a batch.
    pub hash_chain_result: Option<Arc<[u8]>>,
    /// The hash chain of this message; present exactly when the result is.
    pub hash_chain: Option<Arc<[u8]>>,
}

/// Why sealing failed.
#[derive(Debug, thiserror::Error)]
pub enum SealFailure<E> {
    /// There was nothing to sign: no message, or a message without parts.
    #[error("nothing to sign")]
    Empty,
    /// The key refused.
    #[error("signing failed")]
    Key(#[source] E),
}

/// Signs one message, or several at once with one signature.
///
/// `messages` holds the digests of each message's parts in order. `sign` gets the bytes to be signed
/// (canonical `SignedInfo`) and returns the signature as XML-DSig wants it: for RSA the block, for
/// ECDSA `r` and `s` side by side.
pub fn seal<E>(
    messages: &[&[PartDigest]],
    context: &SigningContext,
    signing_time: OffsetDateTime,
    sign: &dyn Fn(&[u8]) -> Result<Vec<u8>, E>,
) -> Result<Vec<Seal>, SealFailure<E>> {
    let _ = (messages, context, signing_time, sign);
    todo!()
}
