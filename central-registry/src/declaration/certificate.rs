//! Certificates in a declaration: from a file or written out.

use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use pki::Certificate;
use serde::Deserialize;

/// Largest certificate file, in bytes.
const MAX_FILE_BYTES: u64 = 256 * 1024;

/// `{ file = "path" }` (PEM or DER) or `{ base64 = "..." }` (DER).
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "lowercase", deny_unknown_fields)]
pub(super) enum CertificateSource {
    /// A file with one certificate, or with several of which the first counts.
    File(PathBuf),
    /// Base64 of the DER, white space allowed.
    Base64(String),
}

impl CertificateSource {
    /// Reads the certificate; relative paths are relative to `folder`.
    ///
    /// # Errors
    /// What is wrong, in words.
    pub(super) fn read(&self, folder: &Path) -> Result<Certificate, String> {
        match self {
            Self::File(path) => from_file(&folder.join(path)),
            Self::Base64(text) => {
                let compact: String = text.split_ascii_whitespace().collect();
                let der = STANDARD.decode(compact).map_err(|_| "the certificate is not base64".to_owned())?;
                Certificate::from_der(&der).map_err(|error| error.to_string())
            }
        }
    }
}

/// A certificate from a file, PEM or DER.
///
/// # Errors
/// What is wrong, in words.
pub(crate) fn from_file(path: &Path) -> Result<Certificate, String> {
    let told = |problem: &dyn std::fmt::Display| format!("{}: {problem}", path.display());
    let size = std::fs::metadata(path).map_err(|error| told(&error))?.len();
    if size > MAX_FILE_BYTES {
        return Err(told(&"the file is too large for a certificate"));
    }
    let bytes = std::fs::read(path).map_err(|error| told(&error))?;
    Certificate::from_pem(&bytes).or_else(|_| Certificate::from_der(&bytes)).map_err(|error| told(&error))
}
