//! A message on its way out: gathered in memory while it is small, streamed once it is not.
//!
//! A small message leaves in one piece, after its signature and its journal record exist. A large one must begin to
//! leave before that (its end is not known yet, and memory is bounded); it is worthless to the receiver until its
//! last parts arrive, and those are pushed only against a receipt of the journal.

use bytes::{Bytes, BytesMut};
use futures_util::stream;
use service_kit::http::{Body, BodySender};
use tokio::sync::oneshot;

/// A message up to this size is gathered. Bytes.
const GATHERED_LIMIT: usize = 64 * 1024;
/// Pieces smaller than this are put together. Bytes.
const PIECE: usize = 16 * 1024;
/// Pieces that may wait for the connection.
const QUEUE: usize = 4;

/// The receiver does not read any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the receiver of the message went away")]
pub struct Gone;

/// The writing end. Dropping it before [`Outflow::finish`] leaves a message that its receiver must refuse.
#[derive(Debug)]
pub struct Outflow {
    pending: BytesMut,
    way: Way,
    original_content_type: Option<String>,
}

#[derive(Debug)]
enum Way {
    Gathering(oneshot::Sender<Opened>),
    Streaming(BodySender),
}

/// A message that may begin to leave.
#[derive(Debug)]
pub struct Opened {
    /// The body of the HTTP message.
    pub body: Body,
    /// See [`Outflow::announce`].
    pub original_content_type: Option<String>,
}

/// Resolves when the message may begin to leave; never, when it is given up before.
pub type Opening = oneshot::Receiver<Opened>;

/// A new message.
#[must_use]
pub fn outflow() -> (Outflow, Opening) {
    let (opened, opening) = oneshot::channel();
    let way = Way::Gathering(opened);
    (Outflow { pending: BytesMut::new(), way, original_content_type: None }, opening)
}

impl Outflow {
    /// Whether bytes may have left already.
    #[must_use]
    pub fn has_begun(&self) -> bool {
        matches!(self.way, Way::Streaming(_))
    }

    /// Sets a header field that is known only when the message begins: the `Content-Type` of a service's answer.
    pub fn announce(&mut self, original_content_type: String) {
        self.original_content_type = Some(original_content_type);
    }

    /// Forgets what was gathered; false when something may have left already.
    pub fn discard(&mut self) -> bool {
        if self.has_begun() {
            return false;
        }
        self.pending.clear();
        true
    }

    /// Adds a piece.
    ///
    /// # Errors
    /// [`Gone`].
    pub async fn push(&mut self, piece: Bytes) -> Result<(), Gone> {
        if let Way::Gathering(_) = &self.way {
            if self.pending.len() + piece.len() <= GATHERED_LIMIT {
                self.pending.extend_from_slice(&piece);
                return Ok(());
            }
            self.begin()?;
        }
        if piece.len() < PIECE {
            self.pending.extend_from_slice(&piece);
            return if self.pending.len() < PIECE { Ok(()) } else { self.send_pending().await };
        }
        self.send_pending().await?;
        self.send(piece).await
    }

    /// The message is complete.
    ///
    /// # Errors
    /// [`Gone`].
    pub async fn finish(mut self) -> Result<(), Gone> {
        if self.has_begun() {
            self.send_pending().await?;
        }
        match self.way {
            Way::Gathering(opened) => {
                let whole = self.pending.freeze();
                // Without announced length: security servers write messages to each other chunked.
                let body = Body::stream(stream::once(async move { Ok(whole) }), None);
                let original_content_type = self.original_content_type;
                opened.send(Opened { body, original_content_type }).map_err(|_| Gone)
            }
            Way::Streaming(sender) => {
                sender.finish().await;
                Ok(())
            }
        }
    }

    fn begin(&mut self) -> Result<(), Gone> {
        let (sender, body) = Body::channel(QUEUE);
        let original_content_type = self.original_content_type.take();
        match std::mem::replace(&mut self.way, Way::Streaming(sender)) {
            Way::Gathering(opened) => opened.send(Opened { body, original_content_type }).map_err(|_| Gone),
            Way::Streaming(_) => Ok(()),
        }
    }

    async fn send_pending(&mut self) -> Result<(), Gone> {
        let pending = self.pending.split().freeze();
        self.send(pending).await
    }

    async fn send(&self, piece: Bytes) -> Result<(), Gone> {
        match &self.way {
            Way::Streaming(sender) if sender.send(piece).await => Ok(()),
            Way::Streaming(_) | Way::Gathering(_) => Err(Gone),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_small_message_leaves_only_when_it_is_complete() {
        let (mut out, mut opening) = outflow();
        out.push(Bytes::from_static(b"one ")).await.unwrap();
        out.push(Bytes::from_static(b"two")).await.unwrap();
        assert!(!out.has_begun());
        assert!(opening.try_recv().is_err());
        out.finish().await.unwrap();
        assert_eq!(opening.await.unwrap().body.read_all(100).await.unwrap(), "one two");
    }

    #[tokio::test]
    async fn a_large_message_begins_to_leave_and_is_cut_when_given_up() {
        let (mut out, opening) = outflow();
        let reader = tokio::spawn(async { opening.await.unwrap().body.read_all(10_000_000).await });
        for _ in 0..40 {
            out.push(Bytes::from(vec![7; 10_000])).await.unwrap();
        }
        assert!(out.has_begun());
        drop(out);
        assert!(reader.await.unwrap().is_err());
    }

    #[tokio::test]
    async fn nothing_is_lost_or_reordered() {
        let (mut out, opening) = outflow();
        let reader = tokio::spawn(async { opening.await.unwrap().body.read_all(10_000_000).await.unwrap() });
        let mut expected = Vec::new();
        for n in 0..200_u8 {
            let piece = vec![n; usize::from(n) * 300];
            expected.extend_from_slice(&piece);
            out.push(Bytes::from(piece)).await.unwrap();
        }
        out.finish().await.unwrap();
        assert!(reader.await.unwrap() == expected);
    }

    #[tokio::test]
    async fn a_given_up_small_message_never_leaves() {
        let (mut out, opening) = outflow();
        out.push(Bytes::from_static(b"x")).await.unwrap();
        drop(out);
        assert!(opening.await.is_err());
    }
}
