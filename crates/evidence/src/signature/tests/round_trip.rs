//! What we sign, we verify, others verify, and it looks as it must.

use std::process::Command;

use keys::KeyType;
use protocol::digest::{PartDigest, PartName, sha512};

use super::live::member;
use crate::signature::{
    Seal, SealFailure, SealView, SigningContext, SigningContextError, SigningMaterial, seal, verify,
};
use crate::testbed::{NOW, Testbed};
use crate::vectors::Captured;
use crate::xml::{Document, NS_DS, NS_XADES, XmlLimits};

fn message(number: usize, parts: u32) -> Vec<PartDigest> {
    let part = |index: u32| {
        let name = if index == 0 { PartName::Message } else { PartName::Attachment(index) };
        PartDigest { name, sha512: sha512(content(number, index).as_bytes()) }
    };
    (0..parts).map(part).collect()
}

fn content(number: usize, index: u32) -> String {
    format!("message {number} part {index}")
}

fn sign(testbed: &Testbed, messages: &[&[PartDigest]]) -> Vec<Seal> {
    let key = &testbed.member_key;
    let algorithm = key.message_algorithm();
    seal(messages, &testbed.context(), NOW, &|data| key.sign_xmldsig(algorithm, data)).expect("seals")
}

fn view(seal: &Seal) -> SealView<'_> {
    SealView {
        signature: &seal.signature,
        hash_chain_result: seal.hash_chain_result.as_deref(),
        hash_chain: seal.hash_chain.as_deref(),
    }
}

#[test]
fn what_is_signed_verifies() {
    for kind in [KeyType::Rsa2048, KeyType::P256, KeyType::P384] {
        for intermediate in [false, true] {
            let testbed = Testbed::with_depth(kind, intermediate);
            for shape in [&[1u32][..], &[2], &[3], &[1, 1], &[1, 2, 1], &[2, 1, 3, 1, 1]] {
                let messages: Vec<Vec<PartDigest>> =
                    shape.iter().enumerate().map(|(number, parts)| message(number, *parts)).collect();
                let views: Vec<&[PartDigest]> = messages.iter().map(Vec::as_slice).collect();
                let seals = sign(&testbed, &views);
                assert_eq!(seals.len(), shape.len());
                assert_eq!(seals[0].hash_chain.is_none(), shape == [1], "{shape:?}");
                for (seal, parts) in seals.iter().zip(&messages) {
                    let verified = verify(&view(seal), parts, &member("1111"), &testbed.trust(), NOW);
                    let verified = verified.unwrap_or_else(|error| panic!("{kind:?} {shape:?}: {error}"));
                    assert_eq!(verified.signing_time(), Some(NOW));
                    assert_eq!(verified.certificate().der(), testbed.member.der());
                    assert_eq!(seal.signature, seals[0].signature, "one signature for all");
                }
                let other = message(99, 1);
                assert!(verify(&view(&seals[0]), &other, &member("1111"), &testbed.trust(), NOW).is_err());
            }
        }
    }
}

#[test]
fn nothing_or_the_wrong_thing_to_sign() {
    let testbed = Testbed::new(KeyType::P256);
    let context = testbed.context();
    let attachment_only = [PartDigest { name: PartName::Attachment(1), sha512: [0; 64] }];
    for messages in [&[][..], &[&[][..]], &[&attachment_only[..]]] {
        let outcome = seal(messages, &context, NOW, &|_| Ok::<_, ()>(vec![]));
        assert_eq!(outcome, Err(SealFailure::Empty));
    }
    let refused = seal(&[&message(0, 1)], &context, NOW, &|_| Err("busy"));
    assert_eq!(refused, Err(SealFailure::Key("busy")));
    assert_eq!(context.algorithm(), testbed.member_key.message_algorithm());
    assert_eq!(context.certificate_der(), testbed.member.der());

    let material = SigningMaterial {
        certificate: &testbed.member,
        intermediates: &[],
        ocsp_responses: &[],
        algorithm: pki::SignatureAlgorithm::EcdsaSha512,
    };
    assert_eq!(SigningContext::new(&material).err(), Some(SigningContextError::NoOcspResponse));
    let weaker = pki::SignatureAlgorithm::EcdsaSha256;
    let material = SigningMaterial { ocsp_responses: &[vec![1]], algorithm: weaker, ..material };
    assert_eq!(SigningContext::new(&material).err(), Some(SigningContextError::NotSha512));
}

