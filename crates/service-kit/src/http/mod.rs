//! HTTP/1.1 messages (RFC 9110, RFC 9112), as both our servers and our clients use them.
//!
//! X-Road signs the headers of a REST message with their case and their order, so the usual maps of
//! lower-case names cannot carry them. Here a message keeps its header lines as they were written:
//!
//! - [`Headers`]: names and values in order, found without regard to case
//! - [`Request`], [`Response`]: head and body
//! - [`Body`]: bytes that are there, or a stream of them

mod body;
mod headers;
mod message;

pub use body::{Body, BodyError, BodySender};
pub use headers::Headers;
pub use message::{Request, Response, reason_phrase};

pub(crate) struct IncomingBody;
impl IncomingBody {
    pub(crate) fn poll_piece(
        &mut self,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Result<bytes::Bytes, BodyError>>> {
        std::task::Poll::Ready(None)
    }
}
