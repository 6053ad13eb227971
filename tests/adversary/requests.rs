//! Lies of a consumer's security server. None of them reaches the service.

use demo_town::town::names::{CONSUMER, PROVIDER, SERVICE};
use keys::{Identity, KeyType, SigningKey};
use pki::csr::{Subject, SubjectAttribute};
use pki::issue::{CertificateParameters, IssueProfile, self_signed};
use sekisho_tests::errors::row;
use sekisho_tests::journal::{Journal, PROVIDER as PROVIDER_RECORDS};
use sekisho_tests::world::MUNICIPALITY;
use service_kit::clock::Clock;
use service_kit::http::Request;
use testkit::consumer::{Call, Verdict};
use testkit::envelope::{End, Envelope, stray_body};
use testkit::signer::Signer;

use crate::bench::{Bench, TOWN, call};

/// Sends what `lie` makes of an honest call, and expects the documented refusal, with these words in its text: many
/// lies have the same code, but each its own reason.
fn refused(name: &str, because: &str, lie: impl FnOnce(&Bench, &Call) -> Envelope) {
    TOWN.beside_others(async |world| {
        let (bench, call) = (Bench::get(), call());
        let envelope = lie(bench, &call);
        let verdict = bench.peer().send(&envelope, &call.request_id).await;
        assert_eq!(verdict.code(), row(name).code, "{name}: {verdict:?}");
        assert!(
            matches!(&verdict, Verdict::Refused { text, .. } if text.contains(because)),
            "{because}: {verdict:?}"
        );
        let journal = Journal::of(&world.server(MUNICIPALITY)).unwrap();
        assert_eq!(journal.count(&call.query_id).unwrap(), 0, "what is refused is no message of the journal");
    });
}

/// An honest envelope, changed after it was signed.
fn changed(name: &str, because: &str, change: impl FnOnce(&Bench, &mut Envelope)) {
    refused(name, because, |bench, call| {
        let mut envelope = bench.honest(call);
        let before = format!("{envelope:?}");
        change(bench, &mut envelope);
        assert_ne!(before, format!("{envelope:?}"), "the lie is no lie");
        envelope
    });
}

#[test]
fn the_truth_is_accepted() {
    TOWN.beside_others(async |world| {
        let (bench, call) = (Bench::get(), call());
        let verdict = bench.peer().send(&bench.honest(&call), &call.request_id).await;
        assert_eq!(verdict, Verdict::Answered { status: 200, body: b"the body".to_vec() });
        let records = Journal::of(&world.server(MUNICIPALITY)).unwrap().places().unwrap();
        assert!(records[&call.query_id].is_superset(&PROVIDER_RECORDS.into()));
    });
}

#[test]
fn a_batch_is_accepted_message_by_message() {
    TOWN.beside_others(async |_| {
        let (bench, calls) = (Bench::get(), [call(), call(), call()]);
        let messages: Vec<_> = calls.iter().map(|call| call.message().unwrap()).collect();
        let seals = bench.consumer.signer().seal_batch(&messages.iter().collect::<Vec<_>>()).unwrap();
        for ((call, message), seal) in calls.iter().zip(messages).zip(&seals) {
            let direction = bench.honest(call).direction;
            let envelope = Envelope::new(direction, bench.status_part(), message, seal);
            let verdict = bench.peer().send(&envelope, &call.request_id).await;
            assert_eq!(verdict, Verdict::Answered { status: 200, body: b"the body".to_vec() });
        }
    });
}

/// X-Road has no memory of messages: the same one is served again, and recorded again. Services that must not act twice
/// look at `X-Road-Id`.
#[test]
fn a_message_sent_twice_is_served_twice_and_recorded_twice() {
    TOWN.beside_others(async |world| {
        let (bench, call) = (Bench::get(), call());
        let envelope = bench.honest(&call);
        for _ in 0..2 {
            let verdict = bench.peer().send(&envelope, &call.request_id).await;
            assert_eq!(verdict, Verdict::Answered { status: 200, body: b"the body".to_vec() });
        }
        let journal = Journal::of(&world.server(MUNICIPALITY)).unwrap();
        assert_eq!(journal.count(&call.query_id).unwrap(), 4);
    });
}

