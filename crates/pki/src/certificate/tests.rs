use super::*;
use crate::testing::{certificate, vector, vector_path};
use der::Decode as _;

/// All certificate files under the copied vectors.
fn all() -> Vec<(String, Certificate)> {
    let mut folders = vec![vector_path("x-road-7.8/certs"), vector_path("x-road-7.8/certs/test_chain")];
    folders.extend(["rsa", "ec"].map(|kind| vector_path(&format!("x-road-7.8-live/{kind}/pki"))));
    let mut out = Vec::new();
    for folder in folders {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.strip_prefix(vector_path("")).unwrap().to_str().unwrap().to_owned();
            if name.ends_with(".pem") || name.ends_with(".crt.der") {
                out.push((name.clone(), certificate(&name)));
            }
        }
    }
    assert!(out.len() >= 37, "{} certificates", out.len());
    out
}

#[test]
fn every_certificate_is_read_as_x509_cert_reads_it() {
    for (name, ours) in all() {
        let theirs = x509_cert::Certificate::from_der(ours.der()).unwrap();
        let tbs = theirs.tbs_certificate();
        assert_eq!(ours.serial(), tbs.serial_number().as_bytes(), "{name}");
        let at = |time: x509_cert::time::Time| time.to_unix_duration().as_secs() as i64;
        assert_eq!(ours.not_before().unix_timestamp(), at(tbs.validity().not_before), "{name}");
        assert_eq!(ours.not_after().unix_timestamp(), at(tbs.validity().not_after), "{name}");
        use der::Encode as _;
        assert_eq!(ours.subject().der(), tbs.subject().to_der().unwrap(), "{name}");
        assert_eq!(ours.issuer().der(), tbs.issuer().to_der().unwrap(), "{name}");
        assert_eq!(ours.spki(), tbs.subject_public_key_info().to_der().unwrap(), "{name}");
        assert_eq!(ours.tbs(), tbs.to_der().unwrap(), "{name}");
        assert_eq!(Certificate::from_pem(ours.to_pem().as_bytes()), Ok(ours));
    }
}

#[test]
fn uses_of_the_live_certificates() {
    for kind in ["rsa", "ec"] {
        let get = |name: &str| certificate(&format!("x-road-7.8-live/{kind}/pki/{name}.crt.der"));
        for (name, auth, signing, ca) in [
            ("ss1-auth", true, false, false),
            ("ss2-sign", false, true, false),
            ("ca", false, false, true),
            ("ocsp", true, false, false),
            ("tsa", true, true, false),
        ] {
            let cert = get(name);
            assert_eq!(
                (cert.is_auth_cert(), cert.is_signing_cert(), cert.is_ca()),
                (auth, signing, ca),
                "{name}"
            );
        }
        let auth = get("ss1-auth");
        assert_eq!(auth.issuer_rfc2253(), "CN=Test CA,O=Test,C=FI");
        assert_eq!(
            auth.subject().rfc2253(),
            "CN=ss1.test,2.5.4.5=#130c494e53542f5353312f474f56,O=Org1111,C=FI"
        );
        auth.verify_issued_by(&get("ca")).unwrap();
        assert_eq!(get("tsa").ekus(), [oid::TIME_STAMPING]);
    }
    let rsa = certificate("x-road-7.8-live/rsa/pki/ss1-auth.crt.der");
    assert_eq!(rsa.serial_decimal(), "105");
    // X-Road's signer names its cached responses by this hash.
    assert!(vector_path(&format!("x-road-7.8-live/rsa/ocsp/{}.ocsp", hex::encode(rsa.sha1()))).exists());
}

#[test]
fn weak_keys_and_signatures_are_read_but_prove_nothing() {
    let tsa = certificate("x-road-7.8/certs/tsp.pem");
    assert_eq!(tsa.public_key().err(), Some(PublicKeyError::RsaTooSmall(1024)));
    let (user, root) = (
        certificate("x-road-7.8/certs/test_chain/user_0.pem"),
        certificate("x-road-7.8/certs/test_chain/root_ca.pem"),
    );
    assert!(matches!(user.verify_issued_by(&root), Err(IssuedByError::Algorithm(AlgorithmError::Weak(_)))));
    let (client, other) =
        (certificate("x-road-7.8/certs/client.pem"), certificate("x-road-7.8-live/rsa/pki/ca.crt.der"));
    assert_eq!(client.verify_issued_by(&other), Err(IssuedByError::Name));
    client.verify_issued_by(&certificate("x-road-7.8/certs/root-ca.pem")).unwrap();
}

#[test]
fn what_is_no_certificate() {
    assert_eq!(Certificate::from_der(b""), Err(CertificateError::Malformed));
    assert_eq!(Certificate::from_pem(b"text"), Err(CertificateError::NoPem));
    assert_eq!(Certificate::from_der(&[0; 70_000]), Err(CertificateError::TooLarge(70_000)));
    let mut der = vector("x-road-7.8-live/ec/pki/ca.crt.der");
    der.push(0);
    assert_eq!(Certificate::from_der(&der), Err(CertificateError::Malformed));
}

/// Two statements of the signature algorithm, or one extension twice, let two readers believe different things.
#[test]
fn contradictions_are_refused() {
    use crate::asn1::{read, write};
    let cert = certificate("x-road-7.8-live/rsa/pki/ca.crt.der");
    let whole = |tbs: &[u8], algorithm: &[u8]| {
        write::sequence(&[tbs, algorithm, &write::bit_string(cert.signature())])
    };
    let sha256 = SignatureAlgorithm::RsaSha256.to_identifier();
    assert!(Certificate::from_der(&whole(cert.tbs(), &sha256)).is_ok());
    let sha512 = SignatureAlgorithm::RsaSha512.to_identifier();
    assert_eq!(Certificate::from_der(&whole(cert.tbs(), &sha512)), Err(CertificateError::Malformed));

    let mut fields = read::Reader::only(cert.tbs(), read::SEQUENCE).unwrap();
    let mut head = Vec::new();
    let mut extensions = Vec::new();
    while !fields.is_empty() {
        let tlv = fields.any().unwrap();
        if tlv.tag == read::context(3) {
            extensions = read::Reader::only(tlv.value, read::SEQUENCE).unwrap().any().unwrap().raw.to_vec();
        } else {
            head.extend_from_slice(tlv.raw);
        }
    }
    for (times, expected) in [(1, true), (2, false)] {
        let list = write::sequence(&[&extensions.repeat(times)]);
        let tbs = write::sequence(&[&head, &write::tlv(read::context(3), &[&list])]);
        assert_eq!(Certificate::from_der(&whole(&tbs, &sha256)).is_ok(), expected);
    }
}

mod properties {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn no_input_panics(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = Certificate::from_der(&bytes);
            let _ = Certificate::from_pem(&bytes);
        }

        /// One changed byte: still no panic, and never a valid signature under the same name and key.
        #[test]
        fn no_changed_byte_stays_valid(index in 0_usize..900, bits in 1_u8..) {
            let mut der = vector("x-road-7.8-live/ec/pki/ss1-sign.crt.der");
            let index = index % der.len();
            der[index] ^= bits;
            if let Ok(cert) = Certificate::from_der(&der) {
                let _ = (cert.public_key(), cert.serial_decimal(), cert.subject().rfc2253());
                prop_assert!(cert.verify_issued_by(&certificate("x-road-7.8-live/ec/pki/ca.crt.der")).is_err());
            }
        }
    }
}
