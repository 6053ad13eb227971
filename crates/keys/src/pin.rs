//! The secret that opens a token.

/// A PIN; zeroized when dropped, never printed.
pub struct Pin {}

#[derive(Debug, thiserror::Error)]
pub enum PinError {
    #[error("PIN file {path}: {source}")]
    File { path: std::path::PathBuf, source: std::io::Error },
    #[error("environment variable {0} is not set")]
    Environment(String),
    #[error("the PIN is empty")]
    Empty,
}

impl Pin {
    pub fn new(_pin: String) -> Result<Self, PinError> {
        todo!()
    }
    /// First line of the file.
    pub fn from_file(_path: &std::path::Path) -> Result<Self, PinError> {
        todo!()
    }
    pub fn from_env(_variable: &str) -> Result<Self, PinError> {
        todo!()
    }
}
