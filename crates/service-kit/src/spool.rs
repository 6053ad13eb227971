//! A body kept while it is checked: in memory first, beyond a threshold in a file without a name.

use std::fs::File;
use std::io::{self, Write};
use std::os::fd::AsRawFd;
use std::os::unix::fs::FileExt;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::{Bytes, BytesMut};
use futures_util::stream;

use crate::http::{Body, BodyError};

/// Bytes that go to a file, or come from it, at a time.
const BLOCK: usize = 256 * 1024;

/// Where spools live and how much memory all of them together may take. Clones share the account.
#[derive(Clone, Debug)]
pub struct SpoolRoom {
    room: Arc<Room>,
}

#[derive(Debug)]
struct Room {
    settings: SpoolSettings,
    /// Bytes in memory of all spools.
    used: AtomicUsize,
}

/// What a [`SpoolRoom`] allows.
#[derive(Clone, Debug)]
pub struct SpoolSettings {
    /// Folder of the files; they are never visible in it.
    pub folder: PathBuf,
    /// Bytes of one body that stay in memory.
    pub memory_each: usize,
    /// Bytes of all bodies together that stay in memory; beyond it everything goes to files at once.
    pub memory_total: usize,
}

impl Default for SpoolSettings {
    fn default() -> Self {
        Self { folder: std::env::temp_dir(), memory_each: 64 * 1024, memory_total: 16 * 1024 * 1024 }
    }
}

/// A body could not be kept.
#[derive(Debug, thiserror::Error)]
pub enum SpoolError {
    /// Longer than allowed.
    #[error("the body is longer than {limit} bytes")]
    TooLarge {
        /// The limit, in bytes.
        limit: u64,
    },
    /// The file could not be written or read.
    #[error("the spool file failed: {0}")]
    Io(#[from] std::io::Error),
    /// The body itself failed while it was taken in.
    #[error(transparent)]
    Body(#[from] BodyError),
}

/// A body being taken in.
#[derive(Debug)]
pub struct Spool {
    memory: Memory,
    /// Present once the body has outgrown its memory; then `memory` holds the next block only.
    file: Option<Arc<File>>,
    limit: u64,
    length: u64,
}

/// A body taken in; may be read any number of times. Its memory or file is given back when the last clone and
/// the last [`Spooled::body`] are dropped.
#[derive(Clone, Debug)]
pub struct Spooled {
    content: Content,
    length: u64,
}

#[derive(Clone, Debug)]
enum Content {
    Memory(Bytes, #[expect(dead_code, reason = "kept for its drop: the share of the account")] Arc<Memory>),
    File(Arc<File>),
}

/// Bytes in memory, and their share of the account.
#[derive(Debug)]
struct Memory {
    room: Arc<Room>,
    reserved: usize,
    bytes: BytesMut,
}

impl Memory {
    /// Takes up `more` bytes of the account; false when this body or all bodies together would have too many.
    fn reserve(&mut self, more: usize) -> bool {
        let Room { settings, used } = &*self.room;
        if self.reserved + more > settings.memory_each {
            return false;
        }
        let total = used.fetch_add(more, Ordering::Relaxed) + more;
        self.reserved += more;
        total <= settings.memory_total
    }
}

impl Drop for Memory {
    fn drop(&mut self) {
        self.room.used.fetch_sub(self.reserved, Ordering::Relaxed);
    }
}

impl SpoolRoom {
    /// A room with these limits.
    #[must_use]
    pub fn new(settings: SpoolSettings) -> Self {
        Self { room: Arc::new(Room { settings, used: AtomicUsize::new(0) }) }
    }

    /// Begins to take in a body of at most `limit` bytes.
    #[must_use]
    pub fn open(&self, limit: u64) -> Spool {
        let memory = Memory { room: Arc::clone(&self.room), reserved: 0, bytes: BytesMut::new() };
        Spool { memory, file: None, limit, length: 0 }
    }

    /// Takes in a whole body.
    ///
    /// # Errors
    /// [`SpoolError`].
    pub async fn keep(&self, mut body: Body, limit: u64) -> Result<Spooled, SpoolError> {
        let mut spool = self.open(limit);
        while let Some(piece) = body.piece().await {
            spool.write(piece?).await?;
        }
        spool.finish().await
    }
}

impl Spool {
    /// Takes in a piece.
    ///
    /// # Errors
    /// [`SpoolError::TooLarge`] or [`SpoolError::Io`].
    pub async fn write(&mut self, piece: Bytes) -> Result<(), SpoolError> {
        self.length += piece.len() as u64;
        if self.length > self.limit {
            return Err(SpoolError::TooLarge { limit: self.limit });
        }
        if self.file.is_none() && !self.memory.reserve(piece.len()) {
            let folder = self.memory.room.settings.folder.clone();
            let file = blocking(move || tempfile::tempfile_in(folder)).await?;
            self.file = Some(Arc::new(file));
        }
        self.memory.bytes.extend_from_slice(&piece);
        if self.file.is_some() && self.memory.bytes.len() >= BLOCK { self.write_out().await } else { Ok(()) }
    }

    /// The body is complete.
    ///
    /// # Errors
    /// [`SpoolError::Io`].
    pub async fn finish(mut self) -> Result<Spooled, SpoolError> {
        if self.file.is_some() {
            self.write_out().await?;
        }
        let Self { mut memory, file, length, .. } = self;
        let content = match file {
            Some(file) => Content::File(file),
            None => Content::Memory(memory.bytes.split().freeze(), Arc::new(memory)),
        };
        Ok(Spooled { content, length })
    }

    async fn write_out(&mut self) -> Result<(), SpoolError> {
        let block = self.memory.bytes.split().freeze();
        if let Some(file) = self.file.clone() {
            blocking(move || (&*file).write_all(&block)).await?;
        }
        Ok(())
    }
}

impl Spooled {
    /// Length in bytes.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.length
    }

    /// Is it empty?
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The bytes from the start, as a body of known length. May be called again.
    pub fn body(&self) -> Body {
        let file = match &self.content {
            Content::Memory(bytes, _) => return Body::full(bytes.clone()),
            Content::File(file) => Arc::clone(file),
        };
        let length = self.length;
        let pieces = stream::try_unfold(0_u64, move |at| {
            let file = Arc::clone(&file);
            async move {
                let count = usize::try_from(length - at).unwrap_or(BLOCK).min(BLOCK);
                if count == 0 {
                    return Ok(None);
                }
                let block = blocking(move || {
                    let mut block = vec![0; count];
                    file.read_exact_at(&mut block, at).map(|()| block)
                });
                let block = block.await.map_err(BodyError::Io)?;
                Ok(Some((Bytes::from(block), at + count as u64)))
            }
        });
        Body::stream(pieces, Some(self.length))
    }

    /// The bytes, when they are in memory and not in a file.
    #[must_use]
    pub fn bytes_in_memory(&self) -> Option<Bytes> {
        match &self.content {
            Content::Memory(bytes, _) => Some(bytes.clone()),
            Content::File(_) => None,
        }
    }

    /// The file behind it, opened once more with a position of its own at the start; only its first
    /// [`Spooled::len`] bytes belong to the body. For whoever copies bodies in a thread (the journal).
    ///
    /// # Errors
    /// There is no file, or it cannot be opened again.
    pub fn open_file(&self) -> io::Result<File> {
        match &self.content {
            Content::Memory(..) => Err(io::Error::new(io::ErrorKind::NotFound, "the body is in memory")),
            // The file has no name; the system knows it by its descriptor.
            Content::File(file) => File::open(format!("/proc/self/fd/{}", file.as_raw_fd())),
        }
    }

    /// All bytes in memory, if there are at most `limit`.
    ///
    /// # Errors
    /// [`SpoolError`].
    pub async fn read_all(&self, limit: u64) -> Result<Bytes, SpoolError> {
        if self.length > limit {
            return Err(SpoolError::TooLarge { limit });
        }
        Ok(self.body().read_all(limit).await?)
    }
}

/// File work, away from the threads that serve connections.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> io::Result<T> + Send + 'static) -> io::Result<T> {
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|error| Err(io::Error::other(error)))
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    fn room(each: usize, total: usize) -> SpoolRoom {
        SpoolRoom::new(SpoolSettings { memory_each: each, memory_total: total, ..SpoolSettings::default() })
    }

