//! Writes a directory in the form of X-Road's central server: CR LF, its case and its quotes.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use pki::{DigestAlgorithm, SignatureAlgorithm};
use time::OffsetDateTime;
use time::format_description::BorrowedFormatItem;
use time::macros::format_description;

use crate::content::ContentIdentifier;
use crate::version::FormatVersion;

/// Hash of files and of the certificate, and digest of the signature: X-Road's default.
const HASH: DigestAlgorithm = DigestAlgorithm::Sha512;
const EXPIRE_DATE: &[BorrowedFormatItem<'_>] =
    format_description!("[year]-[month]-[day]T[hour]:[minute]:[second]Z");

/// A directory that is to be signed.
#[derive(Debug, Clone)]
pub struct DirectoryDraft {
    /// When the configuration stops being valid; written with whole seconds.
    pub expires: OffsetDateTime,
    /// Format version of the files.
    pub version: FormatVersion,
    /// Instance of the files.
    pub instance: String,
    /// The files.
    pub parts: Vec<DraftPart>,
}

/// One file of the draft.
#[derive(Debug, Clone)]
pub struct DraftPart {
    /// What the file is.
    pub content: ContentIdentifier,
    /// Path below the address of the directory's host, such as `/V6/20251110170000548026000/shared-params.xml`.
    pub location: String,
    /// SHA-512 of the file.
    pub sha512: Vec<u8>,
}

/// What goes around the signature.
#[derive(Debug, Clone, Copy)]
pub struct SigningInstructions<'a> {
    /// Boundaries of the outer and the inner multipart: different, unpredictable, letters and digits.
    pub boundaries: [&'a str; 2],
    /// Certificate (DER) that the anchor carries for the signing key.
    pub certificate: &'a [u8],
    /// Algorithm of the signing key.
    pub algorithm: SignatureAlgorithm,
}

impl DraftPart {
    /// A file that is published at `location`.
    #[must_use]
    pub fn new(content: ContentIdentifier, location: String, file: &[u8]) -> Self {
        Self { content, location, sha512: HASH.digest(file) }
    }
}

impl DirectoryDraft {
    /// Writes the directory; `sign` gives the signature over the bytes that it gets, ECDSA as DER.
    ///
    /// # Errors
    /// The error of `sign`.
    pub fn sign<E>(
        &self,
        instructions: &SigningInstructions<'_>,
        sign: impl FnOnce(&[u8]) -> Result<Vec<u8>, E>,
    ) -> Result<Vec<u8>, E> {
        let [outer, inner] = instructions.boundaries;
        let signed = self.signed_text(inner);
        let signature = STANDARD.encode(sign(signed.as_bytes())?);
        let (algorithm, hash_uri) = (instructions.algorithm.uri(), HASH.uri());
        let certificate_hash = STANDARD.encode(HASH.digest(instructions.certificate));
        let text = format!(
            "Content-Type: multipart/related; charset=UTF-8; boundary={outer}\r\n\
             \r\n\
             --{outer}\r\n\
             Content-Type: multipart/mixed; charset=UTF-8; boundary={inner}\r\n\
             \r\n\
             {signed}\r\n\
             --{outer}\r\n\
             Content-Type: application/octet-stream\r\n\
             Content-Transfer-Encoding: base64\r\n\
             Signature-Algorithm-Id: {algorithm}\r\n\
             Verification-certificate-hash: {certificate_hash}; hash-algorithm-id=\"{hash_uri}\"\r\n\
             \r\n\
             {signature}\r\n\
             --{outer}--\r\n"
        );
        Ok(text.into_bytes())
    }

    /// The octets that are signed: from the first inner delimiter to the line end of the last one.
    fn signed_text(&self, boundary: &str) -> String {
        let expires = self.expires.to_offset(time::UtcOffset::UTC);
        // Formatting a time into a string fails for no value of these components.
        let expires = expires.format(EXPIRE_DATE).unwrap_or_default();
        let mut text =
            format!("--{boundary}\r\nExpire-date: {expires}\r\nVersion: {}\r\n\r\n", self.version.number());
        for part in &self.parts {
            let hash = STANDARD.encode(&part.sha512);
            text.push_str(&format!(
                "--{boundary}\r\n\
                 Content-type: application/octet-stream\r\n\
                 Content-transfer-encoding: base64\r\n\
                 Content-identifier: {}; instance='{}'\r\n\
                 Content-location: {}\r\n\
                 Hash-algorithm-id: {}\r\n\
                 \r\n\
                 {hash}\r\n",
                part.content,
                self.instance,
                part.location,
                HASH.uri()
            ));
        }
        text.push_str(&format!("--{boundary}--\r\n"));
        text
    }
}
