//! The checks of a directory, in the order in which X-Road's configuration client makes them.

use std::borrow::Cow;

use pki::{Certificate, DigestAlgorithm, SignatureAlgorithm};
use time::OffsetDateTime;

use super::mime::{Headers, Parameters, split_headers, split_multipart};
use super::parts::{PartReference, decode, read_list, wrong_value};
use super::{DirectoryError, MAX_DIRECTORY_BYTES, PartError};
use crate::content::ContentIdentifier;
use crate::metadata::Metadata;
use crate::private_params::PrivateParams;
use crate::shared_params::SharedParams;
use crate::version::FormatVersion;

/// A directory whose signature, expiry and form were checked. Made by [`VerifiedDirectory::verify`]
/// only.
#[derive(Debug, Clone)]
pub struct VerifiedDirectory {
    instance: String,
    expires: OffsetDateTime,
    version: FormatVersion,
    parts: Vec<PartReference>,
}

impl VerifiedDirectory {
    /// Checks a directory as downloaded.
    ///
    /// `instance` is the one that the anchor names, `certificates` are those of the source it was
    /// downloaded from (DER). They are containers of public keys: neither their validity nor their
    /// issuer matters.
    ///
    /// # Errors
    /// In this order: form, signature part, certificate, signature, expiry, list of files, instance.
    pub fn verify(
        bytes: &[u8],
        instance: &str,
        certificates: &[Vec<u8>],
        now: OffsetDateTime,
    ) -> Result<Self, DirectoryError> {
        if bytes.len() > MAX_DIRECTORY_BYTES {
            return Err(DirectoryError::TooLarge);
        }
        let (headers, body) = split_headers(bytes)?;
        let outer = split_multipart(body, headers.boundary()?)?;
        let (signed, signatures) = outer.split_first().ok_or(DirectoryError::NoSignedData)?;
        let (signed_headers, signed_bytes) = split_headers(signed)?;
        if signatures.is_empty() {
            return Err(DirectoryError::NoSignature);
        }
        for signature in signatures {
            check_signature(signature, signed_bytes, certificates)?;
        }
        // Nothing inside the signed part is looked at before this point.
        let list = read_list(signed_bytes, signed_headers.boundary()?, now)?;
        for part in &list.parts {
            check_instance(part, instance)?;
        }
        let (expires, version, parts) = (list.expires, list.version, list.parts);
        Ok(Self { instance: instance.to_owned(), expires, version, parts })
    }

    /// The instance whose configuration this is.
    #[must_use]
    pub fn instance(&self) -> &str {
        &self.instance
    }

    /// When the configuration stops being valid.
    #[must_use]
    pub fn expires(&self) -> OffsetDateTime {
        self.expires
    }

    /// Format version of the files.
    #[must_use]
    pub fn version(&self) -> FormatVersion {
        self.version
    }

    /// The files in the order of the directory.
    #[must_use]
    pub fn parts(&self) -> &[PartReference] {
        &self.parts
    }

    /// The file with this content, if listed.
    #[must_use]
    pub fn part(&self, content: &ContentIdentifier) -> Option<&PartReference> {
        self.parts.iter().find(|part| part.content == *content)
    }

    /// Checks the bytes of a file against the directory: hash, then form and instance of the files
    /// that we know.
    ///
    /// # Errors
    /// See [`PartError`].
    pub fn check_part(&self, part: &PartReference, bytes: &[u8]) -> Result<(), PartError> {
        if !part.matches(bytes) {
            return Err(PartError::HashMismatch(part.file_name.clone()));
        }
        let malformed = |cause| PartError::Malformed { file: part.file_name.clone(), cause };
        let found = match &part.content {
            ContentIdentifier::SharedParameters => {
                SharedParams::parse(bytes, self.version).map_err(malformed)?.instance
            }
            ContentIdentifier::PrivateParameters => {
                PrivateParams::parse(bytes, self.version).map_err(malformed)?.instance
            }
            extension => {
                let mut extensions = crate::extensions::Extensions::default();
                return extensions.take(extension, bytes).map_err(malformed);
            }
        };
        if found == self.instance {
            return Ok(());
        }
        let (file, expected) = (part.file_name.clone(), self.instance.clone());
        Err(PartError::WrongInstance { file, found, expected })
    }

