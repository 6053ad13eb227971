//! The program as an administrator uses it, and its answers as the `openssl` command sees them.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test may break off; helpers are part of it")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use tempfile::TempDir;

const CONFIG: &str = "state_folder = \"state\"\nlisten = \"127.0.0.1:0\"\n[authority]\nkey = \"p-256\"\n";
const OPEN: &str = "[signing]\nhttp = true\n[test_modes]\nenabled = true\n";
const SUBJECT: &str = "/C=FI/O=Town/serialNumber=TOWN\\/ss1\\/GOV/CN=1001";

/// A folder in which commands run.
struct Folder(TempDir);

impl Folder {
    fn new(extra: &str) -> Self {
        let folder = Self(tempfile::tempdir().unwrap());
        folder.put("trust-services.toml", format!("{CONFIG}{extra}").as_bytes());
        folder
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn put(&self, name: &str, content: &[u8]) {
        std::fs::write(self.path().join(name), content).unwrap();
    }

    fn get(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.path().join(name)).unwrap()
    }

    /// Runs a command of the program from elsewhere: paths in the configuration are relative to it.
    fn command(&self, command: &str, arguments: &[&str]) -> Output {
        let config = self.path().join("trust-services.toml");
        let mut program = Command::new(env!("CARGO_BIN_EXE_trust-services"));
        program.arg(command).arg("--config").arg(config).args(arguments).current_dir("/");
        program.output().unwrap()
    }

    fn succeeds(&self, command: &str, arguments: &[&str]) -> String {
        let output = self.command(command, arguments);
        assert!(output.status.success(), "{command} {arguments:?}: {}", text(&output));
        assert!(String::from_utf8_lossy(&output.stderr).contains("FOR DEVELOPMENT AND PILOTS ONLY"));
        String::from_utf8(output.stdout).unwrap()
    }

    fn fails(&self, command: &str, arguments: &[&str]) -> String {
        let output = self.command(command, arguments);
        assert!(!output.status.success(), "{command} {arguments:?}: {}", text(&output));
        String::from_utf8(output.stderr).unwrap()
    }

    fn openssl(&self, arguments: &[&str]) -> String {
        let output = Command::new("openssl").args(arguments).current_dir(self.path()).output().unwrap();
        text(&output)
    }

    fn file(&self, name: &str) -> String {
        self.path().join(name).display().to_string()
    }

    /// A key and a request for it.
    fn request(&self, name: &str, subject: &str) -> String {
        let (key, csr) = (format!("{name}.key"), format!("{name}.csr"));
        self.openssl(&[
            "req", "-newkey", "rsa:2048", "-nodes", "-keyout", &key, "-subj", subject, "-out", &csr,
        ]);
        self.file(&csr)
    }

    fn issue(&self, name: &str, profile: &str) -> String {
        let (csr, out) = (self.request(name, SUBJECT), self.file(&format!("{name}.pem")));
        self.succeeds("issue", &["--profile", profile, "--csr", &csr, "--out", &out]);
        out
    }

    fn serve(&self) -> Server {
        Server::start(self)
    }
}

/// The running program; ended with the test.
struct Server {
    child: Child,
    address: String,
    log: String,
}

