//! Keys and certificates that the runner's own parts show: made once and kept in a folder, so that an operator can
//! register them. Every name is a pair of files, `<name>.key.pem` and `<name>.crt.pem`.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use keys::{Identity, KeyType, SigningKey};
use pki::Certificate;
use pki::csr::{CertificateUse, CsrParameters, Subject, SubjectAttribute, build, to_pem};
use pki::issue::{CertificateParameters, IssueProfile, self_signed};
use service_kit::clock::Clock;

use crate::network::{CLASS, INSTANCE};

/// Self-signed, for TLS with information systems: name, and whether it has expired.
pub const SELF_SIGNED: [(&str, bool); 6] = [
    // the consumer's information system
    ("system", false),
    ("system-other", false),
    ("system-expired", true),
    // the provider's information system
    ("service", false),
    // nobody's
    ("nobody", false),
    ("unknown-authority", false),
];

/// Issued by the network's certification service: name, purpose, code of the server that the subject names, member.
pub const ISSUED: [(&str, CertificateUse, &str, &str); 3] = [
    // the mock security server, as it is registered
    ("mock-auth", CertificateUse::Authentication, "server", "dummy"),
    ("mock-sign", CertificateUse::Signing, "server", "dummy"),
    // issued, but registered nowhere
    ("stranger-auth", CertificateUse::Authentication, "stranger", "dummy"),
];

/// Authentication certificate of the mock security server.
pub const MOCK: &str = "mock-auth";

/// Its signing certificate.
pub const MOCK_SIGN: &str = "mock-sign";

/// An authentication certificate of the same certification service that is registered nowhere.
pub const STRANGER: &str = "stranger-auth";

/// One that no certification service has issued.
pub const SELF_MADE: &str = "unknown-authority";

/// The folder.
#[derive(Debug, Clone)]
pub struct Material {
    /// The folder.
    pub folder: PathBuf,
}

impl Material {
    /// Opens the folder; keys, self-signed certificates and requests that are not there are made.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn open(folder: &Path) -> Result<Self> {
        std::fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
        let material = Self { folder: folder.to_owned() };
        for (name, expired) in SELF_SIGNED {
            if !material.certificate_file(name).exists() {
                material.make_self_signed(name, expired)?;
            }
        }
        for (name, usage, server, member) in ISSUED {
            if !material.request_file(name).exists() {
                material.make_request(name, usage, server, member)?;
            }
        }
        Ok(material)
    }

    /// File of a certificate.
    #[must_use]
    pub fn certificate_file(&self, name: &str) -> PathBuf {
        self.folder.join(format!("{name}.crt.pem"))
    }

    /// File of a certificate request.
    #[must_use]
    pub fn request_file(&self, name: &str) -> PathBuf {
        self.folder.join(format!("{name}.csr.pem"))
    }

    fn key_file(&self, name: &str) -> PathBuf {
        self.folder.join(format!("{name}.key.pem"))
    }

    /// Whether the certification service has issued everything that was requested.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        ISSUED.iter().all(|(name, ..)| self.certificate_file(name).exists())
    }

    /// A key with its certificate.
    ///
    /// # Errors
    /// One of the files is missing or is something else.
    pub fn identity(&self, name: &str) -> Result<Identity> {
        let key = SigningKey::from_pem(&read(&self.key_file(name))?)?;
        Ok(Identity::new(key, Certificate::from_pem(&read(&self.certificate_file(name))?)?, Vec::new())?)
    }

    /// Key (PKCS#8) and certificate as DER.
    ///
    /// # Errors
    /// As [`Material::identity`].
    pub fn der(&self, name: &str) -> Result<(Vec<u8>, Vec<u8>)> {
        let identity = self.identity(name)?;
        Ok((identity.key().to_pkcs8()?.to_vec(), identity.certificate().der().to_vec()))
    }

    fn make_key(&self, name: &str) -> Result<SigningKey> {
        let key = SigningKey::generate(KeyType::Rsa2048)?;
        let pkcs8 = openssl::pkey::PKey::private_key_from_der(&key.to_pkcs8()?)?;
        std::fs::write(self.key_file(name), pkcs8.private_key_to_pem_pkcs8()?)?;
        Ok(key)
    }

    fn make_self_signed(&self, name: &str, expired: bool) -> Result<()> {
        let now = Clock::system().now();
        let day = |days: i64| now + time::Duration::days(days);
        let validity = if expired { day(-30)..=day(-1) } else { day(-1)..=day(3_650) };
        let subject = Subject::new().with(SubjectAttribute::CommonName, format!("conformance {name}"));
        let mut serial = service_kit::random::bytes::<8>()?;
        // Positive, and without a leading zero.
        serial[0] = serial[0] & 0x7f | 0x40;
        let parameters = CertificateParameters::new(subject, IssueProfile::Tls, &serial, validity);
        let certificate = self_signed(&parameters, &self.make_key(name)?)?;
        Ok(std::fs::write(self.certificate_file(name), certificate.to_pem())?)
    }

    /// Subjects as the FiVRK profile wants them.
    fn make_request(&self, name: &str, usage: CertificateUse, server: &str, member: &str) -> Result<()> {
        let common_name = match usage {
            CertificateUse::Signing => member.to_owned(),
            CertificateUse::Authentication | CertificateUse::Tls => format!("{server}.conformance.invalid"),
        };
        let subject = Subject::new()
            .with(SubjectAttribute::Country, "FI")
            .with(SubjectAttribute::Organization, member)
            .with(SubjectAttribute::SerialNumber, format!("{INSTANCE}/{server}/{CLASS}"))
            .with(SubjectAttribute::CommonName, common_name);
        let request = build(&CsrParameters { subject, usage, dns_names: Vec::new() }, &self.make_key(name)?)?;
        Ok(std::fs::write(self.request_file(name), to_pem(&request))?)
    }
}

fn read(file: &Path) -> Result<Vec<u8>> {
    std::fs::read(file).with_context(|| file.display().to_string())
}
