//! What a container holds of a message.

use anyhow::{Context, Result};

use super::signatures::Signature;
use crate::verdict::archive;

/// A container, opened.
#[derive(Debug, Default)]
pub struct Kept {
    /// The message: lines of REST, or a SOAP envelope.
    pub message: Vec<u8>,
    /// The body of a REST message, or the first attachment.
    pub body: Option<Vec<u8>>,
    /// The hash chain, where the signature is over one.
    pub chain: Option<String>,
    /// The value of the signature; messages that were signed together share it.
    pub value: String,
}

impl Kept {
    /// Reads a container.
    ///
    /// # Errors
    /// A file that it must have is missing.
    pub fn read(container: &[u8]) -> Result<Self> {
        let mut files = archive::files(container)?;
        let mut file = |name: &str| {
            let at = files.iter().position(|(found, _)| found == name)?;
            Some(files.swap_remove(at).1)
        };
        let signature = String::from_utf8(file("META-INF/signatures.xml").context("no signature")?)?;
        let value = signature.split("SignatureValue").nth(1).context("no signature value")?.to_owned();
        Ok(Self {
            message: file("message.xml").context("no message.xml")?,
            body: file("attachment1"),
            chain: file("sig-hashchain.xml").map(String::from_utf8).transpose()?,
            value,
        })
    }

    /// The lines of a REST message.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        String::from_utf8_lossy(&self.message).split_terminator("\r\n").map(str::to_owned).collect()
    }

    /// Its signature, made by us or by the partner.
    #[must_use]
    pub fn signature(self, by_us: bool) -> Signature {
        // A step that has a value from elsewhere has it from another message.
        let with_others = self.chain.is_some_and(|chain| chain.contains("HashValue"));
        Signature { by_us, value: self.value, with_others }
    }
}
