//! The list of files inside the signed part.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use pki::DigestAlgorithm;
use time::OffsetDateTime;

use super::mime::{Headers, Parameters, split_headers, split_multipart};
use super::{DirectoryError, MAX_PARTS};
use crate::content::ContentIdentifier;
use crate::version::FormatVersion;
use crate::xml::parse_date_time;

/// Longest name of a stored file, in bytes.
const MAX_FILE_NAME_BYTES: usize = 128;

/// One file as the directory lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartReference {
    /// What the file is.
    pub content: ContentIdentifier,
    /// Instance that the file is of, if the directory says it.
    pub instance: Option<String>,
    /// Path of the file, resolved against scheme and host of the directory's address.
    pub location: String,
    /// Name under which the file is stored: a plain name, never a path.
    pub file_name: String,
    algorithm: DigestAlgorithm,
    hash: Vec<u8>,
}

/// What the signed part says.
pub(super) struct SignedList {
    pub(super) expires: OffsetDateTime,
    pub(super) version: FormatVersion,
    pub(super) parts: Vec<PartReference>,
}

impl PartReference {
    /// Whether these are the bytes that were signed.
    pub(super) fn matches(&self, bytes: &[u8]) -> bool {
        self.algorithm.digest(bytes) == self.hash
    }
}

/// Reads expiry and version first and asks whether to go on: an expired directory is refused as
/// such, whatever else is wrong with it.
pub(super) fn read_list(
    body: &[u8],
    boundary: &str,
    now: OffsetDateTime,
) -> Result<SignedList, DirectoryError> {
    let bodies = split_multipart(body, boundary)?;
    let (first, files) = bodies.split_first().ok_or(DirectoryError::NoSignedData)?;
    let (headers, _) = split_headers(first)?;
    let expires = headers.required("Expire-date")?;
    let expires = parse_date_time(expires).ok_or_else(|| wrong_value("Expire-date", expires))?;
    if now > expires {
        return Err(DirectoryError::Outdated(expires));
    }
    let version = match headers.get("Version") {
        None => FormatVersion::V2,
        Some(text) => text.parse().map_err(|_| wrong_value("Version", text))?,
    };
    if files.len() > MAX_PARTS {
        return Err(DirectoryError::TooManyParts);
    }
    let parts = files.iter().map(|file| read_part(file)).collect::<Result<Vec<_>, _>>()?;
    let mut names: Vec<&str> = parts.iter().map(|part| part.file_name.as_str()).collect();
    names.sort_unstable();
    if names.windows(2).any(|pair| pair[0] == pair[1]) {
        return Err(DirectoryError::Malformed("two files have the same name"));
    }
    Ok(SignedList { expires, version, parts })
}

fn read_part(bytes: &[u8]) -> Result<PartReference, DirectoryError> {
    let (headers, body) = split_headers(bytes)?;
    headers.must_be("Content-type", "application/octet-stream")?;
    headers.must_be("Content-transfer-encoding", "base64")?;
    let identifier = Parameters::of(headers.required("Content-identifier")?);
    let content = ContentIdentifier::from_text(identifier.value);
    let instance = identifier.get("instance").map(str::to_owned);
    let known = matches!(content, ContentIdentifier::PrivateParameters | ContentIdentifier::SharedParameters);
    if known && instance.is_none() {
        return Err(DirectoryError::ParameterMissing { header: "Content-identifier", parameter: "instance" });
    }
    let location = headers.required("Content-location")?.to_owned();
    let algorithm = headers.required("Hash-algorithm-id")?;
    let algorithm =
        DigestAlgorithm::from_uri(algorithm).ok_or_else(|| wrong_value("Hash-algorithm-id", algorithm))?;
    let hash = decode(body).filter(|hash| hash.len() == algorithm.output_len());
    let hash = hash.ok_or_else(|| DirectoryError::MalformedHash(location.clone()))?;
    let file_name = file_name(&content, &headers, &location)?;
    Ok(PartReference { content, instance, location, file_name, algorithm, hash })
}

/// The name under which X-Road stores a file: a fixed one for the parameters, which no other file
/// may have, otherwise that of the header or the end of the location.
fn file_name(
    content: &ContentIdentifier,
    headers: &Headers,
    location: &str,
) -> Result<String, DirectoryError> {
    let reserved = [ContentIdentifier::PrivateParameters, ContentIdentifier::SharedParameters];
    if let Some(fixed) = reserved.iter().find(|known| *known == content) {
        return Ok(fixed.default_file_name().unwrap_or_default().to_owned());
    }
    let name = match headers.get("Content-file-name") {
        Some(name) => name,
        None => location.rsplit('/').next().unwrap_or_default(),
    };
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    let usable = !name.is_empty()
        && name.len() <= MAX_FILE_NAME_BYTES
        && name.bytes().all(plain)
        && !name.starts_with('.')
        && !name.ends_with(crate::metadata::SUFFIX)
        && reserved.iter().all(|known| known.default_file_name() != Some(name));
    if usable { Ok(name.to_owned()) } else { Err(wrong_value("Content-file-name", name)) }
}

/// Base64 with white space.
pub(super) fn decode(text: &[u8]) -> Option<Vec<u8>> {
    let compact: Vec<u8> = text.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect();
    STANDARD.decode(compact).ok()
}

pub(super) fn wrong_value(header: &'static str, value: &str) -> DirectoryError {
    DirectoryError::HeaderValue { header, value: value.chars().take(80).collect() }
}
