//! The running program and a plain HTTP client.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::town::{PROGRAM, Town};

/// A running registry; killed when dropped.
pub(crate) struct Service {
    child: Child,
    downloads: String,
    administration: String,
}

impl Service {
    /// Starts it and waits until its ports are open.
    pub(crate) fn start(town: &Town) -> Self {
        let mut child = Command::new(PROGRAM)
            .args(["serve", "--config"])
            .arg(town.path().join("central-registry.toml"))
            .env("RUST_LOG", "info")
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let (mut downloads, mut administration) = (None, None);
        while downloads.is_none() || administration.is_none() {
            let line = lines.next().expect("the program ended").unwrap();
            let address = line.split("address=").nth(1).map(|rest| format!("http://{}", rest.trim()));
            if line.contains("global configuration is served") {
                downloads = address;
            } else if line.contains("administration is served") {
                administration = address;
            }
        }
        // Nobody reads further lines; a full pipe would stop the program.
        std::thread::spawn(move || lines.for_each(drop));
        Self { child, downloads: downloads.unwrap(), administration: administration.unwrap() }
    }

    /// Where the configuration is downloaded.
    pub(crate) fn downloads(&self) -> &str {
        &self.downloads
    }

    /// Where health is asked for.
    pub(crate) fn administration(&self) -> &str {
        &self.administration
    }

    /// Waits until a configuration is published.
    pub(crate) fn wait_until_ready(&self) {
        let started = Instant::now();
        while get(&format!("{}/ready", self.administration)).0 != 200 {
            assert!(started.elapsed() < Duration::from_secs(20), "not ready");
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Resident memory.
    pub(crate) fn resident_kib(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
        line.split_whitespace().nth(1).unwrap().parse().unwrap()
    }

    /// Ends it as a service manager does; whether it ended with success.
    pub(crate) fn stop_gently(mut self) -> bool {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
        self.child.wait().unwrap().success()
    }

    /// Ends it as a power cut does.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// `GET` over a connection of its own: status and body.
pub(crate) fn get(url: &str) -> (u16, Vec<u8>) {
    let rest = url.strip_prefix("http://").unwrap();
    let (host, path) = rest.split_once('/').unwrap();
    let mut stream = TcpStream::connect(host).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    write!(stream, "GET /{path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    let end = answer.windows(4).position(|window| window == b"\r\n\r\n").unwrap();
    let head = String::from_utf8(answer[..end].to_vec()).unwrap();
    assert!(!head.to_ascii_lowercase().contains("transfer-encoding"), "{head}");
    (head.split(' ').nth(1).unwrap().parse().unwrap(), answer[end + 4..].to_vec())
}
