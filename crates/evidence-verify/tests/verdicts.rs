//! The program, run over containers of stock servers.
#![expect(clippy::expect_used, reason = "a test fails by panicking")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

fn vectors() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/vectors"))
}

/// The development configuration of X-Road's own samples.
fn development() -> PathBuf {
    vectors().join("x-road-7.8/globalconf-stored/globalconf_good2_v3")
}

fn sample(name: &str) -> PathBuf {
    vectors().join("x-road-7.8").join(name)
}

fn run(container: &Path, configuration: &Path, options: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_evidence-verify"))
        .arg(container)
        .arg("--global-conf")
        .arg(configuration)
        .args(options)
        .output()
        .expect("the program runs")
}

fn status(output: &Output) -> i32 {
    output.status.code().expect("not killed")
}

fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn json(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).expect("JSON")
}

#[test]
fn samples_give_their_verdicts() {
    for (name, expected) in [
        ("asic/valid-signed-message.asice", None),
        ("asic/valid-signed-hashchain.asice", None),
        ("asic/valid-batch-ts.asice", None),
        ("asic/valid-non-batch-rest.asice", None),
        ("asic/invalid-not-signed-hashchain.asice", None),
        ("asic/invalid-digest.asice", Some("invalid_signature_value")),
        ("asic/invalid-signed-hashchain.asice", Some("malformed_signature.invalid_hash_chain_ref")),
        ("asic/invalid-incorrect-references.asice", Some("malformed_signature")),
        ("asic-structure/no-mimetype.asice", Some("asic_mime_type_not_found")),
        ("asic-structure/no-signature.asice", Some("asic_signature_not_found")),
        ("asic-structure/not-asic.asice", Some("asic_mime_type_not_found")),
    ] {
        let text = run(&sample(name), &development(), &[]);
        let structured = json(&run(&sample(name), &development(), &["--json"]));
        match expected {
            None => {
                assert_eq!(status(&text), 0, "{name}: {}", stdout(&text));
                assert!(stdout(&text).starts_with("Verification successful."), "{name}");
                assert_eq!(structured["valid"], true, "{name}");
            }
            Some(code) => {
                assert_eq!(status(&text), 1, "{name}: {}", stdout(&text));
                let start = format!("Verification failed: {code}: ");
                assert!(stdout(&text).starts_with(&start), "{name}: {}", stdout(&text));
                assert_eq!((&structured["valid"], &structured["reason"]), (&false.into(), &code.into()));
            }
        }
    }
}

#[test]
fn both_reports_have_the_same_facts() {
    let container = sample("asic/valid-signed-hashchain.asice");
    let structured = json(&run(&container, &development(), &["--json"]));
    assert_eq!(structured["signer"]["id"], "SUBSYSTEM:DEV/COM/4321/TestClient");
    let certificate = &structured["signer"]["certificate"];
    assert_eq!(certificate["issuer"], "CN=Test CA, O=Test");
    assert_eq!(certificate["subject"], "SERIALNUMBER=DEV/ss2/COM, CN=4321, O=Test client, C=FI");
    assert_eq!(certificate["serial_number"], "18");
    assert_eq!(certificate["valid_until"], "2044-11-30T07:03:30Z");
    assert_eq!(structured["ocsp"]["signed_by"]["subject"], "CN=Test OCSP, O=Test");
    assert_eq!(structured["timestamp"]["signed_by"]["subject"], "CN=Test TSA, O=Test");
    assert_eq!(structured["timestamp"]["date"], structured["verified_at"]);
    let data = structured["data"].as_array().expect("list");
    let coverage: Vec<(&str, bool)> = data
        .iter()
        .map(|fact| (fact["name"].as_str().expect("name"), fact["verified"].as_bool().expect("flag")))
        .collect();
    assert_eq!(coverage, [("/message.xml", true), ("/attachment1", false)]);

    let text = stdout(&run(&container, &development(), &[]));
    for path in [
        "/signer/id",
        "/signer/claimed_time",
        "/signer/certificate/subject",
        "/signer/certificate/issuer",
        "/signer/certificate/serial_number",
        "/signer/certificate/valid_from",
        "/signer/certificate/valid_until",
        "/ocsp/produced_at",
        "/ocsp/signed_by/subject",
        "/timestamp/date",
        "/timestamp/signed_by/subject",
        "/verified_at",
        "/data/0/digest",
        "/data/1/digest",
    ] {
        let fact = structured.pointer(path).and_then(Value::as_str).expect(path);
        assert!(text.contains(fact), "{path} {fact} is missing in\n{text}");
    }
}

