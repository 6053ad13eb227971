//! A key with its certificate, on disk.

use std::path::{Path, PathBuf};

use keys::SigningKey;
use pki::Certificate;
use service_kit::files::{Readers, write_atomically};

use super::StateError;

/// One of the three parties that an authority consists of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// The certification authority.
    Ca,
    /// The OCSP responder on its behalf.
    Ocsp,
    /// The time-stamping authority.
    Tsa,
}

/// A key and its certificate; the one belongs to the other.
#[derive(Clone)]
pub struct Party {
    /// The key.
    pub key: SigningKey,
    /// Its certificate.
    pub certificate: Certificate,
}

impl Role {
    /// All three, the certification authority first.
    pub const ALL: [Self; 3] = [Self::Ca, Self::Ocsp, Self::Tsa];

    /// Short name, as files and addresses have it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ca => "ca",
            Self::Ocsp => "ocsp",
            Self::Tsa => "tsa",
        }
    }

    /// Name of the certificate's file, for example `ca.pem`.
    #[must_use]
    pub fn certificate_file(self) -> String {
        format!("{}.pem", self.name())
    }

    /// Where the certificate lies in a state folder.
    #[must_use]
    pub fn certificate_path(self, state_folder: &Path) -> PathBuf {
        state_folder.join("certificates").join(self.certificate_file())
    }

    fn key_path(self, state_folder: &Path) -> PathBuf {
        state_folder.join("keys").join(format!("{}.key.pem", self.name()))
    }

    /// The certificate of this party.
    ///
    /// # Errors
    /// [`StateError::Missing`] when there is none, or what is wrong with it.
    pub fn certificate(self, state_folder: &Path) -> Result<Certificate, StateError> {
        let path = self.certificate_path(state_folder);
        self.find_certificate(state_folder)?.ok_or(StateError::Missing(path))
    }

    /// Key and certificate of this party.
    ///
    /// # Errors
    /// [`StateError::Missing`] when one is not there, [`StateError::Damaged`] also when they are not a pair.
    pub fn load(self, state_folder: &Path) -> Result<Party, StateError> {
        let certificate = self.certificate(state_folder)?;
        let key =
            self.find_key(state_folder)?.ok_or_else(|| StateError::Missing(self.key_path(state_folder)))?;
        if key.belongs_to(&certificate) {
            Ok(Party { key, certificate })
        } else {
            let path = self.certificate_path(state_folder);
            Err(StateError::Damaged { path, problem: "it does not belong to the key".to_owned() })
        }
    }

    pub(super) fn find_certificate(self, state_folder: &Path) -> Result<Option<Certificate>, StateError> {
        let path = self.certificate_path(state_folder);
        let Some(text) = read(&path)? else { return Ok(None) };
        let certificate = Certificate::from_pem(&text);
        certificate.map(Some).map_err(|error| StateError::Damaged { path, problem: error.to_string() })
    }

    pub(super) fn find_key(self, state_folder: &Path) -> Result<Option<SigningKey>, StateError> {
        let path = self.key_path(state_folder);
        let Some(text) = read(&path)?.map(zeroize::Zeroizing::new) else { return Ok(None) };
        let key = SigningKey::from_pem(&text);
        key.map(Some).map_err(|error| StateError::Damaged { path, problem: error.to_string() })
    }

    pub(super) fn store_key(self, state_folder: &Path, key: &SigningKey) -> Result<(), StateError> {
        let pkcs8 = key.to_pkcs8().map_err(|error| StateError::Making(error.to_string()))?;
        let text = zeroize::Zeroizing::new(pki::pem::encode(&pkcs8, "PRIVATE KEY"));
        write(&self.key_path(state_folder), text.as_bytes(), Readers::Owner)
    }

    pub(super) fn store_certificate(
        self,
        state_folder: &Path,
        certificate: &Certificate,
    ) -> Result<(), StateError> {
        let path = self.certificate_path(state_folder);
        write(&path, certificate.to_pem().as_bytes(), Readers::Everybody)
    }
}

/// `None` when there is no such file.
fn read(path: &Path) -> Result<Option<Vec<u8>>, StateError> {
    match std::fs::read(path) {
        Ok(content) => Ok(Some(content)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(cause) => Err(StateError::File { path: path.to_owned(), cause }),
    }
}

fn write(path: &Path, content: &[u8], readers: Readers) -> Result<(), StateError> {
    write_atomically(path, content, readers)
        .map_err(|cause| StateError::File { path: path.to_owned(), cause })
}
