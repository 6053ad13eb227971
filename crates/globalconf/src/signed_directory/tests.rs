use keys::{KeyType, SigningKey};
use pki::SignatureAlgorithm;
use pki::csr::{Subject, SubjectAttribute};
use pki::issue::{CertificateParameters, IssueProfile, self_signed};
use proptest::prelude::*;
use time::macros::datetime;

use super::*;
use crate::anchor::Anchor;
use crate::content::ContentIdentifier::{PrivateParameters, SharedParameters};
use crate::shared_params::SharedParams;
use crate::vectors::{self, TODAY};
use crate::version::FormatVersion;

const SIGNED: &str = "x-road-7.8/globalconf-signed";
const PARSE: &str = "x-road-7.8/globalconf-parse";
const V3: &str = "V3/20240408142911166434000";
const V5: &str = "V5/20250303143911136407000";
const V6: &str = "V6/20251110170000548026000";

fn version_of(folder: &str) -> FormatVersion {
    folder[1..2].parse().unwrap()
}

/// All certificates that the shared parameters beside a directory publish.
fn published_certificates(folder: &str) -> Vec<Vec<u8>> {
    let bytes = vectors::read(&format!("{SIGNED}/{folder}/shared-params.xml"));
    let sources = SharedParams::parse(&bytes, version_of(folder)).unwrap().sources;
    let all = |source: crate::shared_params::ConfigurationSource| {
        [source.internal_verification_certs, source.external_verification_certs].concat()
    };
    sources.into_iter().flat_map(all).collect()
}

fn anchor_certificates() -> Vec<Vec<u8>> {
    let anchor = vectors::read(&format!("{SIGNED}/configuration_anchor_CS_internal.xml"));
    Anchor::parse(&anchor).unwrap().sources[0].verification_certs.clone()
}

#[test]
fn directories_of_central_servers_are_accepted_with_their_files() {
    let table = [
        (V3, "internalconf", published_certificates(V3), datetime!(2034-04-09 0:00 UTC), 2),
        (V3, "externalconf", published_certificates(V3), datetime!(2034-04-09 0:00 UTC), 1),
        (V5, "internalconf", published_certificates(V5), datetime!(2035-03-01 0:00 UTC), 2),
        (V5, "externalconf", published_certificates(V5), datetime!(2035-03-01 0:00 UTC), 1),
        (V6, "internalconf", anchor_certificates(), datetime!(2035-11-11 0:00 UTC), 2),
    ];
    for (folder, name, certificates, day, count) in table {
        let bytes = vectors::read(&format!("{SIGNED}/{}/{name}", &folder[..2]));
        let instance = if folder == V3 { "CS" } else { "DEV" };
        let directory = VerifiedDirectory::verify(&bytes, instance, &certificates, TODAY).unwrap();
        assert_eq!(directory.version(), version_of(folder));
        assert_eq!(directory.expires().date(), day.date());
        assert_eq!(directory.parts().len(), count, "{folder} {name}");
        for part in directory.parts() {
            assert_eq!(part.location, format!("/{folder}/{}", part.file_name));
            let file = vectors::read(&format!("{SIGNED}{}", part.location));
            assert_eq!(directory.check_part(part, &file), Ok(()), "{}", part.location);
        }
        assert_eq!(directory.part(&PrivateParameters).is_some(), name == "internalconf");
        let later = directory.expires() + time::Duration::SECOND;
        let after = VerifiedDirectory::verify(&bytes, instance, &certificates, later);
        assert_eq!(after.unwrap_err(), DirectoryError::Outdated(directory.expires()));
    }
}

/// Its shared parameters were changed after it was signed.
#[test]
fn a_file_that_is_not_the_signed_one_is_refused() {
    let bytes = vectors::read(&format!("{SIGNED}/V6/externalconf"));
    let directory = VerifiedDirectory::verify(&bytes, "DEV", &published_certificates(V6), TODAY).unwrap();
    let part = directory.part(&SharedParameters).unwrap();
    let file = vectors::read(&format!("{SIGNED}{}", part.location));
    let error = directory.check_part(part, &file).unwrap_err();
    assert_eq!(error, PartError::HashMismatch("shared-params.xml".into()));
    assert_eq!(error.xroad_code(), "global_conf_part_downloaded_file_integrity_failure");
}

