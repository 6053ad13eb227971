use std::process::Command;

use keys::KeyType;
use pki::csr::{CertificateUse, CsrParameters};
use time::macros::datetime;

use super::*;
use crate::config::KeyKind;

const NOW: OffsetDateTime = datetime!(2026-11-21 15:10 UTC);

fn config(folder: &Path) -> Config {
    let text = format!("state_folder = {folder:?}");
    service_kit::config::parse(&text, Path::new("test.toml")).unwrap()
}

fn authority(config: &Config) -> Authority {
    assert!(!Authority::exists(config));
    Authority::create(config, NOW).unwrap();
    assert!(Authority::exists(config));
    Authority::load(config).unwrap()
}

/// A subject as the profile FiVRK has it: instance, server and class in the serial number, code in the name.
fn subject(common_name: &str, serial: &str) -> Subject {
    Subject::new()
        .with(SubjectAttribute::Country, "FI")
        .with(SubjectAttribute::Organization, "Town")
        .with(SubjectAttribute::SerialNumber, serial)
        .with(SubjectAttribute::CommonName, common_name)
}

fn request(subject: Subject, usage: CertificateUse) -> Vec<u8> {
    let key = SigningKey::generate(KeyType::P256).unwrap();
    let parameters = CsrParameters { subject, usage, dns_names: vec!["ss1.town.example".to_owned()] };
    pki::csr::build(&parameters, &key).unwrap()
}

#[test]
fn certificates_say_what_they_are_for() {
    let folder = tempfile::tempdir().unwrap();
    let authority = authority(&config(folder.path()));
    let auth = request(subject("ss1.town.example", "TOWN/ss1/GOV"), CertificateUse::Authentication);
    let auth = authority.issue(Profile::Auth, &auth, &[], NOW).unwrap();
    assert!(auth.is_auth_cert() && !auth.is_signing_cert());
    assert_eq!(auth.dns_names(), ["ss1.town.example"]);
    assert_eq!(auth.ocsp_urls(), ["http://127.0.0.1:8888/ocsp"]);
    let sign = request(subject("1001", "TOWN/ss1/GOV"), CertificateUse::Signing);
    let sign = authority.issue(Profile::Sign, &sign, &[], NOW).unwrap();
    assert!(sign.is_signing_cert() && !sign.is_auth_cert());
    let member = member_of(&sign, CertificateProfile::FiVrk, "TOWN").unwrap();
    assert_eq!((member.instance(), member.class(), member.code()), ("TOWN", "GOV", "1001"));
    let address: IpAddr = "127.0.0.1".parse().unwrap();
    let tls = request(subject("registry", "x"), CertificateUse::Tls);
    let tls = authority.issue(Profile::Tls, &tls, &[address], NOW).unwrap();
    for certificate in [&auth, &sign, &tls] {
        certificate.verify_issued_by(&authority.ca.certificate).unwrap();
        let entry = authority.register().find(certificate.serial()).unwrap().unwrap();
        assert_eq!((entry.revoked, entry.not_after), (None, certificate.not_after()));
    }
    assert_eq!(authority.register().entries().unwrap().len(), 3);
}

#[test]
fn what_must_not_be_issued_is_not_and_leaves_no_entry() {
    let folder = tempfile::tempdir().unwrap();
    let authority = authority(&config(folder.path()));
    let issue = |profile, request: &[u8]| authority.issue(profile, request, &[], NOW).err().unwrap();
    let nobody = request(Subject::new(), CertificateUse::Authentication);
    assert!(matches!(issue(Profile::Auth, &nobody), IssueError::NoSubject));
    let signing = request(subject("1001", "TOWN/ss1/GOV"), CertificateUse::Signing);
    assert!(matches!(issue(Profile::Auth, &signing), IssueError::WrongUse));
    let nameless = request(subject("1001", "no parts"), CertificateUse::Signing);
    assert!(matches!(issue(Profile::Sign, &nameless), IssueError::NoMember(_)));
    let mut forged = signing;
    *forged.last_mut().unwrap() ^= 1;
    assert!(matches!(issue(Profile::Sign, &forged), IssueError::Request(_)));
    assert!(matches!(issue(Profile::Sign, b"nonsense"), IssueError::Request(_)));
    assert!(authority.register().entries().unwrap().is_empty());
}

#[test]
fn other_tools_accept_the_certificates() {
    let folder = tempfile::tempdir().unwrap();
    let mut config = config(folder.path());
    for kind in [KeyKind::Rsa2048, KeyKind::P256] {
        config.state_folder = folder.path().join(format!("{kind:?}"));
        config.authority.key = kind;
        let authority = authority(&config);
        let auth = request(subject("ss1.town.example", "TOWN/ss1/GOV"), CertificateUse::Authentication);
        let auth = authority.issue(Profile::Auth, &auth, &[], NOW).unwrap();
        let auth_path = config.state_folder.join("auth.pem");
        std::fs::write(&auth_path, auth.to_pem()).unwrap();
        let ca = certificate_path(&config.state_folder, "ca");
        let (ocsp, tsa) =
            (certificate_path(&config.state_folder, "ocsp"), certificate_path(&config.state_folder, "tsa"));
        for (purpose, certificate) in [
            ("sslserver", &auth_path),
            ("sslclient", &auth_path),
            ("ocsphelper", &ocsp),
            ("timestampsign", &tsa),
        ] {
            let output = Command::new("openssl")
                .args(["verify", "-x509_strict", "-attime", "1795279800", "-purpose", purpose, "-CAfile"])
                .args([&ca, certificate])
                .output()
                .unwrap();
            assert!(output.status.success(), "{purpose}: {}", String::from_utf8_lossy(&output.stderr));
        }
    }
}

#[test]
fn private_keys_are_for_the_owner_and_a_mixed_up_folder_is_refused() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let config = config(folder.path());
    authority(&config);
    let key = folder.path().join("keys/ca.key.pem");
    assert_eq!(std::fs::metadata(&key).unwrap().permissions().mode() & 0o777, 0o600);
    std::fs::copy(folder.path().join("keys/tsa.key.pem"), &key).unwrap();
    let error = Authority::load(&config).err().unwrap();
    assert!(error.to_string().contains("does not belong to the key"), "{error}");
}
