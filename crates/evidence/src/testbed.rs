//! A certification authority, a timestamping authority and a member, made at run time.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use der::asn1::ObjectIdentifier;
use keys::{KeyType, SigningKey};
use pki::Certificate;
use pki::csr::{Subject, SubjectAttribute};
use pki::issue::{CertificateParameters, IssueProfile, issue, self_signed};
use pki::ocsp::{CertId, CertStatus, OcspResponseBuilder};
use pki::profile::CertificateProfile;
use pki::timestamp::{MessageImprint, TimeStampRequest, TimestampToken, TokenBuilder};
use pki::trust::{Issuer, OcspPolicy};
use pki::{DigestAlgorithm, Signer};
use time::macros::datetime;
use time::{Duration, OffsetDateTime};

use crate::signature::{SigningContext, SigningMaterial};
use crate::vectors::FixedTrust;

/// When everything happens.
pub(crate) const NOW: OffsetDateTime = datetime!(2026-11-21 15:20:00.123 UTC);

pub(crate) struct Testbed {
    pub(crate) ca: Certificate,
    intermediates: Vec<Certificate>,
    ocsp_responses: Vec<Vec<u8>>,
    tsa_key: SigningKey,
    pub(crate) tsa: Certificate,
    pub(crate) member_key: SigningKey,
    pub(crate) member: Certificate,
}

impl Testbed {
    /// The member's certificate is issued by the approved CA.
    pub(crate) fn new(kind: KeyType) -> Self {
        Self::with_depth(kind, false)
    }

    /// With `intermediate`, the member's certificate is issued by a CA below another one. X-Road wants
    /// the direct issuer to be approved, so both are.
    pub(crate) fn with_depth(kind: KeyType, intermediate: bool) -> Self {
        let ca_key = SigningKey::generate(KeyType::P256).expect("key");
        let ca = self_signed(&parameters("CA & \"Sons\"", IssueProfile::Ca { path_len: None }, 1), &ca_key);
        let ca = ca.expect("certificate");
        let below_key = SigningKey::generate(KeyType::P256).expect("key");
        let below = parameters("Below", IssueProfile::Ca { path_len: Some(0) }, 2);
        let below = issue(&below, below_key.public_key(), &ca, &ca_key).expect("certificate");
        let (issuer, issuer_key) = if intermediate { (&below, &below_key) } else { (&ca, &ca_key) };
        let member_key = SigningKey::generate(kind).expect("key");
        let mut signing = parameters("1111", IssueProfile::Signing, 77);
        signing.subject = signing.subject.with(SubjectAttribute::SerialNumber, "INST/SS1/GOV");
        let member = issue(&signing, member_key.public_key(), issuer, issuer_key).expect("certificate");
        let tsa_key = SigningKey::generate(KeyType::Rsa2048).expect("key");
        let tsa = parameters("TSA", IssueProfile::TimeStamping, 3);
        let tsa = issue(&tsa, tsa_key.public_key(), &ca, &ca_key).expect("certificate");
        let mut ocsp_responses = vec![status(&member, issuer, issuer_key)];
        let mut intermediates = Vec::new();
        if intermediate {
            ocsp_responses.push(status(&below, &ca, &ca_key));
            intermediates.push(below);
        }
        Self { ca, intermediates, ocsp_responses, tsa_key, tsa, member_key, member }
    }

    pub(crate) fn context(&self) -> SigningContext {
        let material = SigningMaterial {
            certificate: &self.member,
            intermediates: &self.intermediates,
            ocsp_responses: &self.ocsp_responses,
            algorithm: self.member_key.message_algorithm(),
        };
        SigningContext::new(&material).expect("material")
    }

    pub(crate) fn trust(&self) -> FixedTrust {
        let issuer = |certificate: &Certificate| Issuer {
            certificate: certificate.clone(),
            profile: CertificateProfile::FiVrk,
            ocsp_responders: vec![],
            authentication_only: false,
        };
        let policy = OcspPolicy { freshness: Duration::hours(1), verify_next_update: true };
        let approved = self.intermediates.iter().chain([&self.ca]).map(issuer).collect();
        FixedTrust { issuers: approved, policy, tsas: vec![self.tsa.clone()] }
    }

    /// A token over data, with the authority's certificate inside.
    pub(crate) fn stamp(&self, data: &[u8]) -> TimestampToken {
        let request = TimeStampRequest::new(MessageImprint::of(DigestAlgorithm::Sha512, data));
        let policy = ObjectIdentifier::new_unwrap("1.2.3.4.1");
        let builder = TokenBuilder { gen_time: NOW, serial: vec![9], policy };
        let token = builder.sign(&request, &self.tsa, &self.tsa_key).expect("token");
        token.with_certificate(&self.tsa).expect("certificate")
    }
}

fn parameters(name: &str, profile: IssueProfile, serial: u8) -> CertificateParameters {
    let subject = Subject::new()
        .with(SubjectAttribute::Country, "FI")
        .with(SubjectAttribute::Organization, "Test")
        .with(SubjectAttribute::CommonName, name);
    let validity = datetime!(2026-01-01 0:00 UTC)..=datetime!(2036-01-01 0:00 UTC);
    CertificateParameters::new(subject, profile, &[serial], validity)
}

fn status(certificate: &Certificate, issuer: &Certificate, key: &dyn Signer) -> Vec<u8> {
    let id = CertId::new(certificate, issuer);
    let response = OcspResponseBuilder::new(NOW).status(&id, CertStatus::Good, NOW, None);
    response.sign(issuer, key).expect("response")
}

/// Standard base64.
pub(crate) fn base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}
