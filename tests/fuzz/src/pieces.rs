//! An input that arrives piece by piece, as from a network. The sizes follow from the input itself, so that a finding
//! can be repeated.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// Cuts bytes into pieces of 1 to 8 bytes, of up to 4 KiB, or anything between.
pub struct Pieces {
    left: Bytes,
    state: u64,
}

impl Pieces {
    /// All bytes are still to come.
    #[must_use]
    pub fn of(data: &[u8]) -> Self {
        // FNV-1a; zero would stay zero below.
        let fnv = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        let state = data.iter().fold(0xcbf2_9ce4_8422_2325, fnv) | 1;
        Self { left: Bytes::copy_from_slice(data), state }
    }

    /// Length of the next piece; xorshift64.
    fn size(&mut self) -> usize {
        self.state ^= self.state << 13;
        self.state ^= self.state >> 7;
        self.state ^= self.state << 17;
        let largest = 1 << (3 + (self.state >> 60) % 10);
        1 + usize::try_from(self.state >> 8).unwrap_or_default() % largest
    }

    fn next_piece(&mut self, most: usize) -> Option<Bytes> {
        let size = self.size().min(most).min(self.left.len());
        (size > 0).then(|| self.left.split_to(size))
    }
}

impl Iterator for Pieces {
    type Item = Bytes;

    fn next(&mut self) -> Option<Bytes> {
        self.next_piece(usize::MAX)
    }
}

impl AsyncRead for Pieces {
    fn poll_read(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if let Some(piece) = self.next_piece(buffer.remaining()) {
            buffer.put_slice(&piece);
        }
        Poll::Ready(Ok(()))
    }
}

/// Nothing is ever answered, so whatever is written is gone.
impl AsyncWrite for Pieces {
    fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}
