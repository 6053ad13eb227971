//! The push parser.

use bytes::{Buf as _, Bytes, BytesMut};

use super::headers::HeaderReader;
use super::scan::{Delimiter, Found};
use super::{Event, MultipartError};
use crate::Limits;
use crate::content_type::check_boundary;

/// Reads one multipart container. Feed it with [`push`](Parser::push), take events until there is none, and say
/// [`finish`](Parser::finish) when the input has ended.
///
/// The parser is strict as X-Road's own messages allow it to be: the closing delimiter is required, and nothing but
/// line breaks may stand before the first delimiter or after the last. [`Parser::tolerant`] skips such text, as is
/// needed for messages of information systems.
pub struct Parser {
    delimiter: Delimiter,
    limits: Limits,
    tolerant: bool,
    max_parts: usize,
    /// Input that has not become an event yet.
    window: Bytes,
    /// No input will follow the window.
    last: bool,
    /// The window begins at the beginning of a line.
    line_start: bool,
    state: State,
    parts: usize,
    /// Bytes outside the delimiters so far.
    outside: usize,
    /// Something else than line breaks stood before the first delimiter.
    preamble_text: bool,
}

enum State {
    Preamble,
    Headers(HeaderReader),
    Content,
    PartEnd { closing: bool },
    Epilogue,
    Done,
    Failed(MultipartError),
}

impl Parser {
    /// A strict parser for an outer container.
    ///
    /// # Errors
    /// [`MultipartError::Boundary`] if RFC 2046 does not allow the boundary.
    pub fn new(boundary: &str, limits: &Limits) -> Result<Self, MultipartError> {
        check_boundary(boundary)?;
        Ok(Self {
            delimiter: Delimiter::new(boundary),
            limits: limits.clone(),
            tolerant: false,
            max_parts: limits.parts,
            window: Bytes::new(),
            last: false,
            line_start: true,
            state: State::Preamble,
            parts: 0,
            outside: 0,
            preamble_text: false,
        })
    }

    /// A strict parser for the container of SOAP attachments inside a part.
    ///
    /// # Errors
    /// As [`Parser::new`].
    pub fn nested(boundary: &str, limits: &Limits) -> Result<Self, MultipartError> {
        Ok(Self { max_parts: limits.attachments, ..Self::new(boundary, limits)? })
    }

    /// A parser for messages of information systems: text before the first and after the closing delimiter is
    /// skipped, within limits.
    ///
    /// # Errors
    /// As [`Parser::new`].
    pub fn tolerant(boundary: &str, limits: &Limits) -> Result<Self, MultipartError> {
        Ok(Self { tolerant: true, max_parts: limits.attachments, ..Self::new(boundary, limits)? })
    }

    /// Adds input. Best called when [`next_event`](Parser::next_event) has given `None`.
    pub fn push(&mut self, chunk: Bytes) {
        if self.window.is_empty() {
            self.window = chunk;
        } else if !chunk.is_empty() {
            // What is left over is short, and usually nobody else holds it: then it grows in place.
            let mut joined = std::mem::take(&mut self.window).try_into_mut().unwrap_or_else(|shared| {
                let mut copy = BytesMut::with_capacity(shared.len() + chunk.len());
                copy.extend_from_slice(&shared);
                copy
            });
            joined.extend_from_slice(&chunk);
            self.window = joined.freeze();
        }
    }

    /// Says that no input follows.
    pub fn finish(&mut self) {
        self.last = true;
    }

    /// True when [`Event::End`] has been given.
    #[must_use]
    pub fn is_ended(&self) -> bool {
        matches!(self.state, State::Done)
    }

    /// The next event; `None` asks for more input.
    ///
    /// # Errors
    /// See [`MultipartError`]. An error is final: every later call gives it again.
    pub fn next_event(&mut self) -> Result<Option<Event>, MultipartError> {
        loop {
            let step = match &mut self.state {
                State::Preamble => self.preamble(),
                State::Headers(_) => self.headers(),
                State::Content => self.content(),
                State::PartEnd { closing } => {
                    self.state =
                        if *closing { State::Epilogue } else { State::Headers(HeaderReader::default()) };
                    return Ok(Some(Event::PartEnd));
                }
                State::Epilogue => self.epilogue(),
                State::Done => return Ok(None),
                State::Failed(error) => return Err(error.clone()),
            };
            match step {
                Ok(Step::Again) => {}
                Ok(Step::Event(event)) => return Ok(Some(event)),
                Ok(Step::NeedInput) => return Ok(None),
                Err(error) => {
                    self.window = Bytes::new();
                    self.state = State::Failed(error.clone());
                    return Err(error);
                }
            }
        }
    }

