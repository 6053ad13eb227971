//! What the tests of this crate share: vectors, keys, a small authority, the OpenSSL command line.

use crate::SignatureAlgorithm;
use crate::certificate::Certificate;
use crate::csr::{Subject, SubjectAttribute};
use crate::issue::{self, CertificateParameters, IssueProfile};
use crate::public_key::PublicKey;
use crate::signer::{Signer, SigningError};
use aws_lc_rs::encoding::AsDer as _;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair as _};
use std::path::PathBuf;
use std::process::Command;
use time::OffsetDateTime;
use time::macros::datetime;

/// When the live pair exchanged its messages.
pub(crate) const EXCHANGE: OffsetDateTime = datetime!(2026-11-21 15:10 UTC);

pub(crate) fn vector_path(name: &str) -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "/../../tests/vectors/", name].concat().into()
}

pub(crate) fn vector(name: &str) -> Vec<u8> {
    std::fs::read(vector_path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// A folder of all captures of the live pair; `None`, with a line that says so, where they are not at hand.
pub(crate) fn all_captures() -> Option<PathBuf> {
    let folder =
        PathBuf::from([env!("CARGO_MANIFEST_DIR"), "/../../../shared/vectors/x-road-7.8-live"].concat());
    if folder.is_dir() {
        return Some(folder);
    }
    println!("skipped: {} is not there", folder.display());
    None
}

/// DER, PEM, or the Base64 of a DER without any frame, as old X-Road files are.
pub(crate) fn certificate(name: &str) -> Certificate {
    use base64::Engine as _;
    let bytes = vector(name);
    if bytes.first() == Some(&0x30) {
        return Certificate::from_der(&bytes).unwrap();
    }
    // OpenSSL appends its own trust settings to the certificate under this label.
    if let Some(trusted) = crate::pem::decode_all(&bytes, "TRUSTED CERTIFICATE").first() {
        return Certificate::from_der(crate::asn1::read::Reader::new(trusted).any().unwrap().raw).unwrap();
    }
    Certificate::from_pem(&bytes).unwrap_or_else(|_| {
        let body: Vec<u8> = bytes.into_iter().filter(|byte| !byte.is_ascii_whitespace()).collect();
        Certificate::from_der(&base64::engine::general_purpose::STANDARD.decode(body).unwrap()).unwrap()
    })
}

/// A P-256 key.
pub(crate) struct TestKey {
    pair: EcdsaKeyPair,
    spki: Vec<u8>,
}

impl TestKey {
    pub(crate) fn new() -> Self {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).unwrap();
        let spki: aws_lc_rs::encoding::PublicKeyX509Der<'_> = pair.public_key().as_der().unwrap();
        let spki = spki.as_ref().to_vec();
        Self { pair, spki }
    }

    pub(crate) fn public(&self) -> PublicKey {
        PublicKey::from_spki(&self.spki).unwrap()
    }
}

impl Signer for TestKey {
    fn public_key_der(&self) -> &[u8] {
        &self.spki
    }

    fn sign(&self, algorithm: SignatureAlgorithm, data: &[u8]) -> Result<Vec<u8>, SigningError> {
        assert_eq!(algorithm, SignatureAlgorithm::EcdsaSha256);
        Ok(self.pair.sign(&SystemRandom::new(), data).unwrap().as_ref().to_vec())
    }

    fn default_algorithm(&self) -> SignatureAlgorithm {
        SignatureAlgorithm::EcdsaSha256
    }
}

pub(crate) fn subject(common_name: &str) -> Subject {
    Subject::new()
        .with(SubjectAttribute::Country, "FI")
        .with(SubjectAttribute::Organization, "Test")
        .with(SubjectAttribute::CommonName, common_name)
}

/// Valid for a long time: OpenSSL compares with the clock of the machine.
pub(crate) fn parameters(common_name: &str, profile: IssueProfile) -> CertificateParameters {
    let validity = datetime!(2020-01-01 0:00 UTC)..=datetime!(2049-01-01 0:00 UTC);
    CertificateParameters::new(subject(common_name), profile, &[0x4b, 1], validity)
}

/// A key with its certificate.
pub(crate) struct Party {
    pub(crate) key: TestKey,
    pub(crate) cert: Certificate,
}

impl Party {
    pub(crate) fn root(name: &str) -> Self {
        let key = TestKey::new();
        let cert = issue::self_signed(&parameters(name, IssueProfile::Ca { path_len: None }), &key).unwrap();
        Self { key, cert }
    }

    pub(crate) fn issue(&self, name: &str, profile: IssueProfile) -> Self {
        self.issue_as(&parameters(name, profile))
    }

    pub(crate) fn issue_as(&self, parameters: &CertificateParameters) -> Self {
        let key = TestKey::new();
        let cert = issue::issue(parameters, &key.public(), &self.cert, &self.key).unwrap();
        Self { key, cert }
    }
}

/// A folder for files that OpenSSL reads.
pub(crate) struct Workbench(tempfile::TempDir);

impl Workbench {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(crate) fn put(&self, name: &str, content: &[u8]) {
        std::fs::write(self.0.path().join(name), content).unwrap();
    }

    pub(crate) fn get(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.0.path().join(name)).unwrap()
    }

    /// Runs `openssl` in the folder; panics with its messages if it does not succeed, returns what it printed.
    pub(crate) fn openssl(&self, arguments: &str) -> String {
        let output = Command::new("openssl")
            .args(arguments.split_whitespace())
            .current_dir(self.0.path())
            .output()
            .unwrap();
        let text =
            [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
        assert!(output.status.success(), "openssl {arguments}: {text}");
        text
    }
}
