//! Secrets: PINs, passwords, tokens. Never printed, never on a command line, wiped from memory.

use std::path::PathBuf;

use serde::Deserialize;
use zeroize::Zeroizing;

/// A secret text. Has no `Display`, prints as dots, is wiped when dropped.
#[derive(Clone)]
pub struct Secret(Zeroizing<String>);

/// Where a secret comes from. In a configuration file one of
/// `{ file = "path" }`, `{ env = "NAME" }` or `"prompt"`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase", deny_unknown_fields)]
pub enum SecretSource {
    /// The first line of a file.
    File(PathBuf),
    /// An environment variable.
    Env(String),
    /// Asked for on the terminal at start.
    Prompt,
}

/// A secret that could not be read.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// The file is not readable.
    #[error("the secret file {path} cannot be read: {cause}")]
    File {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        cause: std::io::Error,
    },
    /// The environment variable is not set.
    #[error("the environment variable {0} that should hold a secret is not set")]
    Env(String),
    /// There is no terminal to ask on.
    #[error("cannot ask for a secret on the terminal: {0}")]
    Prompt(std::io::Error),
    /// The secret is empty.
    #[error("the secret from {0} is empty")]
    Empty(String),
}

impl Secret {
    /// Takes over a text.
    #[must_use]
    pub fn new(text: String) -> Self {
        Self(Zeroizing::new(text))
    }

    /// The text; named so that every use can be searched for.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Secret(...)")
    }
}

impl SecretSource {
    /// Reads the secret; `what` names it when the user is asked.
    ///
    /// # Errors
    /// [`SecretError`], which names the source and never the content.
    pub fn read(&self, what: &str) -> Result<Secret, SecretError> {
        let (text, place) = match self {
            Self::File(path) => {
                let read = std::fs::read_to_string(path).map(Zeroizing::new);
                let text = read.map_err(|cause| SecretError::File { path: path.clone(), cause })?;
                (text.lines().next().unwrap_or_default().to_owned(), path.display().to_string())
            }
            Self::Env(name) => {
                (std::env::var(name).map_err(|_| SecretError::Env(name.clone()))?, format!("${name}"))
            }
            Self::Prompt => {
                let asked = rpassword::prompt_password(format!("{what}: ")).map_err(SecretError::Prompt)?;
                (asked, "the terminal".to_owned())
            }
        };
        if text.is_empty() { Err(SecretError::Empty(place)) } else { Ok(Secret::new(text)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Deserialize)]
    struct Holder {
        pin: SecretSource,
    }

    #[test]
    fn comes_from_where_the_configuration_says() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pin");
        std::fs::write(&path, "1234\n").unwrap();
        let holder: Holder = toml::from_str(&format!("pin = {{ file = {path:?} }}")).unwrap();
        let secret = holder.pin.read("PIN").unwrap();
        assert_eq!(secret.reveal(), "1234");
        assert_eq!(format!("{secret:?}"), "Secret(...)");
        let prompt: Holder = toml::from_str("pin = \"prompt\"").unwrap();
        assert_eq!(prompt.pin, SecretSource::Prompt);
        assert!(toml::from_str::<Holder>("pin = \"1234\"").is_err(), "a PIN in the file itself is refused");
    }

    #[test]
    fn a_missing_or_empty_secret_is_named_by_its_source() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pin");
        assert!(
            SecretSource::File(path.clone()).read("PIN").unwrap_err().to_string().contains("cannot be read")
        );
        std::fs::write(&path, "\n").unwrap();
        assert!(matches!(SecretSource::File(path).read("PIN"), Err(SecretError::Empty(_))));
        let unset = SecretSource::Env("SEKISHO_TEST_UNSET".to_owned()).read("PIN").unwrap_err();
        assert!(unset.to_string().contains("SEKISHO_TEST_UNSET"));
    }
}