// What the signature covers.

#[test]
fn the_body_is_another() {
    changed("request-changed", "does not lead to the result digest", |_, envelope| {
        envelope.body = Some(b"another body".to_vec())
    });
}

#[test]
fn a_header_is_another() {
    changed("request-changed", "does not lead to the result digest", |_, envelope| {
        envelope.change_message("X-Road-Id:", "X-Road-Id:0")
    });
}

#[test]
fn the_target_is_another() {
    changed("request-changed", "does not lead to the result digest", |_, envelope| {
        envelope.change_message("/echo/x", "/echo/y")
    });
}

#[test]
fn the_body_is_gone() {
    changed("request-part-missing", "cannot resolve URI: /attachment1", |_, envelope| envelope.body = None);
}

#[test]
fn a_body_that_was_never_signed() {
    refused("request-part-not-covered", "does not cover all parts", |bench, call| {
        let mut envelope = bench.honest(&Call { body: None, ..call.clone() });
        envelope.body = Some(b"smuggled in".to_vec());
        envelope
    });
}

#[test]
fn a_body_that_the_hash_chain_leaves_out() {
    refused("request-part-not-covered-by-chain", "does not cover /attachment1", |bench, call| {
        let without = Call { body: None, ..call.clone() };
        let (first, second) = (without.message().unwrap(), super::bench::call().message().unwrap());
        let seals = bench.consumer.signer().seal_batch(&[&first, &second]).unwrap();
        let mut envelope = Envelope::new(bench.honest(call).direction, bench.status_part(), first, &seals[0]);
        envelope.body = Some(b"smuggled in".to_vec());
        envelope
    });
}

#[test]
fn the_signature_is_of_another_message() {
    changed("request-changed", "does not lead to the result digest", |bench, envelope| {
        let other = bench.honest(&call());
        envelope.signature = other.signature;
        envelope.hash_chain = other.hash_chain;
        envelope.hash_chain_result = other.hash_chain_result;
    });
}

#[test]
fn only_the_signature_document_is_of_another_message() {
    changed("request-signature-value", "digest of /sig-hashchainresult.xml", |bench, envelope| {
        envelope.signature = bench.honest(&call()).signature
    });
}

#[test]
fn the_chain_of_another_message_of_the_batch() {
    refused("request-changed", "does not lead to the result digest", |bench, call| {
        let messages = [call.message().unwrap(), super::bench::call().message().unwrap()];
        let seals = bench.consumer.signer().seal_batch(&[&messages[0], &messages[1]]).unwrap();
        let [first, _] = messages;
        Envelope::new(bench.honest(call).direction, bench.status_part(), first, &seals[1])
    });
}

#[test]
fn the_signature_value_is_another() {
    changed("request-signature-value", "signature value does not verify", |_, envelope| {
        envelope.change_signature("signature-value\">\n", "signature-value\">\nAAAA");
    });
}

#[test]
fn the_certificate_in_the_signature_is_another() {
    changed("request-signature-malformed", "another certificate was signed", |bench, envelope| {
        let base64 = |certificate: &pki::Certificate| {
            let pem = certificate.to_pem();
            pem.lines().filter(|line| !line.starts_with("-----")).collect::<String>()
        };
        let signature = String::from_utf8(envelope.signature.take().unwrap()).unwrap();
        let (head, rest) = signature.split_once("<ds:X509Certificate>").unwrap();
        let (_, tail) = rest.split_once("</ds:X509Certificate>").unwrap();
        let other = base64(bench.provider.token.signing.certificate());
        let forged = format!("{head}<ds:X509Certificate>\n{other}\n</ds:X509Certificate>{tail}");
        envelope.signature = Some(forged.into_bytes());
    });
}

// Hash chains.

#[test]
fn there_is_no_hash_chain() {
    changed("request-chain-missing", "hash chain of the signature was not sent", |_, envelope| {
        envelope.hash_chain = None
    });
}

#[test]
fn a_step_of_the_hash_chain_is_there_twice() {
    changed("request-chain-malformed", "two of one name", |_, envelope| {
        let chain = String::from_utf8(envelope.hash_chain.clone().unwrap()).unwrap();
        let from = chain.find("    <HashStep").unwrap();
        let to = chain.find("</HashChain>").unwrap();
        let step = chain[from..to].to_owned();
        envelope.change_hash_chain(&step, &format!("{step}{step}"));
    });
}

