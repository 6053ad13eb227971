//! Where a body ends (RFC 9112 section 6) and the chunked coding (section 7.1), without input or output.

use bytes::{Buf, Bytes, BytesMut};

use super::head::{HeadError, RequestHead, ResponseHead, Version};
use super::{BodyError, Headers};

/// How the end of a body is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BodyLength {
    Known(u64),
    Chunked,
    UntilClose,
}

/// The body length of a request. Anything that two programs could understand differently is an error.
pub(crate) fn request_body_length(head: &RequestHead) -> Result<BodyLength, HeadError> {
    Ok(announced_length(&head.headers, head.version)?.unwrap_or(BodyLength::Known(0)))
}

/// The body length of a response to `method`.
pub(crate) fn response_body_length(method: &str, head: &ResponseHead) -> Result<BodyLength, HeadError> {
    if method == "HEAD" || matches!(head.status, 100..=199 | 204 | 304) {
        return Ok(BodyLength::Known(0));
    }
    Ok(announced_length(&head.headers, head.version)?.unwrap_or(BodyLength::UntilClose))
}

fn announced_length(headers: &Headers, version: Version) -> Result<Option<BodyLength>, HeadError> {
    let mut codings = headers.get_all("transfer-encoding");
    let mut lengths = headers.get_all("content-length");
    match (codings.next(), lengths.next()) {
        (None, None) => Ok(None),
        (None, Some(length)) => {
            let digits =
                !length.is_empty() && length.len() < 20 && length.bytes().all(|byte| byte.is_ascii_digit());
            let length = length.parse().ok().filter(|_| digits && lengths.next().is_none());
            length.map(|length| Some(BodyLength::Known(length))).ok_or(HeadError::ContentLength)
        }
        (Some(_), Some(_)) => Err(HeadError::ContentLength),
        (Some(coding), None) => {
            let chunked = coding.eq_ignore_ascii_case("chunked") && codings.next().is_none();
            if chunked && version == Version::Http11 {
                Ok(Some(BodyLength::Chunked))
            } else {
                Err(HeadError::TransferEncoding)
            }
        }
    }
}

/// Does the sender of this head end the connection after the message?
pub(crate) fn wants_to_close(headers: &Headers, version: Version) -> bool {
    let says = |token: &str| {
        let mut tokens = headers.get_all("connection").flat_map(|value| value.split(','));
        tokens.any(|known| known.trim().eq_ignore_ascii_case(token))
    };
    says("close") || (version == Version::Http10 && !says("keep-alive"))
}

/// What a [`BodyDecoder`] found in the buffer.
#[derive(Debug)]
pub(crate) enum Step {
    Piece(Bytes),
    End,
    NeedMore,
}

/// Takes the body of one message out of a buffer, piece by piece.
#[derive(Debug)]
pub(crate) enum BodyDecoder {
    Known { left: u64 },
    UntilClose,
    Chunked(ChunkState),
}

#[derive(Debug)]
pub(crate) enum ChunkState {
    Size,
    Data {
        left: u64,
    },
    DataEnd,
    /// Trailer fields are read over; the number of bytes is bounded.
    Trailer {
        seen: usize,
    },
    Done,
}

/// A chunk size line with its extensions.
const MAX_SIZE_LINE: usize = 1024;
/// All trailer fields together.
const MAX_TRAILER: usize = 8 * 1024;

impl BodyDecoder {
    pub(crate) const fn new(length: BodyLength) -> Self {
        match length {
            BodyLength::Known(left) => Self::Known { left },
            BodyLength::Chunked => Self::Chunked(ChunkState::Size),
            BodyLength::UntilClose => Self::UntilClose,
        }
    }

    /// What the buffer holds next.
    pub(crate) fn step(&mut self, buffer: &mut BytesMut) -> Result<Step, BodyError> {
        match self {
            Self::Known { left: 0 } => Ok(Step::End),
            Self::UntilClose | Self::Known { .. } if buffer.is_empty() => Ok(Step::NeedMore),
            Self::UntilClose => Ok(Step::Piece(buffer.split().freeze())),
            Self::Known { left } => Ok(Step::Piece(take(buffer, left))),
            Self::Chunked(state) => state.step(buffer),
        }
    }

    /// The connection ended: was that the end of the body?
    pub(crate) const fn ended(&self) -> Result<(), BodyError> {
        match self {
            Self::UntilClose | Self::Known { left: 0 } | Self::Chunked(ChunkState::Done) => Ok(()),
            Self::Known { .. } | Self::Chunked(_) => Err(BodyError::Truncated),
        }
    }
}

impl ChunkState {
    fn step(&mut self, buffer: &mut BytesMut) -> Result<Step, BodyError> {
        loop {
            match self {
                Self::Done => return Ok(Step::End),
                Self::Data { left: 0 } => *self = Self::DataEnd,
                Self::Data { .. } if buffer.is_empty() => return Ok(Step::NeedMore),
                Self::Data { left } => return Ok(Step::Piece(take(buffer, left))),
                Self::DataEnd => match &buffer[..] {
                    [b'\r', b'\n', ..] => {
                        buffer.advance(2);
                        *self = Self::Size;
                    }
                    [] | [b'\r'] => return Ok(Step::NeedMore),
                    _ => return Err(BodyError::Chunked("a chunk is longer than its size says")),
                },
                Self::Size => {
                    let Some(line) = take_line(buffer, MAX_SIZE_LINE)? else { return Ok(Step::NeedMore) };
                    *self = match chunk_size(&line)? {
                        0 => Self::Trailer { seen: 0 },
                        left => Self::Data { left },
                    };
                }
                Self::Trailer { seen } => {
                    let Some(line) = take_line(buffer, MAX_TRAILER - *seen)? else {
                        return Ok(Step::NeedMore);
                    };
                    *seen += line.len();
                    if line.is_empty() {
                        *self = Self::Done;
                    }
                }
            }
        }
    }
}

/// At most `left` bytes of the buffer.
fn take(buffer: &mut BytesMut, left: &mut u64) -> Bytes {
    let count = usize::try_from(*left).unwrap_or(usize::MAX).min(buffer.len());
    *left -= count as u64;
    buffer.split_to(count).freeze()
}

/// A line without its CR LF, once all of it is there.
fn take_line(buffer: &mut BytesMut, limit: usize) -> Result<Option<Bytes>, BodyError> {
    let Some(end) = memchr::memchr(b'\n', buffer) else {
        return if buffer.len() > limit { Err(BodyError::Chunked("a line is too long")) } else { Ok(None) };
    };
    if end > limit {
        return Err(BodyError::Chunked("a line is too long"));
    }
    let line = buffer.split_to(end + 1).freeze();
    match line.strip_suffix(b"\r\n") {
        Some(content) => Ok(Some(line.slice(..content.len()))),
        None => Err(BodyError::Chunked("a line does not end with CR LF")),
    }
}

/// The hexadecimal size at the start of a size line; extensions behind `;` are read over.
fn chunk_size(line: &[u8]) -> Result<u64, BodyError> {
    let size = line.split(|byte| *byte == b';').next().unwrap_or_default();
    let size = size.trim_ascii_end();
    if size.is_empty() || size.len() > 15 {
        return Err(BodyError::Chunked("a chunk size is missing or too long"));
    }
    size.iter().try_fold(0_u64, |sum, digit| {
        let value =
            char::from(*digit).to_digit(16).ok_or(BodyError::Chunked("a chunk size is not hexadecimal"))?;
        Ok(sum * 16 + u64::from(value))
    })
}

#[cfg(test)]
#[path = "framing_tests.rs"]
mod tests;
