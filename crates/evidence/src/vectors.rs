//! Data files of the project, and a global configuration just large enough to judge them.

use std::path::PathBuf;

use pki::Certificate;
use pki::profile::CertificateProfile;
use pki::trust::{Issuer, OcspPolicy, Trust};
use protocol::digest::{PartDigest, PartDigests};
use protocol::proxy_message::{Direction, MessageEvent, decode_all};
use time::Duration;

use crate::signature::SealView;
use crate::xml::{Document, Element, XmlLimits};

fn folder() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/vectors"))
}

/// A data file of `tests/vectors`.
pub(crate) fn read(path: &str) -> Vec<u8> {
    let full = folder().join(path);
    std::fs::read(&full).unwrap_or_else(|error| panic!("{}: {error}", full.display()))
}

/// Names of the files in a folder of `tests/vectors`.
pub(crate) fn names(path: &str) -> Vec<String> {
    let entries = std::fs::read_dir(folder().join(path)).expect("folder");
    let mut names: Vec<String> =
        entries.map(|entry| entry.expect("entry").file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

/// What shared parameters say about trust.
#[derive(Clone)]
pub(crate) struct FixedTrust {
    pub(crate) issuers: Vec<Issuer>,
    pub(crate) policy: OcspPolicy,
    pub(crate) tsas: Vec<Certificate>,
}

impl FixedTrust {
    /// From `shared-params.xml`. No path of these files goes over an intermediate CA.
    pub(crate) fn read(path: &str) -> Self {
        let bytes = read(path);
        let document = Document::parse(&bytes, &XmlLimits::EVIDENCE).expect("xml");
        let root = document.root();
        let certificate = |element: Element<'_, '_>| {
            let bytes = element.child("", "cert")?.base64()?;
            // Both are found in the wild.
            Certificate::from_der(&bytes).or_else(|_| Certificate::from_pem(&bytes)).ok()
        };
        let issuers = root.children().filter(|child| child.is("", "approvedCA")).map(|ca| {
            let top = ca.child("", "topCA").expect("topCA");
            let profile = ca.child("", "certificateProfileInfo").and_then(Element::text).expect("profile");
            Issuer {
                certificate: certificate(top).expect("certificate"),
                // X-Road's own tests name a class that only they have; their certificates fit this one.
                profile: CertificateProfile::from_class_name(profile.trim())
                    .unwrap_or(CertificateProfile::Ejbca),
                ocsp_responders: top.descendants("", "ocsp").filter_map(certificate).collect(),
                authentication_only: false,
            }
        });
        let freshness = root.descendants("", "ocspFreshnessSeconds").next().and_then(|e| e.text());
        let seconds = freshness.map_or(3600, |text| text.trim().parse().expect("seconds"));
        Self {
            issuers: issuers.collect(),
            policy: OcspPolicy { freshness: Duration::seconds(seconds), verify_next_update: true },
            tsas: root.descendants("", "approvedTSA").filter_map(certificate).collect(),
        }
    }

    /// Of the captured pair: `rsa` or `ec`.
    pub(crate) fn live(variant: &str) -> Self {
        Self::read(&format!("x-road-7.8-live/{variant}/globalconf/INST/shared-params.xml"))
    }
}

impl Trust for FixedTrust {
    fn issuer_of(&self, cert: &Certificate, _: &str) -> Option<&Issuer> {
        self.issuers.iter().find(|issuer| issuer.certificate.subject().matches(cert.issuer()))
    }

    fn ocsp_policy(&self) -> OcspPolicy {
        self.policy
    }

    fn tsa_certificates(&self) -> &[Certificate] {
        &self.tsas
    }
}

/// The signed part of a captured message.
#[derive(Clone)]
pub(crate) struct Captured {
    pub(crate) parts: Vec<PartDigest>,
    pub(crate) signature: Vec<u8>,
    pub(crate) hash_chain_result: Option<Vec<u8>>,
    pub(crate) hash_chain: Option<Vec<u8>>,
}

impl Captured {
    /// `None` for what carries no signature: refusals and faults.
    pub(crate) fn read(path: &str) -> Option<Self> {
        let direction = if path.contains("5500-request") { Direction::Request } else { Direction::Response };
        let (content_type, body) = http_message(&read(path));
        let events =
            decode_all(direction, &content_type, &body, &protocol::Limits::default()).expect("message");
        let mut digests = PartDigests::new();
        let mut captured =
            Self { parts: vec![], signature: vec![], hash_chain_result: None, hash_chain: None };
        for event in &events {
            digests.observe(event);
            match event {
                MessageEvent::HashChainResult(bytes) => captured.hash_chain_result = Some(bytes.to_vec()),
                MessageEvent::HashChain(bytes) => captured.hash_chain = Some(bytes.to_vec()),
                MessageEvent::Signature(bytes) => captured.signature = bytes.to_vec(),
                _ => {}
            }
        }
        captured.parts = digests.finish();
        (!captured.signature.is_empty()).then_some(captured)
    }

    pub(crate) fn view(&self) -> SealView<'_> {
        SealView {
            signature: &self.signature,
            hash_chain_result: self.hash_chain_result.as_deref(),
            hash_chain: self.hash_chain.as_deref(),
        }
    }
}

/// Content type and body, the chunks put together.
fn http_message(bytes: &[u8]) -> (String, Vec<u8>) {
    let split = bytes.windows(4).position(|window| window == b"\r\n\r\n").expect("end of headers");
    let head = String::from_utf8_lossy(&bytes[..split]).into_owned();
    let header = |name: &str| {
        let value =
            head.lines().find_map(|line| line.split_once(':').filter(|(n, _)| n.eq_ignore_ascii_case(name)));
        value.map(|(_, value)| value.trim().to_owned())
    };
    let body = &bytes[split + 4..];
    let chunked = header("transfer-encoding").is_some_and(|value| value == "chunked");
    (header("content-type").unwrap_or_default(), if chunked { unchunked(body) } else { body.to_vec() })
}

/// Four of the captures lack the last, empty chunk: the server had read enough before it came.
fn unchunked(mut rest: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    while let Some(line_end) = rest.windows(2).position(|window| window == b"\r\n") {
        let size = String::from_utf8_lossy(&rest[..line_end]).into_owned();
        let size = usize::from_str_radix(&size, 16).expect("hex");
        if size == 0 {
            break;
        }
        body.extend_from_slice(&rest[line_end + 2..line_end + 2 + size]);
        rest = &rest[line_end + 2 + size + 2..];
    }
    body
}
