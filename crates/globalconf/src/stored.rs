//! The stored form of a configuration: one folder per instance, one metadata file per file.

use crate::snapshot::GlobalConf;

/// Why a stored configuration cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LoadError {
    /// The file `instance-identifier` is absent.
    #[error("the file instance-identifier is missing")]
    MissingInstanceIdentifier,
}

/// Reads a stored configuration from its files: pairs of path relative to the configuration
/// folder (with `/`) and bytes. Files that are not part of a configuration are ignored.
///
/// # Errors
/// See [`LoadError`].
pub fn load(_files: &[(String, Vec<u8>)]) -> Result<GlobalConf, LoadError> {
    todo!()
}
