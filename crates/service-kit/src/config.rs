//! Configuration files: TOML into types that refuse unknown keys.
//!
//! An error names the file, the line, the key and what to write instead, because a mistyped key that is
//! ignored is an outage or a hole. The types carry `#[serde(deny_unknown_fields)]`.

use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;

/// A configuration file that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file is not readable.
    #[error("the configuration file {path} cannot be read: {cause}")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        #[source]
        cause: std::io::Error,
    },
    /// The file is not what the program expects.
    #[error("{path}, line {line}: {problem}{}", .key.as_ref().map(|key| format!(" (at {key})")).unwrap_or_default())]
    Wrong {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// The key, dotted, where one is known.
        key: Option<String>,
        /// What is wrong and what would be right.
        problem: String,
    },
}

/// Reads a configuration file.
///
/// # Errors
/// [`ConfigError`].
pub fn load<T: DeserializeOwned>(path: &Path) -> Result<T, ConfigError> {
    let text = std::fs::read_to_string(path)
        .map_err(|cause| ConfigError::Unreadable { path: path.to_owned(), cause })?;
    parse(&text, path)
}

/// Reads configuration from a text; `path` is only named in errors.
///
/// # Errors
/// [`ConfigError::Wrong`].
pub fn parse<T: DeserializeOwned>(text: &str, path: &Path) -> Result<T, ConfigError> {
    toml::from_str(text).map_err(|error| {
        let start = error.span().map_or(0, |span| span.start);
        let line = text.get(..start).unwrap_or_default().matches('\n').count() + 1;
        let problem = error.message().to_owned();
        ConfigError::Wrong { path: path.to_owned(), line, key: None, problem }
    })
}
