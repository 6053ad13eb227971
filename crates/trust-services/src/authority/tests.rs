use std::path::Path;
use std::process::Command;

use keys::{KeyType, SigningKey};
use pki::csr::{CertificateUse, CsrParameters, Subject, SubjectAttribute};
use pki::profile::{CertificateProfile, member_of};
use time::macros::datetime;

use super::*;
use crate::config::{KeyKind, ProfileName};
use crate::register::Purpose;

const NOW: OffsetDateTime = datetime!(2026-11-21 15:10 UTC);

fn config(folder: &Path) -> Config {
    let text = format!("state_folder = {folder:?}");
    service_kit::config::parse(&text, Path::new("test.toml")).unwrap()
}

/// The authority with its issuer.
struct Made {
    issuer: Issuer,
    authority: Authority,
}

fn authority(config: &Config) -> Made {
    assert!(init(config, NOW).unwrap().iter().all(|made| made.outcome == Outcome::Made));
    Made { issuer: Issuer::load(config).unwrap(), authority: Authority::load(config).unwrap() }
}

impl Made {
    fn issue(&self, profile: Profile, request: &[u8]) -> Result<Certificate, IssueError> {
        self.issuer.issue(profile, request, &FurtherNames::default(), NOW)
    }

    /// What was issued to others.
    fn issued(&self) -> usize {
        let entries = self.authority.register.entries().unwrap();
        entries.iter().filter(|entry| !matches!(entry.purpose, Purpose::Ocsp | Purpose::Tsa)).count()
    }
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
    let auth = authority.issue(Profile::Auth, &auth).unwrap();
    assert!(auth.is_auth_cert() && !auth.is_signing_cert());
    assert_eq!(auth.dns_names(), ["ss1.town.example"]);
    assert_eq!(auth.ocsp_urls(), ["http://127.0.0.1:8888/ocsp"]);
    let sign = request(subject("1001", "TOWN/ss1/GOV"), CertificateUse::Signing);
    let sign = authority.issue(Profile::Sign, &sign).unwrap();
    assert!(sign.is_signing_cert() && !sign.is_auth_cert());
    let member = member_of(&sign, CertificateProfile::FiVrk, "TOWN").unwrap();
    assert_eq!((member.instance(), member.class(), member.code()), ("TOWN", "GOV", "1001"));
    let names =
        FurtherNames { dns: vec!["registry.example".to_owned()], ip: vec!["127.0.0.1".parse().unwrap()] };
    let tls = request(subject("registry", "x"), CertificateUse::Tls);
    let tls = authority.issuer.issue(Profile::Tls, &tls, &names, NOW).unwrap();
    assert_eq!(tls.dns_names(), ["ss1.town.example", "registry.example"]);
    for certificate in [&auth, &sign, &tls] {
        certificate.verify_issued_by(&authority.authority.ca).unwrap();
        let entry = authority.authority.register.find(certificate.serial()).unwrap().unwrap();
        assert_eq!((entry.revoked, entry.not_after), (None, certificate.not_after()));
    }
    assert_eq!(authority.issued(), 3);
}

