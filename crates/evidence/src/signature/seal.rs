//! Making signatures: one for a message, or one for all messages that wait.

use std::sync::Arc;

use pki::{Certificate, DigestAlgorithm, SignatureAlgorithm};
use protocol::digest::{PartDigest, PartName};
use time::OffsetDateTime;

use super::template::{DataReference, Template};
use crate::hash_chain;

/// What a [`SigningContext`] is made of.
#[derive(Debug, Clone, Copy)]
pub struct SigningMaterial<'a> {
    /// The signing certificate; its key makes the signatures.
    pub certificate: &'a Certificate,
    /// Intermediate CA certificates between it and the approved CA, nearest first.
    pub intermediates: &'a [Certificate],
    /// DER OCSP responses: for the signing certificate, then for each intermediate.
    pub ocsp_responses: &'a [Vec<u8>],
    /// Signature algorithm of the key. Its digest must be SHA-512: the only one that peers take for
    /// REST messages.
    pub algorithm: SignatureAlgorithm,
}

/// Everything of a signature that does not change from message to message. Make a new one when the
/// certificate or its OCSP response changes.
pub struct SigningContext {
    algorithm: SignatureAlgorithm,
    certificate_der: Vec<u8>,
    message: Template,
    hash_chain: Template,
}

/// Why no signature can be made from the material.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SigningContextError {
    /// No OCSP response: every verifier would refuse the signature.
    #[error("an OCSP response for the signing certificate is required")]
    NoOcspResponse,
    /// The digest of the algorithm is not SHA-512.
    #[error("messages are signed with SHA-512")]
    NotSha512,
}

impl SigningContext {
    /// Prepares the constant parts.
    ///
    /// # Errors
    /// Material from which no signature can be made that peers accept.
    pub fn new(material: &SigningMaterial<'_>) -> Result<Self, SigningContextError> {
        if material.ocsp_responses.is_empty() {
            return Err(SigningContextError::NoOcspResponse);
        }
        if material.algorithm.digest() != DigestAlgorithm::Sha512 {
            return Err(SigningContextError::NotSha512);
        }
        Ok(Self {
            algorithm: material.algorithm,
            certificate_der: material.certificate.der().to_vec(),
            message: Template::new(material, DataReference::Message),
            hash_chain: Template::new(material, DataReference::HashChainResult),
        })
    }

    /// The algorithm with which the bytes given to the sign function must be signed.
    pub fn algorithm(&self) -> SignatureAlgorithm {
        self.algorithm
    }

    /// The signing certificate, DER.
    pub fn certificate_der(&self) -> &[u8] {
        &self.certificate_der
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
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum SealFailure<E> {
    /// There was nothing to sign: no message, or a message without its message part.
    #[error("nothing to sign")]
    Empty,
    /// The key refused.
    #[error("the key did not sign")]
    Key(#[source] E),
}

/// Signs bytes with the key of a [`SigningContext`] and its algorithm.
pub type Sign<'s, E> = dyn Fn(&[u8]) -> Result<Vec<u8>, E> + 's;

/// Signs one message, or several at once with one signature.
///
/// `messages` holds the digests of each message's parts in order. `sign` gets the bytes to be signed
/// (canonical `SignedInfo`) and returns the signature as XML-DSig wants it: for RSA the block, for
/// ECDSA `r` and `s` side by side.
///
/// # Errors
/// Nothing to sign, or the error of `sign`.
pub fn seal<E>(
    messages: &[&[PartDigest]],
    context: &SigningContext,
    signing_time: OffsetDateTime,
    sign: &Sign<'_, E>,
) -> Result<Vec<Seal>, SealFailure<E>> {
    let has_message = |parts: &&[PartDigest]| parts.iter().any(|part| part.name == PartName::Message);
    if messages.is_empty() || !messages.iter().all(has_message) {
        return Err(SealFailure::Empty);
    }
    if let [[part]] = messages {
        let signature = sign_with(&context.message, &part.sha512, signing_time, sign)?;
        return Ok(vec![Seal { signature, hash_chain_result: None, hash_chain: None }]);
    }
    let built = hash_chain::build(messages).ok_or(SealFailure::Empty)?;
    let digest = DigestAlgorithm::Sha512.digest(&built.result_xml);
    let signature = sign_with(&context.hash_chain, &digest, signing_time, sign)?;
    let result: Arc<[u8]> = built.result_xml.into();
    let seals = built.chains.into_iter().map(|chain| Seal {
        signature: Arc::clone(&signature),
        hash_chain_result: Some(Arc::clone(&result)),
        hash_chain: Some(chain.into()),
    });
    Ok(seals.collect())
}

fn sign_with<E>(
    template: &Template,
    data_digest: &[u8],
    signing_time: OffsetDateTime,
    sign: &Sign<'_, E>,
) -> Result<Arc<[u8]>, SealFailure<E>> {
    let draft = template.draft(data_digest, signing_time);
    let value = sign(draft.to_be_signed()).map_err(SealFailure::Key)?;
    Ok(draft.finish(&value).into())
}