/// From the material of a captured signature comes that signature, byte for byte, except that a stock
/// server breaks the lines of some base64 values.
#[test]
fn layout_is_that_of_a_stock_server() {
    let mut identical = 0;
    for name in ["01-rest-get", "02-rest-post-json", "20-soap-plain", "21-soap-attachments"] {
        for variant in ["rsa", "ec"] {
            let path = format!("x-road-7.8-live/{variant}/messages/{name}.5500-request.http");
            let captured = Captured::read(&path).expect("signed");
            let document = Document::parse(&captured.signature, &XmlLimits::EVIDENCE).expect("xml");
            let value = |ns: &str, local: &str| {
                document
                    .root()
                    .descendants(ns, local)
                    .next()
                    .and_then(|element| element.base64())
                    .expect("base64")
            };
            let time = document.root().descendants(NS_XADES, "SigningTime").next().and_then(|e| e.text());
            let time = time::OffsetDateTime::parse(
                &time.expect("time"),
                &time::format_description::well_known::Rfc3339,
            );
            let certificate =
                pki::Certificate::from_der(&value(NS_DS, "X509Certificate")).expect("certificate");
            let method = document.root().descendants(NS_DS, "SignatureMethod").next();
            let method = method.and_then(|element| element.attribute("Algorithm")).expect("method");
            let material = SigningMaterial {
                certificate: &certificate,
                intermediates: &[],
                ocsp_responses: &[value(NS_XADES, "EncapsulatedOCSPValue")],
                algorithm: pki::SignatureAlgorithm::from_uri(method).expect("algorithm"),
            };
            let context = SigningContext::new(&material).expect("material");
            let signature_value = value(NS_DS, "SignatureValue");
            let ours = seal(&[&captured.parts], &context, time.expect("time"), &|_| {
                Ok::<_, ()>(signature_value.clone())
            });
            let ours = ours.expect("sealed").remove(0);
            let stock = String::from_utf8(captured.signature.clone()).expect("utf-8").replace("&#13;\n", "");
            let ours_text = String::from_utf8_lossy(&ours.signature).into_owned();
            // Which prefix a server gives to which namespace of a hash chain differs from start to start.
            if ours.hash_chain_result.as_deref() == captured.hash_chain_result.as_deref() {
                assert_eq!(ours_text, stock, "{variant} {name}");
                assert_eq!(ours.hash_chain.as_deref(), captured.hash_chain.as_deref(), "{variant} {name}");
                identical += 1;
            } else {
                assert_eq!(without_data_digest(&ours_text), without_data_digest(&stock), "{variant} {name}");
            }
        }
    }
    assert!(identical >= 4, "{identical}");
}

fn without_data_digest(signature: &str) -> String {
    let (before, rest) = signature.split_once("<ds:DigestValue>").expect("digest");
    let (_, after) = rest.split_once("</ds:DigestValue>").expect("digest");
    format!("{before}{after}")
}

/// Another implementation's opinion on a signature document, with the data that it refers to.
fn xmlsec(signature: &[u8], uri: &str, data: &[u8], certificate: &[u8]) -> Option<bool> {
    let folder = tempfile::tempdir().expect("folder");
    let file = |name: &str, content: &[u8]| {
        let path = folder.path().join(name);
        std::fs::write(&path, content).expect("file");
        path
    };
    let output = Command::new("xmlsec1")
        .args(["--verify", "--id-attr:Id", &format!("{NS_XADES}:SignedProperties")])
        .arg(format!("--url-map:{uri}"))
        .arg(file("data", data))
        .arg("--pubkey-cert-der")
        .arg(file("certificate.der", certificate))
        .args(["--enabled-key-data", "key-name"])
        .arg(file("signature.xml", signature))
        .output()
        .ok()?;
    Some(output.status.success())
}

#[test]
fn xmlsec_agrees() {
    for kind in [KeyType::Rsa2048, KeyType::P256] {
        let testbed = Testbed::new(kind);
        let certificate = testbed.member.der();
        let alone = sign(&testbed, &[&message(7, 1)]).remove(0);
        let data = content(7, 0).into_bytes();
        let Some(agreed) = xmlsec(&alone.signature, "/message.xml", &data, certificate) else {
            println!("skipped: xmlsec1 is not installed");
            return;
        };
        assert!(agreed, "{kind:?}");
        assert_eq!(xmlsec(&alone.signature, "/message.xml", b"other", certificate), Some(false));
        let chained = sign(&testbed, &[&message(7, 2), &message(8, 1)]).remove(0);
        let result = chained.hash_chain_result.as_deref().expect("result");
        assert_eq!(xmlsec(&chained.signature, "/sig-hashchainresult.xml", result, certificate), Some(true));
    }
}
