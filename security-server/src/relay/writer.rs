//! One message between security servers being written, part by part.

use bytes::Bytes;
use protocol::proxy_message::{Boundary, MessageEncoder};
use service_kit::random;

use super::outflow::{Gone, Opening, Outflow, outflow};

/// Writes the parts of one message in their order.
pub struct MessageWriter {
    /// `None` once the message is complete.
    open: Option<(MessageEncoder, Outflow)>,
    content_type: String,
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
        let encoder = encoder(boundary);
        let (out, opening) = outflow();
        let content_type = encoder.content_type();
        (Self { open: Some((encoder, out)), content_type }, opening)
    }

    /// Content type of the HTTP message.
    #[must_use]
    pub fn content_type(&self) -> &str {
        &self.content_type
    }

    /// Whether bytes may have left already.
    #[must_use]
    pub fn has_begun(&self) -> bool {
        self.open.as_ref().is_none_or(|(_, out)| out.has_begun())
    }

    /// OCSP responses of our authentication certificate.
    ///
    /// # Errors
    /// [`Gone`].
    pub async fn ocsp(&mut self, response: &[u8]) -> Result<(), Gone> {
        self.part(|encoder| encoder.ocsp(response)).await
    }

    /// The REST message.
    ///
    /// # Errors
    /// [`Gone`].
    pub async fn rest_message(&mut self, message: &[u8]) -> Result<(), Gone> {
        self.part(|encoder| encoder.rest_message(message)).await
    }

    /// The body part begins.
    ///
    /// # Errors
    /// [`Gone`].
    pub async fn body_start(&mut self) -> Result<(), Gone> {
        self.part(MessageEncoder::body_start).await
    }

    /// A piece of the body.
    ///
    /// # Errors
    /// [`Gone`].
    pub async fn body(&mut self, piece: Bytes) -> Result<(), Gone> {
        self.part(|_| piece).await
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

    /// A fault in the place of what has not been written yet, and the end.
    ///
    /// # Errors
    /// [`Gone`].
    pub async fn fault(&mut self, document: &[u8]) -> Result<(), Gone> {
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
