//! Digests of message parts, and the names the parts have in signatures.

use std::fmt;

use aws_lc_rs::digest::{Context, SHA512, digest};

use crate::proxy_message::MessageEvent;

/// A SHA-512 digest, the only one on the message path.
pub type Sha512 = [u8; 64];

/// The name of a message part in the references of a signature or hash chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum PartName {
    /// The SOAP part, or the REST request or response message: `/message.xml`.
    Message,
    /// Attachment by its number, from 1: `/attachment1`. The body of a REST message is attachment 1.
    Attachment(u32),
}

impl fmt::Display for PartName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Message => f.write_str("/message.xml"),
            Self::Attachment(number) => write!(f, "/attachment{number}"),
        }
    }
}

/// The digest of one message part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartDigest {
    /// Which part.
    pub name: PartName,
    /// SHA-512 of its content, as it is on the wire.
    pub sha512: Sha512,
}

/// SHA-512 of a whole.
#[must_use]
pub fn sha512(data: &[u8]) -> Sha512 {
    copied(digest(&SHA512, data).as_ref())
}

/// SHA-512 of a stream.
pub struct Hasher(Context);

impl Hasher {
    /// Starts with no data.
    #[must_use]
    pub fn new() -> Self {
        Self(Context::new(&SHA512))
    }

    /// Adds data.
    pub fn update(&mut self, data: &[u8]) {
        self.0.update(data);
    }

    /// The digest of all data added.
    #[must_use]
    pub fn finish(self) -> Sha512 {
        copied(self.0.finish().as_ref())
    }
}

impl Default for Hasher {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Hasher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Hasher(SHA-512)")
    }
}

/// Digests the parts of a message while its events pass by, with the names the signature uses.
#[derive(Debug, Default)]
pub struct PartDigests {
    done: Vec<PartDigest>,
    open: Option<Hasher>,
}

impl PartDigests {
    /// Starts before the first event.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes note of the next event of the message.
    pub fn observe(&mut self, event: &MessageEvent) {
        match event {
            MessageEvent::RestMessage(message) => self.push(PartName::Message, sha512(message)),
            MessageEvent::Soap(soap) => self.push(PartName::Message, sha512(&soap.bytes)),
            MessageEvent::BodyStart | MessageEvent::AttachmentStart(_) => self.open = Some(Hasher::new()),
            MessageEvent::Body(data) | MessageEvent::Attachment(data) => {
                if let Some(hasher) = &mut self.open {
                    hasher.update(data);
                }
            }
            MessageEvent::BodyEnd | MessageEvent::AttachmentEnd => {
                if let Some(hasher) = self.open.take() {
                    let attachments = self.done.iter().filter(|part| part.name != PartName::Message).count();
                    let number = u32::try_from(attachments + 1).unwrap_or(u32::MAX);
                    self.push(PartName::Attachment(number), hasher.finish());
                }
            }
            MessageEvent::Ocsp(_)
            | MessageEvent::AttachmentsStart
            | MessageEvent::AttachmentsEnd
            | MessageEvent::HashChainResult(_)
            | MessageEvent::HashChain(_)
            | MessageEvent::Signature(_)
            | MessageEvent::Fault(_)
            | MessageEvent::End => {}
        }
    }

    /// The digests of the parts that are complete, in the order of the message.
    #[must_use]
    pub fn digests(&self) -> &[PartDigest] {
        &self.done
    }

    /// The digests, when all events have been observed.
    #[must_use]
    pub fn finish(self) -> Vec<PartDigest> {
        self.done
    }

    fn push(&mut self, name: PartName, sha512: Sha512) {
        self.done.push(PartDigest { name, sha512 });
    }
}

fn copied(digest: &[u8]) -> Sha512 {
    let mut bytes = [0; 64];
    bytes.copy_from_slice(digest);
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_signatures() {
        assert_eq!(PartName::Message.to_string(), "/message.xml");
        assert_eq!(PartName::Attachment(12).to_string(), "/attachment12");
    }

    #[test]
    fn stream_and_whole_agree() {
        let mut hasher = Hasher::new();
        hasher.update(b"he");
        hasher.update(b"");
        hasher.update(b"llo");
        assert_eq!(hasher.finish(), sha512(b"hello"));
        assert_eq!(hex::encode(&sha512(b"")[..8]), "cf83e1357eefb8bd");
    }
}
