//! One change each to a captured message, and the reason for which it is refused.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use identifiers::MemberId;
use protocol::digest::{PartDigest, PartName};
use time::OffsetDateTime;
use time::macros::datetime;

use super::live::{NOW, member};
use crate::c14n::{self, Method};
use crate::signature::{SignatureDocument, verify};
use crate::vectors::{Captured, FixedTrust};
use crate::xml::{Document, XmlLimits};

/// A message, and everything that its verdict depends on.
#[derive(Clone)]
struct Case {
    message: Captured,
    signer: MemberId,
    trust: FixedTrust,
    now: OffsetDateTime,
}

impl Case {
    fn new(name: &str) -> Self {
        let message = Captured::read(&format!("x-road-7.8-live/rsa/messages/{name}")).expect("signed");
        Self { message, signer: member("1111"), trust: FixedTrust::live("rsa"), now: NOW }
    }

    /// With a body, so signed through a hash chain.
    fn chained() -> Self {
        Self::new("02-rest-post-json.5500-request.http")
    }

    /// Without body, so signed directly.
    fn direct() -> Self {
        Self::new("01-rest-get.5500-request.http")
    }

    fn verdict(&self) -> Result<(), String> {
        let (view, parts) = (self.message.view(), &self.message.parts);
        verify(&view, parts, &self.signer, &self.trust, self.now).map(|_| ()).map_err(|error| error.code())
    }
}

type Change = (&'static str, &'static str, fn(&mut Case));

fn replace(bytes: &mut Vec<u8>, from: &str, to: &str) {
    let text = String::from_utf8(std::mem::take(bytes)).expect("utf-8");
    assert!(text.contains(from), "{from} is not there");
    *bytes = text.replacen(from, to, 1).into_bytes();
}

fn signature(case: &mut Case, from: &str, to: &str) {
    replace(&mut case.message.signature, from, to);
}

fn chain(case: &mut Case, from: &str, to: &str) {
    replace(case.message.hash_chain.as_mut().expect("chain"), from, to);
}

fn result(case: &mut Case, from: &str, to: &str) {
    replace(case.message.hash_chain_result.as_mut().expect("result"), from, to);
}

/// What stands between two marks, first occurrence.
fn between(bytes: &[u8], from: &str, to: &str) -> String {
    let text = String::from_utf8_lossy(bytes).into_owned();
    let (_, rest) = text.split_once(from).expect("start");
    rest.split_once(to).expect("end").0.to_owned()
}

/// Changes one bit of the base64 value between two marks, at a byte offset.
fn flip(bytes: &mut Vec<u8>, from: &str, to: &str, offset: usize) {
    let old = between(bytes, from, to);
    let text: String = old.replace("&#13;", "").split_whitespace().collect();
    let mut value = STANDARD.decode(text).expect("base64");
    value[offset] ^= 1;
    replace(bytes, &old, &STANDARD.encode(value));
}

fn other_signature() -> Vec<u8> {
    Captured::read("x-road-7.8-live/rsa/messages/02-rest-post-json.5500-response.http")
        .expect("signed")
        .signature
}

const VALUE: (&str, &str) = ("<ds:SignatureValue Id=\"signature-value\">", "</ds:SignatureValue>");
const CERTIFICATE: (&str, &str) = ("<ds:X509Certificate>", "</ds:X509Certificate>");
const OCSP: (&str, &str) =
    ("<xades:EncapsulatedOCSPValue Id=\"ocsp-response-1\">", "</xades:EncapsulatedOCSPValue>");
const DIGEST: (&str, &str) = ("<ds:DigestValue>", "</ds:DigestValue>");

const PARTS: &[Change] = &[
    ("bit of the message", "malformed_signature.invalid_hash_chain", |c| c.message.parts[0].sha512[0] ^= 1),
    ("bit of the body", "malformed_signature.invalid_hash_chain", |c| c.message.parts[1].sha512[63] ^= 0x80),
    ("body missing", "malformed_signature.invalid_reference", |c| c.message.parts.truncate(1)),
    ("message missing", "malformed_signature", |c| {
        c.message.parts.remove(0);
    }),
    ("one part too many", "malformed_signature.hashchain_unused_inputs", |c| {
        c.message.parts.push(PartDigest { name: PartName::Attachment(2), sha512: [0; 64] });
    }),
    ("part given twice", "malformed_signature", |c| {
        let body = c.message.parts[1].clone();
        c.message.parts.push(body);
    }),
    ("no parts at all", "malformed_signature", |c| c.message.parts.clear()),
    ("parts exchanged", "malformed_signature.invalid_hash_chain", |c| {
        let first = c.message.parts[0].sha512;
        c.message.parts[0].sha512 = c.message.parts[1].sha512;
        c.message.parts[1].sha512 = first;
    }),
];

