//! Worlds for tests: the captured one as it was, and one made at run time whose authorities say what
//! the test wants.

use std::path::PathBuf;
use std::sync::Arc;

use globalconf::metadata::Metadata;
use globalconf::shared_params::AuthCertHash;
use globalconf::{FormatVersion, GlobalConf, SharedParams, stored};
use keys::{KeyType, SigningKey};
use pki::Certificate;
use pki::csr::{Subject, SubjectAttribute};
use pki::issue::{CertificateParameters, IssueProfile, issue, self_signed};
use pki::ocsp::{CertId, CertStatus, OcspResponseBuilder};
use service_kit::clock::Clock;
use time::macros::datetime;
use time::{Duration, OffsetDateTime};

use super::{GlobalConfStore, OcspConfig, OcspStore};

/// A moment at which the captured exchanges took place.
pub(crate) const CAPTURED: OffsetDateTime = datetime!(2026-11-21 15:10 UTC);

/// A file of the captured world; `variant` is `rsa` or `ec`.
pub(crate) fn captured_path(variant: &str, name: &str) -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/vectors/x-road-7.8-live"))
        .join(variant)
        .join(name)
}

pub(crate) fn captured_file(variant: &str, name: &str) -> Vec<u8> {
    let path = captured_path(variant, name);
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

pub(crate) fn captured_certificate(variant: &str, name: &str) -> Certificate {
    Certificate::from_der(&captured_file(variant, &format!("pki/{name}.crt.der"))).unwrap()
}

pub(crate) fn captured_conf(variant: &str) -> GlobalConf {
    super::globalconf::read_stored(&captured_path(variant, "globalconf")).unwrap()
}

/// A network like the captured one whose keys are at hand: SS1 with SUB1, SS2 with SUB2.
pub(crate) struct World {
    pub(crate) ca: Certificate,
    pub(crate) ca_key: SigningKey,
    pub(crate) ocsp_key: SigningKey,
    pub(crate) ocsp: Certificate,
    pub(crate) tsa_key: SigningKey,
    pub(crate) tsa: Certificate,
    pub(crate) ss1: Certificate,
    pub(crate) ss2: Certificate,
    pub(crate) shared: SharedParams,
    private: Vec<u8>,
    serial: u8,
}

impl World {
    pub(crate) fn new() -> Self {
        let [ca_key, ocsp_key, tsa_key] =
            std::array::from_fn(|_| SigningKey::generate(KeyType::P256).unwrap());
        let ca = self_signed(&parameters("CA", IssueProfile::Ca { path_len: None }, 1), &ca_key).unwrap();
        let shared =
            SharedParams::parse(&captured_file("ec", "globalconf/INST/shared-params.xml"), FormatVersion::V6);
        let mut world = Self {
            ocsp: ca.clone(),
            tsa: ca.clone(),
            ss1: ca.clone(),
            ss2: ca.clone(),
            ca,
            ca_key,
            ocsp_key,
            tsa_key,
            shared: shared.unwrap(),
            private: captured_file("ec", "globalconf/INST/private-params.xml"),
            serial: 1,
        };
        world.ocsp = world.issue("OCSP", IssueProfile::OcspResponder, &world.ocsp_key.clone());
        world.tsa = world.issue("TSA", IssueProfile::TimeStamping, &world.tsa_key.clone());
        world.ss1 = world.authentication("SS1");
        world.ss2 = world.authentication("SS2");
        let top = &mut world.shared.approved_cas[0].top_ca;
        top.cert = world.ca.der().to_vec();
        top.ocsp[0].cert = Some(world.ocsp.der().to_vec());
        world.shared.approved_tsas[0].cert = world.tsa.der().to_vec();
        for (position, certificate) in [world.ss1.clone(), world.ss2.clone()].iter().enumerate() {
            world.shared.servers[position].auth_certs = vec![registration(certificate)];
        }
        world
    }

    /// A certificate of the CA for a key.
    pub(crate) fn issue(&mut self, name: &str, profile: IssueProfile, key: &SigningKey) -> Certificate {
        self.serial += 1;
        let public = pki::PublicKey::from_spki(key.public_key_der()).unwrap();
        issue(&parameters(name, profile, self.serial), &public, &self.ca, &self.ca_key).unwrap()
    }

    /// An authentication certificate that no server is registered with.
    pub(crate) fn authentication(&mut self, name: &str) -> Certificate {
        let key = SigningKey::generate(KeyType::P256).unwrap();
        self.issue(name, IssueProfile::Authentication, &key)
    }

    /// What the responder says about a certificate at a time.
    pub(crate) fn status(
        &self,
        certificate: &Certificate,
        status: CertStatus,
        at: OffsetDateTime,
    ) -> Vec<u8> {
        let id = CertId::new(certificate, &self.ca);
        OcspResponseBuilder::new(at).status(&id, status, at, None).sign(&self.ocsp, &self.ocsp_key).unwrap()
    }

    /// The files of the configuration in stored form.
    pub(crate) fn files(&self) -> Vec<(String, Vec<u8>)> {
        let shared = self.shared.write(FormatVersion::V6).unwrap();
        let metadata = |content: &str| {
            let metadata = Metadata {
                content_identifier: Some(content.to_owned()),
                instance_identifier: Some("INST".to_owned()),
                expiration_date: Some(datetime!(2046-01-01 0:00 UTC)),
                configuration_version: Some(FormatVersion::V6),
                ..Metadata::default()
            };
            metadata.write()
        };
        vec![
            ("instance-identifier".to_owned(), b"INST".to_vec()),
            ("INST/shared-params.xml".to_owned(), shared),
            ("INST/shared-params.xml.metadata".to_owned(), metadata("SHARED-PARAMETERS")),
            ("INST/private-params.xml".to_owned(), self.private.clone()),
            ("INST/private-params.xml.metadata".to_owned(), metadata("PRIVATE-PARAMETERS")),
        ]
    }

    pub(crate) fn conf(&self) -> GlobalConf {
        stored::load(&self.files()).unwrap()
    }
}

/// How the configuration names an authentication certificate.
pub(crate) fn registration(certificate: &Certificate) -> AuthCertHash {
    AuthCertHash { sha256: Some(*certificate.sha256()), sha1: None }
}

fn parameters(name: &str, profile: IssueProfile, serial: u8) -> CertificateParameters {
    let subject = Subject::new()
        .with(SubjectAttribute::Country, "FI")
        .with(SubjectAttribute::Organization, "Test")
        .with(SubjectAttribute::CommonName, name);
    let validity = CAPTURED - Duration::days(30)..=CAPTURED + Duration::days(3_650);
    CertificateParameters::new(subject, profile, &[serial], validity)
}

/// An OCSP store in a folder that is removed with the returned guard.
pub(crate) fn ocsp_store(
    own: Vec<Certificate>,
    conf: &Arc<GlobalConfStore>,
    clock: &Clock,
) -> (Arc<OcspStore>, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let config = OcspConfig { connect_timeout_seconds: 2, read_timeout_seconds: 2, ..OcspConfig::default() };
    let store = OcspStore::open(folder.path(), config, own, Arc::clone(conf), clock.clone()).unwrap();
    (store, folder)
}
