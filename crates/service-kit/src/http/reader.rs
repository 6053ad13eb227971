//! Reading messages from a connection: the head at once, the body as the handler asks for it.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::{Buf, Bytes, BytesMut};
use tokio::io::ReadHalf;
use tokio::time::Sleep;
use tokio_util::io::poll_read_buf;

use super::BodyError;
use super::framing::{BodyDecoder, BodyLength, Step};
use super::head::{HeadError, HeadLimits, head_end};
use crate::transport::Transport;

/// Bytes asked of the connection at a time while a head is expected; idle connections hold no more.
const HEAD_READ: usize = 4 * 1024;
/// Bytes asked of the connection at a time inside a body: one TLS record.
const BODY_READ: usize = 16 * 1024;
/// Empty lines that may stand before a request line (RFC 9112 section 2.2).
const MAX_EMPTY_LINES: usize = 4;

/// Why no head could be read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ReadHeadError {
    #[error(transparent)]
    Head(#[from] HeadError),
    #[error("the connection ended inside a head")]
    Truncated,
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// The reading half of a connection, with what was read too far.
pub(crate) struct MessageReader {
    stream: ReadHalf<Box<dyn Transport>>,
    buffer: BytesMut,
}

impl MessageReader {
    pub(crate) fn new(stream: ReadHalf<Box<dyn Transport>>) -> Self {
        Self { stream, buffer: BytesMut::new() }
    }

    /// Waits until a byte of the next message is there; false when the connection ended instead.
    pub(crate) async fn wait_for_message(&mut self) -> io::Result<bool> {
        if !self.buffer.is_empty() {
            return Ok(true);
        }
        Ok(std::future::poll_fn(|context| self.poll_fill(context, HEAD_READ)).await? > 0)
    }

    /// The bytes of the next head, its empty line included; `None` when the connection ended before it.
    pub(crate) async fn read_head(&mut self, limits: HeadLimits) -> Result<Option<Bytes>, ReadHeadError> {
        let mut searched = 0;
        let mut empty_lines = 0;
        loop {
            while searched == 0 && empty_lines < MAX_EMPTY_LINES && self.buffer.starts_with(b"\r\n") {
                self.buffer.advance(2);
                empty_lines += 1;
            }
            if let Some(end) = head_end(&self.buffer, searched) {
                if end > limits.max_bytes {
                    return Err(self.too_long(limits).into());
                }
                return Ok(Some(self.buffer.split_to(end).freeze()));
            }
            if self.buffer.len() > limits.max_bytes {
                return Err(self.too_long(limits).into());
            }
            // The empty line may have begun in the bytes that are there.
            searched = self.buffer.len().saturating_sub(2);
            if std::future::poll_fn(|context| self.poll_fill(context, HEAD_READ)).await? == 0 {
                return if self.buffer.is_empty() { Ok(None) } else { Err(ReadHeadError::Truncated) };
            }
        }
    }

    /// Reads and throws away until the other side ends the connection, at most `limit` bytes.
    pub(crate) async fn discard(&mut self, limit: usize) {
        let mut seen = 0;
        while seen < limit {
            self.buffer.clear();
            match std::future::poll_fn(|context| self.poll_fill(context, BODY_READ)).await {
                Ok(0) | Err(_) => return,
                Ok(count) => seen += count,
            }
        }
    }

    /// Is the connection open and silent, as an idle one must be?
    pub(crate) fn is_idle(&mut self) -> bool {
        let mut context = Context::from_waker(std::task::Waker::noop());
        self.buffer.is_empty() && self.poll_fill(&mut context, HEAD_READ).is_pending()
    }

    /// Gives back the memory of the buffer, if nothing is in it.
    pub(crate) fn rest(&mut self) {
        if self.buffer.is_empty() {
            self.buffer = BytesMut::new();
        }
    }

    fn too_long(&self, limits: HeadLimits) -> HeadError {
        let start_line = memchr::memchr(b'\n', &self.buffer).unwrap_or(usize::MAX);
        if start_line > limits.max_bytes { HeadError::TargetTooLong } else { HeadError::TooLong }
    }

    fn poll_fill(&mut self, context: &mut Context<'_>, wanted: usize) -> Poll<io::Result<usize>> {
        if self.buffer.capacity() - self.buffer.len() < wanted / 2 {
            self.buffer.reserve(wanted);
        }
        poll_read_buf(Pin::new(&mut self.stream), context, &mut self.buffer)
    }
}

/// The body of a received message, read from its connection on demand. When it is dropped, the reader goes back
/// to the connection.
pub(crate) struct IncomingBody {
    parts: Option<Parts>,
    stall_timeout: Duration,
    stall: Option<Pin<Box<Sleep>>>,
    /// Called once before the first wait for bytes (the client may wait for `100 Continue`).
    before_first_wait: Option<Box<dyn FnOnce() + Send>>,
    give_back: Option<Box<dyn FnOnce(Unread) + Send>>,
}

struct Parts {
    reader: MessageReader,
    decoder: BodyDecoder,
    failed: bool,
}

/// What comes back from a body that is no longer read.
pub(crate) struct Unread {
    pub(crate) reader: MessageReader,
    decoder: BodyDecoder,
    /// Was everything read, so that the next message follows?
    pub(crate) finished: bool,
    failed: bool,
}

impl IncomingBody {
    pub(crate) fn new(
        reader: MessageReader,
        length: BodyLength,
        stall_timeout: Duration,
        give_back: impl FnOnce(Unread) + Send + 'static,
    ) -> Self {
        let decoder = BodyDecoder::new(length);
        let parts = Some(Parts { reader, decoder, failed: false });
        let give_back: Option<Box<dyn FnOnce(Unread) + Send>> = Some(Box::new(give_back));
        Self { parts, stall_timeout, stall: None, before_first_wait: None, give_back }
    }

    pub(crate) fn before_first_wait(mut self, call: impl FnOnce() + Send + 'static) -> Self {
        self.before_first_wait = Some(Box::new(call));
        self
    }

    pub(crate) fn poll_piece(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, BodyError>>> {
        let Some(parts) = &mut self.parts else { return Poll::Ready(None) };
        loop {
            match parts.decoder.step(&mut parts.reader.buffer) {
                Ok(Step::Piece(piece)) => return Poll::Ready(Some(Ok(piece))),
                Ok(Step::End) => return self.end(),
                Ok(Step::NeedMore) => {}
                Err(error) => return self.fail(error),
            }
            if let Some(call) = self.before_first_wait.take() {
                call();
            }
            match parts.reader.poll_fill(context, BODY_READ) {
                Poll::Ready(Ok(0)) => {
                    return match parts.decoder.ended() {
                        Ok(()) => self.end(),
                        Err(error) => self.fail(error),
                    };
                }
                Poll::Ready(Ok(_)) => self.stall = None,
                Poll::Ready(Err(error)) if error.kind() == io::ErrorKind::UnexpectedEof => {
                    return self.fail(BodyError::Truncated);
                }
                Poll::Ready(Err(error)) => return self.fail(error.into()),
                Poll::Pending => {
                    let patience = self.stall_timeout;
                    let stall = self.stall.get_or_insert_with(|| Box::pin(tokio::time::sleep(patience)));
                    ready!(stall.as_mut().poll(context));
                    return self.fail(BodyError::Stalled(patience));
                }
            }
        }
    }

    fn end(&mut self) -> Poll<Option<Result<Bytes, BodyError>>> {
        self.stall = None;
        self.hand_over();
        Poll::Ready(None)
    }

    fn fail(&mut self, error: BodyError) -> Poll<Option<Result<Bytes, BodyError>>> {
        self.stall = None;
        if let Some(parts) = &mut self.parts {
            parts.failed = true;
        }
        self.hand_over();
        Poll::Ready(Some(Err(error)))
    }

    fn hand_over(&mut self) {
        if let (Some(parts), Some(give_back)) = (self.parts.take(), self.give_back.take()) {
            let Parts { mut reader, mut decoder, failed } = parts;
            // Whoever counted the bytes need not have asked for the end.
            let finished = !failed && matches!(decoder.step(&mut reader.buffer), Ok(Step::End));
            give_back(Unread { reader, decoder, finished, failed });
        }
    }
}

impl Drop for IncomingBody {
    fn drop(&mut self) {
        self.hand_over();
    }
}

impl Unread {
    /// Reads over the rest of the body if that is at most `limit` bytes. True: the next message follows.
    pub(crate) async fn skip_rest(&mut self, limit: usize) -> bool {
        let mut seen = 0;
        while !self.finished && !self.failed && seen < limit {
            match self.decoder.step(&mut self.reader.buffer) {
                Ok(Step::Piece(piece)) => seen += piece.len(),
                Ok(Step::End) => self.finished = true,
                Ok(Step::NeedMore) => {
                    let reader = &mut self.reader;
                    let filled = std::future::poll_fn(|context| reader.poll_fill(context, BODY_READ)).await;
                    self.failed = !matches!(filled, Ok(1..));
                }
                Err(_) => self.failed = true,
            }
        }
        self.finished
    }
}
