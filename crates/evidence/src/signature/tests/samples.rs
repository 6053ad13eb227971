//! The samples of X-Road's own signature tests.
//!
//! Their certificates and OCSP responses of 2014 are signed with SHA-1, which was a proof then and is none today
//! (`pki::historic`).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use identifiers::MemberId;
use pki::Certificate;
use pki::profile::CertificateProfile;
use pki::trust::{Issuer, OcspPolicy};
use protocol::digest::{PartDigest, PartName, sha512};
use time::Duration;
use time::macros::datetime;

use crate::signature::{SealView, verify};
use crate::vectors::{self, FixedTrust};

#[derive(Debug, PartialEq, Eq)]
enum Outcome {
    Valid,
    Refused(String),
}

/// OpenSSL's "trusted certificate": a certificate with something after it.
fn root() -> Certificate {
    let pem = String::from_utf8(vectors::read("x-road-7.8/certs/root-ca.pem")).expect("text");
    let base64: String = pem.lines().filter(|line| !line.starts_with("-----")).collect();
    let der = STANDARD.decode(base64).expect("base64");
    let length = usize::from(u16::from_be_bytes([der[2], der[3]])) + 4;
    Certificate::from_der(&der[..length]).expect("certificate")
}

fn trust() -> FixedTrust {
    let responder =
        Certificate::from_pem(&vectors::read("x-road-7.8/certs/ocspsigner.pem")).expect("certificate");
    let issuer = Issuer {
        certificate: root(),
        profile: CertificateProfile::Ejbca,
        ocsp_responders: vec![responder],
        authentication_only: false,
    };
    let policy = OcspPolicy { freshness: Duration::hours(1), verify_next_update: true };
    FixedTrust { issuers: vec![issuer], policy, tsas: vec![] }
}

fn file(name: &str) -> Vec<u8> {
    vectors::read(&format!("x-road-7.8/signature/{name}"))
}

fn part(name: PartName, content: &[u8]) -> PartDigest {
    PartDigest { name, sha512: sha512(content) }
}

fn outcome(seal: &SealView<'_>, parts: &[PartDigest], code: &str) -> Outcome {
    let signer = MemberId::new("EE", "Cybernetica", code).expect("member");
    match verify(seal, parts, &signer, &trust(), datetime!(2014-10-30 0:00 UTC)) {
        Ok(_) => Outcome::Valid,
        Err(error) => Outcome::Refused(error.code()),
    }
}

fn single(name: &str, message: &[u8], code: &str) -> Outcome {
    let signature = file(name);
    let seal = SealView { signature: &signature, hash_chain_result: None, hash_chain: None };
    outcome(&seal, &[part(PartName::Message, message)], code)
}

#[test]
fn samples_give_their_verdicts() {
    let refused = |code: &str| Outcome::Refused(code.to_owned());
    for (name, expected) in [
        ("sign-0.xml", Outcome::Valid),
        ("sign-0-old-format.xml", Outcome::Valid),
        ("empty.xml", refused("invalid_xml")),
        ("sign-0-malformed-xml.xml", refused("invalid_xml")),
        ("sign-0-no-signature.xml", refused("malformed_signature")),
        ("sign-0-no-objectcontainer.xml", refused("malformed_signature")),
        ("sign-0-no-signing-cert.xml", refused("malformed_signature")),
        ("sign-0-invalid-signature-value.xml", refused("invalid_signature_value")),
        ("extra-certs-missing-id.xml", refused("malformed_signature")),
        ("extra-certs-missing-cert.xml", refused("malformed_signature")),
        ("sign-0-ocsp-no-responses.xml", refused("malformed_signature")),
    ] {
        assert_eq!(single(name, &file("message-0.xml"), "consumer"), expected, "{name}");
    }
}

#[test]
fn other_signer_and_other_message() {
    let message = file("message-0.xml");
    assert_eq!(single("sign-0.xml", &message, "FOOBAR"), Outcome::Refused("incorrect_certificate".into()));
    assert_eq!(single("sign-0.xml", b"foo", "consumer"), Outcome::Refused("invalid_signature_value".into()));
}

#[test]
fn batch_signature_with_attachment() {
    let (signature, result, chain) =
        (file("batch-sig.xml"), file("hash-chain-result.xml"), file("hash-chain-1.xml"));
    let seal = SealView { signature: &signature, hash_chain_result: Some(&result), hash_chain: Some(&chain) };
    let message = part(PartName::Message, &file("message-1.xml"));
    let attachment = part(PartName::Attachment(1), b"blaah");
    assert_eq!(outcome(&seal, &[message.clone(), attachment], "consumer"), Outcome::Valid);
    let other = part(PartName::Attachment(1), b"blah");
    assert_eq!(
        outcome(&seal, &[message, other], "consumer"),
        Outcome::Refused("malformed_signature.invalid_hash_chain".into())
    );
}