    fn preamble(&mut self) -> Result<Step, MultipartError> {
        match self.delimiter.find(&self.window, self.line_start, self.last) {
            Found::Nothing { content } => {
                self.skip_outside(content)?;
                if self.last { Err(MultipartError::NoDelimiter) } else { Ok(Step::NeedInput) }
            }
            Found::Delimiter { content, after, closing } => {
                self.skip_outside(content)?;
                if self.preamble_text && !self.tolerant {
                    return Err(MultipartError::Preamble);
                }
                self.window.advance(after - content);
                self.outside = 0;
                self.state = if closing { State::Epilogue } else { State::Headers(HeaderReader::default()) };
                Ok(Step::Again)
            }
            Found::PaddingTooLong { content } => {
                self.skip_outside(content)?;
                Err(MultipartError::DelimiterPadding)
            }
        }
    }

    fn headers(&mut self) -> Result<Step, MultipartError> {
        let State::Headers(reader) = &mut self.state else { return Ok(Step::Again) };
        let end = memchr::memchr(b'\n', &self.window);
        let line = &self.window[..end.unwrap_or(self.window.len())];
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        // Before all else: the verdict must not depend on how the input was cut.
        if line.len() > self.limits.part_header_line {
            return Err(MultipartError::HeaderLineTooLong);
        }
        let Some(line_feed) = end else {
            return if self.last { Err(MultipartError::Truncated) } else { Ok(Step::NeedInput) };
        };
        if self.delimiter.begins(line) {
            return Err(MultipartError::MalformedHeader);
        }
        let complete = reader.line(line, &self.limits)?;
        self.window.advance(line_feed + 1);
        let Some(headers) = complete else { return Ok(Step::Again) };
        if self.parts == self.max_parts {
            return Err(MultipartError::TooManyParts);
        }
        self.parts += 1;
        // The empty line that ends the headers can be the line break of the next delimiter.
        self.line_start = true;
        self.state = State::Content;
        Ok(Step::Event(Event::PartStart(headers)))
    }

    fn content(&mut self) -> Result<Step, MultipartError> {
        match self.delimiter.find(&self.window, self.line_start, self.last) {
            Found::Nothing { content: 0 } if self.last => Err(MultipartError::Truncated),
            Found::Nothing { content: 0 } => Ok(Step::NeedInput),
            Found::PaddingTooLong { content: 0 } => Err(MultipartError::DelimiterPadding),
            // What precedes the place of an error is given first, as it is when it arrives by itself: it may be a
            // container with an error of its own.
            Found::Nothing { content } | Found::PaddingTooLong { content } => {
                self.line_start = false;
                Ok(Step::Event(Event::Data(self.window.split_to(content))))
            }
            Found::Delimiter { content, after, closing } => {
                let data = self.window.split_to(content);
                self.window.advance(after - content);
                self.state = State::PartEnd { closing };
                Ok(if data.is_empty() { Step::Again } else { Step::Event(Event::Data(data)) })
            }
        }
    }

    fn epilogue(&mut self) -> Result<Step, MultipartError> {
        let within = self.limits.preamble.saturating_sub(self.outside).min(self.window.len());
        if !self.tolerant && is_text(&self.window[..within]) {
            return Err(MultipartError::Epilogue);
        }
        self.skip_outside(self.window.len())?;
        if !self.last {
            return Ok(Step::NeedInput);
        }
        self.state = State::Done;
        Ok(Step::Event(Event::End))
    }

    /// Skips bytes outside the delimiters.
    fn skip_outside(&mut self, length: usize) -> Result<(), MultipartError> {
        let skipped = self.window.split_to(length);
        self.outside += length;
        if self.outside > self.limits.preamble {
            return Err(MultipartError::OutsideTooLong);
        }
        self.preamble_text |= is_text(&skipped);
        self.line_start &= length == 0;
        Ok(())
    }
}

/// Whether there is more than line breaks.
fn is_text(outside: &[u8]) -> bool {
    outside.iter().any(|byte| !matches!(byte, b'\r' | b'\n'))
}

enum Step {
    Again,
    Event(Event),
    NeedInput,
}

/// Reads a whole container at once: every part with its content. For tests, tools and fuzzing.
///
/// # Errors
/// As [`Parser::next_event`].
pub fn parse_all(
    boundary: &str,
    data: &[u8],
    limits: &Limits,
) -> Result<Vec<(super::PartHeaders, Vec<u8>)>, MultipartError> {
    let mut parser = Parser::new(boundary, limits)?;
    parser.push(Bytes::copy_from_slice(data));
    parser.finish();
    let mut parts: Vec<(super::PartHeaders, Vec<u8>)> = Vec::new();
    while let Some(event) = parser.next_event()? {
        match event {
            Event::PartStart(headers) => parts.push((headers, Vec::new())),
            Event::Data(data) => {
                if let Some((_, content)) = parts.last_mut() {
                    content.extend_from_slice(&data);
                }
            }
            Event::PartEnd | Event::End => {}
        }
    }
    Ok(parts)
}
