//! HTTP/1.1 messages (RFC 9110, RFC 9112), as both our servers and our clients use them.
//!
//! X-Road signs the headers of a REST message with their case and their order, so the usual maps of
//! lower-case names cannot carry them. Here a message keeps its header lines as they were written:
//!
//! - [`Headers`]: names and values in order, found without regard to case
//! - [`Request`], [`Response`]: head and body
//! - [`Body`]: bytes that are there, or a stream of them
//! - inside: `head` and `framing` read without input or output, strict where a difference of opinion between
//!   two programs could smuggle a message; `reader` and `writer` move the bytes
//! - [`whole`]: messages read whole off a stream, for tests, tools and fuzzing

mod body;
mod framing;
mod head;
mod headers;
mod message;
mod reader;
pub mod whole;
mod writer;

pub use body::{Body, BodyError, BodySender};
pub use headers::Headers;
pub use message::{Request, Response, reason_phrase};

pub(crate) use framing::{BodyLength, request_body_length, response_body_length, wants_to_close};
pub(crate) use head::{HeadError, HeadLimits, RequestHead, ResponseHead, Version};
pub(crate) use reader::{IncomingBody, MessageReader, ReadHeadError, Unread};
pub(crate) use writer::{Encoding, WriteBodyError, write_message, write_request_head, write_response_head};