#[test]
fn hand_made_directories_get_the_verdicts_of_their_authors() {
    let consumer = vec![vectors::certificate("x-road-7.8/certs/consumer.pem")];
    let producer = vec![vectors::certificate("x-road-7.8/certs/producer.pem")];
    let verify = |name: &str, instance: &str, certificates: &[Vec<u8>], now| {
        let bytes = vectors::read(&format!("{PARSE}/test-conf-{name}.txt"));
        VerifiedDirectory::verify(&bytes, instance, certificates, now)
    };
    let simple = verify("simple", "EE", &consumer, TODAY).unwrap();
    assert_eq!(simple.version(), FormatVersion::V2);
    let names: Vec<&str> = simple.parts().iter().map(|part| part.file_name.as_str()).collect();
    assert_eq!(names, ["private-params.xml", "shared-params.xml", "foo.xml"]);
    for part in simple.parts() {
        let file = vectors::read(&format!("{PARSE}/test-conf-simple/EE/{}", part.file_name));
        assert_eq!(simple.check_part(part, &file), Ok(()), "{}", part.file_name);
    }
    let late = datetime!(2026-11-24 12:00 UTC);
    let table = [
        ("simple", "EE", &producer, TODAY, "global_conf_missing_verification_cert"),
        ("simple", "DEV", &consumer, TODAY, "global_conf_part_invalid_instance_identifier"),
        ("simple", "EE", &consumer, late, "global_conf_outdated"),
        ("malformed", "EE", &consumer, TODAY, "global_conf_missing_signed_data_expiration_date"),
        ("missing-date", "EE", &consumer, TODAY, "global_conf_header_field_missing"),
        ("missing-signature", "EE", &consumer, TODAY, "global_conf_signature_verification_failure"),
    ];
    for (name, instance, certificates, now, code) in table {
        let error = verify(name, instance, certificates, now).unwrap_err();
        assert_eq!(error.xroad_code(), code, "{name}: {error}");
    }
}

#[test]
fn the_signature_is_checked_before_the_expiry() {
    let mut bytes = vectors::read(&format!("{SIGNED}/V6/internalconf"));
    let position = bytes.windows(5).position(|window| window == b"2035-").unwrap();
    bytes[position + 3] = b'6';
    let late = datetime!(2040-01-01 0:00 UTC);
    let error = VerifiedDirectory::verify(&bytes, "DEV", &anchor_certificates(), late).unwrap_err();
    assert_eq!(error, DirectoryError::BadSignature);
}

/// The octets of a directory that a central server wrote come out again, given its values.
#[test]
fn what_is_written_has_the_bytes_of_a_central_server() {
    let original = vectors::read(&format!("{SIGNED}/V6/internalconf"));
    let text = String::from_utf8(original.clone()).unwrap();
    let directory = VerifiedDirectory::verify(&original, "DEV", &anchor_certificates(), TODAY).unwrap();
    let boundaries: Vec<&str> =
        text.lines().filter_map(|line| line.split_once("boundary=")).map(|(_, boundary)| boundary).collect();
    let signature = text.lines().rev().find(|line| line.ends_with("==") && !line.starts_with("--")).unwrap();
    let signature = parts::decode(signature.as_bytes()).unwrap();
    let part = |part: &PartReference| {
        let file = vectors::read(&format!("{SIGNED}{}", part.location));
        DraftPart::new(part.content.clone(), part.location.clone(), &file)
    };
    let draft = DirectoryDraft {
        expires: directory.expires(),
        version: directory.version(),
        instance: "DEV".into(),
        parts: directory.parts().iter().map(part).collect(),
    };
    let certificates = anchor_certificates();
    let instructions = SigningInstructions {
        boundaries: [boundaries[0], boundaries[1]],
        certificate: &certificates[0],
        algorithm: SignatureAlgorithm::RsaSha512,
    };
    let written = draft.sign::<()>(&instructions, |_| Ok(signature)).unwrap();
    assert_eq!(String::from_utf8(written).unwrap(), text);
}

