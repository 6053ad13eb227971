//! Bodies of any length that nobody must keep in memory, and that cannot be compressed much.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::LazyLock;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};

/// Bytes of a piece; further than a compressor of the deflate family looks back.
const PIECE: usize = 64 * 1024;

/// Letters and digits by a xorshift generator, the same at each start.
static PATTERN: LazyLock<Bytes> = LazyLock::new(|| {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    let letter = |_| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        LETTERS[(state >> 58) as usize]
    };
    (0..PIECE).map(letter).collect()
});

/// Text of this length, at most one piece.
pub(crate) fn text(length: usize) -> String {
    String::from_utf8_lossy(&PATTERN[..length.min(PIECE)]).into_owned()
}

/// A body.
#[derive(Clone, Debug)]
pub(crate) enum Payload {
    /// So many bytes of the pattern.
    Pattern(u64),
    /// These bytes.
    Whole(Bytes),
}

impl Payload {
    fn left(&self) -> u64 {
        match self {
            Self::Pattern(left) => *left,
            Self::Whole(bytes) => bytes.len() as u64,
        }
    }
}

impl Body for Payload {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let this = self.get_mut();
        let piece = match this {
            Self::Whole(bytes) => std::mem::take(bytes),
            Self::Pattern(left) => {
                let length = usize::try_from(*left).unwrap_or(PIECE).min(PIECE);
                *left -= length as u64;
                PATTERN.slice(..length)
            }
        };
        Poll::Ready((!piece.is_empty()).then(|| Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.left() == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left())
    }
}
