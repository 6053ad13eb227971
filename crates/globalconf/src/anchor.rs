//! The configuration anchor: where the configuration is downloaded and who may sign it.

use aws_lc_rs::digest;
use time::OffsetDateTime;
use time::format_description::BorrowedFormatItem;
use time::macros::format_description;

use crate::xml::{Document, WriteError, Writer, XmlError, base64_bytes, date_time, required, set_once};

/// Root element of an anchor file.
const ROOT: &str = "configurationAnchor";
/// How X-Road writes the time of an anchor: UTC with milliseconds.
const GENERATED_AT: &[BorrowedFormatItem<'_>] =
    format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:3]Z");

/// A configuration anchor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Anchor {
    /// When the anchor was made.
    pub generated_at: Option<OffsetDateTime>,
    /// Instance that the configuration must be of.
    pub instance: String,
    /// Places to download from, at least one.
    pub sources: Vec<AnchorSource>,
}

/// One place to download from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnchorSource {
    /// Address of the signed directory, without version parameter.
    pub download_url: String,
    /// Certificates (DER) that may sign; containers of public keys only.
    pub verification_certs: Vec<Vec<u8>>,
}

impl Anchor {
    /// Reads an anchor file.
    ///
    /// # Errors
    /// See [`XmlError`].
    pub fn parse(bytes: &[u8]) -> Result<Self, XmlError> {
        let mut document = Document::open(bytes, ROOT)?;
        let anchor = Self::read(&mut document)?;
        document.finish()?;
        Ok(anchor)
    }

    /// Writes the anchor file.
    ///
    /// # Errors
    /// A text contains a character that XML cannot carry.
    pub fn write(&self) -> Result<Vec<u8>, WriteError> {
        let mut writer = Writer::document(ROOT);
        self.write_content(&mut writer)?;
        Ok(writer.finish(ROOT))
    }

    /// The hash that administrators compare by eye: SHA-224 over the bytes of the file, upper
    /// case, separated by colons.
    #[must_use]
    pub fn hash_sha224_colon(file: &[u8]) -> String {
        let digest = digest::digest(&digest::SHA224, file);
        let pairs: Vec<String> = digest.as_ref().iter().map(|byte| format!("{byte:02X}")).collect();
        pairs.join(":")
    }

    /// Reads the content of an element of the anchor type that was entered.
    pub(crate) fn read(document: &mut Document<'_>) -> Result<Self, XmlError> {
        let (mut generated_at, mut instance, mut sources) = (None, None, Vec::new());
        while let Some(child) = document.next_child(ROOT)? {
            match child.name() {
                "generatedAt" => {
                    set_once(&mut generated_at, date_time(document, &child)?, ROOT, "generatedAt")?;
                }
                "instanceIdentifier" => {
                    set_once(&mut instance, document.text(&child)?, ROOT, "instanceIdentifier")?;
                }
                "source" => sources.push(AnchorSource::read(document)?),
                _ => return Err(child.unexpected_in(ROOT)),
            }
        }
        if sources.is_empty() {
            return Err(XmlError::Missing { parent: ROOT, element: "source" });
        }
        Ok(Self { generated_at, instance: required(instance, ROOT, "instanceIdentifier")?, sources })
    }

    /// Writes the children of an element of the anchor type.
    pub(crate) fn write_content(&self, writer: &mut Writer) -> Result<(), WriteError> {
        if let Some(time) = self.generated_at {
            let time = time.to_offset(time::UtcOffset::UTC).format(GENERATED_AT);
            let time = time.map_err(|_| WriteError::MissingValue {
                element: "generatedAt",
                problem: "the time cannot be written",
            })?;
            writer.leaf("generatedAt", &time)?;
        }
        writer.leaf("instanceIdentifier", &self.instance)?;
        for source in &self.sources {
            writer.open("source", &[])?;
            writer.leaf("downloadURL", &source.download_url)?;
            for cert in &source.verification_certs {
                writer.base64_leaf("verificationCert", cert)?;
            }
            writer.close("source");
        }
        Ok(())
    }
}

impl AnchorSource {
    fn read(document: &mut Document<'_>) -> Result<Self, XmlError> {
        const NAME: &str = "source";
        let (mut download_url, mut verification_certs) = (None, Vec::new());
        while let Some(child) = document.next_child(NAME)? {
            match child.name() {
                "downloadURL" => {
                    set_once(&mut download_url, document.text(&child)?, NAME, "downloadURL")?;
                }
                "verificationCert" => verification_certs.push(base64_bytes(document, &child)?),
                _ => return Err(child.unexpected_in(NAME)),
            }
        }
        if verification_certs.is_empty() {
            return Err(XmlError::Missing { parent: NAME, element: "verificationCert" });
        }
        Ok(Self { download_url: required(download_url, NAME, "downloadURL")?, verification_certs })
    }
}

#[cfg(test)]
mod tests;
