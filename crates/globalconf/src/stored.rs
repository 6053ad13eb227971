//! The stored form of a configuration: one folder per instance, one metadata file per file.
//!
//! ```text
//! instance-identifier            the own instance
//! DEV/shared-params.xml          one folder for each instance, its name percent-encoded
//! DEV/shared-params.xml.metadata
//! DEV/private-params.xml
//! DEV/private-params.xml.metadata
//! ```

use std::collections::{BTreeMap, HashMap};

use crate::content::ContentIdentifier;
use crate::extensions::Extensions;
use crate::metadata::{self, Metadata, MetadataError};
use crate::private_params::PrivateParams;
use crate::shared_params::SharedParams;
use crate::snapshot::{GlobalConf, InstanceConf};
use crate::version::FormatVersion;
use crate::xml::XmlError;

/// The file that names the own instance.
pub const INSTANCE_IDENTIFIER_FILE: &str = "instance-identifier";

/// Most files that are looked at; a federation of fifty instances has some hundred.
pub const MAX_FILES: usize = 4096;

/// Why a stored configuration cannot be used. Only the own instance can make it unusable: what is
/// wrong with a foreign one hides that one and is told by [`GlobalConf::problems`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LoadError {
    /// More than [`MAX_FILES`].
    #[error("the configuration has more than {MAX_FILES} files")]
    TooManyFiles,
    /// The file `instance-identifier` is absent, empty or not text.
    #[error("the file instance-identifier is missing or empty")]
    MissingInstanceIdentifier,
    /// The own instance has no shared parameters.
    #[error("there are no shared parameters of the own instance {0}")]
    MissingSharedParams(String),
    /// A file has no metadata, so that its version and expiry are not known.
    #[error("{0} has no metadata")]
    MissingMetadata(String),
    /// The metadata of a file are not readable.
    #[error("metadata of {file}: {cause}")]
    Metadata {
        /// File.
        file: String,
        /// What is wrong.
        #[source]
        cause: MetadataError,
    },
    /// A file is not of its schema.
    #[error("{file}: {cause}")]
    Malformed {
        /// File.
        file: String,
        /// What is wrong.
        #[source]
        cause: XmlError,
    },
    /// A file lies in the folder of another instance.
    #[error("{file} is of the instance {found:?}")]
    WrongInstance {
        /// File.
        file: String,
        /// Instance in the file.
        found: String,
    },
}

/// Path of a file of an instance, relative to the configuration folder.
#[must_use]
pub fn path(instance: &str, file_name: &str) -> String {
    format!("{}/{file_name}", folder_name(instance))
}

/// Reads a stored configuration from its files: pairs of path relative to the configuration
/// folder (with `/`) and bytes. Files that are not part of a configuration are ignored.
///
/// # Errors
/// See [`LoadError`].
pub fn load(files: &[(String, Vec<u8>)]) -> Result<GlobalConf, LoadError> {
    if files.len() > MAX_FILES {
        return Err(LoadError::TooManyFiles);
    }
    let by_path: HashMap<&str, &[u8]> =
        files.iter().map(|(path, bytes)| (path.as_str(), bytes.as_slice())).collect();
    let own = own_instance(&by_path).ok_or(LoadError::MissingInstanceIdentifier)?;
    let mut folders: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for path in by_path.keys() {
        if let Some((folder, name)) = path.split_once('/')
            && !name.contains('/')
        {
            folders.entry(folder).or_default().push(name);
        }
    }
    let (mut instances, mut problems) = (Vec::new(), Vec::new());
    for (folder, names) in folders {
        match load_instance(&by_path, folder, &names) {
            Ok(Some(instance)) => instances.push(instance),
            Ok(None) => {}
            Err(error) if folder == folder_name(&own) => return Err(error),
            Err(error) => problems.push(format!("instance in folder {folder}: {error}")),
        }
    }
    GlobalConf::build(&own, instances, problems).ok_or(LoadError::MissingSharedParams(own))
}

