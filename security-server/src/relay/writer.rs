//! One message between security servers being written, part by part.

use bytes::Bytes;
use protocol::proxy_message::{Boundary, MessageEncoder, MessageEvent};
use service_kit::random;

use super::outflow::{Gone, Opening, Outflow, outflow};

/// Writes the parts of one message in their order.
pub struct MessageWriter {
    /// `None` once the message is complete.
    open: Option<(MessageEncoder, Outflow)>,
    content_type: String,
    /// Another encoder for the same message, should it begin anew.
    anew: Option<MessageEncoder>,
}

impl MessageWriter {
    /// A request, and where its bytes will come out.
    #[must_use]
    pub fn request() -> (Self, Opening) {
        Self::new(MessageEncoder::request)
    }

    /// A response, and where its bytes will come out.
    #[must_use]
    pub fn response() -> (Self, Opening) {
        Self::new(MessageEncoder::response)
    }

    fn new(encoder: fn(Boundary) -> MessageEncoder) -> (Self, Opening) {
        // Thirty letters always make a boundary; the alternative is only the type's.
        let letters = random::letters(30);
        let boundary = Boundary::from_letters(&letters).unwrap_or_else(|_| Boundary::from_random(&[0; 30]));
        let anew = Some(encoder(boundary.clone()));
        let encoder = encoder(boundary);
        let (out, opening) = outflow();
        let content_type = encoder.content_type();
        (Self { open: Some((encoder, out)), content_type, anew }, opening)
    }

    /// Content type of the HTTP message.
    #[must_use]
    pub fn content_type(&self) -> &str {
        &self.content_type
    }

    /// The `Content-Type` of the service's answer, for the head of a SOAP response.
    pub fn announce(&mut self, original_content_type: &str) {
        if let Some((_, out)) = &mut self.open {
            out.announce(original_content_type.to_owned());
        }
    }

    /// OCSP responses of our authentication certificate.
    ///
    /// # Errors
    /// [`Gone`].
    pub async fn ocsp(&mut self, response: &[u8]) -> Result<(), Gone> {
        self.part(|encoder| encoder.ocsp(response)).await
    }

    /// The message part, a body or attachments: a step of writing them.
    ///
    /// # Errors
    /// [`Gone`].
    pub async fn event(&mut self, event: &MessageEvent) -> Result<(), Gone> {
        self.part(|encoder| encoder.event(event)).await
    }

    /// What makes the message worth something: hash chain, signature, and the end.
    ///
    /// # Errors
    /// [`Gone`].
    pub async fn seal(&mut self, seal: &crate::message_log::Seal) -> Result<(), Gone> {
        if let Some(result) = &seal.hash_chain_result {
            self.part(|encoder| encoder.hash_chain_result(result)).await?;
        }
        if let Some(chain) = &seal.hash_chain {
            self.part(|encoder| encoder.hash_chain(chain)).await?;
        }
        self.part(|encoder| encoder.signature(&seal.signature)).await?;
        self.finish().await
    }

    /// A fault in the place of what has not left yet, and the end.
    ///
    /// # Errors
    /// [`Gone`].
    pub async fn fault(&mut self, document: &[u8]) -> Result<(), Gone> {
        if let Some((encoder, out)) = &mut self.open
            && out.discard()
            && let Some(anew) = self.anew.take()
        {
            *encoder = anew;
        }
        self.part(|encoder| encoder.fault(document)).await?;
        self.finish().await
    }

    async fn part(&mut self, encode: impl FnOnce(&mut MessageEncoder) -> Bytes) -> Result<(), Gone> {
        let (encoder, out) = self.open.as_mut().ok_or(Gone)?;
        out.push(encode(encoder)).await
    }

    async fn finish(&mut self) -> Result<(), Gone> {
        let (encoder, mut out) = self.open.take().ok_or(Gone)?;
        out.push(encoder.finish()).await?;
        out.finish().await
    }
}
