//! PKCS#12 files (RFC 7292) with one private key, as X-Road's software token has them.
//!
//! Written with PBES2, AES-256 and HMAC-SHA-256; read in every form that Java and OpenSSL write.

use crate::pin::Pin;
use crate::signing_key::{KeyError, SigningKey};
use p12_keystore::{
    Certificate, EncryptionAlgorithm, KeyStore, KeyStoreEntry, MacAlgorithm, Pkcs12ImportPolicy, PrivateKey,
    PrivateKeyChain,
};
use pki::csr::{Subject, SubjectAttribute};
use pki::issue::{self, CertificateParameters, IssueProfile};
use time::macros::datetime;

/// Rounds of key derivation. A PIN is short, so guessing must cost; opening a token happens once per start.
const ITERATIONS: u32 = 100_000;

/// Why a file gives no key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pkcs12Error {
    /// The MAC does not fit: another PIN, or a changed file.
    WrongPin,
    /// Not PKCS#12, or no private key inside.
    Malformed,
    /// The key inside is not usable.
    Key(KeyError),
}

/// The private key of the file.
pub(crate) fn read(bytes: &[u8], pin: &Pin) -> Result<SigningKey, Pkcs12Error> {
    let store = KeyStore::from_pkcs12(bytes, pin.expose(), Pkcs12ImportPolicy::Relaxed);
    let store = store.map_err(|error| match error {
        p12_keystore::error::Error::MacError(_) => Pkcs12Error::WrongPin,
        _ => Pkcs12Error::Malformed,
    })?;
    let (_, chain) = store.private_key_chain().ok_or(Pkcs12Error::Malformed)?;
    SigningKey::from_pkcs8(chain.key().as_der()).map_err(Pkcs12Error::Key)
}

/// A file with the key under the alias. `None` if the key cannot be written down.
pub(crate) fn write(key: &SigningKey, alias: &str, pin: &Pin) -> Option<Vec<u8>> {
    let certificate = Certificate::from_der(placeholder(key)?.der()).ok()?;
    let private_key = PrivateKey::from_der(&key.to_pkcs8().ok()?).ok()?;
    let chain = PrivateKeyChain::new(alias.as_bytes(), private_key, [certificate]);
    let mut store = KeyStore::new();
    store.add_entry(alias, KeyStoreEntry::PrivateKeyChain(chain));
    let writer = store
        .writer(pin.expose())
        .encryption_algorithm(EncryptionAlgorithm::PbeWithHmacSha256AndAes256)
        .encryption_iterations(ITERATIONS)
        .mac_algorithm(MacAlgorithm::HmacSha256)
        .mac_iterations(ITERATIONS);
    writer.write().ok()
}

/// PKCS#12 wants a certificate beside the key. X-Road puts one of `CN=KeyHolder` there that nobody looks at; real
/// certificates are kept apart.
fn placeholder(key: &SigningKey) -> Option<pki::Certificate> {
    let validity = datetime!(2000-01-01 0:00 UTC)..=datetime!(2099-12-31 0:00 UTC);
    let subject = Subject::new().with(SubjectAttribute::CommonName, "KeyHolder");
    issue::self_signed(&CertificateParameters::new(subject, IssueProfile::Tls, &[1], validity), key).ok()
}
