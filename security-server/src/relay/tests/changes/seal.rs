//! Hash chain, signature, and the certificate in it.

use super::super::captured::Http;
use super::{BODY, CHAIN, RESULT, Row, SIGNATURE, Sent};

const INVALID_VALUE: &str = "signature_verification.invalid_signature_value";
const MALFORMED: &str = "signature_verification.malformed_signature";
const MALFORMED_CHAIN: &str = "signature_verification.malformed_signature.malformed_hash_chain";
const RESULT_DIGEST: &str = "hash chain does not lead to the result digest";
const INVALID_CHAIN: &str = "signature_verification.malformed_signature.invalid_hash_chain";
const INVALID_CHAIN_REF: &str = "signature_verification.malformed_signature.invalid_hash_chain_ref";
const INVALID_REFERENCE: &str = "signature_verification.malformed_signature.invalid_reference";
const INVALID_XML: &str = "signature_verification.invalid_xml";
const WRONG_CERTIFICATE: &str = "signature_verification.incorrect_certificate";

const VALUE: (&str, &str) = ("<ds:SignatureValue Id=\"signature-value\">", "</ds:SignatureValue>");
const CERTIFICATE_MARKS: (&str, &str) = ("<ds:X509Certificate>", "</ds:X509Certificate>");
const STATUS: (&str, &str) =
    ("<xades:EncapsulatedOCSPValue Id=\"ocsp-response-1\">", "</xades:EncapsulatedOCSPValue>");
const DIGEST: (&str, &str) = ("<ds:DigestValue>", "</ds:DigestValue>");
const CHAIN_DIGEST: (&str, &str) = ("<ns2:DigestValue>", "</ns2:DigestValue>");

const SHA512: &str = "http://www.w3.org/2001/04/xmlenc#sha512";
const SHA1: &str = "http://www.w3.org/2000/09/xmldsig#sha1";

pub(super) const PARTS: &[Row] = &[
    ("hash chain missing", MALFORMED, "hash chain of the signature was not sent", |s| s.remove(CHAIN)),
    ("result missing", MALFORMED, "hash chain of the signature was not sent", |s| s.remove(RESULT)),
    ("hash chain and result missing", MALFORMED, "hash chain of the signature was not sent", |s| {
        s.remove(CHAIN);
        s.remove(RESULT);
    }),
    ("body missing", INVALID_REFERENCE, "/attachment1", |s| s.remove(BODY)),
    ("body empty", INVALID_CHAIN, RESULT_DIGEST, |s| s.part(BODY).clear()),
    ("hash chain of another message", INVALID_CHAIN_REF, "digest of /attachment1", |s| {
        *s.part(CHAIN) = other(CHAIN)
    }),
    ("signature of another message", WRONG_CERTIFICATE, "2222", |s| *s.part(SIGNATURE) = other(SIGNATURE)),
];

/// A part of the response, which the provider's member signed.
fn other(kind: &str) -> Vec<u8> {
    let response = Http::captured("rsa", "02-rest-post-json", "5500-response").message();
    response.part(kind).expect("the part").to_vec()
}

pub(super) const HASH_CHAIN: &[Row] = &[
    (
        "bit of a digest in the chain",
        INVALID_CHAIN_REF,
        "digest of /message.xml does not match the hash chain",
        |s| {
            s.flip_base64(CHAIN, CHAIN_DIGEST, 7);
        },
    ),
    ("bit of a name in the chain", INVALID_REFERENCE, "/attachment0", |s| {
        s.replace(CHAIN, "/attachment1", "/attachment0")
    }),
    ("weak digest method", MALFORMED_CHAIN, "unknown or too weak", |s| s.replace(CHAIN, SHA512, SHA1)),
    ("part dropped from the chain", INVALID_CHAIN, RESULT_DIGEST, |s| {
        let body = s.between(CHAIN, "<DataRef URI=\"/attachment1\">", "</DataRef>");
        s.replace(CHAIN, &format!("<DataRef URI=\"/attachment1\">{body}</DataRef>"), "");
    }),
    ("chain cut short", MALFORMED_CHAIN, "not well-formed", |s| {
        let length = s.part(CHAIN).len();
        s.part(CHAIN).truncate(length - 20);
    }),
    ("document type in the chain", MALFORMED_CHAIN, "document type declarations", |s| {
        s.replace(CHAIN, "<HashChain ", "<!DOCTYPE x><HashChain ");
    }),
    ("bit of the digest of the result", INVALID_CHAIN, RESULT_DIGEST, |s| {
        s.flip_base64(RESULT, CHAIN_DIGEST, 0)
    }),
    ("result for another chain", INVALID_REFERENCE, "/ts-hashchain.xml", |s| {
        s.replace(RESULT, "sig-hash", "ts-hash")
    }),
    ("white space in the result", INVALID_VALUE, "digest of /sig-hashchainresult.xml", |s| {
        s.replace(RESULT, "</HashChainResult>", " </HashChainResult>");
    }),
];

