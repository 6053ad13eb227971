//! The decoder: a state machine over the events of the multipart parser.

use bytes::Bytes;

use super::gather::Gather;
use super::order::{Content, Place, shortened};
use super::{Direction, MessageError, MessageEvent, PartKind, SoapPart};
use crate::Limits;
use crate::content_type::ContentType;
use crate::multipart::{Event, Parser, PartHeaders};
use crate::names::mime;
use crate::soap_fault;

/// Decodes one message. Feed it with [`push`](MessageDecoder::push), take events until there is none, and say
/// [`finish`](MessageDecoder::finish) when the input has ended in good order.
///
/// The decoder is strict: the order of the parts is fixed, containers must be closed, nothing may follow the
/// signature, and a message without signature is refused unless it carries a fault.
pub struct MessageDecoder {
    direction: Direction,
    limits: Limits,
    frame: Frame,
    place: Place,
    part: Part,
    seen_fault: bool,
    failed: Option<MessageError>,
}

/// The outer form of the message.
enum Frame {
    /// The usual one.
    Multipart(Box<Parser>),
    /// A plain fault (responses only).
    PlainFault { document: Gather, last: bool, done: bool },
}

/// The part that is open.
enum Part {
    None,
    Held { kind: PartKind, headers: PartHeaders, data: Gather },
    Body,
    Attachments(Box<Parser>),
}

impl MessageDecoder {
    /// A decoder for a request.
    ///
    /// # Errors
    /// A content type other than `multipart/mixed` with a boundary.
    pub fn request(content_type: &str, limits: &Limits) -> Result<Self, MessageError> {
        Self::new(Direction::Request, content_type, limits)
    }

    /// A decoder for a response, which may be a plain fault.
    ///
    /// # Errors
    /// A content type other than `multipart/mixed` with a boundary or `text/xml`.
    pub fn response(content_type: &str, limits: &Limits) -> Result<Self, MessageError> {
        Self::new(Direction::Response, content_type, limits)
    }

    fn new(direction: Direction, content_type: &str, limits: &Limits) -> Result<Self, MessageError> {
        let parsed = ContentType::parse(content_type).map_err(MessageError::MalformedContentType)?;
        let frame = match (parsed.essence(), direction) {
            (mime::MULTIPART_MIXED, _) => {
                let boundary = parsed.boundary().map_err(MessageError::MalformedContentType)?;
                Frame::Multipart(Box::new(Parser::new(boundary, limits)?))
            }
            (mime::TEXT_XML, Direction::Response) => {
                Frame::PlainFault { document: Gather::default(), last: false, done: false }
            }
            _ => return Err(MessageError::ContentType(shortened(content_type))),
        };
        Ok(Self {
            direction,
            limits: limits.clone(),
            frame,
            place: Place::Message,
            part: Part::None,
            seen_fault: false,
            failed: None,
        })
    }

    /// Adds input. Best called when [`next_event`](MessageDecoder::next_event) has given `None`.
    pub fn push(&mut self, chunk: Bytes) {
        match &mut self.frame {
            Frame::Multipart(parser) => parser.push(chunk),
            Frame::PlainFault { document, .. } => {
                if !document.add(chunk, self.limits.fault) {
                    self.failed = Some(MessageError::PartTooLarge(PartKind::Fault));
                }
            }
        }
    }

    /// Says that the input has ended, and in good order: a connection that broke off must not be reported as an end.
    pub fn finish(&mut self) {
        match &mut self.frame {
            Frame::Multipart(parser) => parser.finish(),
            Frame::PlainFault { last, .. } => *last = true,
        }
    }

    /// True when [`MessageEvent::End`] has been given.
    #[must_use]
    pub fn is_ended(&self) -> bool {
        self.failed.is_none()
            && match &self.frame {
                Frame::Multipart(parser) => parser.is_ended(),
                Frame::PlainFault { done, .. } => *done,
            }
    }

    /// The next event; `None` asks for more input.
    ///
    /// # Errors
    /// See [`MessageError`]. An error is final: every later call gives it again.
    pub fn next_event(&mut self) -> Result<Option<MessageEvent>, MessageError> {
        if let Some(error) = &self.failed {
            return Err(error.clone());
        }
        let result = match &self.frame {
            Frame::Multipart(_) => self.next_of_multipart(),
            Frame::PlainFault { .. } => self.next_of_fault(),
        };
        if let Err(error) = &result {
            self.failed = Some(error.clone());
        }
        result
    }

    fn next_of_fault(&mut self) -> Result<Option<MessageEvent>, MessageError> {
        let Frame::PlainFault { document, last, done } = &mut self.frame else { return Ok(None) };
        if !*last || *done {
            return Ok(None);
        }
        if self.seen_fault {
            *done = true;
            return Ok(Some(MessageEvent::End));
        }
        self.seen_fault = true;
        let fault = soap_fault::parse(&document.take(), &self.limits).map_err(MessageError::Fault)?;
        Ok(Some(MessageEvent::Fault(fault)))
    }

