//! A message of another security server on its way in: decoded, hashed and spooled as it arrives.

use std::time::Duration;

use bytes::Bytes;
use protocol::fault::{FaultCode, Origin, ReceivedFault, Word};
use protocol::multipart::PartHeaders;
use protocol::proxy_message::{MessageDecoder, MessageError, MessageEvent};
use protocol::soap::{Sender, SoapDocument, SoapError, SoapMessage};
use protocol::{Limits, PartDigest, PartDigests, Payload};
use service_kit::http::{Body, BodyError, Headers};
use service_kit::spool::{Spool, SpoolError, SpoolRoom, Spooled};

use crate::message_log::Seal;

/// How long the end of the HTTP body is waited for after the signature.
const AFTER_SIGNATURE: Duration = Duration::from_millis(500);

/// A message that is complete by the rules of the transport. Nothing of it is proven.
#[derive(Default)]
pub struct Inflow {
    /// OCSP responses for the sender's authentication certificate.
    pub ocsp: Vec<Bytes>,
    /// The message part.
    pub message: Option<Arrived>,
    /// The REST body, or all SOAP attachments without anything between them.
    pub body: Option<Spooled>,
    /// The SOAP attachments inside `body`.
    pub attachments: Vec<Attached>,
    /// Digests of all parts that a signature covers.
    pub digests: Vec<PartDigest>,
    /// Present whenever there is no fault: the decoder refuses a message without.
    pub signature: Option<Bytes>,
    /// Hash chain of the signature.
    pub hash_chain_result: Option<Bytes>,
    /// See `hash_chain_result`.
    pub hash_chain: Option<Bytes>,
    /// A refusal in the place of the message or its signature.
    pub fault: Option<ReceivedFault>,
}

/// The message part of a received message.
#[derive(Debug)]
pub enum Arrived {
    /// The bytes of a REST message.
    Rest(Bytes),
    /// A SOAP message, which has been read: what is wrong with it is found out before its attachments come.
    Soap(Box<SoapMessage>),
}

/// One SOAP attachment in the spool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attached {
    /// Its headers.
    pub headers: PartHeaders,
    /// Its length in bytes; it begins where the one before ends.
    pub length: u64,
}

/// How much of a message may come, and where it goes.
pub struct Bounds<'a> {
    /// Of the parts that are held in memory.
    pub limits: &'a Limits,
    /// Of the body, or of all attachments together. Bytes.
    pub body: u64,
    /// Where these wait.
    pub room: &'a SpoolRoom,
}

/// How the end of the HTTP body is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EndOfBody {
    /// By its length or its chunks. Nothing less than that is a whole message.
    Announced,
    /// By the end of the connection, as stock servers do. Some TLS stacks end it without close_notify; whether the
    /// message is whole is then for its closing delimiter to say, without which it is refused.
    WithConnection,
}

impl EndOfBody {
    /// As the header fields of a response say.
    #[must_use]
    pub fn of(headers: &Headers) -> Self {
        let announced = headers.contains("transfer-encoding") || headers.contains("content-length");
        if announced { Self::Announced } else { Self::WithConnection }
    }
}