    async fn keep(room: &SpoolRoom, pieces: &[Vec<u8>]) -> Spooled {
        let mut spool = room.open(u64::MAX);
        for piece in pieces {
            spool.write(Bytes::from(piece.clone())).await.unwrap();
        }
        spool.finish().await.unwrap()
    }

    #[tokio::test]
    async fn small_bodies_stay_in_memory_and_are_given_back() {
        let room = room(100, 1000);
        let kept = keep(&room, &[b"one ".to_vec(), b"two".to_vec()]).await;
        assert_eq!(kept.bytes_in_memory().unwrap(), "one two");
        assert!(kept.open_file().is_err());
        assert_eq!(room.room.used.load(Ordering::Relaxed), 7);
        let again = kept.clone();
        drop(kept);
        assert_eq!(again.body().read_all(100).await.unwrap(), "one two");
        drop(again);
        assert_eq!(room.room.used.load(Ordering::Relaxed), 0);
    }

    #[tokio::test]
    async fn large_bodies_go_to_a_file_and_come_back_whole() {
        let room = room(1000, 10_000);
        let pieces: Vec<Vec<u8>> = (0..90_u8).map(|n| vec![n; 10_007]).collect();
        let expected = pieces.concat();
        let kept = keep(&room, &pieces).await;
        assert!(kept.bytes_in_memory().is_none());
        assert_eq!(kept.len(), expected.len() as u64);
        for _ in 0..2 {
            assert!(kept.body().read_all(u64::MAX).await.unwrap() == expected);
        }
        let mut copy = Vec::new();
        kept.open_file().unwrap().read_to_end(&mut copy).unwrap();
        assert!(copy == expected);
    }

    #[tokio::test]
    async fn when_the_room_is_full_small_bodies_go_to_files_too() {
        let room = room(100, 150);
        let first = keep(&room, &[vec![1; 90]]).await;
        let second = keep(&room, &[vec![2; 90]]).await;
        assert!(first.bytes_in_memory().is_some() && second.bytes_in_memory().is_none());
        assert!(second.read_all(90).await.unwrap() == vec![2; 90]);
        drop((first, second));
        assert_eq!(room.room.used.load(Ordering::Relaxed), 0);
        assert!(keep(&room, &[vec![3; 90]]).await.bytes_in_memory().is_some());
    }

    #[tokio::test]
    async fn the_limit_holds() {
        let mut spool = room(100, 100).open(10);
        spool.write(Bytes::from_static(b"12345")).await.unwrap();
        let refused = spool.write(Bytes::from_static(b"678901")).await;
        assert!(matches!(refused, Err(SpoolError::TooLarge { limit: 10 })));
        let kept = keep(&room(10, 10), &[]).await;
        assert!(kept.is_empty() && kept.body().is_empty());
    }
}