/// A key with the certificate that carries it.
struct Signer {
    key: SigningKey,
    certificate: Vec<u8>,
}

impl Signer {
    fn new(kind: KeyType) -> Self {
        let key = SigningKey::generate(kind).unwrap();
        let subject = Subject::new().with(SubjectAttribute::CommonName, "test");
        let profile = IssueProfile::Ca { path_len: None };
        let (from, to) = (datetime!(1970-01-01 0:00 UTC), datetime!(2038-01-01 0:00 UTC));
        let parameters = CertificateParameters::new(subject, profile, &[1], from..=to);
        let certificate = self_signed(&parameters, &key).unwrap().der().to_vec();
        Self { key, certificate }
    }

    /// A directory as a configuration proxy writes it: lower case, LF LF, no quotes where the central
    /// server has some, milliseconds.
    fn proxy_directory(&self, algorithm: SignatureAlgorithm, raw: bool) -> Vec<u8> {
        let hash = pki::DigestAlgorithm::Sha512.digest(b"content");
        let encode = |bytes: &[u8]| base64::Engine::encode(&base64::engine::general_purpose::STANDARD, bytes);
        let signed = format!(
            "--inner\r\nexpire-date: 2035-11-11T03:07:40.123Z\r\nversion: 6\r\n\r\n--inner\r\n\
             content-type: application/octet-stream\r\ncontent-transfer-encoding: base64\r\n\
             content-identifier: OTHER; instance=\"DEV\"\r\ncontent-location: /DEV/1/other.xml\r\n\
             hash-algorithm-id: http://www.w3.org/2001/04/xmlenc#sha512\r\n\r\n{}\r\n--inner--\r\n",
            encode(&hash)
        );
        let signature = if raw {
            self.key.sign_xmldsig(algorithm, signed.as_bytes()).unwrap()
        } else {
            self.key.sign(algorithm, signed.as_bytes()).unwrap()
        };
        let certificate_hash = encode(&pki::DigestAlgorithm::Sha512.digest(&self.certificate));
        format!(
            "content-type: multipart/related; type=\"multipart/mixed\"; charset=UTF-8; boundary=\"outer\"\n\n\
             --outer\r\ncontent-type: multipart/mixed; charset=UTF-8; boundary=inner\r\n\r\n{signed}\r\n--outer\r\n\
             content-type: application/octet-stream\r\ncontent-transfer-encoding: base64\r\n\
             signature-algorithm-id: {}\r\nverification-certificate-hash: {certificate_hash}; \
             hash-algorithm-id=http://www.w3.org/2001/04/xmlenc#sha512\r\n\r\n{}\r\n--outer--\r\n",
            algorithm.uri(),
            encode(&signature)
        )
        .into_bytes()
    }

    fn verify(&self, bytes: &[u8]) -> Result<VerifiedDirectory, DirectoryError> {
        VerifiedDirectory::verify(bytes, "DEV", std::slice::from_ref(&self.certificate), TODAY)
    }
}

#[test]
fn the_form_of_a_configuration_proxy_is_accepted() {
    let rsa = Signer::new(KeyType::Rsa2048);
    let directory = rsa.verify(&rsa.proxy_directory(SignatureAlgorithm::RsaSha512, false)).unwrap();
    assert_eq!(directory.expires(), datetime!(2035-11-11 03:07:40.123 UTC));
    assert_eq!(directory.parts()[0].file_name, "other.xml");
    assert_eq!(directory.check_part(&directory.parts()[0], b"content"), Ok(()));
    let ec = Signer::new(KeyType::P256);
    for raw in [false, true] {
        ec.verify(&ec.proxy_directory(SignatureAlgorithm::EcdsaSha512, raw)).unwrap();
    }
    let other = rsa.verify(&ec.proxy_directory(SignatureAlgorithm::EcdsaSha512, false));
    assert_eq!(other.unwrap_err(), DirectoryError::UnknownCertificate);
}