/// What the signature covers is right all the same; but a document that contradicts the message is no evidence of it.
#[test]
fn a_digest_in_the_hash_chain_is_another() {
    changed("request-chain-digest", "digest of /message.xml does not match", |bench, envelope| {
        let chain = String::from_utf8(envelope.hash_chain.clone().unwrap()).unwrap();
        let digest = |text: &str| text.split("DigestValue>").nth(1).unwrap().to_owned();
        let other = bench.honest(&call()).hash_chain.unwrap();
        envelope.change_hash_chain(&digest(&chain), &digest(&String::from_utf8(other).unwrap()));
    });
}

#[test]
fn a_step_of_the_hash_chain_leads_to_itself() {
    changed("request-chain-malformed", "used more than once", |_, envelope| {
        envelope.change_hash_chain("</HashStep>", "<StepRef URI=\"#STEP0\"/></HashStep>");
    });
}

#[test]
fn a_step_of_the_hash_chain_leads_nowhere() {
    changed("request-chain-malformed", "a step leads nowhere", |_, envelope| {
        let unused = "</HashStep><HashStep id=\"STEP9\"><HashValue><ns2:DigestValue>AAAA</ns2:DigestValue></HashValue></HashStep>";
        envelope.change_hash_chain("</HashStep>", unused);
    });
}

// Who signed.

#[test]
fn another_member_has_signed() {
    refused("request-other-signer", "message names MEMBER:SEKISHO-DEMO/ORG/700110", |bench, call| {
        call.envelope(&bench.provider.signer(), bench.status_part()).unwrap()
    });
}

#[test]
fn the_key_for_tls_has_signed() {
    refused("request-signer-not-for-signing", "not a signing certificate", |bench, call| {
        let identity = bench.consumer.token.authentication.clone();
        let signer = Signer { identity, ocsp: bench.consumer.authentication.good.clone() };
        call.envelope(&signer, bench.status_part()).unwrap()
    });
}

#[test]
fn nobody_knows_the_authority_of_the_signer() {
    refused(
        "request-signer-not-trusted",
        "not issued by an approved certification service",
        |bench, call| {
            let key = SigningKey::generate(KeyType::P256).unwrap();
            let now = Clock::system().now();
            let subject = Subject::new()
                .with(SubjectAttribute::Country, "FI")
                .with(SubjectAttribute::Organization, "Consumer Support Centre")
                .with(SubjectAttribute::SerialNumber, "SEKISHO-DEMO/centre/ORG")
                .with(SubjectAttribute::CommonName, "700110");
            let validity = now - time::Duration::days(1)..=now + time::Duration::days(1);
            let parameters = CertificateParameters::new(subject, IssueProfile::Signing, &[7], validity);
            let certificate = self_signed(&parameters, &key).unwrap();
            let identity = Identity::new(key, certificate, Vec::new()).unwrap();
            let signer = Signer { identity, ocsp: bench.consumer.signing.good.clone() };
            call.envelope(&signer, bench.status_part()).unwrap()
        },
    );
}

#[test]
fn a_client_of_another_server() {
    refused("client-not-registered", "is not registered at security server", |bench, call| {
        let foreign = Call { client: PROVIDER.to_owned(), ..call.clone() };
        foreign.envelope(&bench.provider.signer(), bench.status_part()).unwrap()
    });
}

// Revocation status: of the certificate for TLS in parts of its own, of the signing certificate in the signature.

#[test]
fn no_status_of_the_server() {
    changed("request-server-status", "OCSP response is missing", |_, envelope| envelope.ocsp.clear());
}

#[test]
fn the_status_of_another_certificate_for_the_server() {
    changed("request-server-status", "no OCSP response for certificate", |bench, envelope| {
        envelope.ocsp = vec![bench.provider.authentication.good.clone()];
    });
}

#[test]
fn a_stale_status_of_the_server() {
    changed("request-server-status", "is too old", |bench, envelope| {
        envelope.ocsp = vec![bench.consumer.authentication.stale.clone()];
    });
}

