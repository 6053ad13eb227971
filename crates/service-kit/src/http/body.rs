//! Bodies: bytes that are there, or a stream of them.

use std::io;
use std::pin::Pin;
use std::sync::{Mutex, PoisonError};
use std::task::{Context, Poll};

use bytes::{Bytes, BytesMut};
use futures_util::{Stream, StreamExt, stream};
use tokio::sync::mpsc;

use super::IncomingBody;

/// Why a body could not be read to its end. None of these may be mistaken for the end.
#[derive(Debug, thiserror::Error)]
pub enum BodyError {
    /// The connection ended before the announced end of the body, or TLS ended without close_notify.
    #[error("the body ends before its announced end")]
    Truncated,
    /// Longer than the reader was willing to take.
    #[error("the body is longer than {limit} bytes")]
    TooLarge {
        /// The limit, in bytes.
        limit: u64,
    },
    /// The sender stalled.
    #[error("no bytes of the body came for {0:?}")]
    Stalled(std::time::Duration),
    /// The chunked coding (RFC 9112 section 7.1) is broken.
    #[error("the chunked coding is wrong: {0}")]
    Chunked(&'static str),
    /// Whoever produces the body gave up; the text is the reason.
    #[error("the body was given up: {0}")]
    Aborted(String),
    /// The transport failed.
    #[error("the connection failed while the body was read: {0}")]
    Io(#[from] io::Error),
}

/// A message body. Also a [`Stream`] of pieces.
#[must_use]
pub struct Body {
    content: Content,
    length: Option<u64>,
}

type Pieces = Pin<Box<dyn Stream<Item = Result<Bytes, BodyError>> + Send>>;

/// The mutexes are never locked: they only let a message be shared between threads while nobody reads it.
enum Content {
    Full(Option<Bytes>),
    Incoming(Mutex<Box<IncomingBody>>),
    Stream(Mutex<Pieces>),
}

/// The writing end of [`Body::channel`]. Dropping it without [`BodySender::finish`] cuts the body short,
/// which the receiver of the message sees as an error.
#[derive(Debug)]
pub struct BodySender {
    pieces: Option<mpsc::Sender<Result<Bytes, BodyError>>>,
}

impl Body {
    /// No bytes.
    pub const fn empty() -> Self {
        Self { content: Content::Full(None), length: Some(0) }
    }

    /// Bytes that are there already.
    pub fn full(bytes: impl Into<Bytes>) -> Self {
        let bytes = bytes.into();
        let length = Some(bytes.len() as u64);
        Self { content: Content::Full(Some(bytes)), length }
    }

    /// A stream of pieces; with a known `length` it is announced by Content-Length and must match, without
    /// it goes out chunked. An error in the stream breaks the message off so that the peer notices.
    pub fn stream(
        pieces: impl Stream<Item = Result<Bytes, BodyError>> + Send + 'static,
        length: Option<u64>,
    ) -> Self {
        Self { content: Content::Stream(Mutex::new(Box::pin(pieces))), length }
    }

    /// A body that another task writes; at most `capacity` pieces wait between the two.
    pub fn channel(capacity: usize) -> (BodySender, Self) {
        let (sender, receiver) = mpsc::channel::<Result<Bytes, BodyError>>(capacity);
        let pieces = stream::unfold(Some(receiver), |receiver| async {
            let mut receiver = receiver?;
            match receiver.recv().await {
                Some(Ok(piece)) if piece.is_empty() => None,
                Some(Ok(piece)) => Some((Ok(piece), Some(receiver))),
                Some(Err(error)) => Some((Err(error), None)),
                None => Some((Err(BodyError::Aborted("its writer went away".to_owned())), None)),
            }
        });
        (BodySender { pieces: Some(sender) }, Self::stream(pieces, None))
    }

    pub(crate) fn incoming(body: IncomingBody, length: Option<u64>) -> Self {
        Self { content: Content::Incoming(Mutex::new(Box::new(body))), length }
    }

    /// The number of bytes, where it is known beforehand.
    #[must_use]
    pub const fn length(&self) -> Option<u64> {
        self.length
    }

    /// Is it known beforehand that there are no bytes?
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.length == Some(0)
    }

    /// The next piece; `None` is the proper end.
    ///
    /// # Errors
    /// [`BodyError`]; after an error there is nothing more to read.
    pub async fn piece(&mut self) -> Option<Result<Bytes, BodyError>> {
        self.next().await
    }

    /// All bytes, at most `limit`.
    ///
    /// # Errors
    /// [`BodyError::TooLarge`] as soon as the limit is passed, and the errors of reading.
    pub async fn read_all(mut self, limit: u64) -> Result<Bytes, BodyError> {
        if self.length.is_some_and(|length| length > limit) {
            return Err(BodyError::TooLarge { limit });
        }
        let Some(first) = self.piece().await.transpose()? else { return Ok(Bytes::new()) };
        let Some(second) = self.piece().await.transpose()? else { return within(first, limit) };
        let mut all = BytesMut::from(&*within(first, limit)?);
        let mut next = Some(second);
        while let Some(piece) = next {
            if (all.len() + piece.len()) as u64 > limit {
                return Err(BodyError::TooLarge { limit });
            }
            all.extend_from_slice(&piece);
            next = self.piece().await.transpose()?;
        }
        Ok(all.freeze())
    }
}

fn unlocked<T>(mutex: &mut Mutex<T>) -> &mut T {
    mutex.get_mut().unwrap_or_else(PoisonError::into_inner)
}

fn within(bytes: Bytes, limit: u64) -> Result<Bytes, BodyError> {
    if bytes.len() as u64 > limit { Err(BodyError::TooLarge { limit }) } else { Ok(bytes) }
}

impl Stream for Body {
    type Item = Result<Bytes, BodyError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        match &mut self.content {
            Content::Full(bytes) => Poll::Ready(bytes.take().filter(|bytes| !bytes.is_empty()).map(Ok)),
            Content::Incoming(body) => unlocked(body).poll_piece(context),
            Content::Stream(pieces) => unlocked(pieces).as_mut().poll_next(context),
        }
    }
}

