//! Signed directories of the global configuration (`globalconf::signed_directory`). Input: the whole directory, or with
//! `!` at its beginning what stands in the signed part: that is then signed with a key of our own.
//!
//! Holds: a directory that verifies names an instance, has no more files than allowed and only plain file names; one
//! that a stranger signed never verifies.

#![no_main]

use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use globalconf::signed_directory::{MAX_PARTS, VerifiedDirectory};
use keys::{KeyType, SigningKey};
use pki::Certificate;
use pki::csr::{Subject, SubjectAttribute};
use pki::issue::{CertificateParameters, IssueProfile, self_signed};
use sekisho_fuzz::{Target, fuzz, vectors};
use time::OffsetDateTime;
use time::macros::datetime;

fuzz!(Target {
    name: "signed_directory",
    max_len: 8 * 1024,
    memory: 256 * 1024,
    memory_per_byte: 64,
    dictionary: Some("mime.dict"),
    seeds,
    check,
});

/// Before the vectors expire.
const NOW: OffsetDateTime = datetime!(2024-04-08 14:30 UTC);

struct Signer {
    key: SigningKey,
    certificate: Vec<u8>,
}

static SIGNER: LazyLock<Signer> = LazyLock::new(|| {
    let key = SigningKey::generate(KeyType::P256).expect("a key");
    let subject = Subject::new().with(SubjectAttribute::CommonName, "fuzz");
    let validity = datetime!(2020-01-01 0:00 UTC)..=datetime!(2040-01-01 0:00 UTC);
    let parameters = CertificateParameters::new(subject, IssueProfile::Ca { path_len: None }, &[1], validity);
    let certificate = self_signed(&parameters, &key).expect("a certificate").der().to_vec();
    Signer { key, certificate }
});
static STOCK: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let pem = vectors::file("x-road-7.8/globalconf-signed/internal.crt");
    Certificate::from_pem(&pem).expect("a certificate").der().to_vec()
});

fn seeds() -> Vec<Vec<u8>> {
    let mut seeds = vectors::files("x-road-7.8/globalconf-signed", "ternalconf");
    seeds.extend(vectors::files("x-road-7.8/globalconf-parse", ".txt"));
    let inside: Vec<Vec<u8>> = seeds.iter().filter_map(|whole| signed_part(whole)).collect();
    seeds.extend(inside.into_iter().map(|part| [b"!", &part[..]].concat()));
    seeds
}

/// The first part of a directory, headers included, with the boundary of our own frame.
fn signed_part(whole: &[u8]) -> Option<Vec<u8>> {
    let text = String::from_utf8_lossy(whole);
    let start = text.find("\r\n\r\n--").or_else(|| text.find("\n\n--"))?;
    let after = &text[start..];
    let first = &after[after.find("Content-")?..];
    let end = first.find("Signature-Algorithm-Id").or_else(|| first.find("Signature-algorithm-id"))?;
    let part = &first[..first[..end].rfind("\n--")?];
    Some(part.trim_end_matches('\r').as_bytes().to_vec())
}

fn check(data: &[u8]) {
    let signer = &*SIGNER;
    let (certificates, directory) = match data.strip_prefix(b"!") {
        Some(inside) => (vec![signer.certificate.clone()], sign(signer, inside)),
        None => (vec![STOCK.clone()], data.to_vec()),
    };
    for instance in ["DEV", "EE"] {
        let Ok(verified) = VerifiedDirectory::verify(&directory, instance, &certificates, NOW) else {
            continue;
        };
        assert_eq!(verified.instance(), instance);
        assert!(verified.expires() >= NOW && verified.parts().len() <= MAX_PARTS);
        for part in verified.parts() {
            assert!(!part.file_name.is_empty() && !part.file_name.contains(['/', '\\', '\0']));
            assert!(part.file_name != "." && part.file_name != "..");
            let _ = verified.check_part(part, b"not the file").expect_err("other bytes");
        }
        let strangers = [if data.starts_with(b"!") { STOCK.clone() } else { signer.certificate.clone() }];
        VerifiedDirectory::verify(&directory, instance, &strangers, NOW).expect_err("signed by a stranger");
    }
}

/// The signature covers the body of the part.
fn sign(signer: &Signer, part: &[u8]) -> Vec<u8> {
    let end_of_headers =
        |mark: &[u8]| part.windows(mark.len()).position(|w| w == mark).map(|at| at + mark.len());
    let crlf = end_of_headers(b"\r\n\r\n");
    let lf = end_of_headers(b"\n\n");
    let body = match (crlf, lf) {
        (Some(crlf), Some(lf)) => crlf.min(lf),
        (found, other) => found.or(other).unwrap_or(part.len()),
    };
    let algorithm = signer.key.message_algorithm();
    let signature = pki::Signer::sign(&signer.key, algorithm, &part[body..]).expect("a signature");
    let hash = pki::DigestAlgorithm::Sha512;
    let tail = format!(
        "\r\n--outer\r\nContent-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\n\
         Signature-Algorithm-Id: {}\r\nVerification-certificate-hash: {}; hash-algorithm-id=\"{}\"\r\n\r\n{}\r\n\
         --outer--\r\n",
        algorithm.uri(),
        STANDARD.encode(hash.digest(&signer.certificate)),
        hash.uri(),
        STANDARD.encode(signature),
    );
    let head = b"Content-Type: multipart/related; charset=UTF-8; boundary=outer\r\n\r\n--outer\r\n";
    [&head[..], part, tail.as_bytes()].concat()
}
