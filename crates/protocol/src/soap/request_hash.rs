//! The request hash in the header of a response: how it gets in, and how it is checked.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;

use super::SoapError;
use super::content_type::with_utf8;
use super::header::{Inconsistency, SoapHeader};
use super::layout::Layout;
use super::message::{SoapDocument, SoapMessage};
use crate::Limits;
use crate::digest::Sha512;
use crate::fault::Word;
use crate::names::HASH_ALGORITHM_URI;
use crate::proxy_message::SoapPart;
use crate::xml::to_utf8;

/// In what a response does not match its request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SoapMismatch {
    /// A header field differs.
    #[error("Response from server proxy is not consistent with request: {0}")]
    Header(Inconsistency),
    /// The response has no request hash.
    #[error("Response from server proxy is missing request message hash")]
    HashMissing,
    /// The request hash is not that of the request.
    #[error("Request message hash does not match request message")]
    Hash,
}

impl SoapMismatch {
    /// The words of the fault code after `server.clientproxy`.
    #[must_use]
    pub const fn words(&self) -> &'static [Word] {
        match self {
            Self::Header(_) => &[Word::ServiceFailed, Word::InconsistentResponse],
            Self::HashMissing | Self::Hash => &[Word::InconsistentResponse],
        }
    }
}

impl SoapMessage {
    /// The response with the hash of its request, [`SoapMessage::hash`], behind the field `id`; an existing request
    /// hash goes. All other bytes stay as they are, unless the message is not in UTF-8: then it becomes so, with its
    /// declaration and content type, since everybody behind us takes it for UTF-8.
    ///
    /// # Errors
    /// A message that the hash makes larger than its limit.
    pub fn with_request_hash(self, hash: &Sha512, limits: &Limits) -> Result<Self, SoapError> {
        let decoded = self.text()?;
        let text = insert(&decoded.text, &self.layout, &STANDARD.encode(hash));
        let (bytes, content_type) = if decoded.utf8 {
            let mark = self.part.bytes.get(..decoded.mark).unwrap_or_default();
            (Bytes::from([mark, text.as_bytes()].concat()), self.part.content_type)
        } else {
            (Bytes::from(to_utf8(&text)), with_utf8(&self.part.content_type))
        };
        // Read again, so that nothing leaves that a receiver would not understand as we do.
        match Self::read(SoapPart { content_type, headers: self.part.headers, bytes }, limits)? {
            SoapDocument::Message(message) => Ok(*message),
            SoapDocument::Fault(_) => Err(SoapError::Body),
        }
    }

    /// Checks that this response belongs to a request with this header and hash.
    ///
    /// # Errors
    /// The first [`SoapMismatch`] in X-Road's order.
    pub fn check_answers(&self, request: &SoapHeader, request_hash: &Sha512) -> Result<(), SoapMismatch> {
        self.header.check_answers(request).map_err(SoapMismatch::Header)?;
        let found = self.header.request_hash.as_ref().ok_or(SoapMismatch::HashMissing)?;
        // Some write base64 in lines. The algorithm is not asked for: the length decides.
        let text: Vec<u8> = found.value.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
        match STANDARD.decode(text) {
            Ok(found) if found == request_hash => Ok(()),
            _ => Err(SoapMismatch::Hash),
        }
    }
}

/// The text with a request hash behind `id` and without the one it has.
fn insert(text: &str, layout: &Layout, hash: &str) -> String {
    let element = element(text, layout, hash);
    let dropped = layout.request_hash.clone().unwrap_or(layout.id_end..layout.id_end);
    let part = |range: std::ops::Range<usize>| text.get(range).unwrap_or_default();
    if dropped.start < layout.id_end {
        let before = [part(0..dropped.start), part(dropped.end..layout.id_end)];
        return [before[0], before[1], &element, part(layout.id_end..text.len())].concat();
    }
    let after = [part(layout.id_end..dropped.start), part(dropped.end..text.len())];
    [part(0..layout.id_end), &element, after[0], after[1]].concat()
}

/// The element, with the white space that the header uses, the prefix of `id` and its attributes: they may declare the
/// namespace.
fn element(text: &str, layout: &Layout, hash: &str) -> String {
    let colon = if layout.id_prefix.is_empty() { "" } else { ":" };
    let name = format!("{}{colon}requestHash", layout.id_prefix);
    let mut element = text.get(layout.indent.clone()).unwrap_or_default().to_owned();
    element.push('<');
    element.push_str(&name);
    for attribute in &layout.id_attributes {
        element.push(' ');
        element.push_str(text.get(attribute.clone()).unwrap_or_default());
    }
    // Writing to a String cannot fail.
    let _ = write!(element, " algorithmId=\"{HASH_ALGORITHM_URI}\">{hash}</{name}>");
    element
}