#[test]
fn changed_directories_are_refused_with_their_reason() {
    let signer = Signer::new(KeyType::P256);
    let good = String::from_utf8(signer.proxy_directory(SignatureAlgorithm::EcdsaSha512, false)).unwrap();
    let signature_part = good.rfind("--outer\r\n").unwrap();
    let (signed, signature) = good.split_at(signature_part);
    let refusal = |bytes: String| signer.verify(bytes.as_bytes()).unwrap_err();
    let in_signature = |from: &str, to: &str| {
        assert!(signature.contains(from), "{from}");
        refusal(format!("{signed}{}", signature.replacen(from, to, 1)))
    };
    let value = |header, value: &str| DirectoryError::HeaderValue { header, value: value.into() };
    assert_eq!(in_signature("octet-stream", "text"), value("Content-type", "application/text"));
    assert_eq!(in_signature(": base64", ": 8bit"), value("Content-transfer-encoding", "8bit"));
    let sha1 = "http://www.w3.org/2000/09/xmldsig#rsa-sha1";
    assert_eq!(
        in_signature(SignatureAlgorithm::EcdsaSha512.uri(), sha1),
        value("Signature-algorithm-id", sha1)
    );
    assert_eq!(
        in_signature("signature-algorithm-id", "x"),
        DirectoryError::HeaderMissing("Signature-algorithm-id")
    );
    assert_eq!(
        in_signature("verification-certificate-hash", "x"),
        DirectoryError::HeaderMissing("Verification-certificate-hash")
    );
    let parameter = "hash-algorithm-id";
    let header = "Verification-certificate-hash";
    assert_eq!(
        in_signature("hash-algorithm-id", "x"),
        DirectoryError::ParameterMissing { header, parameter }
    );
    let end = "\r\n--outer--";
    assert_eq!(in_signature(end, "!\r\n--outer--"), DirectoryError::SignatureEncoding);
    assert_eq!(refusal(format!("{signed}--outer--\r\n")), DirectoryError::NoSignature);
    assert_eq!(
        refusal("content-type: multipart/related; boundary=a\r\n\r\nnothing".into()),
        DirectoryError::NoSignedData
    );
    assert_eq!(refusal("<html>".into()), DirectoryError::Malformed("a header has no colon"));
    assert_eq!(refusal("x".repeat(MAX_DIRECTORY_BYTES + 1)), DirectoryError::TooLarge);
    for from in ["2035", "version: 6", "other.xml", "charset=UTF-8; boundary=inner\r\n\r\n--inner"] {
        let changed = good.replacen(from, &format!("{from} "), 1);
        assert_eq!(refusal(changed), DirectoryError::BadSignature, "{from}");
    }
    // A second signature does not rescue a wrong first one, and a good first one not a wrong second one.
    let wrong = signature.replacen("boundary", "", 1).replace("\r\n\r\n", "\r\n\r\nAAAA");
    let first_wrong = format!("{signed}{}{signature}", wrong.replace("--outer--\r\n", ""));
    let second_wrong = format!("{signed}{}{wrong}", signature.replace("--outer--\r\n", ""));
    assert_eq!(refusal(first_wrong), DirectoryError::BadSignature);
    assert_eq!(refusal(second_wrong), DirectoryError::BadSignature);
}

