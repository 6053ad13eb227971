//! A message of another security server on its way in: decoded, hashed and spooled as it arrives.

use bytes::Bytes;
use protocol::fault::{ReceivedFault, Word};
use protocol::proxy_message::{MessageDecoder, MessageError, MessageEvent};
use protocol::{PartDigest, PartDigests, Payload};
use service_kit::http::{Body, BodyError};
use service_kit::spool::{Spool, SpoolError, SpoolRoom, Spooled};

use crate::message_log::Seal;

/// A message that is complete by the rules of the transport. Nothing of it is proven.
#[derive(Default)]
pub struct Inflow {
    /// OCSP responses for the sender's authentication certificate.
    pub ocsp: Vec<Bytes>,
    /// The message part with its format.
    pub message: Option<(Payload, Bytes)>,
    /// The body, if there is a body part.
    pub body: Option<Spooled>,
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

/// Why a message is not complete.
#[derive(Debug, thiserror::Error)]
pub enum InflowError {
    /// It breaks the rules of the transport.
    #[error(transparent)]
    Message(#[from] MessageError),
    /// It ended early, stalled, or the connection failed.
    #[error(transparent)]
    Body(#[from] BodyError),
    /// Its body is too large, or the spool failed.
    #[error(transparent)]
    Spool(#[from] SpoolError),
}

impl InflowError {
    /// X-Road's words for it.
    #[must_use]
    pub fn words(&self, payload: Payload) -> &'static [Word] {
        match self {
            Self::Message(error) => error.words(payload),
            Self::Body(_) | Self::Spool(_) => &[Word::ServiceFailed, Word::IoError],
        }
    }
}

impl Inflow {
    /// Takes in a whole message. Its body goes to the spool, at most `limit` bytes of it.
    ///
    /// # Errors
    /// See [`InflowError`].
    pub async fn take(
        mut decoder: MessageDecoder,
        mut body: Body,
        room: &SpoolRoom,
        limit: u64,
    ) -> Result<Self, InflowError> {
        let mut taken = Self::default();
        let (mut digests, mut spool) = (PartDigests::new(), None);
        loop {
            let piece = body.piece().await.transpose()?;
            let last = piece.is_none();
            match piece {
                Some(piece) => decoder.push(piece),
                None => decoder.finish(),
            }
            while let Some(event) = decoder.next_event()? {
                digests.observe(&event);
                taken.event(event, &mut spool, room, limit).await?;
            }
            if last {
                taken.digests = digests.finish();
                return Ok(taken);
            }
        }
    }

    async fn event(
        &mut self,
        event: MessageEvent,
        spool: &mut Option<Spool>,
        room: &SpoolRoom,
        limit: u64,
    ) -> Result<(), InflowError> {
        match event {
            MessageEvent::Ocsp(response) => self.ocsp.push(response),
            MessageEvent::RestMessage(message) => self.message = Some((Payload::Rest, message)),
            MessageEvent::Soap(soap) => self.message = Some((Payload::Soap, soap.bytes)),
            MessageEvent::BodyStart => *spool = Some(room.open(limit)),
            MessageEvent::Body(data) => {
                if let Some(spool) = spool {
                    spool.write(data).await?;
                }
            }
            MessageEvent::BodyEnd => {
                if let Some(spool) = spool.take() {
                    self.body = Some(spool.finish().await?);
                }
            }
            MessageEvent::HashChainResult(document) => self.hash_chain_result = Some(document),
            MessageEvent::HashChain(document) => self.hash_chain = Some(document),
            MessageEvent::Signature(document) => self.signature = Some(document),
            MessageEvent::Fault(fault) => self.fault = Some(fault),
            // SOAP attachments: their format is not served yet, the message is refused for its payload.
            MessageEvent::AttachmentsStart
            | MessageEvent::AttachmentStart(_)
            | MessageEvent::Attachment(_)
            | MessageEvent::AttachmentEnd
            | MessageEvent::AttachmentsEnd
            | MessageEvent::End => {}
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