/// Why a message is not complete.
#[derive(Debug, thiserror::Error)]
pub enum InflowError {
    /// It breaks the rules of the transport.
    #[error(transparent)]
    Message(#[from] MessageError),
    /// Its SOAP part breaks the rules of the message protocol.
    #[error(transparent)]
    Soap(#[from] SoapError),
    /// It ended early, stalled, or the connection failed.
    #[error(transparent)]
    Body(#[from] BodyError),
    /// Its body is too large, or the spool failed.
    #[error(transparent)]
    Spool(#[from] SpoolError),
}

impl InflowError {
    /// X-Road's code for it, found by `side` in a message of that protocol.
    #[must_use]
    pub fn code(&self, side: Origin, payload: Payload) -> FaultCode {
        match self {
            Self::Message(error) => FaultCode::new(side, error.words(payload)),
            Self::Soap(error) => error.code(match side {
                Origin::ServerProxy => Sender::ClientProxy,
                Origin::Client | Origin::ClientProxy => Sender::ServerProxy,
            }),
            Self::Body(_) | Self::Spool(_) => FaultCode::new(side, &[Word::ServiceFailed, Word::IoError]),
        }
    }
}

impl Inflow {
    /// Takes in a whole message. Its body or attachments go to the spool.
    ///
    /// # Errors
    /// See [`InflowError`].
    pub async fn take(
        mut decoder: MessageDecoder,
        mut body: Body,
        end: EndOfBody,
        bounds: &Bounds<'_>,
    ) -> Result<Self, InflowError> {
        let mut taken = Self::default();
        let (mut digests, mut spool) = (PartDigests::new(), None);
        loop {
            let piece = match taken.next_piece(&mut body).await.transpose() {
                Err(BodyError::Truncated) if end == EndOfBody::WithConnection => None,
                piece => piece?,
            };
            let last = piece.is_none();
            match piece {
                Some(piece) => decoder.push(piece),
                None => decoder.finish(),
            }
            while let Some(event) = decoder.next_event()? {
                digests.observe(&event);
                taken.event(event, &mut spool, bounds).await?;
            }
            if last {
                taken.digests = digests.finish();
                return Ok(taken);
            }
        }
    }

    /// The next piece; after the signature not for long. Nothing may follow it but the closing delimiter, and stock
    /// servers answer as soon as they have that: the last HTTP chunk of a request may never come.
    async fn next_piece(&self, body: &mut Body) -> Option<Result<Bytes, BodyError>> {
        if self.signature.is_none() {
            return body.piece().await;
        }
        // In time or not at all; whether the closing delimiter was there is for the decoder to say.
        tokio::time::timeout(AFTER_SIGNATURE, body.piece()).await.unwrap_or(None)
    }

    async fn event(
        &mut self,
        event: MessageEvent,
        spool: &mut Option<Spool>,
        bounds: &Bounds<'_>,
    ) -> Result<(), InflowError> {
        match event {
            MessageEvent::Ocsp(response) => self.ocsp.push(response),
            MessageEvent::RestMessage(message) => self.message = Some(Arrived::Rest(message)),
            MessageEvent::Soap(part) => match SoapMessage::read(part, bounds.limits)? {
                SoapDocument::Message(message) => self.message = Some(Arrived::Soap(message)),
                SoapDocument::Fault(fault) => self.fault = Some(fault),
            },
            MessageEvent::BodyStart => *spool = Some(bounds.room.open(bounds.body)),
            MessageEvent::AttachmentStart(headers) => {
                spool.get_or_insert_with(|| bounds.room.open(bounds.body));
                self.attachments.push(Attached { headers, length: 0 });
            }
            MessageEvent::Body(data) | MessageEvent::Attachment(data) => {
                if let Some(attached) = self.attachments.last_mut() {
                    attached.length += data.len() as u64;
                }
                if let Some(spool) = spool {
                    spool.write(data).await?;
                }
            }
            MessageEvent::BodyEnd | MessageEvent::AttachmentsEnd => {
                if let Some(spool) = spool.take() {
                    self.body = Some(spool.finish().await?);
                }
            }
            MessageEvent::HashChainResult(document) => self.hash_chain_result = Some(document),
            MessageEvent::HashChain(document) => self.hash_chain = Some(document),
            MessageEvent::Signature(document) => self.signature = Some(document),
            MessageEvent::Fault(fault) => self.fault = Some(fault),
            MessageEvent::AttachmentsStart | MessageEvent::AttachmentEnd | MessageEvent::End => {}
        }
        Ok(())
    }

    /// The signature with its hash chain.
    #[must_use]
    pub fn seal(&self) -> Option<Seal> {
        let signature = self.signature.clone()?;
        let (hash_chain_result, hash_chain) = (self.hash_chain_result.clone(), self.hash_chain.clone());
        Some(Seal { signature, hash_chain_result, hash_chain })
    }
}

#[cfg(test)]
mod tests {
    use futures_util::{StreamExt as _, stream};
    use service_kit::spool::SpoolSettings;

    use super::*;

    /// Content type and body of a captured response; its end is that of the connection.
    fn captured(name: &str) -> (String, Bytes) {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/vectors/x-road-7.8-live/rsa/messages");
        let raw = std::fs::read(format!("{folder}/{name}.5500-response.http")).unwrap();
        let split = raw.windows(4).position(|window| window == b"\r\n\r\n").unwrap();
        let head = std::str::from_utf8(&raw[..split]).unwrap();
        let content_type = head.lines().find_map(|line| line.strip_prefix("Content-Type: ")).unwrap();
        (content_type.to_owned(), Bytes::copy_from_slice(&raw[split + 4..]))
    }

    async fn taken(
        content_type: &str,
        body: Bytes,
        then: Option<BodyError>,
        end: EndOfBody,
    ) -> Result<Inflow, InflowError> {
        let decoder = MessageDecoder::response(content_type, &Limits::default()).unwrap();
        let pieces: Vec<_> = body.chunks(1_000).map(|piece| Ok(body.slice_ref(piece))).collect();
        let body = Body::stream(stream::iter(pieces.into_iter().chain(then.map(Err))), None);
        let room = SpoolRoom::new(SpoolSettings::default());
        let bounds = Bounds { limits: &Limits::default(), body: 1_000_000, room: &room };
        Inflow::take(decoder, body, end, &bounds).await
    }

    #[tokio::test]
    async fn captured_messages_are_taken_in() {
        for (name, parts, body) in
            [("01-rest-get", 2, true), ("05-rest-204", 1, false), ("11-rest-post-binary-100k", 2, true)]
        {
            let (content_type, message) = captured(name);
            let inflow = taken(&content_type, message, None, EndOfBody::WithConnection).await.unwrap();
            assert_eq!((inflow.digests.len(), inflow.body.is_some()), (parts, body), "{name}");
            assert!(inflow.seal().is_some() && inflow.fault.is_none());
        }
        let (content_type, message) = captured("07-rest-access-denied");
        let refused = taken(&content_type, message, None, EndOfBody::Announced).await.unwrap();
        assert_eq!(refused.fault.unwrap().code, "server.serverproxy.access_denied");
    }

    #[tokio::test]
    async fn without_its_end_a_message_is_nothing() {
        let (content_type, message) = captured("02-rest-post-json");
        let cut = |keep: usize| message.slice(..keep);
        let whole = message.len();
        // A connection that ends without close_notify: the closing delimiter decides.
        let ended = |body| taken(&content_type, body, Some(BodyError::Truncated), EndOfBody::WithConnection);
        assert!(ended(cut(whole)).await.is_ok());
        for keep in [whole - 3, whole - 40, whole / 2, 100] {
            let error = ended(cut(keep)).await.err().unwrap();
            assert!(matches!(error, InflowError::Message(_)), "{keep}: {error}");
        }
        // An announced end that does not come: refused, whatever was there.
        let announced =
            taken(&content_type, cut(whole), Some(BodyError::Truncated), EndOfBody::Announced).await;
        assert!(matches!(announced, Err(InflowError::Body(BodyError::Truncated))));
    }

    #[tokio::test]
    async fn the_last_chunk_is_not_waited_for() {
        let (content_type, message) = captured("02-rest-post-json");
        for (keep, complete) in [(message.len(), true), (message.len() - 10, false)] {
            let pieces = stream::iter([Ok(message.slice(..keep))]).chain(stream::pending());
            let decoder = MessageDecoder::response(&content_type, &Limits::default()).unwrap();
            let room = SpoolRoom::new(SpoolSettings::default());
            let limits = Limits::default();
            let bounds = Bounds { limits: &limits, body: 1_000_000, room: &room };
            let take = Inflow::take(decoder, Body::stream(pieces, None), EndOfBody::Announced, &bounds);
            let outcome = tokio::time::timeout(Duration::from_secs(2), take).await;
            assert_eq!(outcome.is_ok_and(|taken| taken.is_ok()), complete);
        }
    }
}