const HASH_CHAIN: &[Change] = &[
    ("hash chain missing", "malformed_signature", |c| c.message.hash_chain = None),
    ("result missing", "malformed_signature", |c| c.message.hash_chain_result = None),
    ("both missing", "malformed_signature", |c| {
        c.message.hash_chain = None;
        c.message.hash_chain_result = None;
    }),
    ("digest in the chain", "malformed_signature.invalid_hash_chain_ref", |c| {
        flip(c.message.hash_chain.as_mut().expect("chain"), "<ns2:DigestValue>", "</ns2:DigestValue>", 7);
    }),
    ("digest method of the chain", "malformed_signature.invalid_reference", |c| {
        chain(c, "xmlenc#sha512", "xmlenc#sha256");
    }),
    ("weak digest method", "malformed_signature.malformed_hash_chain", |c| {
        chain(c, "http://www.w3.org/2001/04/xmlenc#sha512", "http://www.w3.org/2000/09/xmldsig#sha1");
    }),
    ("name of the step", "malformed_signature.malformed_hash_chain", |c| {
        chain(c, "id=\"STEP0\"", "id=\"STEP1\"")
    }),
    ("name of a part", "malformed_signature.invalid_reference", |c| chain(c, "/attachment1", "/attachment9")),
    ("part dropped from the chain", "malformed_signature.invalid_hash_chain", |c| {
        let chain = c.message.hash_chain.as_mut().expect("chain");
        let body = between(chain, "<DataRef URI=\"/attachment1\">", "</DataRef>");
        replace(chain, &format!("<DataRef URI=\"/attachment1\">{body}</DataRef>"), "");
    }),
    ("chain cut short", "malformed_signature.malformed_hash_chain", |c| {
        let chain = c.message.hash_chain.as_mut().expect("chain");
        chain.truncate(chain.len() - 20);
    }),
    ("document type in the chain", "malformed_signature.malformed_hash_chain", |c| {
        chain(c, "<HashChain ", "<!DOCTYPE x><HashChain ");
    }),
    ("digest of the result", "malformed_signature.invalid_hash_chain", |c| {
        let result = c.message.hash_chain_result.as_mut().expect("result");
        flip(result, "<ns2:DigestValue>", "</ns2:DigestValue>", 0);
    }),
    ("other chain for the result", "malformed_signature.invalid_reference", |c| {
        result(c, "sig-hash", "ts-hash")
    }),
    ("white space in the result", "invalid_signature_value", |c| {
        result(c, "</HashChainResult>", " </HashChainResult>")
    }),
];

const SIGNED: &[Change] = &[
    ("bit of the signature value", "invalid_signature_value", |c| {
        flip(&mut c.message.signature, VALUE.0, VALUE.1, 100);
    }),
    ("signature value cut short", "invalid_signature_value", |c| {
        let old = between(&c.message.signature, VALUE.0, VALUE.1);
        signature(c, &old, "AAAA");
    }),
    ("signature value is not base64", "malformed_signature", |c| {
        signature(c, "</ds:SignatureValue>", "!</ds:SignatureValue>")
    }),
    ("digest of the data", "invalid_signature_value", |c| {
        flip(&mut c.message.signature, DIGEST.0, DIGEST.1, 1)
    }),
    ("signing time", "invalid_signature_value", |c| {
        signature(c, "<xades:SigningTime>2026", "<xades:SigningTime>2025")
    }),
    ("signature policy", "invalid_signature_value", |c| signature(c, "3516.16.2", "3516.16.3")),
    ("white space in SignedInfo", "invalid_signature_value", |c| {
        signature(c, "<ds:SignedInfo>", "<ds:SignedInfo> ")
    }),
    ("instruction in SignedInfo", "invalid_signature_value", |c| {
        signature(c, "<ds:SignedInfo>", "<ds:SignedInfo><?x?>")
    }),
    ("other canonicalization", "invalid_signature_value", |c| {
        signature(
            c,
            "http://www.w3.org/TR/2001/REC-xml-c14n-20010315",
            "http://www.w3.org/2001/10/xml-exc-c14n#",
        );
    }),
    ("unknown canonicalization", "malformed_signature", |c| {
        signature(c, "REC-xml-c14n-20010315", "REC-xml-c14n-x")
    }),
    ("other signature method", "invalid_signature_value", |c| signature(c, "#rsa-sha512", "#rsa-sha256")),
    ("signature method of another key", "invalid_signature_value", |c| {
        signature(c, "#rsa-sha512", "#ecdsa-sha512")
    }),
    ("weak signature method", "malformed_signature", |c| {
        signature(
            c,
            "http://www.w3.org/2001/04/xmldsig-more#rsa-sha512",
            "http://www.w3.org/2000/09/xmldsig#rsa-sha1",
        );
    }),
    ("weak digest method", "malformed_signature", |c| {
        signature(c, "http://www.w3.org/2001/04/xmlenc#sha512", "http://www.w3.org/2000/09/xmldsig#sha1");
    }),
    ("signature of another message", "incorrect_certificate", |c| c.message.signature = other_signature()),
];