pub(super) const SIGNED: &[Row] = &[
    ("bit of the signature value", INVALID_VALUE, "signature value does not verify", |s| {
        s.flip_base64(SIGNATURE, VALUE, 100)
    }),
    ("signature value is not base64", MALFORMED, "SignatureValue is not base64", |s| {
        s.replace(SIGNATURE, VALUE.1, "!</ds:SignatureValue>")
    }),
    ("bit of the digest of the data", INVALID_VALUE, "signature value does not verify", |s| {
        s.flip_base64(SIGNATURE, DIGEST, 1)
    }),
    ("signing time", INVALID_VALUE, "digest of #signed-properties", |s| {
        s.replace(SIGNATURE, "SigningTime>2026", "SigningTime>2025")
    }),
    ("signature policy", INVALID_VALUE, "digest of #signed-properties", |s| {
        s.replace(SIGNATURE, "3516.16.2", "3516.16.3")
    }),
    ("white space in SignedInfo", INVALID_VALUE, "signature value does not verify", |s| {
        s.replace(SIGNATURE, "<ds:SignedInfo>", "<ds:SignedInfo> ");
    }),
    ("other signature method", INVALID_VALUE, "signature value does not verify", |s| {
        s.replace(SIGNATURE, "#rsa-sha512", "#rsa-sha256")
    }),
    ("weak signature method", MALFORMED, "rsa-sha1 is too weak", |s| {
        let weak = "http://www.w3.org/2000/09/xmldsig#rsa-sha1";
        s.replace(SIGNATURE, "http://www.w3.org/2001/04/xmldsig-more#rsa-sha512", weak);
    }),
    ("weak digest method of the data", MALFORMED, "unknown or too weak", |s| {
        s.replace(SIGNATURE, SHA512, SHA1)
    }),
    ("unknown canonicalization", MALFORMED, "unknown canonicalization", |s| {
        s.replace(SIGNATURE, "REC-xml-c14n-20010315", "REC-xml-c14n-x");
    }),
];

pub(super) const DOCUMENT: &[Row] = &[
    ("document type", INVALID_XML, "document type declarations", |s| {
        s.replace(SIGNATURE, "<asic:", "<!DOCTYPE x><asic:")
    }),
    ("signature cut short", INVALID_XML, "not well-formed", |s| s.part(SIGNATURE).truncate(3_000)),
    ("signature empty", INVALID_XML, "not well-formed", |s| s.part(SIGNATURE).clear()),
    ("bit of a tag", INVALID_XML, "not well-formed", |s| {
        s.replace(SIGNATURE, "</ds:KeyInfo>", "</ds:JeyInfo>")
    }),
    ("second signature", MALFORMED, "more than one ds:Signature", |s| {
        s.replace(SIGNATURE, "<ds:KeyInfo>", "<ds:Signature/><ds:KeyInfo>");
    }),
    ("second reference to data", MALFORMED, "exactly one data object", |s| {
        let reference = s.between(SIGNATURE, "<ds:Reference Id=\"signature-reference-0\"", "</ds:Reference>");
        let again = format!("<ds:Reference{reference}</ds:Reference></ds:SignedInfo>");
        s.replace(SIGNATURE, "</ds:SignedInfo>", &again);
    }),
    ("only the properties are signed", MALFORMED, "must be signed, once", |s| {
        s.replace(SIGNATURE, "/sig-hashchainresult.xml", "#signed-properties");
    }),
    ("the properties are not signed", MALFORMED, "must be signed, once", |s| {
        let start = "<ds:Reference Id=\"signature-reference-1\"";
        let properties = s.between(SIGNATURE, start, "</ds:Reference>");
        s.replace(SIGNATURE, &format!("{start}{properties}</ds:Reference>"), "");
    }),
    (
        "reference to the message alone",
        MALFORMED,
        "hash chain was sent that the signature does not cover",
        |s| {
            s.replace(SIGNATURE, "/sig-hashchainresult.xml", "/message.xml");
        },
    ),
    ("one identifier twice", MALFORMED, "must be signed, once", |s| {
        s.replace(SIGNATURE, "Id=\"ocsp-response-1\"", "Id=\"signed-properties\"");
    }),
];