#[test]
fn what_must_not_be_issued_is_not_and_leaves_no_entry() {
    let folder = tempfile::tempdir().unwrap();
    let authority = authority(&config(folder.path()));
    let issue = |profile, request: &[u8]| authority.issue(profile, request).err().unwrap();
    let nobody = request(Subject::new(), CertificateUse::Authentication);
    assert!(matches!(issue(Profile::Auth, &nobody), IssueError::Subject(SubjectError::NoCommonName)));
    let signing = request(subject("1001", "TOWN/ss1/GOV"), CertificateUse::Signing);
    assert!(matches!(issue(Profile::Auth, &signing), IssueError::WrongUse));
    let nameless = request(subject("1001", "no parts"), CertificateUse::Signing);
    assert!(matches!(issue(Profile::Sign, &nameless), IssueError::Subject(SubjectError::NoMember(_))));
    let mut forged = signing;
    *forged.last_mut().unwrap() ^= 1;
    assert!(matches!(issue(Profile::Sign, &forged), IssueError::Request(_)));
    assert!(matches!(issue(Profile::Sign, b"nonsense"), IssueError::Request(_)));
    assert_eq!(authority.issued(), 0);
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
        let auth = authority.issue(Profile::Auth, &auth).unwrap();
        let auth_path = config.state_folder.join("auth.pem");
        std::fs::write(&auth_path, auth.to_pem()).unwrap();
        let ca = Role::Ca.certificate_path(&config.state_folder);
        let (ocsp, tsa) = (
            Role::Ocsp.certificate_path(&config.state_folder),
            Role::Tsa.certificate_path(&config.state_folder),
        );
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
    assert_eq!(std::fs::metadata(folder.path().join("keys")).unwrap().permissions().mode() & 0o777, 0o700);
    std::fs::copy(folder.path().join("keys/tsa.key.pem"), &key).unwrap();
    let error = Issuer::load(&config).err().unwrap();
    assert!(error.to_string().contains("does not belong to the key"), "{error}");
    let error = init(&config, NOW).unwrap_err();
    assert!(error.to_string().contains("does not belong to the key"), "{error}");
}

#[test]
fn init_goes_on_where_it_was_interrupted() {
    let folder = tempfile::tempdir().unwrap();
    let config = config(folder.path());
    let first = init(&config, NOW).unwrap();
    std::fs::remove_file(Role::Tsa.certificate_path(folder.path())).unwrap();
    assert!(matches!(Authority::load(&config).err(), Some(StateError::Missing(_))));
    let second = init(&config, NOW).unwrap();
    assert_eq!(second.each_ref().map(|made| made.outcome), [Outcome::Kept, Outcome::Kept, Outcome::Made]);
    assert_eq!(second[0].certificate, first[0].certificate);
    assert_eq!(second[2].certificate.spki(), first[2].certificate.spki(), "the key is the old one");
}

#[test]
fn init_replaces_no_lost_key_and_no_expired_authority() {
    let folder = tempfile::tempdir().unwrap();
    let mut config = config(folder.path());
    config.authority.valid_days = 10;
    let first = init(&config, NOW).unwrap();
    assert!(matches!(init(&config, NOW + time::Duration::days(11)), Err(StateError::Expired(_))));
    std::fs::remove_file(folder.path().join("keys/ca.key.pem")).unwrap();
    assert!(matches!(init(&config, NOW), Err(StateError::Missing(_))));
    assert_eq!(Role::Ca.certificate(folder.path()).unwrap(), first[0].certificate);
}

#[test]
fn a_service_that_expired_before_the_authority_gets_a_new_certificate_for_its_key() {
    let folder = tempfile::tempdir().unwrap();
    let mut config = config(folder.path());
    init(&config, NOW).unwrap();
    // A shorter life for the services than for the authority: they are made a second time.
    std::fs::remove_file(Role::Ocsp.certificate_path(folder.path())).unwrap();
    config.authority.valid_days = 10;
    let before = init(&config, NOW).unwrap();
    let after = init(&config, NOW + time::Duration::days(11)).unwrap();
    assert_eq!(after.each_ref().map(|made| made.outcome), [Outcome::Kept, Outcome::Renewed, Outcome::Kept]);
    assert_eq!(after[1].certificate.spki(), before[1].certificate.spki());
}

#[test]
fn two_at_once_make_one_authority() {
    let folder = tempfile::tempdir().unwrap();
    let mut config = config(folder.path());
    config.authority.key = KeyKind::P256;
    let made = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..4).map(|_| scope.spawn(|| init(&config, NOW).unwrap())).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect::<Vec<_>>()
    });
    assert!(made.iter().all(|each| each[0].certificate == made[0][0].certificate));
    assert_eq!(made.iter().filter(|each| each[2].outcome == Outcome::Made).count(), 1);
}

