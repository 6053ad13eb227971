//! Messages of information systems on their way in.

use bytes::Bytes;

use super::SoapError;
use super::content_type::MessageType;
use super::error::shortened;
use super::message::{SoapDocument, SoapMessage};
use crate::Limits;
use crate::content_type::ContentType;
use crate::fault::ReceivedFault;
use crate::multipart::{Event, MultipartError, Parser, PartHeaders};
use crate::proxy_message::{Gather, SoapPart};

/// What a decoder found next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SoapEvent {
    /// The message. It comes first, and exactly once, unless there is a fault.
    Message(Box<SoapMessage>),
    /// A fault instead of a message. Attachments of a fault are passed over.
    Fault(ReceivedFault),
    /// An attachment begins.
    AttachmentStart(PartHeaders),
    /// Bytes of the attachment as they were sent, whatever its transfer encoding; never empty.
    Attachment(Bytes),
    /// The attachment is complete.
    AttachmentEnd,
    /// All is read, and the input has ended.
    End,
}

/// Decodes the body of a request to us, or of the answer of a service: `text/xml`, `application/xop+xml`, or
/// `multipart/related` with either as its first part. Feed it with [`push`](SoapDecoder::push), take events until there
/// is none, and say [`finish`](SoapDecoder::finish) when the input has ended.
///
/// Containers inside the container are opened, and each part inside is an attachment; `start`, `type` and transfer
/// encodings are not evaluated. The document is held in memory within its limit, attachments pass through.
pub struct SoapDecoder {
    limits: Limits,
    form: Form,
    read: Read,
    attachments: usize,
    failed: Option<SoapError>,
}

enum Form {
    Document { content_type: String, data: Gather, last: bool },
    Container(Vec<Parser>),
}

/// How far the message has been read.
enum Read {
    Nothing,
    Soap {
        headers: PartHeaders,
        data: Gather,
    },
    Message,
    Attachment,
    /// A fault has been given: nothing else is.
    Fault,
    End,
}

impl SoapDecoder {
    /// A decoder for a body with this `Content-Type`.
    ///
    /// # Errors
    /// No content type, or one that SOAP messages do not have.
    pub fn new(content_type: Option<&str>, limits: &Limits) -> Result<Self, SoapError> {
        let value = content_type.filter(|value| !value.trim().is_empty()).ok_or(SoapError::NoContentType)?;
        let parsed = ContentType::parse(value)?;
        let form = match MessageType::of(&parsed) {
            Some(MessageType::Document) => {
                Form::Document { content_type: value.to_owned(), data: Gather::default(), last: false }
            }
            Some(MessageType::Container) => Form::Container(vec![container(&parsed, limits)?]),
            None => return Err(SoapError::ContentType(shortened(parsed.essence()))),
        };
        Ok(Self { limits: limits.clone(), form, read: Read::Nothing, attachments: 0, failed: None })
    }

    /// Adds input. Best called when [`next_event`](SoapDecoder::next_event) has given `None`.
    pub fn push(&mut self, chunk: Bytes) {
        match &mut self.form {
            Form::Document { data, .. } => {
                if !data.add(chunk, self.limits.soap_message) {
                    self.failed = Some(SoapError::TooLarge(self.limits.soap_message));
                }
            }
            Form::Container(parsers) => {
                if let Some(outer) = parsers.first_mut() {
                    outer.push(chunk);
                }
            }
        }
    }

    /// Says that the input has ended, and in good order.
    pub fn finish(&mut self) {
        match &mut self.form {
            Form::Document { last, .. } => *last = true,
            Form::Container(parsers) => {
                if let Some(outer) = parsers.first_mut() {
                    outer.finish();
                }
            }
        }
    }

    /// True when [`SoapEvent::End`] has been given.
    #[must_use]
    pub fn is_ended(&self) -> bool {
        self.failed.is_none() && matches!(self.read, Read::End)
    }

    /// The next event; `None` asks for more input.
    ///
    /// # Errors
    /// See [`SoapError`]. An error is final: every later call gives it again.
    pub fn next_event(&mut self) -> Result<Option<SoapEvent>, SoapError> {
        if let Some(error) = &self.failed {
            return Err(error.clone());
        }
        let result = match &self.form {
            Form::Document { .. } => self.next_of_document(),
            Form::Container(_) => self.next_of_container(),
        };
        if let Err(error) = &result {
            self.failed = Some(error.clone());
        }
        result
    }

    fn next_of_document(&mut self) -> Result<Option<SoapEvent>, SoapError> {
        let Form::Document { content_type, data, last } = &mut self.form else { return Ok(None) };
        match self.read {
            _ if !*last => Ok(None),
            Read::Nothing => {
                let content_type = std::mem::take(content_type);
                let part = SoapPart { content_type, headers: Vec::new(), bytes: data.take() };
                self.document(part).map(Some)
            }
            Read::End => Ok(None),
            _ => {
                self.read = Read::End;
                Ok(Some(SoapEvent::End))
            }
        }
    }

    fn next_of_container(&mut self) -> Result<Option<SoapEvent>, SoapError> {
        loop {
            let Form::Container(parsers) = &mut self.form else { return Ok(None) };
            let Some(innermost) = parsers.last_mut() else { return Ok(None) };
            let nested = match innermost.next_event().map_err(SoapError::Multipart)? {
                Some(event) => self.event(event)?,
                // The innermost container waits for data that the one around it holds.
                None => match self.outer_event()? {
                    Some(event) => event,
                    None => return Ok(None),
                },
            };
            if nested.is_some() {
                return Ok(nested);
            }
        }
    }

