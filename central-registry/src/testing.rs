//! A small town with its certificates, for the tests of several subjects.

use std::path::{Path, PathBuf};

use keys::{KeyType, SigningKey};
use pki::csr::{Subject, SubjectAttribute};
use pki::issue::{CertificateParameters, IssueProfile, issue, self_signed};
use time::OffsetDateTime;
use time::macros::datetime;

use crate::declaration::Declaration;
use crate::registry::Registered;

/// The time of the tests.
pub(crate) const NOW: OffsetDateTime = datetime!(2026-11-21 15:10:00.123_456_789 UTC);

/// The folder with the samples of configuration files.
pub(crate) fn conf() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../conf")
}

/// A folder with a membership file and the certificates that it names.
pub(crate) struct Town {
    folder: tempfile::TempDir,
}

impl Town {
    /// The certificates that the samples name, and the full sample as `membership.toml`.
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let certs = folder.path().join("certs");
        std::fs::create_dir(&certs).unwrap();
        let validity = datetime!(2026-01-01 0:00 UTC)..=datetime!(2036-01-01 0:00 UTC);
        let parameters = |name: &str, profile, serial| {
            let subject = Subject::new().with(SubjectAttribute::CommonName, name);
            CertificateParameters::new(subject, profile, &[serial], validity.clone())
        };
        let ca_key = SigningKey::generate(KeyType::P256).unwrap();
        let ca = self_signed(&parameters("CA", IssueProfile::Ca { path_len: None }, 1), &ca_key).unwrap();
        std::fs::write(certs.join("ca.crt.pem"), ca.to_pem()).unwrap();
        let issued = [
            ("ss1-auth", IssueProfile::Authentication),
            ("ss2-auth", IssueProfile::Authentication),
            ("ss1-sign", IssueProfile::Signing),
            ("ocsp", IssueProfile::OcspResponder),
            ("tsa", IssueProfile::TimeStamping),
            ("management", IssueProfile::Tls),
            ("intermediate-ca", IssueProfile::Ca { path_len: Some(0) }),
        ];
        for (serial, (name, profile)) in (2..).zip(issued) {
            let key = SigningKey::generate(KeyType::P256).unwrap();
            let certificate =
                issue(&parameters(name, profile, serial), key.public_key(), &ca, &ca_key).unwrap();
            std::fs::write(certs.join(format!("{name}.crt.pem")), certificate.to_pem()).unwrap();
        }
        let town = Self { folder };
        std::fs::copy(conf().join("membership.full.toml"), town.file()).unwrap();
        town
    }

    /// The folder.
    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// The membership file.
    pub(crate) fn file(&self) -> PathBuf {
        self.path().join("membership.toml")
    }

    /// Replaces a text of the membership file.
    pub(crate) fn change(&self, from: &str, to: &str) {
        let text = std::fs::read_to_string(self.file()).unwrap();
        assert!(text.contains(from), "{from}");
        std::fs::write(self.file(), text.replacen(from, to, 1)).unwrap();
    }

    /// What the membership file asks for.
    pub(crate) fn registered(&self, present: Option<&Registered>) -> Registered {
        Declaration::load(&self.file()).unwrap().resolve(&self.file(), present).unwrap()
    }

    /// What is wrong with the membership file.
    pub(crate) fn problems(&self, present: Option<&Registered>) -> Vec<String> {
        Declaration::load(&self.file()).unwrap().resolve(&self.file(), present).unwrap_err().problems
    }

    /// A certificate of the folder.
    pub(crate) fn certificate(&self, name: &str) -> pki::Certificate {
        let pem = std::fs::read(self.path().join(format!("certs/{name}.crt.pem"))).unwrap();
        pki::Certificate::from_pem(&pem).unwrap()
    }
}
