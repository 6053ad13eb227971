//! A body kept while it is checked: in memory first, beyond a threshold in a file without a name.

use std::path::PathBuf;

use bytes::Bytes;

use crate::http::{Body, BodyError};

/// Where spools live and how much memory all of them together may take. Clones share the account.
#[derive(Clone, Debug)]
pub struct SpoolRoom {}

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
pub struct Spool {}

/// A body taken in; may be read any number of times. Its memory or file is given back on drop.
#[derive(Clone, Debug)]
pub struct Spooled {}

impl SpoolRoom {
    /// A room with these limits.
    #[must_use]
    pub fn new(_settings: SpoolSettings) -> Self {
        todo!()
    }

    /// Begins to take in a body of at most `limit` bytes.
    #[must_use]
    pub fn open(&self, _limit: u64) -> Spool {
        todo!()
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
    pub async fn write(&mut self, _piece: Bytes) -> Result<(), SpoolError> {
        todo!()
    }

    /// The body is complete.
    ///
    /// # Errors
    /// [`SpoolError::Io`].
    pub async fn finish(self) -> Result<Spooled, SpoolError> {
        todo!()
    }
}

impl Spooled {
    /// Length in bytes.
    #[must_use]
    pub fn len(&self) -> u64 {
        todo!()
    }

    /// Is it empty?
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The bytes from the start, as a body of known length. May be called again.
    pub fn body(&self) -> Body {
        todo!()
    }

    /// The bytes, when they are in memory and not in a file.
    #[must_use]
    pub fn bytes_in_memory(&self) -> Option<Bytes> {
        todo!()
    }

    /// The file behind it, opened once more with a position of its own at the start; only its first
    /// [`Spooled::len`] bytes belong to the body. For whoever copies bodies in a thread (the journal).
    ///
    /// # Errors
    /// There is no file, or it cannot be opened again.
    pub fn open_file(&self) -> std::io::Result<std::fs::File> {
        todo!()
    }

    /// All bytes in memory, if there are at most `limit`.
    ///
    /// # Errors
    /// [`SpoolError`].
    pub async fn read_all(&self, _limit: u64) -> Result<Bytes, SpoolError> {
        todo!()
    }
}
