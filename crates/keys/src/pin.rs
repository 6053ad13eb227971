//! The secret that opens a token.

use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// A PIN. Zeroized when dropped; has no `Debug`, so it cannot get into a log by accident.
///
/// It comes from a file, the environment or a prompt, never from the command line, which every user of the machine
/// can read.
#[derive(Clone)]
pub struct Pin(Zeroizing<String>);

/// Why there is no PIN.
#[derive(Debug, thiserror::Error)]
pub enum PinError {
    /// The file cannot be read.
    #[error("PIN file {path}: {source}")]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The variable is not set, or its value is no UTF-8.
    #[error("environment variable {0} is not set")]
    Environment(String),
    /// No terminal to ask on.
    #[error("cannot ask for the PIN: {0}")]
    Prompt(std::io::Error),
    /// Nothing came.
    #[error("the PIN is empty")]
    Empty,
}

impl Pin {
    /// From a secret that is at hand already. An empty PIN is refused.
    pub fn new(pin: String) -> Result<Self, PinError> {
        let pin = Zeroizing::new(pin);
        if pin.is_empty() { Err(PinError::Empty) } else { Ok(Self(pin)) }
    }

    /// First line of the file. A file that others may read gets a warning.
    pub fn from_file(path: &Path) -> Result<Self, PinError> {
        let file = |source| PinError::File { path: path.to_owned(), source };
        let text = Zeroizing::new(std::fs::read_to_string(path).map_err(file)?);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = std::fs::metadata(path).map_err(file)?.permissions().mode();
            if mode & 0o007 != 0 {
                tracing::warn!(path = %path.display(), mode = format!("{:o}", mode & 0o777), "PIN file is open to every user");
            }
        }
        Self::new(text.lines().next().unwrap_or_default().to_owned())
    }

    /// Value of the environment variable.
    pub fn from_env(variable: &str) -> Result<Self, PinError> {
        Self::new(std::env::var(variable).map_err(|_| PinError::Environment(variable.to_owned()))?)
    }

    /// Asks on the terminal, without echo.
    pub fn from_prompt(text: &str) -> Result<Self, PinError> {
        Self::new(rpassword::prompt_password(text).map_err(PinError::Prompt)?)
    }

    pub(crate) fn expose(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn first_line_of_a_file_and_nothing_empty() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pin");
        std::fs::write(&path, "12 34\r\nrest\n").unwrap();
        assert_eq!(Pin::from_file(&path).ok().map(|pin| pin.expose().to_owned()), Some("12 34".to_owned()));
        std::fs::write(&path, "\n1234").unwrap();
        assert!(matches!(Pin::from_file(&path), Err(PinError::Empty)));
        assert!(matches!(Pin::from_file(&folder.path().join("none")), Err(PinError::File { .. })));
        assert!(matches!(Pin::from_env("SEKISHO_TEST_NO_SUCH_VARIABLE"), Err(PinError::Environment(_))));
    }
}
