use super::*;
use pki::csr::{CertificateRequest, Subject, SubjectAttribute};
use pki::issue::{self, CertificateParameters, IssueProfile};
use std::process::Command;
use time::macros::datetime;

fn pin(text: &str) -> Pin {
    Pin::new(text.to_owned()).unwrap()
}

fn vector_path(name: &str) -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "/../../tests/vectors/x-road-7.8-live/", name].concat().into()
}

fn parameters(name: &str, profile: IssueProfile, serial: u8) -> CertificateParameters {
    let validity = datetime!(2026-01-01 0:00 UTC)..=datetime!(2036-01-01 0:00 UTC);
    CertificateParameters::new(
        Subject::new().with(SubjectAttribute::CommonName, name),
        profile,
        &[serial],
        validity,
    )
}

#[test]
fn tokens_of_x_road_open_and_belong_to_its_certificates() {
    for kind in ["rsa", "ec"] {
        for server in ["ss1", "ss2"] {
            let folder = vector_path(&format!("{kind}/keyconf/{server}-softtoken"));
            let token = SoftwareToken::open(&folder, &pin("1234")).unwrap();
            assert_eq!(token.list().len(), 2);
            assert!(token.list().iter().all(|entry| entry.usage.is_none() && entry.id.as_str().len() == 40));
            for usage in ["auth", "sign"] {
                let der =
                    std::fs::read(vector_path(&format!("{kind}/pki/{server}-{usage}.crt.der"))).unwrap();
                let certificate = Certificate::from_der(&der).unwrap();
                let id = token.owner_of(&certificate).expect("the key of the certificate");
                let key = token.key(&id).unwrap();
                let signature = key.sign_xmldsig(key.message_algorithm(), b"data").unwrap();
                let public = certificate.public_key().unwrap();
                public.verify_xmldsig(key.message_algorithm(), b"data", &signature).unwrap();
            }
            assert!(matches!(SoftwareToken::open(&folder, &pin("4321")), Err(TokenError::WrongPin(_))));
        }
    }
}

#[test]
fn from_a_new_folder_to_identities_and_back() {
    let place = tempfile::tempdir().unwrap();
    let folder = place.path().join("token");
    let mut token = SoftwareToken::create(&folder, &pin("1234")).unwrap();
    let auth = token.create_key(CertificateUse::Authentication, KeyType::P256, "auth \"key\"").unwrap();
    let sign = token.create_key(CertificateUse::Signing, KeyType::Rsa2048, "").unwrap();

    let subject = Subject::new().with(SubjectAttribute::CommonName, "1111");
    let wanted = CsrParameters { subject, usage: CertificateUse::Signing, dns_names: vec![] };
    let request = CertificateRequest::parse(&token.csr(&sign, &wanted).unwrap()).unwrap();
    let ca_key = SigningKey::generate(KeyType::P256).unwrap();
    let ca = issue::self_signed(&parameters("CA", IssueProfile::Ca { path_len: None }, 1), &ca_key).unwrap();
    let certify = |serial, key: &pki::PublicKey| {
        issue::issue(&parameters("1111", IssueProfile::Signing, serial), key, &ca, &ca_key).unwrap()
    };
    let first = certify(2, request.public_key());
    let second = certify(3, request.public_key());
    assert_eq!(token.import_certificate(&first, std::slice::from_ref(&ca)).unwrap(), sign);
    assert_eq!(token.import_certificate(&second, &[]).unwrap(), sign);
    assert_eq!(token.import_certificate(&second, &[]).unwrap(), sign);
    let stranger = certify(4, ca_key.public_key());
    assert!(matches!(token.import_certificate(&stranger, &[]), Err(TokenError::NoKeyForCertificate)));

    let opened = SoftwareToken::open(&folder, &pin("1234")).unwrap();
    for token in [&token, &opened] {
        let entry = |id: &KeyId| token.list().iter().find(|entry| entry.id == *id).unwrap();
        assert_eq!(entry(&auth).usage, Some(CertificateUse::Authentication));
        assert_eq!((entry(&auth).label.as_str(), entry(&auth).certificates.len()), ("auth \"key\"", 0));
        assert_eq!((entry(&sign).usage, entry(&sign).certificates.len()), (Some(CertificateUse::Signing), 2));
        assert_eq!(token.identities().len(), 2);
        let identity = token.identities().into_iter().find(|i| *i.certificate() == first).unwrap();
        assert_eq!(identity.chain(), std::slice::from_ref(&ca));
    }
    let mut token = opened;
    assert!(token.remove_certificate(&first).unwrap() && !token.remove_certificate(&first).unwrap());
    assert_eq!(SoftwareToken::open(&folder, &pin("1234")).unwrap().identities().len(), 1);
}