#[test]
fn the_server_is_revoked() {
    changed("request-server-status", "is revoked since", |bench, envelope| {
        envelope.ocsp = vec![bench.consumer.authentication.revoked.clone()];
    });
}

#[test]
fn no_status_of_the_signer() {
    changed("request-signer-status-missing", "no OCSP responses", |_, envelope| {
        let signature = String::from_utf8(envelope.signature.take().unwrap()).unwrap();
        let (head, rest) = signature.split_once("<xades:EncapsulatedOCSPValue").unwrap();
        let (_, tail) = rest.split_once("</xades:EncapsulatedOCSPValue>").unwrap();
        envelope.signature = Some(format!("{head}{tail}").into_bytes());
    });
}

fn signed_with_status(name: &str, because: &str, status: impl FnOnce(&Bench) -> &[u8]) {
    refused(name, because, |bench, call| {
        let signer = bench.consumer.signer_with(status(bench));
        call.envelope(&signer, bench.status_part()).unwrap()
    });
}

#[test]
fn the_status_of_another_certificate_for_the_signer() {
    signed_with_status("request-signer-status-wrong", "no OCSP response for certificate", |bench| {
        &bench.consumer.authentication.good
    });
}

#[test]
fn a_stale_status_of_the_signer() {
    signed_with_status("request-signer-status-stale", "is too old", |bench| &bench.consumer.signing.stale);
}

#[test]
fn the_signer_is_revoked() {
    signed_with_status("request-signer-revoked", "is revoked since", |bench| &bench.consumer.signing.revoked);
}

// The frame.

#[test]
fn there_is_no_signature() {
    changed("request-signature-missing", "does not have signature", |_, envelope| envelope.signature = None);
}

#[test]
fn there_is_no_message() {
    changed("request-message-missing", "Unexpected content type", |_, envelope| envelope.message = None);
}

#[test]
fn a_part_after_the_signature() {
    changed("request-extra-part", "after signature", |_, envelope| {
        envelope.after_signature = Some(stray_body())
    });
}

#[test]
fn it_ends_before_the_closing_delimiter() {
    for missing in [3, 5, 10] {
        changed("request-cut", "ends before its closing delimiter", |_, envelope| {
            envelope.end = End::Short(missing)
        });
    }
}

#[test]
fn it_ends_in_the_body() {
    changed("request-cut", "ends before its closing delimiter", |_, envelope| envelope.end = End::InBody);
}

/// An honest envelope in a request whose head is changed.
fn headed(name: &str, change: impl FnOnce(&mut Request)) {
    TOWN.beside_others(async |_| {
        let (bench, call) = (Bench::get(), call());
        let verdict = bench.peer().send_changed(&bench.honest(&call), &call.request_id, change).await;
        assert_eq!(verdict.code(), row(name).code, "{verdict:?}");
    });
}

#[test]
fn another_method() {
    headed("request-method", |request| request.method = "PUT".to_owned());
}

#[test]
fn another_hash_algorithm() {
    headed("request-hash-algorithm", |request| request.headers.set("x-hash-algorithm", "SHA-1"));
    headed("request-hash-algorithm", |request| {
        request.headers.remove("x-hash-algorithm");
    });
}

#[test]
fn a_server_that_is_too_old() {
    for old in ["7.5.9", "7.5.12", "6.26.0"] {
        headed("request-version-too-old", |request| request.headers.set("x-proxy-version", old));
    }
}

#[test]
fn a_server_that_does_not_say_how_old_it_is() {
    headed("request-version-unreadable", |request| request.headers.set("x-proxy-version", "new"));
    headed("request-version-unreadable", |request| {
        request.headers.remove("x-proxy-version");
    });
}

#[test]
fn a_purpose_that_the_service_does_not_declare() {
    refused("purpose-not-declared", "", |bench, _| {
        let mut call = Call::new(CONSUMER, &format!("/r1/{PROVIDER}/{SERVICE}/eligibility"), "");
        (call.verb, call.body) = ("GET", None);
        call.headers = vec![
            ("X-Road-Consent-Subject", "00112233445566778899aabbccddeeff".to_owned()),
            ("X-Road-Consent-Purpose", "somethingElse".to_owned()),
        ];
        bench.honest(&call)
    });
}
