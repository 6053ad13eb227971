//! Containers that we make: valid, changed, and looked at by others.

use std::process::Command;

use keys::KeyType;
use protocol::digest::{PartDigest, PartName, sha512};

use crate::asic::{AsicLimits, BatchTimestamp, Container, read, write};
use crate::container::{Coverage, verify_container};
use crate::signature::seal;
use crate::testbed::{NOW, Testbed, base64};
use crate::timestamp::{batch, embed, stamped_data};
use crate::vectors::FixedTrust;

const MESSAGE: &str = "POST\r\n/r1/INST/GOV/2222/SUB2/svc\r\nX-Road-Client:INST/GOV/1111/SUB1\r\n\
    X-Road-Id:q1\r\nx-road-request-id:r1\r\n";

struct Case {
    testbed: Testbed,
    container: Container,
    trust: FixedTrust,
}

impl Case {
    /// Signed together with another message, stamped together with other signatures.
    fn batch() -> Self {
        let mut case = Self::unstamped(Some(b"body"), true);
        let own = sha512(&case.container.signature);
        let batch = batch(&[sha512(b"another"), own, sha512(b"third")]).expect("signatures");
        let token = case.testbed.stamp(&batch.result_xml);
        case.container.batch_timestamp = Some(BatchTimestamp {
            hash_chain: batch.chains[1].clone(),
            hash_chain_result: batch.result_xml,
            token: token.bytes().to_vec(),
        });
        case
    }

    /// Without body, signed and stamped alone.
    fn single() -> Self {
        let mut case = Self::unstamped(None, false);
        let token = case.testbed.stamp(&stamped_data(&case.container.signature).expect("value"));
        case.container.signature = embed(&case.container.signature, token.bytes()).expect("place");
        case
    }

    fn unstamped(body: Option<&[u8]>, with_another: bool) -> Self {
        let testbed = Testbed::new(KeyType::P256);
        let mut parts = vec![PartDigest { name: PartName::Message, sha512: sha512(MESSAGE.as_bytes()) }];
        parts.extend(body.map(|body| PartDigest { name: PartName::Attachment(1), sha512: sha512(body) }));
        let another = [PartDigest { name: PartName::Message, sha512: [1; 64] }];
        let mut messages: Vec<&[PartDigest]> = vec![&parts];
        messages.extend(with_another.then_some(another.as_slice()));
        let algorithm = testbed.member_key.message_algorithm();
        let sign = |data: &[u8]| testbed.member_key.sign_xmldsig(algorithm, data);
        let seal = seal(&messages, &testbed.context(), NOW, &sign).expect("sealed").remove(0);
        let container = Container {
            message: MESSAGE.as_bytes().to_vec(),
            signature: seal.signature.to_vec(),
            hash_chain_result: seal.hash_chain_result.as_deref().map(<[u8]>::to_vec),
            hash_chain: seal.hash_chain.as_deref().map(<[u8]>::to_vec),
            batch_timestamp: None,
            attachments: body.map(|body| (1, body.to_vec())).into_iter().collect(),
        };
        Self { trust: testbed.trust(), testbed, container }
    }

    fn verdict(&self) -> Result<(), String> {
        verify_container(&self.container, &self.trust, None).map(|_| ()).map_err(|error| error.code())
    }

    fn timestamp(&mut self) -> &mut BatchTimestamp {
        self.container.batch_timestamp.as_mut().expect("timestamp")
    }
}

#[test]
fn what_is_exported_verifies_after_writing_and_reading() {
    for case in [Case::batch(), Case::single()] {
        let bytes = write(&case.container, NOW).expect("written");
        let container = read(&bytes, &AsicLimits::default()).expect("read");
        assert_eq!(container, case.container);
        let report = verify_container(&container, &case.trust, None).expect("valid");
        assert_eq!(report.signer.to_path(), "INST/GOV/1111/SUB1");
        assert_eq!(report.certificate.der(), case.testbed.member.der());
        assert_eq!(report.tsa.der(), case.testbed.tsa.der());
        assert_eq!(report.timestamp, NOW);
        assert_eq!(report.signing_time, Some(NOW));
        assert_eq!(report.ocsp_responder.der(), case.testbed.ca.der());
        let data = case.container.attachments.len() + 1;
        assert_eq!(report.data.iter().filter(|fact| fact.coverage == Coverage::Verified).count(), data);
    }
}

type Change = (&'static str, &'static str, fn(&mut Case));

fn replace(bytes: &mut Vec<u8>, from: &str, to: &str) {
    let text = String::from_utf8(std::mem::take(bytes)).expect("utf-8");
    assert!(text.contains(from), "{from} is not there");
    *bytes = text.replacen(from, to, 1).into_bytes();
}