    fn next_of_multipart(&mut self) -> Result<Option<MessageEvent>, MessageError> {
        loop {
            if let Part::Attachments(nested) = &mut self.part
                && let Some(event) = nested.next_event().map_err(MessageError::Attachments)?
            {
                match Self::of_attachments(event)? {
                    Some(event) => return Ok(Some(event)),
                    None => self.part = Part::None,
                }
                return Ok(Some(MessageEvent::AttachmentsEnd));
            }
            let Frame::Multipart(parser) = &mut self.frame else { return Ok(None) };
            let Some(event) = parser.next_event()? else { return Ok(None) };
            let event = match event {
                Event::PartStart(headers) => self.part_start(headers)?,
                Event::Data(data) => self.data(data)?,
                Event::PartEnd => self.part_end()?,
                Event::End => return self.end().map(Some),
            };
            if event.is_some() {
                return Ok(event);
            }
        }
    }

    fn part_start(&mut self, headers: PartHeaders) -> Result<Option<MessageEvent>, MessageError> {
        let (content, next) = self.place.admit(&headers, self.direction)?;
        self.place = next;
        let (part, event) = match content {
            Content::Held(kind) => (Part::Held { kind, headers, data: Gather::default() }, None),
            Content::Body => (Part::Body, Some(MessageEvent::BodyStart)),
            Content::Attachments(boundary) => {
                let nested = Parser::nested(&boundary, &self.limits).map_err(MessageError::Attachments)?;
                (Part::Attachments(Box::new(nested)), Some(MessageEvent::AttachmentsStart))
            }
        };
        self.part = part;
        Ok(event)
    }

    fn data(&mut self, data: Bytes) -> Result<Option<MessageEvent>, MessageError> {
        match &mut self.part {
            Part::Held { kind, data: held, .. } => {
                if !held.add(data, kind.limit(&self.limits)) {
                    return Err(MessageError::PartTooLarge(*kind));
                }
                Ok(None)
            }
            Part::Body => Ok(Some(MessageEvent::Body(data))),
            Part::Attachments(nested) => {
                nested.push(data);
                Ok(None)
            }
            Part::None => Ok(None),
        }
    }

    fn part_end(&mut self) -> Result<Option<MessageEvent>, MessageError> {
        match std::mem::replace(&mut self.part, Part::None) {
            Part::Held { kind, headers, mut data } => self.held(kind, headers, data.take()).map(Some),
            Part::Body => Ok(Some(MessageEvent::BodyEnd)),
            Part::Attachments(mut nested) => {
                nested.finish();
                self.part = Part::Attachments(nested);
                Ok(None)
            }
            Part::None => Ok(None),
        }
    }

    fn held(
        &mut self,
        kind: PartKind,
        headers: PartHeaders,
        data: Bytes,
    ) -> Result<MessageEvent, MessageError> {
        Ok(match kind {
            PartKind::Ocsp => MessageEvent::Ocsp(data),
            PartKind::Rest => MessageEvent::RestMessage(data),
            PartKind::HashChainResult => MessageEvent::HashChainResult(data),
            PartKind::HashChain => MessageEvent::HashChain(data),
            PartKind::Signature => MessageEvent::Signature(data),
            PartKind::Soap if soap_fault::is_fault(&data, &self.limits) => self.fault(&data)?,
            PartKind::Soap => MessageEvent::Soap(SoapPart {
                content_type: headers.content_type().unwrap_or_default().to_owned(),
                headers: headers.without_content_type(),
                bytes: data,
            }),
            PartKind::Fault if soap_fault::is_fault(&data, &self.limits) => self.fault(&data)?,
            PartKind::Fault => {
                let declared = headers.content_type().unwrap_or_default();
                return Err(MessageError::PartContentType(shortened(declared)));
            }
        })
    }

    fn fault(&mut self, document: &Bytes) -> Result<MessageEvent, MessageError> {
        self.seen_fault = true;
        soap_fault::parse(document, &self.limits).map(MessageEvent::Fault).map_err(MessageError::Fault)
    }

    /// Translates an event of the nested container; `None` is its end.
    fn of_attachments(event: Event) -> Result<Option<MessageEvent>, MessageError> {
        Ok(match event {
            Event::PartStart(headers) => {
                let declared = headers.content_type().unwrap_or_default();
                ContentType::parse(declared).map_err(|_| MessageError::PartWithoutContentType)?;
                Some(MessageEvent::AttachmentStart(headers))
            }
            Event::Data(data) => Some(MessageEvent::Attachment(data)),
            Event::PartEnd => Some(MessageEvent::AttachmentEnd),
            Event::End => None,
        })
    }

    fn end(&self) -> Result<MessageEvent, MessageError> {
        match self.place {
            _ if self.seen_fault => Ok(MessageEvent::End),
            Place::End => Ok(MessageEvent::End),
            Place::Message => Err(MessageError::MessageMissing),
            _ => Err(MessageError::SignatureMissing),
        }
    }
}

/// Decodes a whole message at once. For tests, tools and fuzzing.
///
/// # Errors
/// As [`MessageDecoder::next_event`].
pub fn decode_all(
    direction: Direction,
    content_type: &str,
    message: &[u8],
    limits: &Limits,
) -> Result<Vec<MessageEvent>, MessageError> {
    let mut decoder = MessageDecoder::new(direction, content_type, limits)?;
    decoder.push(Bytes::copy_from_slice(message));
    decoder.finish();
    let mut events = Vec::new();
    while let Some(event) = decoder.next_event()? {
        events.push(event);
    }
    Ok(events)
}
