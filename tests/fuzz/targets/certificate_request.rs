//! PKCS#10 requests (`pki::csr`). Input: the DER or PEM.
//!
//! Holds: only a request that its own key signed is read; what is asked for can be asked for again.

#![no_main]

use std::sync::LazyLock;

use keys::{KeyType, SigningKey};
use pki::csr::{CertificateRequest, CertificateUse, CsrParameters, Subject, SubjectAttribute, build, to_pem};
use sekisho_fuzz::{Target, fuzz};

fuzz!(Target {
    name: "certificate_request",
    max_len: 4 * 1024,
    memory: 128 * 1024,
    memory_per_byte: 64,
    dictionary: Some("der.dict"),
    seeds,
    check,
});

static KEY: LazyLock<SigningKey> = LazyLock::new(|| SigningKey::generate(KeyType::P256).expect("a key"));

fn seeds() -> Vec<Vec<u8>> {
    let subject = Subject::new()
        .with(SubjectAttribute::Country, "FI")
        .with(SubjectAttribute::Organization, "Gofore \u{5e02}")
        .with(SubjectAttribute::SerialNumber, "INST/SS1/GOV");
    let rsa = SigningKey::generate(KeyType::Rsa2048).expect("a key");
    let mut seeds = Vec::new();
    for usage in [CertificateUse::Authentication, CertificateUse::Signing, CertificateUse::Tls] {
        let dns_names = vec!["ss1.example.org".to_owned()];
        let parameters = CsrParameters { subject: subject.clone(), usage, dns_names };
        for key in [&rsa, &KEY] {
            let der = build(&parameters, key).expect("a request");
            seeds.push(to_pem(&der).into_bytes());
            seeds.push(der);
        }
    }
    seeds
}

fn check(data: &[u8]) {
    let key = &*KEY;
    let Ok(request) = CertificateRequest::parse(data) else { return };
    let usage = if request.asks_for_signing() { CertificateUse::Signing } else { CertificateUse::Tls };
    let parameters =
        CsrParameters { subject: request.subject().clone(), usage, dns_names: request.dns_names().to_vec() };
    // Not every text can be written in every attribute again.
    if let Ok(der) = build(&parameters, key) {
        let again = CertificateRequest::parse(&der).expect("what we build ourselves");
        assert_eq!(again.dns_names(), request.dns_names());
        assert_eq!(again.asks_for_signing(), request.asks_for_signing());
    }
}
