//! The parts of a message as they travel between security servers.

use evidence::signature::Seal;
use protocol::names::mime;
use protocol::proxy_message::{Boundary, Direction, MessageEncoder};
use service_kit::random;

use crate::message::Message;

/// Every part, open to be changed, left out, or put in another place.
#[derive(Debug, Clone)]
pub struct Envelope {
    /// Request or response.
    pub direction: Direction,
    /// OCSP responses for the sender's authentication certificate.
    pub ocsp: Vec<Vec<u8>>,
    /// The message part.
    pub message: Option<Vec<u8>>,
    /// The body part.
    pub body: Option<Vec<u8>>,
    /// The hash chain result.
    pub hash_chain_result: Option<Vec<u8>>,
    /// The hash chain.
    pub hash_chain: Option<Vec<u8>>,
    /// The signature document.
    pub signature: Option<Vec<u8>>,
    /// A further part after the signature: content type and content.
    pub after_signature: Option<(&'static str, Vec<u8>)>,
    /// How it ends.
    pub end: End,
}

/// How an envelope ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// With the closing delimiter.
    Closed,
    /// So many bytes before the end of the closing delimiter.
    Short(usize),
    /// In the middle of the body part.
    InBody,
}

impl Envelope {
    /// A signed message as an honest server sends it.
    #[must_use]
    pub fn new(direction: Direction, ocsp: Vec<Vec<u8>>, message: Message, seal: &Seal) -> Self {
        let owned = |document: &Option<std::sync::Arc<[u8]>>| document.as_deref().map(<[u8]>::to_vec);
        Self {
            direction,
            ocsp,
            message: Some(message.bytes),
            body: message.body,
            hash_chain_result: owned(&seal.hash_chain_result),
            hash_chain: owned(&seal.hash_chain),
            signature: Some(seal.signature.to_vec()),
            after_signature: None,
            end: End::Closed,
        }
    }

    /// `Content-Type` and bytes.
    #[must_use]
    pub fn encode(&self) -> (String, Vec<u8>) {
        let letters = random::letters(30);
        let boundary = Boundary::from_letters(&letters).unwrap_or_else(|_| Boundary::from_random(&[0; 30]));
        let outer = boundary.outer();
        let mut encoder = match self.direction {
            Direction::Request => MessageEncoder::request(boundary),
            Direction::Response => MessageEncoder::response(boundary),
        };
        let content_type = encoder.content_type();
        let mut bytes = Vec::new();
        for response in &self.ocsp {
            bytes.extend_from_slice(&encoder.ocsp(response));
        }
        if let Some(message) = &self.message {
            bytes.extend_from_slice(&encoder.rest_message(message));
        }
        if let Some(body) = &self.body {
            bytes.extend_from_slice(&encoder.body_start());
            bytes.extend_from_slice(body);
        }
        if self.end == End::InBody {
            return (content_type, bytes);
        }
        if let Some(document) = &self.hash_chain_result {
            bytes.extend_from_slice(&encoder.hash_chain_result(document));
        }
        if let Some(document) = &self.hash_chain {
            bytes.extend_from_slice(&encoder.hash_chain(document));
        }
        if let Some(document) = &self.signature {
            bytes.extend_from_slice(&encoder.signature(document));
        }
        if let Some((kind, content)) = &self.after_signature {
            let head = format!("\r\n--{outer}\r\n{}: {kind}\r\n\r\n", protocol::names::header::CONTENT_TYPE);
            bytes.extend_from_slice(head.as_bytes());
            bytes.extend_from_slice(content);
        }
        bytes.extend_from_slice(&encoder.finish());
        if let End::Short(missing) = self.end {
            bytes.truncate(bytes.len().saturating_sub(missing));
        }
        (content_type, bytes)
    }

    /// Changes the message part as text.
    pub fn change_message(&mut self, from: &str, to: &str) {
        self.message = self.message.take().map(|bytes| replaced(&bytes, from, to));
    }

    /// Changes the signature document as text.
    pub fn change_signature(&mut self, from: &str, to: &str) {
        self.signature = self.signature.take().map(|bytes| replaced(&bytes, from, to));
    }

    /// Changes the hash chain as text.
    pub fn change_hash_chain(&mut self, from: &str, to: &str) {
        self.hash_chain = self.hash_chain.take().map(|bytes| replaced(&bytes, from, to));
    }
}

/// A part that a signature does not know, for [`Envelope::after_signature`].
#[must_use]
pub fn stray_body() -> (&'static str, Vec<u8>) {
    (mime::REST_BODY, b"and another thing".to_vec())
}

/// Replaces the first occurrence. A text that is not there stays away: the lie would be none, and its test fails.
fn replaced(bytes: &[u8], from: &str, to: &str) -> Vec<u8> {
    let text = String::from_utf8_lossy(bytes);
    text.replacen(from, to, 1).into_bytes()
}
