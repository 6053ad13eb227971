//! The keys that sign the configuration, one for each source, with the certificates that carry their public
//! halves in anchors.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use keys::{KeyType, SigningKey};
use pki::csr::{Subject, SubjectAttribute};
use pki::issue::{CertificateParameters, IssueProfile, self_signed};
use pki::{Certificate, SignatureAlgorithm, Signer, SigningError};
use service_kit::files::{Readers, write_atomically};
use time::OffsetDateTime;
use time::macros::datetime;
use zeroize::Zeroizing;

use super::Source;

/// Validity of the certificates, as X-Road's own have it. Nobody checks it: they only carry keys.
const VALIDITY: std::ops::RangeInclusive<OffsetDateTime> =
    datetime!(1970-01-01 0:00 UTC)..=datetime!(2038-01-01 0:00 UTC);

/// The signing keys of both sources.
pub struct SigningKeys {
    internal: SourceKey,
    external: SourceKey,
}

/// The signing key of one source.
pub struct SourceKey {
    key: SigningKey,
    certificate: Certificate,
}

impl SigningKeys {
    /// The keys in the state folder; those that are not there are made.
    ///
    /// # Errors
    /// A file cannot be read or written, or does not hold what it should.
    pub fn open_or_make(state_folder: &Path) -> anyhow::Result<Self> {
        let folder = state_folder.join("configuration-keys");
        std::fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
        let open = |source| SourceKey::open_or_make(&folder, source);
        Ok(Self { internal: open(Source::Internal)?, external: open(Source::External)? })
    }

    /// The key of a source.
    #[must_use]
    pub fn of(&self, source: Source) -> &SourceKey {
        match source {
            Source::Internal => &self.internal,
            Source::External => &self.external,
        }
    }
}

impl SourceKey {
    /// The certificate for anchors.
    #[must_use]
    pub fn certificate(&self) -> &Certificate {
        &self.certificate
    }

    /// The algorithm of directories that this key signs.
    #[must_use]
    pub fn algorithm(&self) -> SignatureAlgorithm {
        self.key.message_algorithm()
    }

    /// Signs a directory.
    ///
    /// # Errors
    /// The key does not sign.
    pub fn sign(&self, data: &[u8]) -> Result<Vec<u8>, SigningError> {
        self.key.sign(self.algorithm(), data)
    }

    fn open_or_make(folder: &Path, source: Source) -> anyhow::Result<Self> {
        let name = key_name(source);
        let (key_file, certificate_file) =
            (folder.join(format!("{name}.key.der")), folder.join(format!("{name}.crt.pem")));
        if key_file.exists() {
            return Self::open(&key_file, &certificate_file);
        }
        let key = SigningKey::generate(KeyType::Rsa2048)?;
        let certificate = certificate_for(&key, source)?;
        // The certificate first: without its key nothing can be signed, so the next start makes both anew.
        write(&certificate_file, certificate.to_pem().as_bytes(), Readers::Everybody)?;
        write(&key_file, &key.to_pkcs8()?, Readers::Owner)?;
        Ok(Self { key, certificate })
    }

    fn open(key_file: &PathBuf, certificate_file: &PathBuf) -> anyhow::Result<Self> {
        let read =
            |path: &PathBuf| std::fs::read(path).with_context(|| format!("cannot read {}", path.display()));
        let der = Zeroizing::new(read(key_file)?);
        let key = SigningKey::from_pkcs8(&der).with_context(|| key_file.display().to_string())?;
        let certificate = Certificate::from_pem(&read(certificate_file)?);
        let certificate = certificate.with_context(|| certificate_file.display().to_string())?;
        anyhow::ensure!(
            key.belongs_to(&certificate),
            "{} does not belong to {}",
            certificate_file.display(),
            key_file.display()
        );
        Ok(Self { key, certificate })
    }
}

/// X-Road's own name of the key, which is the subject of its certificate too.
const fn key_name(source: Source) -> &'static str {
    match source {
        Source::Internal => "internalSigningKey",
        Source::External => "externalSigningKey",
    }
}

fn certificate_for(key: &SigningKey, source: Source) -> Result<Certificate, SigningError> {
    let subject = Subject::new().with(SubjectAttribute::CommonName, key_name(source));
    let parameters = CertificateParameters::new(subject, IssueProfile::ConfigurationSigning, &[1], VALIDITY);
    self_signed(&parameters, &WithMessageAlgorithm(key))
}

/// The key, with the longer digest that X-Road's own certificates are signed with.
struct WithMessageAlgorithm<'a>(&'a SigningKey);

impl Signer for WithMessageAlgorithm<'_> {
    fn public_key_der(&self) -> &[u8] {
        self.0.public_key_der()
    }

    fn sign(&self, algorithm: SignatureAlgorithm, data: &[u8]) -> Result<Vec<u8>, SigningError> {
        self.0.sign(algorithm, data)
    }

    fn default_algorithm(&self) -> SignatureAlgorithm {
        self.0.message_algorithm()
    }
}

fn write(path: &Path, content: &[u8], readers: Readers) -> anyhow::Result<()> {
    write_atomically(path, content, readers).with_context(|| format!("cannot write {}", path.display()))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn keys_are_made_once_and_their_certificates_are_those_of_a_central_server() {
        let folder = tempfile::tempdir().unwrap();
        let made = SigningKeys::open_or_make(folder.path()).unwrap();
        let again = SigningKeys::open_or_make(folder.path()).unwrap();
        for source in Source::ALL {
            let certificate = made.of(source).certificate();
            assert_eq!(certificate, again.of(source).certificate());
            assert_eq!(certificate.subject().to_string(), format!("CN={}", key_name(source)));
            assert_eq!(certificate.serial_decimal(), "1");
            assert_eq!((certificate.not_before()..=certificate.not_after()), VALIDITY);
            assert!(certificate.is_ca());
            assert_eq!(made.of(source).algorithm(), SignatureAlgorithm::RsaSha512);
            let signature = made.of(source).sign(b"data").unwrap();
            let key = certificate.public_key().unwrap();
            assert!(key.verify(SignatureAlgorithm::RsaSha512, b"data", &signature).is_ok());
        }
        let key = folder.path().join("configuration-keys/internalSigningKey.key.der");
        assert_eq!(std::fs::metadata(key).unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn a_certificate_of_another_key_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        drop(SigningKeys::open_or_make(folder.path()).unwrap());
        let keys = folder.path().join("configuration-keys");
        std::fs::copy(keys.join("externalSigningKey.crt.pem"), keys.join("internalSigningKey.crt.pem"))
            .unwrap();
        let error = SigningKeys::open_or_make(folder.path()).err().unwrap();
        assert!(error.to_string().contains("does not belong to"), "{error}");
    }
}