    /// Takes data for the innermost container from those around it: `None` if there is none, `Some(None)` if it was
    /// handed on.
    fn outer_event(&mut self) -> Result<Option<Option<SoapEvent>>, SoapError> {
        let Form::Container(parsers) = &mut self.form else { return Ok(None) };
        for depth in (1..parsers.len()).rev() {
            let (outer, inner) = parsers.split_at_mut(depth);
            let (Some(outer), Some(inner)) = (outer.last_mut(), inner.first_mut()) else { return Ok(None) };
            match outer.next_event().map_err(SoapError::Multipart)? {
                Some(Event::Data(data)) => inner.push(data),
                Some(Event::PartEnd) => inner.finish(),
                Some(Event::PartStart(_) | Event::End) | None => continue,
            }
            return Ok(Some(None));
        }
        Ok(None)
    }

    fn event(&mut self, event: Event) -> Result<Option<SoapEvent>, SoapError> {
        match event {
            Event::PartStart(headers) => self.part_start(headers),
            Event::Data(data) => self.data(data),
            Event::PartEnd => self.part_end(),
            Event::End => self.container_end(),
        }
    }

    fn part_start(&mut self, headers: PartHeaders) -> Result<Option<SoapEvent>, SoapError> {
        let declared = headers.content_type().ok_or(SoapError::PartWithoutContentType)?;
        let content_type = ContentType::parse(declared).map_err(|_| SoapError::PartWithoutContentType)?;
        if content_type.essence().starts_with("multipart/") {
            return self.open(&content_type).map(|()| None);
        }
        match self.read {
            Read::Nothing => {
                if MessageType::of(&content_type) != Some(MessageType::Document) {
                    return Err(SoapError::ContentType(shortened(content_type.essence())));
                }
                self.read = Read::Soap { headers, data: Gather::default() };
                Ok(None)
            }
            Read::Fault => Ok(None),
            _ => {
                self.attachments += 1;
                if self.attachments > self.limits.attachments {
                    return Err(SoapError::Multipart(MultipartError::TooManyParts));
                }
                self.read = Read::Attachment;
                Ok(Some(SoapEvent::AttachmentStart(headers)))
            }
        }
    }

    fn open(&mut self, content_type: &ContentType) -> Result<(), SoapError> {
        let Form::Container(parsers) = &mut self.form else { return Ok(()) };
        if parsers.len() >= self.limits.multipart_depth {
            return Err(SoapError::MultipartDepth);
        }
        parsers.push(container(content_type, &self.limits)?);
        Ok(())
    }

    fn data(&mut self, data: Bytes) -> Result<Option<SoapEvent>, SoapError> {
        match &mut self.read {
            Read::Soap { data: held, .. } => {
                if held.add(data, self.limits.soap_message) {
                    Ok(None)
                } else {
                    Err(SoapError::TooLarge(self.limits.soap_message))
                }
            }
            Read::Attachment => Ok(Some(SoapEvent::Attachment(data))),
            _ => Ok(None),
        }
    }

    fn part_end(&mut self) -> Result<Option<SoapEvent>, SoapError> {
        match std::mem::replace(&mut self.read, Read::Message) {
            Read::Soap { headers, mut data } => {
                let content_type = headers.content_type().unwrap_or_default().to_owned();
                let (headers, bytes) = (headers.without_content_type(), data.take());
                self.document(SoapPart { content_type, headers, bytes }).map(Some)
            }
            Read::Attachment => Ok(Some(SoapEvent::AttachmentEnd)),
            other => {
                self.read = other;
                Ok(None)
            }
        }
    }

    fn document(&mut self, part: SoapPart) -> Result<SoapEvent, SoapError> {
        match SoapMessage::read(part, &self.limits)? {
            SoapDocument::Message(message) => {
                self.read = Read::Message;
                Ok(SoapEvent::Message(message))
            }
            SoapDocument::Fault(fault) => {
                self.read = Read::Fault;
                Ok(SoapEvent::Fault(fault))
            }
        }
    }

    fn container_end(&mut self) -> Result<Option<SoapEvent>, SoapError> {
        let Form::Container(parsers) = &mut self.form else { return Ok(None) };
        parsers.pop();
        if !parsers.is_empty() {
            return Ok(None);
        }
        match self.read {
            Read::Nothing => Err(SoapError::NoSoapPart),
            Read::End => Ok(None),
            _ => {
                self.read = Read::End;
                Ok(Some(SoapEvent::End))
            }
        }
    }
}

fn container(content_type: &ContentType, limits: &Limits) -> Result<Parser, SoapError> {
    Parser::tolerant(content_type.boundary()?, limits).map_err(SoapError::Multipart)
}

/// Decodes a whole body at once. For tests, tools and fuzzing.
///
/// # Errors
/// As [`SoapDecoder::new`] and [`SoapDecoder::next_event`].
pub fn decode_all(
    content_type: Option<&str>,
    body: &[u8],
    limits: &Limits,
) -> Result<Vec<SoapEvent>, SoapError> {
    let mut decoder = SoapDecoder::new(content_type, limits)?;
    decoder.push(Bytes::copy_from_slice(body));
    decoder.finish();
    let mut events = Vec::new();
    while let Some(event) = decoder.next_event()? {
        events.push(event);
    }
    Ok(events)
}