const DOCUMENT: &[Change] = &[
    ("document type", "invalid_xml", |c| signature(c, "<asic:", "<!DOCTYPE x><asic:")),
    ("other encoding", "invalid_xml", |c| signature(c, "UTF-8", "ISO-8859-1")),
    ("cut short", "invalid_xml", |c| c.message.signature.truncate(3_000)),
    ("second root", "invalid_xml", |c| c.message.signature.extend_from_slice(b"<a/>")),
    ("empty", "invalid_xml", |c| c.message.signature.clear()),
    ("second signature", "malformed_signature", |c| {
        signature(c, "<ds:KeyInfo>", "<ds:Signature/><ds:KeyInfo>")
    }),
    ("second data reference", "malformed_signature", |c| {
        let reference =
            between(&c.message.signature, "<ds:Reference Id=\"signature-reference-0\"", "</ds:Reference>");
        signature(c, "</ds:SignedInfo>", &format!("<ds:Reference{reference}</ds:Reference></ds:SignedInfo>"));
    }),
    ("data reference missing", "malformed_signature", |c| {
        signature(c, "/sig-hashchainresult.xml", "#signed-properties")
    }),
    ("reference to the signed properties missing", "malformed_signature", |c| {
        let properties =
            between(&c.message.signature, "<ds:Reference Id=\"signature-reference-1\"", "</ds:Reference>");
        let whole = format!("<ds:Reference Id=\"signature-reference-1\"{properties}</ds:Reference>");
        signature(c, &whole, "");
    }),
    ("reference to the message instead", "malformed_signature", |c| {
        signature(c, "/sig-hashchainresult.xml", "/message.xml")
    }),
    ("reference to something else", "malformed_signature", |c| {
        signature(c, "/sig-hashchainresult.xml", "/other.xml")
    }),
    ("transform of the data", "malformed_signature", |c| {
        let transforms = "<ds:Transforms><ds:Transform Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\"/></ds:Transforms>";
        signature(c, "<ds:DigestMethod", &format!("{transforms}<ds:DigestMethod"));
    }),
    ("identifier of the signed properties twice", "malformed_signature", |c| {
        signature(c, "Id=\"ocsp-response-1\"", "Id=\"signed-properties\"");
    }),
    ("element that the schema does not have", "malformed_signature", |c| {
        signature(c, "xades:SigningTime>", "xades:SigningTimes>");
        signature(c, "</xades:SigningTime>", "</xades:SigningTimes>");
    }),
    ("other version of XAdES", "malformed_signature", |c| signature(c, "01903/v1.3.2", "01903/v1.4.1")),
    ("order of the elements", "malformed_signature", |c| {
        let value = between(&c.message.signature, "</ds:SignedInfo>", "<ds:KeyInfo>");
        signature(c, &value, "");
        signature(c, "</ds:KeyInfo>", &format!("</ds:KeyInfo>{value}"));
    }),
];

const TRUST: &[Change] = &[
    ("certificate missing", "malformed_signature", |c| {
        let certificate = between(&c.message.signature, CERTIFICATE.0, CERTIFICATE.1);
        signature(c, &format!("{}{certificate}{}", CERTIFICATE.0, CERTIFICATE.1), "");
    }),
    ("two certificates", "malformed_signature", |c| {
        signature(c, CERTIFICATE.0, "<ds:X509Certificate>AAAA</ds:X509Certificate><ds:X509Certificate>");
    }),
    ("bit of the certificate", "malformed_signature", |c| {
        flip(&mut c.message.signature, CERTIFICATE.0, CERTIFICATE.1, 700)
    }),
    ("certificate of another member", "malformed_signature", |c| {
        let own = between(&c.message.signature, CERTIFICATE.0, CERTIFICATE.1);
        let other = between(&other_signature(), CERTIFICATE.0, CERTIFICATE.1);
        signature(c, &own, &other);
    }),
    ("other signer expected", "incorrect_certificate", |c| c.signer = member("2222")),
    ("other instance expected", "incorrect_certificate", |c| {
        c.signer = MemberId::new("OTHER", "GOV", "1111").expect("member");
    }),
    ("CA for authentication only", "incorrect_certificate", |c| {
        c.trust.issuers[0].authentication_only = true
    }),
    ("CA not approved", "cannot_create_cert_path.internal_error", |c| c.trust.issuers.clear()),
    ("CA of the same name", "cannot_create_cert_path.internal_error", |c| c.trust = FixedTrust::live("ec")),
    ("certificate not yet valid", "cannot_create_cert_path.internal_error", |c| {
        c.now = datetime!(2026-11-20 12:00 UTC)
    }),
    ("certificate expired", "cannot_create_cert_path.internal_error", |c| {
        c.now = datetime!(2036-11-19 0:00 UTC)
    }),
    ("status too old", "invalid_cert_path.incorrect_validation_info", |c| {
        c.now = datetime!(2026-11-21 16:30 UTC)
    }),
    ("status expired", "invalid_cert_path.incorrect_validation_info", |c| {
        c.trust.policy.freshness = time::Duration::days(30);
        c.now = datetime!(2026-11-22 4:00 UTC);
    }),
    ("status of another certificate", "invalid_cert_path.cert_validation", |c| {
        let own = between(&c.message.signature, OCSP.0, OCSP.1);
        let other = between(&other_signature(), OCSP.0, OCSP.1);
        signature(c, &own, &other);
    }),
    ("signature of the status", "invalid_cert_path.incorrect_validation_info", |c| {
        flip(&mut c.message.signature, OCSP.0, OCSP.1, 300);
    }),
    ("status missing", "malformed_signature", |c| {
        let own = between(&c.message.signature, OCSP.0, OCSP.1);
        signature(c, &format!("{}{own}{}", OCSP.0, OCSP.1), "");
    }),
];

