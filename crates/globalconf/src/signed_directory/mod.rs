//! The signed directory: which files a configuration has, with their hashes.

use identifiers as _;
use time::OffsetDateTime;

use crate::content::ContentIdentifier;
use crate::version::FormatVersion;

/// A directory whose signature, expiry and form were checked. Made by [`VerifiedDirectory::verify`]
/// only.
#[derive(Debug, Clone)]
pub struct VerifiedDirectory {
    expires: OffsetDateTime,
    version: FormatVersion,
    parts: Vec<PartReference>,
}

/// One file as the directory lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartReference {
    /// What the file is.
    pub content: ContentIdentifier,
    /// Instance that the file is of, if the directory says it.
    pub instance: Option<String>,
    /// Path of the file, resolved against scheme and host of the directory's address.
    pub location: String,
    /// Name under which the file is stored.
    pub file_name: String,
}

/// Why a directory was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DirectoryError {
    /// The directory has expired.
    #[error("the directory expired at {0}")]
    Outdated(OffsetDateTime),
}

/// Why a file was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PartError {
    /// The bytes are not the ones that were signed.
    #[error("the hash of {0} differs from the signed one")]
    HashMismatch(String),
}

impl DirectoryError {
    /// The name of the reason in X-Road's list of error codes, lower case.
    pub fn xroad_code(&self) -> &'static str {
        todo!()
    }
}

impl VerifiedDirectory {
    /// Checks a directory as downloaded.
    ///
    /// `certificates` are those of the source it was downloaded from (DER).
    ///
    /// # Errors
    /// In this order: form, signature part, certificate, signature, expiry, parts, instance.
    pub fn verify(
        _bytes: &[u8],
        _instance: &str,
        _certificates: &[Vec<u8>],
        _now: OffsetDateTime,
    ) -> Result<Self, DirectoryError> {
        todo!()
    }

    /// When the configuration stops being valid.
    pub fn expires(&self) -> OffsetDateTime {
        self.expires
    }

    /// Format version of the files.
    pub fn version(&self) -> FormatVersion {
        self.version
    }

    /// The files in the order of the directory.
    pub fn parts(&self) -> &[PartReference] {
        &self.parts
    }

    /// The file with this content, if listed.
    pub fn part(&self, content: &ContentIdentifier) -> Option<&PartReference> {
        self.parts.iter().find(|part| part.content == *content)
    }

    /// Checks the bytes of a file against the directory: hash, form and instance.
    ///
    /// # Errors
    /// See [`PartError`].
    pub fn check_part(&self, _part: &PartReference, _bytes: &[u8]) -> Result<(), PartError> {
        todo!()
    }

    /// The two files to keep for one checked part: the file and its metadata, as pairs of path
    /// relative to the configuration folder and bytes.
    pub fn stored_files(&self, _instance: &str, _part: &PartReference, _bytes: Vec<u8>) -> [(String, Vec<u8>); 2] {
        todo!()
    }
}
