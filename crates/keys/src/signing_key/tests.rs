use super::*;
use SignatureAlgorithm as A;

const RSA: [A; 6] =
    [A::RsaSha256, A::RsaSha384, A::RsaSha512, A::RsaPssSha256, A::RsaPssSha384, A::RsaPssSha512];
const ECDSA: [A; 3] = [A::EcdsaSha256, A::EcdsaSha384, A::EcdsaSha512];

#[test]
fn every_algorithm_in_both_forms_verifies_and_no_other_data_does() {
    for (kind, own, foreign) in [
        (KeyType::Rsa2048, &RSA[..], &ECDSA[..]),
        (KeyType::P256, &ECDSA[..], &RSA[..]),
        (KeyType::P384, &ECDSA[..], &RSA[..]),
    ] {
        let key = SigningKey::generate(kind).unwrap();
        for algorithm in own {
            let der = key.sign(*algorithm, b"data").unwrap();
            key.public_key().verify(*algorithm, b"data", &der).unwrap();
            assert!(key.public_key().verify(*algorithm, b"other", &der).is_err());
            let raw = key.sign_xmldsig(*algorithm, b"data").unwrap();
            key.public_key().verify_xmldsig(*algorithm, b"data", &raw).unwrap();
            assert!(key.public_key().verify_xmldsig(*algorithm, b"other", &raw).is_err());
        }
        for algorithm in foreign {
            assert_eq!(key.sign(*algorithm, b"data").err(), Some(SigningError::WrongKeyKind));
        }
    }
}

#[test]
fn pkcs8_leads_back_to_the_same_key() {
    for kind in [KeyType::Rsa2048, KeyType::P256, KeyType::P384] {
        let key = SigningKey::generate(kind).unwrap();
        let again = SigningKey::from_pkcs8(&key.to_pkcs8().unwrap()).unwrap();
        assert_eq!(key.public_key_der(), again.public_key_der());
    }
    assert_eq!(SigningKey::from_pkcs8(b"nonsense").err(), Some(KeyError::Malformed));
}

/// `openssl genpkey` and friends as the second opinion about forms and signatures.
#[test]
fn keys_and_signatures_are_those_of_openssl() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let openssl = |arguments: &[&str]| {
        let output = std::process::Command::new("openssl").args(arguments).output().unwrap();
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    };
    openssl(&["genrsa", "-traditional", "-out", &path("pkcs1.pem"), "2048"]);
    openssl(&["ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", &path("sec1.pem")]);
    openssl(&[
        "genpkey",
        "-algorithm",
        "EC",
        "-pkeyopt",
        "ec_paramgen_curve:P-384",
        "-out",
        &path("pkcs8.pem"),
    ]);
    openssl(&["genrsa", "-out", &path("small.pem"), "1024"]);
    std::fs::write(path("data"), b"data").unwrap();
    for (name, algorithm) in [("pkcs1", A::RsaSha512), ("sec1", A::EcdsaSha512), ("pkcs8", A::EcdsaSha256)] {
        let pem = path(&format!("{name}.pem"));
        let key = SigningKey::from_pem(&std::fs::read(&pem).unwrap()).unwrap();
        std::fs::write(path("signature"), key.sign(algorithm, b"data").unwrap()).unwrap();
        let digest = if algorithm == A::EcdsaSha256 { "-sha256" } else { "-sha512" };
        openssl(&["dgst", digest, "-prverify", &pem, "-signature", &path("signature"), &path("data")]);
    }
    openssl(&["rsa", "-in", &path("small.pem"), "-traditional", "-out", &path("small1.pem")]);
    for small in ["small.pem", "small1.pem"] {
        let refused = SigningKey::from_pem(&std::fs::read(path(small)).unwrap()).err();
        assert_eq!(refused, Some(KeyError::RsaTooSmall));
    }
    assert_eq!(SigningKey::from_pem(b"").err(), Some(KeyError::Malformed));
}