impl Default for Body {
    fn default() -> Self {
        Self::empty()
    }
}

impl std::fmt::Debug for Body {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Body").field("length", &self.length).finish_non_exhaustive()
    }
}

impl From<Bytes> for Body {
    fn from(bytes: Bytes) -> Self {
        Self::full(bytes)
    }
}

impl From<Vec<u8>> for Body {
    fn from(bytes: Vec<u8>) -> Self {
        Self::full(bytes)
    }
}

impl From<String> for Body {
    fn from(text: String) -> Self {
        Self::full(text)
    }
}

impl From<&'static str> for Body {
    fn from(text: &'static str) -> Self {
        Self::full(text)
    }
}

impl BodySender {
    /// Hands over one piece; waits while the other side is slower. False: nobody reads any more, stop.
    pub async fn send(&self, piece: impl Into<Bytes>) -> bool {
        let piece = piece.into();
        match &self.pieces {
            // An empty piece is the mark of the end inside the channel.
            _ if piece.is_empty() => true,
            Some(pieces) => pieces.send(Ok(piece)).await.is_ok(),
            None => false,
        }
    }

    /// The proper end of the body.
    pub async fn finish(mut self) {
        if let Some(pieces) = self.pieces.take() {
            let _ = pieces.send(Ok(Bytes::new())).await;
        }
    }

    /// Breaks the body off with a reason; the receiver of the message sees it cut short.
    pub async fn abort(mut self, reason: impl Into<String>) {
        if let Some(pieces) = self.pieces.take() {
            let _ = pieces.send(Err(BodyError::Aborted(reason.into()))).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn read_all_keeps_the_limit() {
        assert_eq!(Body::full("abc").read_all(3).await.unwrap(), "abc");
        assert!(matches!(Body::full("abc").read_all(2).await, Err(BodyError::TooLarge { limit: 2 })));
        let pieces = || stream::iter(["ab", "cd", "e"].map(|text| Ok(Bytes::from(text))));
        assert_eq!(Body::stream(pieces(), None).read_all(5).await.unwrap(), "abcde");
        assert!(matches!(Body::stream(pieces(), None).read_all(4).await, Err(BodyError::TooLarge { .. })));
    }

    #[tokio::test]
    async fn a_channel_ends_properly_only_when_told() {
        let (sender, body) = Body::channel(4);
        assert!(sender.send("one").await && sender.send("").await && sender.send("two").await);
        sender.finish().await;
        assert_eq!(body.read_all(100).await.unwrap(), "onetwo");

        let (sender, body) = Body::channel(4);
        assert!(sender.send("one").await);
        drop(sender);
        assert!(matches!(body.read_all(100).await, Err(BodyError::Aborted(_))));
    }
}
