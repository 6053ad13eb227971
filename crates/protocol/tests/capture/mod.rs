//! Captures of a stock X-Road pair: finding them, and taking the HTTP frame off. Test-only; it trusts its input.

use std::path::{Path, PathBuf};

/// One captured HTTP message.
pub(crate) struct Capture {
    pub(crate) name: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Capture {
    pub(crate) fn read(path: &Path) -> Self {
        let bytes = std::fs::read(path).unwrap();
        let end = bytes.windows(4).position(|window| window == b"\r\n\r\n").unwrap();
        let head = std::str::from_utf8(&bytes[..end]).unwrap();
        let headers: Vec<(String, String)> = head
            .lines()
            .skip(1)
            .map(|line| line.split_once(':').unwrap())
            .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
            .collect();
        let body = &bytes[end + 4..];
        let chunked = headers.iter().any(|(name, value)| name == "transfer-encoding" && value == "chunked");
        // Captures of the information system's side were written with the body already put together.
        let on_the_wire = path.to_string_lossy().contains("5500");
        Self {
            name: path.display().to_string(),
            body: if chunked && on_the_wire { dechunked(body) } else { body.to_vec() },
            headers,
        }
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        let found = self.headers.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str()).unwrap_or_default()
    }
}

/// Every capture of both key types whose file name ends so, in order.
pub(crate) fn captures(suffix: &str) -> Vec<Capture> {
    let vectors = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/vectors/x-road-7.8-live");
    let mut paths: Vec<PathBuf> = ["rsa", "ec"]
        .iter()
        .flat_map(|variant| std::fs::read_dir(vectors.join(variant).join("messages")).unwrap())
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.to_string_lossy().ends_with(suffix))
        .collect();
    paths.sort();
    paths.iter().map(|path| Capture::read(path)).collect()
}

/// Puts chunks together. Four of the captures lack the last, empty chunk: the server had read enough before it came.
fn dechunked(mut rest: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    loop {
        let Some(line) = rest.windows(2).position(|window| window == b"\r\n") else { return body };
        let size = usize::from_str_radix(std::str::from_utf8(&rest[..line]).unwrap(), 16).unwrap();
        if size == 0 {
            return body;
        }
        body.extend_from_slice(&rest[line + 2..line + 2 + size]);
        rest = &rest[line + 2 + size + 2..];
    }
}