const BATCH: &[Change] = &[
    ("bit of the message", "malformed_signature.invalid_hash_chain_ref", |c| c.container.message[60] ^= 1),
    ("bit of the body", "malformed_signature.invalid_hash_chain_ref", |c| {
        c.container.attachments[0].1[0] ^= 1
    }),
    ("one body too many", "malformed_signature.hashchain_unused_inputs", |c| {
        c.container.attachments.push((2, b"more".to_vec()));
    }),
    ("body renamed", "malformed_signature.hashchain_unused_inputs", |c| c.container.attachments[0].0 = 2),
    ("message without sender", "internal_error", |c| {
        replace(&mut c.container.message, "X-Road-Client", "X-Road-Clien")
    }),
    ("message that is none", "internal_error", |c| c.container.message = b"hello".to_vec()),
    ("no hash chain", "malformed_signature", |c| c.container.hash_chain = None),
    ("digest in the hash chain", "malformed_signature.invalid_hash_chain_ref", |c| {
        let chain = c.container.hash_chain.as_mut().expect("chain");
        let own = base64(&sha512(b"body"));
        replace(chain, &own, &own.replace(char::is_alphabetic, "A"));
    }),
    ("white space in the result", "invalid_signature_value", |c| {
        c.container.hash_chain_result.as_mut().expect("result").push(b'\n');
    }),
    ("any change to the signature", "malformed_signature", |c| c.container.signature.push(b'\n')),
    ("no timestamp", "asic_timestamp_not_found", |c| c.container.batch_timestamp = None),
    ("hash chain of the timestamp", "malformed_signature", |c| {
        replace(&mut c.timestamp().hash_chain, "STEP0", "STEP9");
    }),
    ("result of the timestamp", "malformed_signature", |c| c.timestamp().hash_chain_result.push(b'\n')),
    ("result that is none", "malformed_signature", |c| c.timestamp().hash_chain_result = b"garbage".to_vec()),
    ("token for something else", "malformed_signature", |c| {
        let token = c.testbed.stamp(b"something else");
        c.timestamp().token = token.bytes().to_vec();
    }),
    ("token cut short", "malformed_signature", |c| c.timestamp().token.truncate(100)),
    ("signature of the token", "mlog.timestamp_signer_verification_failed", |c| {
        let token = &mut c.timestamp().token;
        let last = token.len() - 1;
        token[last] ^= 1;
    }),
    ("authority not approved", "mlog.tsp_certificate_not_found", |c| c.trust.tsas.clear()),
    ("CA not approved", "cannot_create_cert_path.internal_error", |c| c.trust.issuers.clear()),
    ("CA for authentication only", "incorrect_certificate", |c| {
        c.trust.issuers[0].authentication_only = true
    }),
    ("status too old", "invalid_cert_path.incorrect_validation_info", |c| {
        c.trust.policy.freshness = time::Duration::seconds(-1);
    }),
];

const SINGLE: &[Change] = &[
    ("bit of the message", "invalid_signature_value", |c| c.container.message[30] ^= 1),
    ("other sender", "incorrect_certificate", |c| replace(&mut c.container.message, "GOV/1111", "GOV/3333")),
    ("body that is not signed", "malformed_signature", |c| c.container.attachments.push((1, vec![]))),
    ("signing time", "invalid_signature_value", |c| {
        replace(&mut c.container.signature, "<xades:SigningTime>2026", "<xades:SigningTime>2025");
    }),
    ("signature value", "malformed_signature", |c| {
        replace(&mut c.container.signature, "\n</ds:SignatureValue>", "AAAA\n</ds:SignatureValue>");
    }),
    ("no token", "asic_timestamp_not_found", |c| {
        replace(&mut c.container.signature, "<xades:SignatureTimeStamp>", "<xades:SigAndRefsTimeStamp>");
        replace(&mut c.container.signature, "</xades:SignatureTimeStamp>", "</xades:SigAndRefsTimeStamp>");
    }),
    ("two signatures", "malformed_signature", |c| {
        replace(&mut c.container.signature, "</asic:", "<ds:Signature/></asic:");
    }),
    ("document type", "invalid_xml", |c| replace(&mut c.container.signature, "<asic:", "<!DOCTYPE a><asic:")),
];

#[test]
fn each_change_is_refused_for_its_reason() {
    for (make, changes) in [(Case::batch as fn() -> Case, BATCH), (Case::single, SINGLE)] {
        assert_eq!(make().verdict(), Ok(()));
        for (name, expected, change) in changes {
            let mut case = make();
            change(&mut case);
            assert_eq!(case.verdict().err().as_deref(), Some(*expected), "{name}");
        }
    }
}

#[test]
fn a_missing_body_is_not_proven() {
    let mut case = Case::batch();
    case.container.attachments.clear();
    let report = verify_container(&case.container, &case.trust, None).expect("valid");
    let body = report.data.iter().find(|fact| fact.name == "/attachment1").expect("named");
    assert_eq!((body.coverage, body.digest.as_slice()), (Coverage::Unverified, sha512(b"body").as_slice()));
}

#[test]
fn openssl_agrees_about_the_time() {
    let case = Case::batch();
    let timestamp = case.container.batch_timestamp.as_ref().expect("timestamp");
    let folder = tempfile::tempdir().expect("folder");
    let file = |name: &str, content: &[u8]| {
        let path = folder.path().join(name);
        std::fs::write(&path, content).expect("file");
        path
    };
    let verify = |data: &[u8]| {
        let output = Command::new("openssl")
            .args(["ts", "-verify", "-token_in", "-attime", "1795274400", "-in"])
            .arg(file("token", &timestamp.token))
            .arg("-data")
            .arg(file("data", data))
            .arg("-CAfile")
            .arg(file("ca.pem", case.testbed.ca.to_pem().as_bytes()))
            .output();
        output
            .ok()
            .map(|output| (output.status.success(), String::from_utf8_lossy(&output.stderr).into_owned()))
    };
    let Some((agreed, message)) = verify(&timestamp.hash_chain_result) else {
        println!("skipped: openssl is not installed");
        return;
    };
    assert!(agreed, "{message}");
    assert!(!verify(b"other").expect("openssl").0);
}
