//! A software token: a folder of PKCS#12 files, one for each key, protected by the PIN.
//!
//! | file | content |
//! | --- | --- |
//! | `<key id>.p12` | one private key, alias = key id |
//! | `<key id>.<hash>.crt` | PEM: a certificate of the key, then its intermediates |
//! | `.softtoken.p12` | alias `pin`: opens with the PIN, so a token without keys knows its PIN too |
//! | `token.toml` | use and label of each key; the folder works without it |
//!
//! The first and the third are those of X-Road's own software token, so its folder can be opened as it is (it keeps
//! certificates elsewhere, in `keyconf.xml`: import them).

mod files;
mod index;

use crate::identity::Identity;
use crate::pin::Pin;
use crate::pkcs12::{self, Pkcs12Error};
use crate::signing_key::{KeyError, KeyType, SigningKey};
use index::{Index, IndexEntry};
use pki::csr::{self, CertificateUse, CsrParameters};
use pki::{Certificate, SigningError};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Name of a key in its token: 40 upper-case hexadecimal digits for new keys.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct KeyId(String);

impl KeyId {
    /// Letters, digits, `-` and `_`, so that it is a file name and nothing else.
    pub fn new(id: &str) -> Option<Self> {
        let legal = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        (!id.is_empty() && id.len() <= 100 && id.bytes().all(legal)).then(|| Self(id.to_owned()))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn random() -> Result<Self, KeyError> {
        let mut bytes = [0; 20];
        aws_lc_rs::rand::fill(&mut bytes).map_err(|_| KeyError::Generation)?;
        Ok(Self(hex::encode_upper(bytes)))
    }
}

impl std::fmt::Display for KeyId {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// What is known about a key; nothing secret.
#[derive(Clone, Debug)]
pub struct KeyEntry {
    /// Name of the key.
    pub id: KeyId,
    /// What people call it; may be empty.
    pub label: String,
    /// What it is for; `None` in tokens of X-Road.
    pub usage: Option<CertificateUse>,
    /// Imported certificates, without their intermediates.
    pub certificates: Vec<Certificate>,
}

/// An open token.
pub struct SoftwareToken {
    folder: PathBuf,
    pin: Pin,
    entries: Vec<KeyEntry>,
    keys: BTreeMap<KeyId, SigningKey>,
    /// Imported chains (certificate first), by key.
    chains: BTreeMap<KeyId, Vec<Vec<Certificate>>>,
}

/// Why a token does not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    /// A file or the folder.
    #[error("{path}: {source}")]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A new token needs a folder of its own.
    #[error("{0}: folder is not empty")]
    NotEmpty(PathBuf),
    /// Neither keys nor a PIN file: not a token.
    #[error("{0}: not a software token")]
    NotAToken(PathBuf),
    /// The PIN does not open the token, or the file was changed.
    #[error("the PIN does not open {0}")]
    WrongPin(PathBuf),
    /// A file of the token is damaged.
    #[error("{0}: damaged")]
    Damaged(PathBuf),
    /// No such key.
    #[error("no key {0} in the token")]
    NoSuchKey(String),
    /// The certificate is for none of the keys.
    #[error("no key of the token belongs to the certificate")]
    NoKeyForCertificate,
    /// A key could not be made or is not usable.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// A request could not be signed.
    #[error(transparent)]
    Signing(#[from] SigningError),
}

const PIN_FILE: &str = ".softtoken.p12";
const PIN_ALIAS: &str = "pin";
const INDEX_FILE: &str = "token.toml";

impl SoftwareToken {
    /// A new token in a missing or empty folder.
    pub fn create(folder: &Path, pin: &Pin) -> Result<Self, TokenError> {
        files::create_folder(folder)?;
        let verifier = SigningKey::generate(KeyType::P256)?;
        let token = Self {
            folder: folder.to_owned(),
            pin: pin.clone(),
            entries: Vec::new(),
            keys: BTreeMap::new(),
            chains: BTreeMap::new(),
        };
        token.write_key(&verifier, PIN_ALIAS, PIN_FILE)?;
        token.write_index()?;
        Ok(token)
    }

    /// Opens a token: every key is decrypted once and kept in memory.
    pub fn open(folder: &Path, pin: &Pin) -> Result<Self, TokenError> {
        let found = files::scan(folder)?;
        let pin_file = folder.join(PIN_FILE);
        let has_pin_file = pin_file.exists();
        if !has_pin_file && found.keys.is_empty() {
            return Err(TokenError::NotAToken(folder.to_owned()));
        }
        if has_pin_file {
            read_key(&pin_file, pin)?;
        }
        let index = Index::read(&folder.join(INDEX_FILE))?;
        let mut token = Self {
            folder: folder.to_owned(),
            pin: pin.clone(),
            entries: Vec::new(),
            keys: BTreeMap::new(),
            chains: BTreeMap::new(),
        };
        for id in found.keys {
            let key = read_key(&token.key_file(&id), pin)?;
            let known = index.find(&id);
            token.entries.push(KeyEntry {
                id: id.clone(),
                label: known.map_or_else(String::new, |entry| entry.label.clone()),
                usage: known.map(IndexEntry::usage),
                certificates: Vec::new(),
            });
            token.keys.insert(id, key);
        }
        for path in found.certificates {
            token.take_chain(files::read_chain(&path)?);
        }
        Ok(token)
    }

