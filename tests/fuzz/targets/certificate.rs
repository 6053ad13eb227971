//! Certificates and public keys (`pki::certificate`, `pki::profile`, `pki::public_key`, `pki::ecdsa`). Input: the DER
//! or PEM.
//!
//! Holds: a certificate keeps its octets and survives PEM; its names and numbers have a text; each profile names a
//! member or refuses; the two forms of an ECDSA signature lead to each other.

#![no_main]

use pki::certificate::Certificate;
use pki::profile::{CertificateProfile, member_of};
use pki::{PublicKey, ecdsa};
use sekisho_fuzz::{Target, fuzz, vectors};

fuzz!(Target {
    name: "certificate",
    max_len: 6 * 1024,
    memory: 128 * 1024,
    memory_per_byte: 64,
    dictionary: Some("der.dict"),
    seeds,
    check,
});

fn seeds() -> Vec<Vec<u8>> {
    let mut seeds = vectors::files("x-road-7.8-live", ".crt.der");
    for pem in vectors::files("x-road-7.8/certs", ".pem") {
        seeds.extend(
            Certificate::all_from_pem(&pem).unwrap_or_default().iter().map(|cert| cert.der().to_vec()),
        );
        seeds.push(pem);
    }
    seeds
}

const PROFILES: [CertificateProfile; 8] = [
    CertificateProfile::Basic,
    CertificateProfile::BasicAcme,
    CertificateProfile::Ejbca,
    CertificateProfile::FiVrk,
    CertificateProfile::Fo,
    CertificateProfile::Is,
    CertificateProfile::SkKlass3,
    CertificateProfile::SkEsteId,
];

fn check(data: &[u8]) {
    if let Ok(certificate) = Certificate::from_der(data) {
        assert_eq!(certificate.der(), data);
        inspect(&certificate);
    }
    if let Ok(certificates) = Certificate::all_from_pem(data) {
        certificates.iter().for_each(inspect);
    }
    if let Ok(key) = PublicKey::from_spki(data) {
        assert_eq!(key.spki(), data);
    }
    for field_len in [32, 48, 66] {
        if let Some(raw) = ecdsa::der_to_raw(data, field_len) {
            let der = ecdsa::raw_to_der(&raw, field_len).expect("of the right length");
            assert_eq!(ecdsa::der_to_raw(&der, field_len), Some(raw));
        }
    }
}

fn inspect(certificate: &Certificate) {
    assert_eq!(Certificate::from_pem(certificate.to_pem().as_bytes()).as_ref(), Ok(certificate));
    assert!(certificate.serial_decimal().trim_start_matches('-').bytes().all(|byte| byte.is_ascii_digit()));
    assert!(certificate.subject().matches(certificate.subject()));
    assert_eq!(certificate.is_self_issued(), certificate.subject().matches(certificate.issuer()));
    assert!(!certificate.valid_at(certificate.not_after() + time::Duration::SECOND));
    let _ = (certificate.issuer_rfc2253(), certificate.subject().rfc2253(), format!("{certificate:?}"));
    let _ = (certificate.is_auth_cert(), certificate.is_signing_cert(), certificate.is_ca());
    let _ = (certificate.public_key(), certificate.verify_issued_by(certificate));
    for profile in PROFILES {
        if let Ok(member) = member_of(certificate, profile, "INST") {
            assert!(!member.code().is_empty());
        }
    }
}