pub(super) const CERTIFICATE: &[Row] = &[
    ("bit of the certificate", MALFORMED, "another certificate was signed", |s| {
        s.flip_base64(SIGNATURE, CERTIFICATE_MARKS, 700)
    }),
    ("certificate of another member", MALFORMED, "another certificate was signed", |s| {
        exchange(s, CERTIFICATE_MARKS);
    }),
    ("certificate missing", MALFORMED, "does not contain the signing certificate", |s| {
        let (from, to) = CERTIFICATE_MARKS;
        let certificate = s.between(SIGNATURE, from, to);
        s.replace(SIGNATURE, &format!("{from}{certificate}{to}"), "");
    }),
    (
        "status of another certificate",
        "signature_verification.invalid_cert_path.cert_validation",
        "no OCSP response for certificate",
        |s| exchange(s, STATUS),
    ),
    (
        "bit of the signature on the status",
        "signature_verification.invalid_cert_path.incorrect_validation_info",
        "signature of the OCSP response is wrong",
        |s| s.flip_base64(SIGNATURE, STATUS, 300),
    ),
    ("status missing", MALFORMED, "no OCSP responses", |s| {
        let (from, to) = STATUS;
        let status = s.between(SIGNATURE, from, to);
        s.replace(SIGNATURE, &format!("{from}{status}{to}"), "");
    }),
];

/// Puts what the provider's member has between two marks in the place of the sender's.
fn exchange(sent: &mut Sent, (from, to): (&str, &str)) {
    let own = sent.between(SIGNATURE, from, to);
    let theirs = String::from_utf8(other(SIGNATURE)).expect("UTF-8");
    sent.replace(SIGNATURE, &own, super::between(&theirs, from, to));
}

pub(super) const DIRECT: &[Row] = &[
    ("bit of the message", INVALID_VALUE, "/message.xml", |s| {
        let kind = super::super::captured::REQUEST;
        let last = s.part(kind).len() - 3;
        s.flip(kind, last);
    }),
    ("body that is not covered", MALFORMED, "does not cover all parts", |s| {
        s.insert(SIGNATURE, BODY, b"more")
    }),
    (
        "hash chain that is not covered",
        MALFORMED,
        "hash chain was sent that the signature does not cover",
        |s| {
            s.insert(SIGNATURE, RESULT, &other(RESULT));
            s.insert(SIGNATURE, CHAIN, &other(CHAIN));
        },
    ),
];

pub(super) const P256: &[Row] = &[
    ("bit of the first half of the signature value", INVALID_VALUE, "signature value does not verify", |s| {
        s.flip_base64(SIGNATURE, VALUE, 3);
    }),
    (
        "bit of the second half of the signature value",
        INVALID_VALUE,
        "signature value does not verify",
        |s| {
            s.flip_base64(SIGNATURE, VALUE, 60);
        },
    ),
    ("signature value of another length", INVALID_VALUE, "signature value does not verify", |s| {
        let value = s.between(SIGNATURE, VALUE.0, VALUE.1);
        s.replace(SIGNATURE, &value, &value.trim()[4..]);
    }),
    ("method of another key", INVALID_VALUE, "signature value does not verify", |s| {
        s.replace(SIGNATURE, "#ecdsa-sha512", "#rsa-sha512");
    }),
    ("bit of the body", INVALID_CHAIN, RESULT_DIGEST, |s| s.flip(BODY, 5)),
];
