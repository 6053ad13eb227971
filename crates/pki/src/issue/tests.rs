use super::*;
use crate::asn1::oid;
use crate::csr::{self, CertificateRequest, CertificateUse, CsrParameters, RequestError, SubjectAttribute};
use crate::testing::{EXCHANGE, Party, TestKey, Workbench, parameters, subject};

fn request(usage: CertificateUse) -> CsrParameters {
    let subject = subject("1111").with(SubjectAttribute::SerialNumber, "INST/SS1/GOV");
    CsrParameters { subject, usage, dns_names: vec!["ss1.example".to_owned()] }
}

#[test]
fn openssl_accepts_our_requests_and_sees_what_was_asked_for() {
    let bench = Workbench::new();
    for (usage, words) in [
        (CertificateUse::Authentication, "Digital Signature, Key Encipherment, Data Encipherment"),
        (CertificateUse::Signing, "Non Repudiation"),
        (CertificateUse::Tls, "Digital Signature, Key Encipherment"),
    ] {
        let der = csr::build(&request(usage), &TestKey::new()).unwrap();
        bench.put("request.pem", csr::to_pem(&der).as_bytes());
        let text = bench.openssl("req -verify -in request.pem -noout -text -nameopt RFC2253,utf8");
        assert!(text.contains("verify OK"), "{text}");
        assert!(text.contains("Subject: serialNumber=INST/SS1/GOV,CN=1111,O=Test,C=FI"), "{text}");
        assert!(text.contains("DNS:ss1.example"), "{text}");
        let usage_line = text.lines().skip_while(|line| !line.contains("X509v3 Key Usage:")).nth(1).unwrap();
        assert_eq!(usage_line.trim(), words);
    }
}

#[test]
fn requests_lead_back_and_are_certified() {
    let (root, key) = (Party::root("CA"), TestKey::new());
    let der = csr::build(&request(CertificateUse::Signing), &key).unwrap();
    for bytes in [der.clone(), csr::to_pem(&der).into_bytes()] {
        let parsed = CertificateRequest::parse(&bytes).unwrap();
        assert_eq!(*parsed.subject(), request(CertificateUse::Signing).subject);
        assert_eq!(parsed.dns_names(), ["ss1.example"]);
        assert!(parsed.asks_for_signing());
        let mut wanted = parameters("", IssueProfile::Signing);
        wanted.subject = parsed.subject().clone();
        let cert = issue(&wanted, parsed.public_key(), &root.cert, &root.key).unwrap();
        assert!(cert.public_key().unwrap().is_same_key(&key.public()));
        assert!(cert.is_signing_cert() && !cert.is_auth_cert());
        cert.verify_issued_by(&root.cert).unwrap();
    }
    let auth = csr::build(&request(CertificateUse::Authentication), &key).unwrap();
    assert!(!CertificateRequest::parse(&auth).unwrap().asks_for_signing());
}

#[test]
fn requests_of_openssl_are_read_and_changed_ones_refused() {
    let bench = Workbench::new();
    bench.openssl(
        "req -newkey rsa:2048 -nodes -keyout key.pem -subj /C=FI/O=Org/L=Town/CN=x -outform DER -out r.der",
    );
    let parsed = CertificateRequest::parse(&bench.get("r.der")).unwrap();
    assert_eq!(parsed.subject().attributes().len(), 4);
    assert!(!parsed.asks_for_signing());
    let mut changed = bench.get("r.der");
    let last = changed.len() - 1;
    changed[last] ^= 1;
    assert_eq!(CertificateRequest::parse(&changed).err(), Some(RequestError::Signature));
    bench.openssl("req -newkey rsa:1024 -nodes -keyout key.pem -subj /CN=x -outform DER -out r.der");
    assert!(matches!(CertificateRequest::parse(&bench.get("r.der")), Err(RequestError::Key(_))));
    bench.openssl("req -newkey rsa:2048 -sha1 -nodes -keyout key.pem -subj /CN=x -outform DER -out r.der");
    assert_eq!(CertificateRequest::parse(&bench.get("r.der")).err(), Some(RequestError::Algorithm));
    bench.openssl("req -newkey rsa:2048 -nodes -keyout key.pem -subj /O=a/O=b -outform DER -out r.der");
    assert_eq!(CertificateRequest::parse(&bench.get("r.der")).err(), Some(RequestError::Subject));
    for bad in [&b""[..], b"text", b"0", &[0x30, 0x80, 0, 0]] {
        assert_eq!(CertificateRequest::parse(bad).err(), Some(RequestError::Malformed));
    }
}

#[test]
fn every_profile_as_openssl_sees_it() {
    let (root, bench) = (Party::root("CA"), Workbench::new());
    bench.put("ca.pem", root.cert.to_pem().as_bytes());
    for (profile, purposes) in [
        (IssueProfile::Ca { path_len: Some(1) }, vec![]),
        (
            IssueProfile::Authentication,
            vec![oid::CLIENT_AUTH, der::asn1::ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.1")],
        ),
        (IssueProfile::Signing, vec![]),
        (IssueProfile::OcspResponder, vec![oid::OCSP_SIGNING]),
        (IssueProfile::TimeStamping, vec![oid::TIME_STAMPING]),
    ] {
        let mut wanted = parameters("Party", profile);
        wanted.ocsp_url = Some("http://127.0.0.1:8888".to_owned());
        wanted.dns_names = vec!["party.example".to_owned()];
        wanted.ip_addresses = vec!["127.0.0.1".parse().unwrap()];
        let party = root.issue_as(&wanted);
        assert_eq!(party.cert.ekus(), purposes, "{profile:?}");
        assert_eq!(party.cert.ocsp_urls(), ["http://127.0.0.1:8888"]);
        assert_eq!(party.cert.dns_names(), ["party.example"]);
        assert_eq!(party.cert.is_ca(), matches!(profile, IssueProfile::Ca { .. }));
        assert_eq!(party.cert.serial(), [0x4b, 1]);
        assert!(party.cert.valid_at(EXCHANGE));
        bench.put("party.pem", party.cert.to_pem().as_bytes());
        bench.openssl(&format!(
            "verify -CAfile ca.pem -x509_strict -attime {} party.pem",
            EXCHANGE.unix_timestamp()
        ));
    }
}

#[test]
fn subjects_that_cannot_be_written_are_refused() {
    for name in ["", "a\u{0}"] {
        let wanted = parameters(name, IssueProfile::Signing);
        let result = self_signed(&wanted, &TestKey::new());
        if name.is_empty() {
            assert_eq!(result.err(), Some(SigningError::Encoding));
        } else {
            assert_eq!(result.unwrap().subject().rfc2253(), "CN=a\\00,O=Test,C=FI");
        }
    }
}

proptest::proptest! {
    #[test]
    fn no_damaged_request_panics(index in 0_usize..400, byte: u8) {
        let mut der = csr::build(&request(CertificateUse::Signing), &TestKey::new()).unwrap();
        let index = index % der.len();
        der[index] = byte;
        let _ = CertificateRequest::parse(&der);
    }
}
