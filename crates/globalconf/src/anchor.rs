//! The configuration anchor: where the configuration is downloaded and who may sign it.

use time::OffsetDateTime;

/// A configuration anchor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Anchor {
    /// When the anchor was made.
    pub generated_at: Option<OffsetDateTime>,
    /// Instance that the configuration must be of.
    pub instance: String,
    /// Places to download from, at least one.
    pub sources: Vec<AnchorSource>,
}

/// One place to download from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnchorSource {
    /// Address of the signed directory, without version parameter.
    pub download_url: String,
    /// Certificates (DER) that may sign; containers of public keys only.
    pub verification_certs: Vec<Vec<u8>>,
}

impl Anchor {
    /// Reads an anchor file.
    ///
    /// # Errors
    /// See [`XmlError`](crate::xml::XmlError).
    pub fn parse(_bytes: &[u8]) -> Result<Self, crate::xml::XmlError> {
        todo!()
    }

    /// Writes the anchor file.
    ///
    /// # Errors
    /// A text contains a character that XML cannot carry.
    pub fn write(&self) -> Result<Vec<u8>, crate::xml::WriteError> {
        todo!()
    }

    /// The hash that administrators compare by eye: SHA-224 over the bytes of the file, upper
    /// case, separated by colons.
    pub fn hash_sha224_colon(_file: &[u8]) -> String {
        todo!()
    }
}
