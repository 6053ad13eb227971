//! MIME multipart (RFC 2046, section 5.1) as X-Road uses it: a push parser without I/O, and a writer.
//!
//! The parser takes input in chunks of any size and hands out slices of them; only an incomplete header line or a
//! possible beginning of a delimiter is ever held back. A container inside a part is read by a second [`Parser`] that
//! is fed the data of that part.

mod headers;
mod parser;
mod scan;
#[cfg(test)]
mod tests;
mod writer;

use bytes::Bytes;

pub use headers::PartHeaders;
pub use parser::{Parser, parse_all};
pub use writer::Writer;

use crate::content_type::ContentTypeError;

/// What the parser found next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// A part begins; its headers are complete.
    PartStart(PartHeaders),
    /// Content of the part that is open; never empty.
    Data(Bytes),
    /// The part is complete.
    PartEnd,
    /// The container is complete: closing delimiter seen, input ended.
    End,
}

/// Why a multipart was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MultipartError {
    /// The boundary cannot be one.
    #[error(transparent)]
    Boundary(#[from] ContentTypeError),
    /// The input ended without a single delimiter.
    #[error("multipart without any part")]
    NoDelimiter,
    /// The input ended before the closing delimiter.
    #[error("multipart ends before its closing delimiter")]
    Truncated,
    /// Text before the first delimiter.
    #[error("text before the first delimiter of a multipart")]
    Preamble,
    /// Too many bytes before the first or after the closing delimiter.
    #[error("too much outside the delimiters of a multipart")]
    OutsideTooLong,
    /// Text after the closing delimiter.
    #[error("text after the closing delimiter of a multipart")]
    Epilogue,
    /// Too much white space at the end of a delimiter line.
    #[error("too much white space after a multipart delimiter")]
    DelimiterPadding,
    /// A header line that is no header.
    #[error("malformed header of a multipart part")]
    MalformedHeader,
    /// A header line is longer than [`Limits::part_header_line`](crate::Limits::part_header_line).
    #[error("header line of a multipart part too long")]
    HeaderLineTooLong,
    /// The headers are longer than [`Limits::part_headers`](crate::Limits::part_headers).
    #[error("headers of a multipart part too long")]
    HeadersTooLong,
    /// More headers than [`Limits::part_header_count`](crate::Limits::part_header_count).
    #[error("too many headers of a multipart part")]
    TooManyHeaders,
    /// More parts than [`Limits::parts`](crate::Limits::parts) or
    /// [`Limits::attachments`](crate::Limits::attachments).
    #[error("too many parts in a multipart")]
    TooManyParts,
}