#[cfg(unix)]
#[test]
fn files_are_for_the_owner_only_and_no_leftovers_remain() {
    use std::os::unix::fs::PermissionsExt as _;
    let place = tempfile::tempdir().unwrap();
    let folder = place.path().join("token");
    let mut token = SoftwareToken::create(&folder, &pin("1234")).unwrap();
    token.create_key(CertificateUse::Tls, KeyType::P256, "").unwrap();
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&folder), 0o700);
    let files: Vec<PathBuf> =
        std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(files.len(), 3);
    for file in files {
        assert_eq!(mode(&file), 0o600, "{}", file.display());
    }
}

#[test]
fn openssl_reads_our_key_files() {
    let place = tempfile::tempdir().unwrap();
    let folder = place.path().join("token");
    let mut token = SoftwareToken::create(&folder, &pin("1234")).unwrap();
    let id = token.create_key(CertificateUse::Signing, KeyType::P256, "").unwrap();
    let output = Command::new("openssl")
        .args([
            "pkcs12",
            "-in",
            token.key_file(&id).to_str().unwrap(),
            "-passin",
            "pass:1234",
            "-nodes",
            "-info",
        ])
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let info = String::from_utf8_lossy(&output.stderr);
    assert!(info.contains("PBES2, PBKDF2, AES-256-CBC, Iteration 100000, PRF hmacWithSHA256"), "{info}");
    let key = SigningKey::from_pem(&output.stdout).unwrap();
    assert_eq!(key.public_key_der(), token.key(&id).unwrap().public_key_der());
    assert!(String::from_utf8_lossy(&output.stdout).contains(&format!("friendlyName: {id}")));
}

#[test]
fn what_cannot_be_opened_or_created() {
    let place = tempfile::tempdir().unwrap();
    let folder = place.path().join("token");
    assert!(matches!(SoftwareToken::open(&folder, &pin("1")), Err(TokenError::Io { .. })));
    std::fs::create_dir(&folder).unwrap();
    assert!(matches!(SoftwareToken::open(&folder, &pin("1")), Err(TokenError::NotAToken(_))));
    SoftwareToken::create(&folder, &pin("1234")).unwrap();
    assert!(matches!(SoftwareToken::create(&folder, &pin("1234")), Err(TokenError::NotEmpty(_))));
    assert!(matches!(SoftwareToken::open(&folder, &pin("1")), Err(TokenError::WrongPin(_))));
    std::fs::write(folder.join("AA.p12"), b"nonsense").unwrap();
    assert!(matches!(SoftwareToken::open(&folder, &pin("1234")), Err(TokenError::Damaged(_))));
    std::fs::remove_file(folder.join("AA.p12")).unwrap();
    std::fs::write(folder.join(INDEX_FILE), b"[[key]]\nid = 1").unwrap();
    assert!(matches!(SoftwareToken::open(&folder, &pin("1234")), Err(TokenError::Damaged(_))));
}

#[test]
fn key_ids_are_file_names_and_nothing_else() {
    for bad in ["", "..", "a/b", ".softtoken", "a b", &"a".repeat(101)] {
        assert_eq!(KeyId::new(bad), None, "{bad}");
    }
    assert!(KeyId::new("60EA03E37624552940FCA22E9A0C75A69D285FA7").is_some());
}