    /// All keys.
    pub fn list(&self) -> &[KeyEntry] {
        &self.entries
    }

    /// Makes a key and stores it before anything else is done with it.
    pub fn create_key(
        &mut self,
        usage: CertificateUse,
        kind: KeyType,
        label: &str,
    ) -> Result<KeyId, TokenError> {
        self.add_key(SigningKey::generate(kind)?, usage, label)
    }

    /// Stores a key that was made elsewhere.
    pub fn add_key(
        &mut self,
        key: SigningKey,
        usage: CertificateUse,
        label: &str,
    ) -> Result<KeyId, TokenError> {
        let id = KeyId::random()?;
        self.write_key(&key, id.as_str(), &format!("{id}.p12"))?;
        self.keys.insert(id.clone(), key);
        let entry = KeyEntry {
            id: id.clone(),
            label: label.to_owned(),
            usage: Some(usage),
            certificates: Vec::new(),
        };
        self.entries.push(entry);
        self.write_index()?;
        Ok(id)
    }

    /// DER of a certificate request for the key.
    pub fn csr(&self, id: &KeyId, parameters: &CsrParameters) -> Result<Vec<u8>, TokenError> {
        Ok(csr::build(parameters, self.key(id)?)?)
    }

    /// Puts a certificate (and its intermediates, nearest first) to the key whose public key it carries.
    pub fn import_certificate(
        &mut self,
        certificate: &Certificate,
        intermediates: &[Certificate],
    ) -> Result<KeyId, TokenError> {
        let id = self.owner_of(certificate).ok_or(TokenError::NoKeyForCertificate)?;
        let mut chain = vec![certificate.clone()];
        chain.extend_from_slice(intermediates);
        let text: String = chain.iter().map(Certificate::to_pem).collect();
        files::write(&self.certificate_file(&id, certificate), text.as_bytes())?;
        self.take_chain(chain);
        Ok(id)
    }

    /// Forgets an imported certificate; false if it was not there.
    pub fn remove_certificate(&mut self, certificate: &Certificate) -> Result<bool, TokenError> {
        let Some(id) = self.owner_of(certificate) else { return Ok(false) };
        let removed = files::remove(&self.certificate_file(&id, certificate))?;
        if let Some(chains) = self.chains.get_mut(&id) {
            chains.retain(|chain| chain.first() != Some(certificate));
        }
        if let Some(entry) = self.entries.iter_mut().find(|entry| entry.id == id) {
            entry.certificates.retain(|known| known != certificate);
        }
        Ok(removed)
    }

    /// The private key of this name.
    pub fn key(&self, id: &KeyId) -> Result<&SigningKey, TokenError> {
        self.keys.get(id).ok_or_else(|| TokenError::NoSuchKey(id.to_string()))
    }

    /// Key and certificate of every imported certificate.
    pub fn identities(&self) -> Vec<Identity> {
        let chains = self.chains.iter().flat_map(|(id, chains)| chains.iter().map(move |chain| (id, chain)));
        chains
            .filter_map(|(id, chain)| {
                let (certificate, rest) = chain.split_first()?;
                Identity::new(self.keys.get(id)?.clone(), certificate.clone(), rest.to_vec()).ok()
            })
            .collect()
    }

    fn owner_of(&self, certificate: &Certificate) -> Option<KeyId> {
        self.keys.iter().find(|(_, key)| key.belongs_to(certificate)).map(|(id, _)| id.clone())
    }

    /// A chain whose key is not in the token stays out of sight; its file is left alone.
    fn take_chain(&mut self, chain: Vec<Certificate>) {
        let Some(certificate) = chain.first().cloned() else { return };
        let Some(id) = self.owner_of(&certificate) else { return };
        if let Some(entry) = self.entries.iter_mut().find(|entry| entry.id == id) {
            entry.certificates.retain(|known| *known != certificate);
            entry.certificates.push(certificate.clone());
        }
        let chains = self.chains.entry(id).or_default();
        chains.retain(|known| known.first() != Some(&certificate));
        chains.push(chain);
    }

    fn key_file(&self, id: &KeyId) -> PathBuf {
        self.folder.join(format!("{id}.p12"))
    }

    fn certificate_file(&self, id: &KeyId, certificate: &Certificate) -> PathBuf {
        self.folder.join(format!("{id}.{}.crt", hex::encode(&certificate.sha256()[..8])))
    }

    fn write_key(&self, key: &SigningKey, alias: &str, name: &str) -> Result<(), TokenError> {
        let bytes = pkcs12::write(key, alias, &self.pin).ok_or(KeyError::Malformed)?;
        files::write(&self.folder.join(name), &bytes)
    }

    fn write_index(&self) -> Result<(), TokenError> {
        files::write(&self.folder.join(INDEX_FILE), Index::of(&self.entries).to_text().as_bytes())
    }
}

fn read_key(path: &Path, pin: &Pin) -> Result<SigningKey, TokenError> {
    pkcs12::read(&files::read(path)?, pin).map_err(|error| match error {
        Pkcs12Error::WrongPin => TokenError::WrongPin(path.to_owned()),
        Pkcs12Error::Malformed => TokenError::Damaged(path.to_owned()),
        Pkcs12Error::Key(error) => TokenError::Key(error),
    })
}

#[cfg(test)]
mod tests;
