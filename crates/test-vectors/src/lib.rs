//! The data files of `tests/vectors`, read for fuzzing and micro-benchmarks; no program depends on it.
//!
//! - [`file`], [`files`], [`paths`], [`located`]: files as they are
//! - [`captured`]: messages of the captured pairs of stock servers, without their HTTP frame
//! - [`global_configuration`]: what the servers of such a pair knew

#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "data that is missing ends whatever was to be done with it"
)]

use std::path::{Path, PathBuf};

use globalconf::GlobalConf;
use protocol::Limits;
use protocol::digest::{PartDigest, PartDigests};
use protocol::proxy_message::{Direction, MessageEvent, decode_all};
use time::OffsetDateTime;
use time::macros::datetime;

/// Shortly after everything was captured that is in `x-road-7.8-live`.
pub const CAPTURED_AT: OffsetDateTime = datetime!(2026-11-21 15:20:00 UTC);

/// The two captured pairs: with RSA and with P-256 keys.
pub const PAIRS: [&str; 2] = ["rsa", "ec"];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/vectors")
}

/// Where a file or folder below `tests/vectors` is.
#[must_use]
pub fn located(path: &str) -> PathBuf {
    folder().join(path)
}

/// A file below `tests/vectors`.
#[must_use]
pub fn file(path: &str) -> Vec<u8> {
    let full = located(path);
    std::fs::read(&full).unwrap_or_else(|error| panic!("{}: {error}", full.display()))
}

/// Paths of all files below a folder of `tests/vectors`, in order.
#[must_use]
pub fn paths(folder_path: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut open = vec![folder().join(folder_path)];
    while let Some(inside) = open.pop() {
        let entries =
            std::fs::read_dir(&inside).unwrap_or_else(|error| panic!("{}: {error}", inside.display()));
        for entry in entries {
            let path = entry.unwrap_or_else(|error| panic!("{}: {error}", inside.display())).path();
            if path.is_dir() {
                open.push(path);
            } else if let Ok(relative) = path.strip_prefix(folder()) {
                found.push(relative.to_string_lossy().into_owned());
            }
        }
    }
    found.sort();
    found
}

/// All files below a folder whose path ends so.
#[must_use]
pub fn files(folder_path: &str, ending: &str) -> Vec<Vec<u8>> {
    paths(folder_path).iter().filter(|path| path.ends_with(ending)).map(|path| file(path)).collect()
}

/// The global configuration of a captured pair.
#[must_use]
pub fn global_configuration(pair: &str) -> GlobalConf {
    let root = format!("x-road-7.8-live/{pair}/globalconf/");
    let stored = paths(&root).into_iter().map(|path| {
        let bytes = file(&path);
        (path.trim_start_matches(&root).to_owned(), bytes)
    });
    globalconf::stored::load(&stored.collect::<Vec<_>>())
        .expect("a configuration that the unit tests load too")
}

/// A captured HTTP message: content type and body, chunks put together.
#[derive(Debug, Clone)]
pub struct Captured {
    /// Path of the file.
    pub path: String,
    /// `Content-Type`.
    pub content_type: String,
    /// The body.
    pub body: Vec<u8>,
}

impl Captured {
    /// Requests travel to port 5500, responses come back.
    #[must_use]
    pub fn direction(&self) -> Direction {
        if self.path.contains("-request") { Direction::Request } else { Direction::Response }
    }

    /// Everything in it that is signed, and the three parts of the signature.
    #[must_use]
    pub fn signed(&self) -> Option<Signed> {
        let events = decode_all(self.direction(), &self.content_type, &self.body, &Limits::default()).ok()?;
        let mut digests = PartDigests::new();
        let mut signed = Signed::default();
        for event in &events {
            digests.observe(event);
            match event {
                MessageEvent::HashChainResult(bytes) => signed.hash_chain_result = bytes.to_vec(),
                MessageEvent::HashChain(bytes) => signed.hash_chain = bytes.to_vec(),
                MessageEvent::Signature(bytes) => signed.signature = bytes.to_vec(),
                _ => {}
            }
        }
        signed.parts = digests.finish();
        (!signed.signature.is_empty()).then_some(signed)
    }
}

/// A signature with its hash chain, empty where there is none, and what it covers.
#[derive(Debug, Clone, Default)]
pub struct Signed {
    /// The signature document.
    pub signature: Vec<u8>,
    /// The hash chain result.
    pub hash_chain_result: Vec<u8>,
    /// The hash chain.
    pub hash_chain: Vec<u8>,
    /// Digests of the parts.
    pub parts: Vec<PartDigest>,
}

/// The captured messages whose path contains this, those with a long body left out.
#[must_use]
pub fn captured(contains: &str) -> Vec<Captured> {
    let wanted = |path: &String| path.ends_with(".http") && path.contains(contains);
    let messages = paths("x-road-7.8-live").into_iter().filter(wanted).map(|path| {
        let (content_type, body) = http_message(&file(&path));
        Captured { path, content_type, body }
    });
    messages.filter(|message| message.body.len() < 64 * 1024).collect()
}

fn http_message(bytes: &[u8]) -> (String, Vec<u8>) {
    let split = bytes.windows(4).position(|window| window == b"\r\n\r\n").unwrap_or(bytes.len());
    let head = String::from_utf8_lossy(&bytes[..split]).into_owned();
    let body = bytes.get(split + 4..).unwrap_or_default();
    let header = |name: &str| {
        let fields = head.lines().filter_map(|line| line.split_once(':'));
        let mut values = fields.filter(|(known, _)| known.eq_ignore_ascii_case(name));
        values.next().map(|(_, value)| value.trim().to_owned()).unwrap_or_default()
    };
    let chunked = header("transfer-encoding").eq_ignore_ascii_case("chunked");
    (header("content-type"), if chunked { unchunked(body) } else { body.to_vec() })
}

/// Some captures lack the last, empty chunk.
fn unchunked(mut rest: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    while let Some(end) = rest.windows(2).position(|window| window == b"\r\n") {
        let size =
            std::str::from_utf8(&rest[..end]).ok().and_then(|text| usize::from_str_radix(text, 16).ok());
        let Some(size @ 1..) = size else { break };
        body.extend_from_slice(rest.get(end + 2..end + 2 + size).unwrap_or_default());
        rest = rest.get(end + 4 + size..).unwrap_or_default();
    }
    body
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn captured_requests_are_signed() {
        let requests = captured(".5500-request");
        assert!(requests.len() > 20);
        for request in &requests {
            assert!(request.signed().is_some_and(|signed| !signed.parts.is_empty()), "{}", request.path);
        }
    }

    #[test]
    fn captured_configurations_load() {
        for pair in PAIRS {
            assert_eq!(global_configuration(pair).instance(), "INST");
        }
    }
}