#[test]
fn what_a_signer_must_not_list_is_refused() {
    let signer = Signer::new(KeyType::P256);
    let draft = |content: ContentIdentifier, location: &str| DirectoryDraft {
        expires: datetime!(2035-11-11 03:07:40 UTC),
        version: FormatVersion::V6,
        instance: "DEV".into(),
        parts: vec![DraftPart::new(content, location.into(), b"content")],
    };
    let verify = |draft: &DirectoryDraft| {
        let instructions = SigningInstructions {
            boundaries: ["outer", "inner"],
            certificate: &signer.certificate,
            algorithm: SignatureAlgorithm::EcdsaSha512,
        };
        let bytes =
            draft.sign(&instructions, |data| signer.key.sign(SignatureAlgorithm::EcdsaSha512, data)).unwrap();
        signer.verify(&bytes)
    };
    use crate::content::ContentIdentifier;
    let other = |location| draft(ContentIdentifier::Other("FOO".into()), location);
    assert!(verify(&other("/V6/1/foo.xml")).is_ok());
    for location in
        ["/V6/1/", "/V6/1/..", "/V6/1/.hidden", "/V6/1/a b", "/V6/1/shared-params.xml", "/V6/1/x.metadata"]
    {
        let refused = verify(&other(location)).unwrap_err();
        assert!(
            matches!(refused, DirectoryError::HeaderValue { header: "Content-file-name", .. }),
            "{location}: {refused}"
        );
    }
    let fixed = verify(&draft(SharedParameters, "/V6/1/whatever")).unwrap();
    assert_eq!(fixed.parts()[0].file_name, "shared-params.xml");
    assert!(matches!(fixed.check_part(&fixed.parts()[0], b"content"), Err(PartError::Malformed { .. })));
    let mut twice = other("/V6/1/foo.xml");
    twice.parts.push(twice.parts[0].clone());
    assert_eq!(verify(&twice).unwrap_err(), DirectoryError::Malformed("two files have the same name"));
    let mut many = other("/V6/1/foo.xml");
    many.parts = (0..=MAX_PARTS)
        .map(|n| DraftPart::new(ContentIdentifier::Other("FOO".into()), format!("/f{n}"), b""))
        .collect();
    assert_eq!(verify(&many).unwrap_err(), DirectoryError::TooManyParts);
    let mut past = other("/V6/1/foo.xml");
    past.expires = datetime!(2020-01-01 0:00 UTC);
    assert_eq!(verify(&past).unwrap_err(), DirectoryError::Outdated(past.expires));
}

#[test]
fn a_file_of_another_instance_is_refused() {
    let signer = Signer::new(KeyType::P256);
    let file = vectors::read(&format!("{SIGNED}/{V6}/shared-params.xml"));
    let draft = DirectoryDraft {
        expires: datetime!(2035-11-11 03:07:40 UTC),
        version: FormatVersion::V6,
        instance: "EE".into(),
        parts: vec![DraftPart::new(SharedParameters, "/V6/1/shared-params.xml".into(), &file)],
    };
    let instructions = SigningInstructions {
        boundaries: ["outer", "inner"],
        certificate: &signer.certificate,
        algorithm: SignatureAlgorithm::EcdsaSha256,
    };
    let bytes =
        draft.sign(&instructions, |data| signer.key.sign(SignatureAlgorithm::EcdsaSha256, data)).unwrap();
    let certificates = [signer.certificate.clone()];
    let directory = VerifiedDirectory::verify(&bytes, "EE", &certificates, TODAY).unwrap();
    let error = directory.check_part(&directory.parts()[0], &file).unwrap_err();
    assert_eq!(error.xroad_code(), "global_conf_part_invalid_instance_identifier");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]
    /// No change of the bytes makes the reader panic, and what it accepts lists what was signed.
    #[test]
    fn changed_bytes_are_never_another_directory(
        noise in prop::collection::vec(any::<u8>(), 0..4),
        at in any::<prop::sample::Index>(),
        removed in 0usize..4,
    ) {
        let original = vectors::read(&format!("{SIGNED}/V6/internalconf"));
        let certificates = anchor_certificates();
        let good = VerifiedDirectory::verify(&original, "DEV", &certificates, TODAY).unwrap();
        let mut bytes = original.clone();
        let at = at.index(bytes.len());
        bytes.splice(at..(at + removed).min(original.len()), noise);
        if let Ok(other) = VerifiedDirectory::verify(&bytes, "DEV", &certificates, TODAY) {
            prop_assert_eq!(other.parts(), good.parts());
            prop_assert_eq!(other.expires(), good.expires());
        }
    }

    #[test]
    fn no_input_makes_the_reader_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = VerifiedDirectory::verify(&bytes, "DEV", &[], TODAY);
    }
}
