//! What a leaving message carries besides its message part: a REST body, or SOAP attachments. Read from the information
//! system as it is sent on, so that its size does not matter.

use bytes::Bytes;
use protocol::fault::ReceivedFault;
use protocol::multipart::MultipartError;
use protocol::proxy_message::MessageEvent;
use protocol::soap::{SoapDecoder, SoapError, SoapEvent, SoapMessage};
use service_kit::http::{Body, BodyError};

/// The rest of a message, as events of the message between security servers.
pub enum Enclosure {
    /// A REST body.
    Body(BodyReading),
    /// SOAP attachments.
    Attachments(Box<SoapReading>),
}

/// Why an enclosure could not be read to its end.
#[derive(Debug, thiserror::Error)]
pub enum EnclosureError {
    /// The information system stopped sending.
    #[error(transparent)]
    Body(#[from] BodyError),
    /// It sent what is no SOAP message.
    #[error(transparent)]
    Soap(#[from] SoapError),
}

/// A REST body being read.
pub struct BodyReading {
    /// `None` at its end: a stream must not be asked again.
    body: Option<Body>,
    even_if_empty: bool,
    first: Option<Bytes>,
    place: Place,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Before,
    Inside,
    Behind,
}

/// A SOAP message of an information system being read.
pub struct SoapReading {
    decoder: SoapDecoder,
    /// `None` at its end.
    body: Option<Body>,
    container: bool,
    ended: bool,
}

/// How a SOAP message of an information system begins.
pub enum SoapBeginning {
    /// With a message; attachments may follow.
    Message(Box<SoapMessage>, Box<SoapReading>),
    /// With a fault, and that is all that matters.
    Fault(ReceivedFault),
}

impl Enclosure {
    /// A body that gets a part if there is at least one byte (REST requests).
    #[must_use]
    pub fn body_if_any(body: Body) -> Self {
        Self::Body(BodyReading { body: Some(body), even_if_empty: false, first: None, place: Place::Before })
    }

    /// A body that gets a part even if it is empty (REST responses with an entity).
    #[must_use]
    pub fn body(body: Body) -> Self {
        Self::Body(BodyReading { body: Some(body), even_if_empty: true, first: None, place: Place::Before })
    }

    /// Nothing.
    #[must_use]
    pub fn none() -> Self {
        Self::Body(BodyReading { body: None, even_if_empty: false, first: None, place: Place::Behind })
    }

    /// The next event; `None` at the end.
    ///
    /// # Errors
    /// See [`EnclosureError`].
    pub async fn next(&mut self) -> Result<Option<MessageEvent>, EnclosureError> {
        match self {
            Self::Body(reading) => Ok(reading.next().await?),
            Self::Attachments(reading) => reading.next().await,
        }
    }
}

impl BodyReading {
    async fn next(&mut self) -> Result<Option<MessageEvent>, BodyError> {
        match self.place {
            Place::Before => {
                self.first = self.piece().await?;
                let present = self.first.is_some() || self.even_if_empty;
                self.place = if present { Place::Inside } else { Place::Behind };
                Ok(present.then_some(MessageEvent::BodyStart))
            }
            Place::Inside => {
                let piece = match self.first.take() {
                    Some(first) => Some(first),
                    None => self.piece().await?,
                };
                if piece.is_none() {
                    self.place = Place::Behind;
                }
                Ok(Some(piece.map_or(MessageEvent::BodyEnd, MessageEvent::Body)))
            }
            Place::Behind => Ok(None),
        }
    }

    async fn piece(&mut self) -> Result<Option<Bytes>, BodyError> {
        let Some(body) = &mut self.body else { return Ok(None) };
        let piece = body.piece().await.transpose()?;
        if piece.is_none() {
            self.body = None;
        }
        Ok(piece)
    }
}

impl SoapReading {
    /// Reads until the message, or a fault in its place, is complete.
    ///
    /// # Errors
    /// See [`EnclosureError`].
    pub async fn begin(decoder: SoapDecoder, body: Body) -> Result<SoapBeginning, EnclosureError> {
        let mut reading = Box::new(Self { decoder, body: Some(body), container: false, ended: false });
        loop {
            match reading.event().await? {
                SoapEvent::Message(message) => return Ok(SoapBeginning::Message(message, reading)),
                SoapEvent::Fault(fault) => return Ok(SoapBeginning::Fault(fault)),
                // The decoder says one of the two before anything else.
                SoapEvent::End => return Err(SoapError::NoSoapPart.into()),
                SoapEvent::AttachmentStart(_) | SoapEvent::Attachment(_) | SoapEvent::AttachmentEnd => {}
            }
        }
    }

    async fn next(&mut self) -> Result<Option<MessageEvent>, EnclosureError> {
        if self.ended {
            return Ok(None);
        }
        loop {
            return Ok(Some(match self.event().await? {
                SoapEvent::AttachmentStart(headers) => {
                    self.container = true;
                    MessageEvent::AttachmentStart(headers)
                }
                SoapEvent::Attachment(data) => MessageEvent::Attachment(data),
                SoapEvent::AttachmentEnd => MessageEvent::AttachmentEnd,
                SoapEvent::End => {
                    self.ended = true;
                    return Ok(self.container.then_some(MessageEvent::AttachmentsEnd));
                }
                SoapEvent::Message(_) | SoapEvent::Fault(_) => continue,
            }));
        }
    }

    async fn event(&mut self) -> Result<SoapEvent, EnclosureError> {
        loop {
            if let Some(event) = self.decoder.next_event()? {
                return Ok(event);
            }
            let Some(body) = &mut self.body else {
                return Err(SoapError::Multipart(MultipartError::Truncated).into());
            };
            match body.piece().await.transpose()? {
                Some(piece) => self.decoder.push(piece),
                None => {
                    self.decoder.finish();
                    self.body = None;
                }
            }
        }
    }
}