impl Server {
    fn start(folder: &Folder) -> Self {
        let config = folder.path().join("trust-services.toml");
        let mut program = Command::new(env!("CARGO_BIN_EXE_trust-services"));
        program.arg("serve").arg("--config").arg(config).env("RUST_LOG", "info");
        let mut child = program.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut log = String::new();
        let address = loop {
            let line = lines.next().expect("the server says where it listens").unwrap();
            log.push_str(&line);
            if let Some((_, rest)) = line.split_once("address=") {
                break rest.split(' ').next().unwrap().to_owned();
            }
        };
        // Somebody must take what else is logged.
        std::thread::spawn(move || lines.for_each(drop));
        Self { child, address, log }
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Status and body.
    fn send(&self, method: &str, path: &str, body: &[u8]) -> (u16, Vec<u8>) {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        stream.write_all(head.as_bytes()).unwrap();
        stream.write_all(body).unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        let end = answer.windows(4).position(|window| window == b"\r\n\r\n").unwrap();
        let status = String::from_utf8_lossy(&answer[9..12]).parse().unwrap();
        (status, answer.split_off(end + 4))
    }

    fn mode(&self, mode: &str) {
        assert_eq!(self.send("POST", &format!("/mode/{mode}"), b"").0, 200, "{mode}");
    }

    fn rss_kilobytes(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
        line.split_whitespace().nth(1).unwrap().parse().unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn text(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// What `openssl ocsp` says about a certificate; the response must verify.
fn ocsp(folder: &Folder, server: &Server, certificate: &str) -> String {
    let url = server.url("/ocsp");
    let said = folder.openssl(&[
        "ocsp",
        "-issuer",
        "ca.pem",
        "-cert",
        certificate,
        "-CAfile",
        "ca.pem",
        "-url",
        &url,
    ]);
    assert!(said.contains("Response verify OK"), "{said}");
    said
}

#[test]
fn issued_certificates_verify_and_are_listed() {
    let folder = Folder::new("");
    folder.succeeds("init", &[]);
    folder.succeeds("certificates", &["--out", &folder.file("")]);
    for (profile, purpose) in [("auth", "sslserver"), ("sign", "any"), ("tls", "sslclient")] {
        folder.issue(profile, profile);
        let certificate = format!("{profile}.pem");
        let said = folder.openssl(&[
            "verify",
            "-x509_strict",
            "-purpose",
            purpose,
            "-CAfile",
            "ca.pem",
            &certificate,
        ]);
        assert!(said.contains(&format!("{certificate}: OK")), "{said}");
    }
    let usage = folder.openssl(&["x509", "-in", "sign.pem", "-noout", "-ext", "keyUsage", "-subject"]);
    assert!(usage.contains("Non Repudiation") && usage.contains("serialNumber = TOWN/ss1/GOV"), "{usage}");
    let list = folder.succeeds("list", &[]);
    assert_eq!(list.lines().count(), 5, "three and the services' own: {list}");
    let printed = folder.succeeds("certificates", &[]);
    assert_eq!(printed.matches("BEGIN CERTIFICATE").count(), 3);
    // DNS names and addresses for TLS come from the command line too.
    let (csr, out) = (folder.file("tls.csr"), folder.file("named.pem"));
    let names = ["--dns", "db.town.example", "--ip", "127.0.0.1"];
    folder.succeeds("issue", &[&["--profile", "tls", "--csr", &csr, "--out", &out], &names[..]].concat());
    let names = folder.openssl(&["x509", "-in", "named.pem", "-noout", "-ext", "subjectAltName"]);
    assert!(names.contains("DNS:db.town.example, IP Address:127.0.0.1"), "{names}");
}

#[test]
fn init_keeps_what_is_there() {
    let folder = Folder::new("");
    assert!(folder.fails("serve", &[]).contains("trust-services init"));
    assert!(folder.succeeds("init", &[]).contains("ca: made"));
    let (certificate, key) = (folder.get("state/certificates/ca.pem"), folder.get("state/keys/ca.key.pem"));
    assert!(folder.succeeds("init", &[]).contains("ca: was there and stays"));
    assert_eq!(folder.get("state/certificates/ca.pem"), certificate);
    assert_eq!(folder.get("state/keys/ca.key.pem"), key);
}

#[test]
fn revocations_take_effect_beside_a_running_server() {
    let folder = Folder::new("");
    folder.succeeds("init", &[]);
    folder.succeeds("certificates", &["--out", &folder.file("")]);
    let server = folder.serve();
    assert!(server.log.contains("FOR DEVELOPMENT AND PILOTS ONLY"), "{}", server.log);
    let [one, two] = ["one", "two"].map(|name| folder.issue(name, "auth"));
    assert!(ocsp(&folder, &server, "one.pem").contains("one.pem: good"));
    folder.succeeds("revoke", &[&one, "--reason", "key-compromise"]);
    let said = ocsp(&folder, &server, "one.pem");
    assert!(said.contains("one.pem: revoked") && said.contains("keyCompromise"), "{said}");
    assert!(folder.fails("reinstate", &[&one]).contains("not on hold"));

    let serial = folder.openssl(&["x509", "-in", "two.pem", "-noout", "-serial"]);
    let serial = serial.trim().trim_start_matches("serial=");
    folder.succeeds("revoke", &[serial, "--reason", "certificate-hold"]);
    assert!(ocsp(&folder, &server, "two.pem").contains("two.pem: revoked"));
    folder.succeeds("reinstate", &[&two]);
    assert!(ocsp(&folder, &server, "two.pem").contains("two.pem: good"));
    assert!(folder.succeeds("list", &[]).contains("revoked"));

    // The services' own certificates were issued here too, the authority's was not.
    assert!(ocsp(&folder, &server, "tsa.pem").contains("tsa.pem: good"));
    assert!(ocsp(&folder, &server, "ca.pem").contains("ca.pem: unknown"));
    assert!(folder.fails("revoke", &["0123"]).contains("no certificate with the serial number 0123"));
    let stranger = Folder::new("");
    stranger.succeeds("init", &[]);
    assert!(folder.fails("revoke", &[&stranger.issue("x", "auth")]).contains("was not issued here"));
    // A build without optimisation; what counts is that it stays in this order of magnitude.
    assert!(server.rss_kilobytes() < 20_000, "{} KB", server.rss_kilobytes());
}

#[test]
fn timestamps_verify() {
    let folder = Folder::new("");
    folder.succeeds("init", &[]);
    let server = folder.serve();
    for role in ["ca", "tsa"] {
        let (status, certificate) = server.send("GET", &format!("/certificates/{role}.pem"), b"");
        assert_eq!(status, 200);
        folder.put(&format!("{role}.pem"), &certificate);
    }
    folder.put("data", b"what is stamped");
    // With the certificate asked for, and as X-Road asks: without certificate and nonce.
    for options in [&["-cert", "-sha256"][..], &["-no_nonce", "-sha512"]] {
        let query = ["ts", "-query", "-data", "data", "-out", "query"];
        folder.openssl(&[&query[..], options].concat());
        let (status, reply) = server.send("POST", "/tsa", &folder.get("query"));
        assert_eq!(status, 200);
        folder.put("reply", &reply);
        let verify = ["ts", "-verify", "-data", "data", "-in", "reply", "-CAfile", "ca.pem"];
        let said = folder.openssl(&[&verify[..], &["-untrusted", "tsa.pem"]].concat());
        assert!(said.contains("Verification: OK"), "{options:?}: {said}");
    }
    folder.put("data", b"something else");
    let said = folder.openssl(&[
        "ts",
        "-verify",
        "-data",
        "data",
        "-in",
        "reply",
        "-CAfile",
        "ca.pem",
        "-untrusted",
        "tsa.pem",
    ]);
    assert!(said.contains("Verification: FAILED"), "{said}");
}

#[test]
fn answers_are_switched_and_certificates_given_where_that_is_enabled() {
    let folder = Folder::new(OPEN);
    folder.succeeds("init", &[]);
    folder.succeeds("certificates", &["--out", &folder.file("")]);
    let server = folder.serve();
    assert!(server.log.contains("signing.http") && server.log.contains("test_modes.enabled"));
    folder.request("leaf", SUBJECT);
    let (status, certificate) = server.send("POST", "/sign?profile=sign", &folder.get("leaf.csr"));
    assert_eq!(status, 200);
    folder.put("leaf.pem", &certificate);
    assert!(ocsp(&folder, &server, "leaf.pem").contains("leaf.pem: good"));
    for (mode, expected) in [
        ("revoked", "leaf.pem: revoked"),
        ("unknown", "leaf.pem: unknown"),
        ("stale", "Status times invalid"),
        ("good", "leaf.pem: good"),
    ] {
        server.mode(&format!("ocsp/{mode}"));
        let said = ocsp(&folder, &server, "leaf.pem");
        assert!(said.contains(expected), "{mode}: {said}");
    }
    server.mode("ocsp/down");
    assert_eq!(server.send("POST", "/ocsp", b"").0, 503);
    folder.put("data", b"x");
    folder.openssl(&["ts", "-query", "-data", "data", "-sha512", "-out", "query"]);
    server.mode("tsa/reject");
    folder.put("reply", &server.send("POST", "/tsa", &folder.get("query")).1);
    assert!(folder.openssl(&["ts", "-reply", "-in", "reply", "-text"]).contains("Status: Rejected"));
    server.mode("tsa/down");
    assert_eq!(server.send("POST", "/tsa", &folder.get("query")).0, 503);
    // A hostile subject gets nothing, with the reason.
    folder.request("nobody", "/C=FI/O=Town/CN=1001/serialNumber=only-one-part");
    let (status, reason) = server.send("POST", "/sign?profile=sign", &folder.get("nobody.csr"));
    assert_eq!(status, 400);
    assert!(String::from_utf8_lossy(&reason).contains("names no member"));
}

#[test]
fn what_is_not_enabled_is_not_there_and_mistakes_are_named() {
    let folder = Folder::new("");
    folder.succeeds("init", &[]);
    let server = folder.serve();
    for path in ["/sign?profile=auth", "/mode/ocsp/down", "/revoke/01"] {
        let (status, reason) = server.send("POST", path, b"");
        assert_eq!(status, 404, "{path}");
        assert!(String::from_utf8_lossy(&reason).contains("switched off"), "{path}");
    }
    assert_eq!(server.send("GET", "/health", b"").0, 200);
    folder.put("trust-services.toml", format!("{CONFIG}[ocps]\n").as_bytes());
    assert!(folder.fails("list", &[]).contains("ocps"));
}