fn own_instance(by_path: &HashMap<&str, &[u8]>) -> Option<String> {
    let bytes = by_path.get(INSTANCE_IDENTIFIER_FILE)?;
    let text = std::str::from_utf8(bytes).ok()?.trim();
    if text.is_empty() { None } else { Some(text.to_owned()) }
}

/// One instance; `None` when the folder has no shared parameters, which is no configuration.
fn load_instance(
    by_path: &HashMap<&str, &[u8]>,
    folder: &str,
    names: &[&str],
) -> Result<Option<InstanceConf>, LoadError> {
    let (mut shared, mut private, mut extensions) = (None, None, Extensions::default());
    let mut expires = None;
    for name in names.iter().filter(|name| !name.ends_with(metadata::SUFFIX)) {
        let path = format!("{folder}/{name}");
        let bytes = by_path.get(path.as_str()).copied().unwrap_or_default();
        let Some((content, metadata)) = describe(by_path, &path, name)? else { continue };
        let version = metadata.configuration_version.unwrap_or(FormatVersion::V2);
        let malformed = |cause| LoadError::Malformed { file: path.clone(), cause };
        let found = match content {
            ContentIdentifier::SharedParameters => {
                let params = SharedParams::parse(bytes, version).map_err(malformed)?;
                expires = earlier(expires, metadata.expiration_date);
                shared.insert((params, version)).0.instance.clone()
            }
            ContentIdentifier::PrivateParameters => {
                let params = PrivateParams::parse(bytes, version).map_err(malformed)?;
                expires = earlier(expires, metadata.expiration_date);
                private.insert(params).instance.clone()
            }
            extension => {
                extensions.take(&extension, bytes).map_err(malformed)?;
                continue;
            }
        };
        if folder_name(&found) != folder {
            return Err(LoadError::WrongInstance { file: path, found });
        }
    }
    let instance = |(shared, version)| InstanceConf { version, expires, shared, private, extensions };
    Ok(shared.map(instance))
}

/// What a file is, and its metadata. `None` for files that are not interpreted.
fn describe(
    by_path: &HashMap<&str, &[u8]>,
    path: &str,
    name: &str,
) -> Result<Option<(ContentIdentifier, Metadata)>, LoadError> {
    let metadata_path = format!("{path}{}", metadata::SUFFIX);
    let Some(bytes) = by_path.get(metadata_path.as_str()) else {
        return match ContentIdentifier::of_file_name(name) {
            Some(_) => Err(LoadError::MissingMetadata(path.to_owned())),
            None => Ok(None),
        };
    };
    let metadata =
        Metadata::parse(bytes).map_err(|cause| LoadError::Metadata { file: path.to_owned(), cause })?;
    // The copy that a stock central server keeps for itself has a placeholder as identifier; the names of the
    // files tell what they are there.
    let said = metadata.content_identifier.as_deref().map(ContentIdentifier::from_text);
    let content = match said {
        None | Some(ContentIdentifier::Other(_)) => ContentIdentifier::of_file_name(name).or(said),
        known => known,
    };
    Ok(content.map(|content| (content, metadata)))
}

/// The earlier of two expiry dates, where none means never.
fn earlier<T: Ord>(one: Option<T>, other: Option<T>) -> Option<T> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}

/// The folder of an instance: its identifier encoded as in a form (`application/x-www-form-urlencoded`).
fn folder_name(instance: &str) -> String {
    let mut name = String::with_capacity(instance.len());
    for byte in instance.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'*' | b'.' => {
                name.push(char::from(byte))
            }
            b' ' => name.push('+'),
            other => name.push_str(&format!("%{other:02X}")),
        }
    }
    // A folder must not be the parent or the configuration folder itself.
    if name.bytes().all(|byte| byte == b'.') { name.replace('.', "%2E") } else { name }
}

#[cfg(test)]
mod tests;