#[test]
fn subjects_follow_the_configured_rules() {
    let sign = |subject| request(subject, CertificateUse::Signing);
    let town = || subject("1001", "TOWN/ss1/GOV");
    let long = (0..17).fold(Subject::new(), |subject, number| {
        let oid = der::asn1::ObjectIdentifier::new(&format!("1.3.6.1.4.1.32473.{number}")).unwrap();
        subject.with(SubjectAttribute::Other(oid), "x")
    });
    let basic = Subject::new()
        .with(SubjectAttribute::BusinessCategory, "GOV")
        .with(SubjectAttribute::SerialNumber, "1001")
        .with(SubjectAttribute::CommonName, "Town");
    let fi_vrk = ProfileName(Some(CertificateProfile::FiVrk));
    let cases = [
        ("as it should be", fi_vrk, Some("TOWN"), town(), None),
        (
            "other instance",
            fi_vrk,
            Some("CITY"),
            town(),
            Some(SubjectError::OtherInstance("TOWN".to_owned())),
        ),
        (
            "control character",
            fi_vrk,
            None,
            subject("10\u{1b}01", "TOWN/ss1/GOV"),
            Some(SubjectError::Characters),
        ),
        (
            "too long a value",
            fi_vrk,
            None,
            subject(&"1".repeat(513), "TOWN/ss1/GOV"),
            Some(SubjectError::TooLong),
        ),
        ("too many values", ProfileName(None), None, long, Some(SubjectError::TooLong)),
        (
            "style without instance",
            ProfileName(Some(CertificateProfile::Basic)),
            Some("TOWN"),
            basic.clone(),
            None,
        ),
        ("any style", ProfileName(None), None, basic, None),
    ];
    let folder = tempfile::tempdir().unwrap();
    let mut config = config(folder.path());
    config.authority.key = KeyKind::P256;
    init(&config, NOW).unwrap();
    for (what, profile, instance, subject, expected) in cases {
        config.certificates.profile = profile;
        config.certificates.instance = instance.map(str::to_owned);
        let issued = Issuer::load(&config).unwrap().issue(
            Profile::Sign,
            &sign(subject),
            &FurtherNames::default(),
            NOW,
        );
        match (issued, expected) {
            (Ok(_), None) => {}
            (Err(IssueError::Subject(error)), Some(expected)) => assert_eq!(error, expected, "{what}"),
            (issued, expected) => panic!("{what}: {issued:?} instead of {expected:?}"),
        }
    }
}

#[test]
fn a_tls_certificate_without_names_gets_its_common_name() {
    let folder = tempfile::tempdir().unwrap();
    let made = authority(&config(folder.path()));
    for (name, expected) in
        [("db.town.example", vec!["db.town.example"]), ("the registry", vec![]), ("127.0.0.1", vec![])]
    {
        let subject = Subject::new().with(SubjectAttribute::CommonName, name);
        let parameters = CsrParameters { subject, usage: CertificateUse::Tls, dns_names: Vec::new() };
        let key = SigningKey::generate(KeyType::P256).unwrap();
        let csr = pki::csr::build(&parameters, &key).unwrap();
        assert_eq!(made.issue(Profile::Tls, &csr).unwrap().dns_names(), expected, "{name}");
    }
}

#[test]
fn nothing_outlives_the_authority() {
    let folder = tempfile::tempdir().unwrap();
    let mut config = config(folder.path());
    config.authority.valid_days = 10;
    let made = authority(&config);
    let csr = request(subject("1001", "TOWN/ss1/GOV"), CertificateUse::Signing);
    let certificate = made.issue(Profile::Sign, &csr).unwrap();
    assert_eq!(certificate.not_after(), made.authority.ca.not_after());
    let later = NOW + time::Duration::days(11);
    let late = made.issuer.issue(Profile::Sign, &csr, &FurtherNames::default(), later);
    assert!(matches!(late, Err(IssueError::AuthorityNotValid)));
}
