//! Containers of stock servers, valid and invalid.

use identifiers::ClientId;
use time::macros::datetime;

use crate::asic::{AsicLimits, Container, read};
use crate::container::{Coverage, Report, verify_container};
use crate::vectors::{self, FixedTrust};

fn development() -> FixedTrust {
    FixedTrust::read("x-road-7.8/globalconf-stored/globalconf_good2_v3/DEV/shared-params.xml")
}

fn container(path: &str) -> Container {
    read(&vectors::read(path), &AsicLimits::default()).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn sample(name: &str) -> Result<Report, String> {
    let container = container(&format!("x-road-7.8/asic/{name}.asice"));
    verify_container(&container, &development(), None).map_err(|error| error.code())
}

#[test]
fn samples_give_their_verdicts() {
    for name in [
        "valid-signed-message",
        "valid-signed-hashchain",
        "valid-batch-ts",
        "valid-non-batch-rest",
        "invalid-not-signed-hashchain",
    ] {
        assert_eq!(sample(name).err(), None, "{name}");
    }
    for (name, expected) in [
        ("invalid-digest", "invalid_signature_value"),
        ("invalid-signed-hashchain", "malformed_signature.invalid_hash_chain_ref"),
        ("invalid-incorrect-references", "malformed_signature"),
    ] {
        assert_eq!(sample(name).err().as_deref(), Some(expected), "{name}");
    }
}

/// Samples that X-Road's tests have and that are made here by the same change.
#[test]
fn changed_samples_give_their_verdicts() {
    let verdict = |change: fn(&mut Container), name: &str| {
        let mut container = container(&format!("x-road-7.8/asic/{name}.asice"));
        change(&mut container);
        verify_container(&container, &development(), None).map(|_| ()).map_err(|error| error.code())
    };
    let wrong_message = verdict(|container| container.message.push(b' '), "valid-signed-message");
    assert_eq!(wrong_message.err().as_deref(), Some("invalid_signature_value"));
    let garbage = verdict(
        |container| {
            let timestamp = container.batch_timestamp.as_mut().expect("timestamp");
            timestamp.hash_chain_result = b"garbage".to_vec();
        },
        "valid-batch-ts",
    );
    assert_eq!(garbage.err().as_deref(), Some("malformed_signature"));
    let renamed = verdict(
        |container| {
            let chain = String::from_utf8(container.hash_chain.take().expect("chain")).expect("utf-8");
            container.hash_chain = Some(chain.replace("/message.xml", "/messageX.xml").into_bytes());
        },
        "valid-signed-hashchain",
    );
    assert_eq!(renamed.err().as_deref(), Some("malformed_signature.hashchain_unused_inputs"));
}

#[test]
fn report_of_a_hash_chain_without_its_attachment() {
    let report = sample("valid-signed-hashchain").expect("valid");
    assert_eq!(report.signer, ClientId::from_path("DEV/COM/4321/TestClient").expect("client"));
    let facts: Vec<(&str, Coverage)> =
        report.data.iter().map(|fact| (fact.name.as_str(), fact.coverage)).collect();
    assert_eq!(facts, [("/message.xml", Coverage::Verified), ("/attachment1", Coverage::Unverified)]);
    assert_eq!(report.timestamp.date(), datetime!(2024-12-05 0:00 UTC).date());
    assert_eq!(report.verified_at, report.timestamp);
    assert_eq!(report.tsa.subject().rfc2253(), "CN=Test TSA,O=Test");
    assert_eq!(report.ocsp_responder.subject().rfc2253(), "CN=Test OCSP,O=Test");
    assert_eq!(report.certificate.serial_decimal(), "18");
}

#[test]
fn another_time_is_another_verdict() {
    let container = container("x-road-7.8/asic/valid-batch-ts.asice");
    let at = |at| verify_container(&container, &development(), Some(at)).map_err(|error| error.code());
    let late = at(datetime!(2025-06-01 0:00 UTC));
    assert_eq!(late.err().as_deref(), Some("invalid_cert_path.incorrect_validation_info"));
    let early = at(datetime!(2020-01-01 0:00 UTC));
    assert_eq!(early.err().as_deref(), Some("cannot_create_cert_path.internal_error"));
}

#[test]
fn every_captured_container_is_valid() {
    for variant in ["rsa", "ec"] {
        let trust = FixedTrust::live(variant);
        let folder = format!("x-road-7.8-live/{variant}/asic");
        let names = vectors::names(&folder);
        assert!(names.len() >= 4);
        for name in names {
            let container = container(&format!("{folder}/{name}"));
            let report = verify_container(&container, &trust, None);
            let report = report.unwrap_or_else(|error| panic!("{variant} {name}: {} {error}", error.code()));
            let sender = if name.contains("request") { "INST/GOV/1111/SUB1" } else { "INST/GOV/2222/SUB2" };
            assert_eq!(report.signer, ClientId::from_path(sender).expect("client"), "{name}");
            assert!(report.data.iter().all(|fact| fact.coverage == Coverage::Verified), "{name}");
        }
    }
}
