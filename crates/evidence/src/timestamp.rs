//! RFC 3161 time over signatures: one by one, or a batch under one token.

/// Why a signature document cannot carry a timestamp.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TimestampError {
    /// Not a signature document that could be stamped.
    #[error("not a signature that can be timestamped: {0}")]
    NotASignature(String),
}

/// The bytes that a single timestamp covers: the decoded signature value.
pub fn stamped_data(signature: &[u8]) -> Result<Vec<u8>, TimestampError> {
    let _ = signature;
    todo!()
}

/// Puts a DER token into a signature document, as first unsigned signature property.
pub fn embed(signature: &[u8], token: &[u8]) -> Result<Vec<u8>, TimestampError> {
    let _ = (signature, token);
    todo!()
}

/// What a batch timestamp covers.
#[derive(Debug, Clone)]
pub struct Batch {
    /// `ts-hashchainresult.xml`: the token's imprint is the SHA-512 of exactly these bytes.
    pub result_xml: Vec<u8>,
    /// `ts-hashchain.xml` of each signature, in the order of the digests.
    pub chains: Vec<Vec<u8>>,
}

/// Builds the tree over the SHA-512 digests of signature documents.
pub fn batch(signature_digests: &[protocol::Sha512]) -> Batch {
    let _ = signature_digests;
    todo!()
}
