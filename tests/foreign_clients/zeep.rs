//! `zeep`, in a virtual environment of its own with fixed versions. It may speak to our server and nobody else.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use demo_town::town::names::{CONSUMER, PROVIDER};
use serde_json::{Value, json};

use crate::persons::{KNOWN, NAME, OPERATION, VERSION};
use crate::town::{TOWN, consumer_server, wsdl};

/// What is installed.
const REQUIREMENTS: &str = include_str!("requirements.txt");

#[test]
fn a_service_is_called_from_the_description_at_its_address() {
    let python = match python() {
        Ok(python) => python,
        Err(reason) => return println!("skipped: {reason}"),
    };
    TOWN.beside_others(async |world| {
        let server = consumer_server(world);
        let service = format!("{PROVIDER}/{OPERATION}/{VERSION}");
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("foreign_clients/zeep_client.py");
        let mut command = Command::new(&python);
        command.arg(&script).args([&server, &wsdl(), CONSUMER, &service, KNOWN, "nobody"]);
        let output = tokio::task::spawn_blocking(move || run(&mut command)).await.unwrap();
        assert!(output.status.success(), "{}", said(&output));
        let seen: Value = serde_json::from_slice(&output.stdout).unwrap();

        assert_eq!(seen["address"], format!("{server}/"), "calls go where the description came from");
        let found = json!({ "name": NAME, "id": format!("zeep-{KNOWN}"), "client": "coupons" });
        assert_eq!(seen["answers"][0], found);
        let fault = &seen["answers"][1];
        assert_eq!(fault["code"], "S:Client.unknownPerson", "as the service gave it: {fault}");
        assert_eq!(fault["message"], "No such person");
        assert!(fault["detail"].as_str().unwrap().contains("Codes begin with QQ"), "{fault}");
        assert_eq!(seen["answers"][2]["code"], "server.serverproxy.unknown_service", "ours: {seen}");

        let mut expected = vec![format!("GET {server}{}", wsdl())];
        expected.extend(vec![format!("POST {server}/"); 3]);
        assert_eq!(seen["seen"], json!(expected), "no schema is loaded from anywhere");
    });
}

/// The Python with zeep; why there is none, if that is nobody's fault.
fn python() -> Result<PathBuf, String> {
    if Command::new("python3").arg("--version").stdout(Stdio::null()).status().is_err() {
        return Err("python3 is not there (scripts/install-packages --test)".to_owned());
    }
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("zeep-environment");
    let (python, installed) = (folder.join("bin/python3"), folder.join("installed.txt"));
    if std::fs::read_to_string(&installed).is_ok_and(|installed| installed == REQUIREMENTS) {
        return Ok(python);
    }
    let made = run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&folder));
    assert!(made.status.success(), "{} (scripts/install-packages --test)", said(&made));
    let wanted = folder.join("requirements.txt");
    std::fs::write(&wanted, REQUIREMENTS).unwrap();
    // Wheels only: nothing is built, and nothing of a package runs before it is imported.
    let pip = ["-m", "pip", "--disable-pip-version-check", "--no-input", "--quiet"];
    let install = ["install", "--no-deps", "--only-binary=:all:", "-r"];
    let done = run(Command::new(&python).args(pip).args(install).arg(&wanted));
    if !done.status.success() {
        let known = run(Command::new(&python).args(pip).args(["index", "versions", "zeep"]));
        if !known.status.success() {
            return Err(format!("PyPI is not reachable: {}", said(&known)));
        }
        panic!("PyPI is reachable, but: {}", said(&done));
    }
    std::fs::write(&installed, REQUIREMENTS).unwrap();
    Ok(python)
}

fn run(command: &mut Command) -> Output {
    command.stdin(Stdio::null()).output().unwrap()
}

fn said(output: &Output) -> String {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
    format!("{}: {} {}", output.status, text(&output.stdout), text(&output.stderr))
}
