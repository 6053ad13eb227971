//! A consumer's security server: the `openssl` command, one process for each message.

use std::io::{Cursor, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result};
use keys::Identity;
use openssl::pkey::PKey;

use super::SUITE;
use super::http::Received;
use crate::consumer::{Verdict, link_headers};
use crate::envelope::Envelope;

/// Sends messages to one port of the loopback.
pub struct StockConsumer {
    folder: PathBuf,
    port: u16,
}

/// What came of one connection.
#[derive(Debug)]
pub struct Sent {
    /// The answer.
    pub verdict: Verdict,
    /// Whether the session of an earlier connection was resumed; `None` when there was no session with
    /// version and suite of stock servers.
    pub resumed: Option<bool>,
}

impl StockConsumer {
    /// Shows `identity`. Key, certificate and session are kept in files of `folder`, which the caller removes.
    ///
    /// # Errors
    /// The files cannot be written.
    pub fn new(identity: &Identity, port: u16, folder: &Path) -> Result<Self> {
        let key = PKey::private_key_from_der(&identity.key().to_pkcs8()?)?.private_key_to_pem_pkcs8()?;
        std::fs::create_dir_all(folder)?;
        std::fs::write(folder.join("key.pem"), key)?;
        std::fs::write(folder.join("certificate.pem"), identity.certificate().to_pem())?;
        Ok(Self { folder: folder.to_owned(), port })
    }

    /// Sends an envelope over a new connection, with the session of the one before it. Blocks.
    ///
    /// # Errors
    /// There is no `openssl`.
    pub fn send(&self, envelope: &Envelope, request_id: &str) -> Result<Sent> {
        let session = self.folder.join("session.pem");
        let mut command = Command::new("openssl");
        command.args([
            "s_client",
            "-connect",
            &format!("127.0.0.1:{}", self.port),
            "-tls1_2",
            "-cipher",
            SUITE,
        ]);
        command.args(["-ign_eof", "-cert", "certificate.pem", "-key", "key.pem", "-sess_out", "session.pem"]);
        if session.exists() {
            command.args(["-sess_in", "session.pem"]);
        }
        let piped = command
            .current_dir(&self.folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        let mut child = piped.spawn().context("cannot start openssl")?;
        if let Some(mut input) = child.stdin.take() {
            // A server that does not let us in may have closed already; the answer tells.
            let _ = input.write_all(&request(envelope, request_id));
        }
        let output = child.wait_with_output()?.stdout;
        Ok(Sent::read(&output))
    }
}

fn request(envelope: &Envelope, request_id: &str) -> Vec<u8> {
    let (content_type, body) = envelope.encode();
    let mut bytes = b"POST / HTTP/1.1\r\nHost: peer\r\nConnection: close\r\n".to_vec();
    for (name, value) in link_headers(request_id, &content_type) {
        bytes.extend_from_slice(format!("{name}: {value}\r\n").as_bytes());
    }
    bytes.extend_from_slice(format!("Content-Length: {}\r\n\r\n", body.len()).as_bytes());
    bytes.extend_from_slice(&body);
    bytes
}

impl Sent {
    /// Reads what `openssl s_client` printed: the session in words, then what the server sent.
    fn read(output: &[u8]) -> Self {
        let start = output.windows(9).position(|window| window == b"HTTP/1.1 ").unwrap_or(output.len());
        let said = String::from_utf8_lossy(&output[..start]);
        let session = |state: &str| said.contains(&format!("{state}, TLSv1.2, Cipher is {SUITE}"));
        let resumed = match (session("Reused"), session("New")) {
            (true, _) => Some(true),
            (false, true) => Some(false),
            (false, false) => None,
        };
        let verdict = match Received::read(&mut Cursor::new(&output[start..])) {
            Ok(answer) => Verdict::of(answer.field("content-type"), &answer.body),
            Err(error) => Verdict::Nothing(format!("no answer: {error}")),
        };
        Self { verdict, resumed }
    }
}