    /// The two files to keep for one checked part: the file and its metadata, as pairs of path
    /// relative to the configuration folder and bytes. They are what [`crate::stored::load`] reads.
    #[must_use]
    pub fn stored_files(
        &self,
        instance: &str,
        part: &PartReference,
        bytes: Vec<u8>,
    ) -> [(String, Vec<u8>); 2] {
        let path = crate::stored::path(instance, &part.file_name);
        let metadata = Metadata {
            content_identifier: Some(part.content.as_str().to_owned()),
            instance_identifier: part.instance.clone(),
            expiration_date: Some(self.expires),
            content_file_name: Some(part.file_name.clone()),
            content_location: Some(part.location.clone()),
            configuration_version: Some(self.version),
        };
        let metadata_path = format!("{path}{}", crate::metadata::SUFFIX);
        [(path, bytes), (metadata_path, metadata.write())]
    }
}

fn check_instance(part: &PartReference, expected: &str) -> Result<(), DirectoryError> {
    match &part.instance {
        Some(found) if found != expected => Err(DirectoryError::WrongInstance {
            content: part.content.to_string(),
            found: found.clone(),
            expected: expected.to_owned(),
        }),
        Some(_) | None => Ok(()),
    }
}

fn check_signature(part: &[u8], signed: &[u8], certificates: &[Vec<u8>]) -> Result<(), DirectoryError> {
    let (headers, body) = split_headers(part)?;
    headers.must_be("Content-type", "application/octet-stream")?;
    headers.must_be("Content-transfer-encoding", "base64")?;
    let algorithm = headers.required("Signature-algorithm-id")?;
    let algorithm = SignatureAlgorithm::from_uri(algorithm)
        .map_err(|_| wrong_value("Signature-algorithm-id", algorithm))?;
    let certificate = certificate_of(&headers, certificates)?;
    let signature = decode(body).ok_or(DirectoryError::SignatureEncoding)?;
    let unusable = |error: &dyn std::error::Error| DirectoryError::UnusableCertificate(error.to_string());
    let certificate = Certificate::from_der(&certificate).map_err(|error| unusable(&error))?;
    let key = certificate.public_key().map_err(|error| unusable(&error))?;
    // A configuration proxy with a hardware token passes ECDSA values on as r and s side by side.
    let raw = || algorithm.is_ecdsa() && key.verify_xmldsig(algorithm, signed, &signature).is_ok();
    if key.verify(algorithm, signed, &signature).is_ok() || raw() {
        Ok(())
    } else {
        Err(DirectoryError::BadSignature)
    }
}

/// The certificate among those of the source that the signature names by its hash.
fn certificate_of<'a>(
    headers: &Headers,
    certificates: &'a [Vec<u8>],
) -> Result<Cow<'a, [u8]>, DirectoryError> {
    const HEADER: &str = "Verification-certificate-hash";
    const PARAMETER: &str = "hash-algorithm-id";
    let value = Parameters::of(headers.required(HEADER)?);
    let missing = DirectoryError::ParameterMissing { header: HEADER, parameter: PARAMETER };
    let algorithm = value.get(PARAMETER).ok_or(missing)?;
    let algorithm = DigestAlgorithm::from_uri(algorithm).ok_or_else(|| wrong_value(HEADER, algorithm))?;
    let wanted = decode(value.value.as_bytes()).ok_or_else(|| wrong_value(HEADER, value.value))?;
    let mut candidates = certificates.iter().map(|certificate| as_der(certificate));
    let found = candidates.find(|certificate| algorithm.digest(certificate) == wanted);
    found.ok_or(DirectoryError::UnknownCertificate)
}

/// The hash is over DER; a few configurations hold base64 of PEM instead.
fn as_der(certificate: &[u8]) -> Cow<'_, [u8]> {
    if !certificate.starts_with(b"-----") {
        return Cow::Borrowed(certificate);
    }
    match Certificate::from_pem(certificate) {
        Ok(parsed) => Cow::Owned(parsed.der().to_vec()),
        Err(_) => Cow::Borrowed(certificate),
    }
}
