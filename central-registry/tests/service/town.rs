//! A folder with the configuration, the membership file and the certificates of a town.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use keys::{KeyType, SigningKey};
use pki::Certificate;
use pki::csr::{Subject, SubjectAttribute};
use pki::issue::{CertificateParameters, IssueProfile, issue, self_signed};
use time::macros::datetime;

/// The program under test.
pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_central-registry");

/// The folder.
pub(crate) struct Town {
    folder: tempfile::TempDir,
}

impl Town {
    /// Certificates, the full sample of the membership and a configuration on free ports.
    pub(crate) fn new() -> Self {
        let town = Self { folder: tempfile::tempdir().unwrap() };
        town.make_certificates();
        let sample = repository().join("conf/membership.full.toml");
        std::fs::copy(sample, town.path().join("membership.toml")).unwrap();
        let port = free_port();
        let config = format!(
            "state_folder = \"state\"\n\
             [global_configuration]\naddresses = [\"127.0.0.1:{port}\"]\nlisten = \"127.0.0.1:{port}\"\n\
             [administration]\nlisten = \"127.0.0.1:0\"\n\
             [personal_link]\nenabled = false\n"
        );
        std::fs::write(town.path().join("central-registry.toml"), config).unwrap();
        town
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// A file of the folder.
    pub(crate) fn read(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.path().join(name)).unwrap()
    }

    /// A certificate of the folder.
    pub(crate) fn certificate(&self, name: &str) -> Certificate {
        Certificate::from_pem(&self.read(&format!("certs/{name}.crt.pem"))).unwrap()
    }

    /// Runs a command that must succeed; what it printed.
    pub(crate) fn run(&self, arguments: &[&str]) -> String {
        let output = self.command(arguments);
        let (out, error) =
            (String::from_utf8(output.stdout).unwrap(), String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success(), "{arguments:?}: {error}");
        out
    }

    /// Runs a command that must fail; what it said.
    pub(crate) fn fails(&self, arguments: &[&str]) -> String {
        let output = self.command(arguments);
        assert!(!output.status.success(), "{arguments:?}");
        String::from_utf8(output.stderr).unwrap()
    }

    /// Validates a document against a schema of the global configuration. Says so and accepts where xmllint is not
    /// installed.
    pub(crate) fn assert_valid(&self, document: &[u8], schema: &str) {
        let file = self.path().join("document.xml");
        std::fs::write(&file, document).unwrap();
        let schema = repository().join("tests/vectors/x-road-7.8/xsd/globalconf").join(schema);
        let run =
            Command::new("xmllint").args(["--noout", "--nonet", "--schema"]).arg(schema).arg(file).output();
        match run {
            Ok(output) => {
                assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
            }
            Err(error) => println!("skipped: xmllint: {error}"),
        }
    }

    fn command(&self, arguments: &[&str]) -> Output {
        Command::new(PROGRAM).args(arguments).current_dir(self.path()).output().unwrap()
    }

    fn make_certificates(&self) {
        let folder = self.path().join("certs");
        std::fs::create_dir(&folder).unwrap();
        let validity = datetime!(2020-01-01 0:00 UTC)..=datetime!(2050-01-01 0:00 UTC);
        let parameters = |name: &str, profile, serial| {
            let subject = Subject::new().with(SubjectAttribute::CommonName, name);
            CertificateParameters::new(subject, profile, &[serial], validity.clone())
        };
        let write = |name: &str, certificate: &Certificate| {
            std::fs::write(folder.join(format!("{name}.crt.pem")), certificate.to_pem()).unwrap();
        };
        let ca_key = SigningKey::generate(KeyType::P256).unwrap();
        let ca = self_signed(&parameters("CA", IssueProfile::Ca { path_len: None }, 1), &ca_key).unwrap();
        write("ca", &ca);
        let issued = [
            ("ss1-auth", IssueProfile::Authentication),
            ("ss2-auth", IssueProfile::Authentication),
            ("ocsp", IssueProfile::OcspResponder),
            ("tsa", IssueProfile::TimeStamping),
            ("management", IssueProfile::Tls),
            ("intermediate-ca", IssueProfile::Ca { path_len: Some(0) }),
        ];
        for (serial, (name, profile)) in (2..).zip(issued) {
            let key = SigningKey::generate(KeyType::P256).unwrap();
            write(name, &issue(&parameters(name, profile, serial), key.public_key(), &ca, &ca_key).unwrap());
        }
    }
}

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// A port that nobody listens on at the moment.
fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}
