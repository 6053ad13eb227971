//! RFC 3161 time over signatures: one by one, or a batch under one token.
//!
//! A single timestamp covers the decoded signature value and is put into the signature document. A
//! batch timestamp covers a hash chain result whose leaves are the digests of whole documents.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use pki::DigestAlgorithm;
use protocol::digest::Sha512;

use crate::hash_chain::{Leaf, TIMESTAMP_CHAIN, Tree};
use crate::xml::{Document, Element, NS_DS, NS_XADES, XmlError, XmlLimits};

/// Name of the signature document as data object of a batch timestamp.
pub(crate) const SIGNATURE: &str = "/META-INF/signatures.xml";

/// Why a signature document cannot carry a timestamp.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EmbedError {
    /// Not a document that is read.
    #[error("signature cannot be read: {0}")]
    Xml(#[from] XmlError),
    /// No signature value, or no place for a timestamp.
    #[error("not a signature that can be timestamped: {0} is missing or there is more than one")]
    Missing(&'static str),
}

/// The bytes that a single timestamp covers: the decoded signature value.
///
/// # Errors
/// The document is no signature.
pub fn stamped_data(signature: &[u8]) -> Result<Vec<u8>, EmbedError> {
    let document = Document::parse(signature, &XmlLimits::EVIDENCE)?;
    let value = the_only(&document, NS_DS, "SignatureValue")?;
    value.base64().ok_or(EmbedError::Missing("SignatureValue"))
}

/// Puts a DER token into a signature document, as first unsigned signature property.
///
/// # Errors
/// The document is no signature with unsigned properties.
pub fn embed(signature: &[u8], token: &[u8]) -> Result<Vec<u8>, EmbedError> {
    let document = Document::parse(signature, &XmlLimits::EVIDENCE)?;
    let list = the_only(&document, NS_XADES, "UnsignedSignatureProperties")?;
    // The inserted text uses X-Road's prefixes, so they must mean what they say here.
    let prefixed = list.name().starts_with("xades:");
    let skipped = signature.len().saturating_sub(document.source.len());
    let at = list.content_start().filter(|_| prefixed).map(|start| start.saturating_add(skipped));
    let (before, after) = at
        .and_then(|at| signature.split_at_checked(at))
        .ok_or(EmbedError::Missing("UnsignedSignatureProperties"))?;
    let token = STANDARD.encode(token);
    let pieces: [&[u8]; 5] = [
        before,
        b"<xades:SignatureTimeStamp><xades:EncapsulatedTimeStamp>",
        token.as_bytes(),
        b"</xades:EncapsulatedTimeStamp></xades:SignatureTimeStamp>",
        after,
    ];
    Ok(pieces.concat())
}

fn the_only<'d, 'a>(
    document: &'d Document<'a>,
    namespace: &str,
    local: &'static str,
) -> Result<Element<'d, 'a>, EmbedError> {
    let mut found = document.root().descendants(namespace, local);
    match (found.next(), found.next()) {
        (Some(element), None) => Ok(element),
        _ => Err(EmbedError::Missing(local)),
    }
}

/// What a batch timestamp covers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    /// `ts-hashchainresult.xml`: the token's imprint is the SHA-512 of exactly these bytes.
    pub result_xml: Vec<u8>,
    /// `ts-hashchain.xml` of each signature, in the order of the digests.
    pub chains: Vec<Vec<u8>>,
}

/// Builds the tree over the SHA-512 digests of signature documents and gives the result document only:
/// the chains of a large batch are many megabytes, and each can be built when it is needed. `None` if
/// there are no digests.
pub fn batch_result(signature_digests: &[Sha512]) -> Option<Vec<u8>> {
    Some(tree(signature_digests)?.result_xml(TIMESTAMP_CHAIN))
}

/// Builds the tree over the SHA-512 digests of signature documents and gives the result document and
/// the chain of the one at `position`; `None` if there is none.
pub fn batch_member(signature_digests: &[Sha512], position: usize) -> Option<(Vec<u8>, Vec<u8>)> {
    let tree = tree(signature_digests)?;
    Some((tree.result_xml(TIMESTAMP_CHAIN), tree.chain_document(position)?))
}

/// Builds the tree over the SHA-512 digests of signature documents; `None` if there are none.
pub fn batch(signature_digests: &[Sha512]) -> Option<Batch> {
    let tree = tree(signature_digests)?;
    Some(Batch { result_xml: tree.result_xml(TIMESTAMP_CHAIN), chains: tree.chain_documents() })
}

fn tree(signature_digests: &[Sha512]) -> Option<Tree> {
    let leaves = signature_digests.iter().map(|digest| Leaf::single(SIGNATURE, digest.to_vec())).collect();
    Tree::new(DigestAlgorithm::Sha512, leaves)
}

#[cfg(test)]
mod tests;