const DIRECT: &[Change] = &[
    ("bit of the message", "invalid_signature_value", |c| c.message.parts[0].sha512[10] ^= 4),
    ("body that is not covered", "malformed_signature", |c| {
        c.message.parts.push(PartDigest { name: PartName::Attachment(1), sha512: [0; 64] });
    }),
    ("hash chain that is not covered", "malformed_signature", |c| {
        let other = Case::chained().message;
        (c.message.hash_chain, c.message.hash_chain_result) = (other.hash_chain, other.hash_chain_result);
    }),
    ("hash chain result that is not covered", "malformed_signature", |c| {
        c.message.hash_chain_result = Case::chained().message.hash_chain_result;
    }),
];

#[test]
fn each_change_is_refused_for_its_reason() {
    assert_eq!(Case::chained().verdict(), Ok(()));
    assert_eq!(Case::direct().verdict(), Ok(()));
    let mut count = 0;
    for (name, expected, change) in [PARTS, HASH_CHAIN, SIGNED, DOCUMENT, TRUST].concat() {
        let mut case = Case::chained();
        change(&mut case);
        assert_eq!(case.verdict().err().as_deref(), Some(expected), "{name}");
        count += 1;
    }
    for (name, expected, change) in DIRECT {
        let mut case = Case::direct();
        change(&mut case);
        assert_eq!(case.verdict().err().as_deref(), Some(*expected), "{name}");
        count += 1;
    }
    assert!(count >= 70, "{count}");
}

/// What a signature proves: canonical forms and decoded values.
fn substance(signature: &[u8]) -> Option<Vec<Vec<u8>>> {
    let document = Document::parse(signature, &XmlLimits::EVIDENCE).ok()?;
    let found = SignatureDocument::read(&document).ok()?;
    Some(vec![
        c14n::element(found.signed_info, &document, &found.canonicalization),
        c14n::element(found.signed_properties, &document, &Method::INCLUSIVE),
        found.value.clone(),
        found.certificate.base64()?,
    ])
}

/// Whatever single bit is changed: either the message is refused, or nothing that was signed is
/// different (an unsigned identifier, a certificate inside the OCSP response that nobody needs).
#[test]
fn any_single_bit() {
    let original = Case::chained();
    let expected = substance(&original.message.signature);
    let (mut refused, mut accepted) = (0, 0);
    for position in (0..original.message.signature.len()).step_by(4) {
        let mut case = original.clone();
        case.message.signature[position] ^= 1 << (position / 4 % 7);
        if case.verdict().is_ok() {
            assert_eq!(substance(&case.message.signature), expected, "at {position}");
            accepted += 1;
        } else {
            refused += 1;
        }
    }
    assert!(accepted < 350 && refused > 1_250, "{accepted} accepted, {refused} refused");
    for position in 0..original.message.hash_chain_result.as_ref().expect("result").len() {
        let mut case = original.clone();
        case.message.hash_chain_result.as_mut().expect("result")[position] ^= 1 << (position / 4 % 7);
        assert!(case.verdict().is_err(), "result at {position}");
    }
}

/// Comments are no part of the canonical form, and white space of base64 none of its value.
#[test]
fn changes_that_change_nothing() {
    let mut case = Case::chained();
    signature(&mut case, "<ds:SignedInfo>", "<ds:SignedInfo><!-- comment -->");
    signature(&mut case, "</ds:SignatureValue>", "\r\n \t</ds:SignatureValue>");
    signature(&mut case, "<ds:X509Certificate>", "<!-- comment --><ds:X509Certificate>&#13;");
    assert_eq!(case.verdict(), Ok(()));
}