#[test]
fn another_moment_is_another_verdict() {
    let container = sample("asic/valid-batch-ts.asice");
    let late = run(&container, &development(), &["--at", "2026-01-01T00:00:00Z"]);
    assert_eq!(status(&late), 1);
    assert!(stdout(&late).contains("invalid_cert_path.incorrect_validation_info"));
    let structured = json(&run(&container, &development(), &["--json"]));
    let date = structured["timestamp"]["date"].as_str().expect("date").to_owned();
    let same = run(&container, &development(), &["--at", &date]);
    assert_eq!(status(&same), 0);
    assert!(stdout(&same).contains("(as asked for)"));
}

#[test]
fn what_cannot_be_read() {
    let folder = tempfile::tempdir().expect("folder");
    let container = sample("asic/valid-batch-ts.asice");
    let bytes = std::fs::read(&container).expect("container");
    let cut = folder.path().join("cut.asice");
    std::fs::write(&cut, &bytes[..bytes.len() / 2]).expect("file");
    let absent = folder.path().join("absent");
    for (container, configuration) in [
        (absent.as_path(), development()),
        (folder.path(), development()),
        (cut.as_path(), development()),
        (container.as_path(), absent.clone()),
        (container.as_path(), folder.path().to_owned()),
    ] {
        let output = run(container, &configuration, &[]);
        assert_eq!(status(&output), 2, "{}", container.display());
        let message = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(message.starts_with("evidence-verify: "), "{message}");
        assert!(output.stdout.is_empty());
        let structured = json(&run(container, &configuration, &["--json"]));
        assert_eq!((&structured["valid"], &structured["exit_status"]), (&false.into(), &2.into()));
    }
    assert_eq!(status(&run(&container, &development(), &["--at", "yesterday"])), 2);
}

#[test]
fn help_tells_the_exit_status() {
    let output = Command::new(env!("CARGO_BIN_EXE_evidence-verify")).arg("--help").output().expect("runs");
    assert_eq!(status(&output), 0);
    let text = stdout(&output);
    for word in ["Exit status", "--global-conf", "--at", "--json", "instance-identifier"] {
        assert!(text.contains(word), "{word} is missing in\n{text}");
    }
}

/// Containers of the captured pair that are below a folder of vectors; gives their number.
fn captured_containers_are_valid(vectors: &Path) -> usize {
    let mut count = 0;
    for variant in ["rsa", "ec"] {
        let folder = vectors.join("x-road-7.8-live").join(variant);
        let Ok(entries) = std::fs::read_dir(folder.join("asic")) else { continue };
        for entry in entries {
            let path = entry.expect("entry").path();
            if path.extension().is_none_or(|extension| extension != "asice") {
                continue;
            }
            let output = run(&path, &folder.join("globalconf"), &[]);
            assert_eq!(status(&output), 0, "{}: {}", path.display(), stdout(&output));
            count += 1;
        }
    }
    count
}

#[test]
fn captured_containers_of_the_project_are_valid() {
    assert!(captured_containers_are_valid(&vectors()) >= 8);
}

#[test]
fn all_captured_containers_are_valid() {
    let shared = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/vectors");
    if !shared.is_dir() {
        println!("skipped: the full set of captures is not here");
        return;
    }
    assert!(captured_containers_are_valid(&shared) >= 80);
}
