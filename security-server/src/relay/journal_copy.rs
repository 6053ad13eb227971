//! The copy of a body that goes by, as far as the journal keeps it.

use bytes::Bytes;
use protocol::proxy_message::MessageEvent;
use service_kit::spool::{Spool, SpoolError, SpoolRoom, Spooled};

use super::state::Parts;
use crate::message_log;

/// A copy under way.
pub struct JournalCopy<'a> {
    room: &'a SpoolRoom,
    limit: u64,
    state: State,
    length: u64,
}

enum State {
    Absent,
    Kept(Spool),
    /// Larger than the journal keeps, or attachments: their hash chain proves their digests, and X-Road does not keep
    /// them either.
    DigestOnly,
}

impl<'a> JournalCopy<'a> {
    /// An empty copy of at most `limit` bytes.
    #[must_use]
    pub fn new(room: &'a SpoolRoom, limit: u64) -> Self {
        Self { room, limit, state: State::Absent, length: 0 }
    }

    /// Takes note of the next event of the message.
    ///
    /// # Errors
    /// The spool file failed.
    pub async fn observe(&mut self, event: &MessageEvent) -> Result<(), SpoolError> {
        match event {
            MessageEvent::BodyStart => self.state = State::Kept(self.room.open(self.limit)),
            MessageEvent::AttachmentStart(_) => self.state = State::DigestOnly,
            MessageEvent::Body(piece) | MessageEvent::Attachment(piece) => return self.add(piece).await,
            _ => {}
        }
        Ok(())
    }

    async fn add(&mut self, piece: &Bytes) -> Result<(), SpoolError> {
        self.length += piece.len() as u64;
        if self.length > self.limit {
            self.state = State::DigestOnly;
        }
        match &mut self.state {
            State::Kept(spool) => spool.write(piece.clone()).await,
            State::Absent | State::DigestOnly => Ok(()),
        }
    }

    /// Bytes that went by.
    #[must_use]
    pub fn length(&self) -> u64 {
        self.length
    }

    /// What the journal gets.
    ///
    /// # Errors
    /// The spool file failed.
    pub async fn finish(self) -> Result<message_log::Body, SpoolError> {
        match self.state {
            State::Absent => Ok(message_log::Body::Absent),
            State::Kept(spool) => of_spooled(&spool.finish().await?),
            State::DigestOnly => Ok(message_log::Body::DigestOnly { length: self.length }),
        }
    }
}

/// What the journal gets of a received body or of attachments.
///
/// # Errors
/// The spool file cannot be opened again.
pub fn kept_of(parts: &Parts, limit: u64) -> Result<message_log::Body, SpoolError> {
    match &parts.body {
        None => Ok(message_log::Body::Absent),
        Some(spooled) if spooled.len() > limit || !parts.attachments.is_empty() => {
            Ok(message_log::Body::DigestOnly { length: spooled.len() })
        }
        Some(spooled) => of_spooled(spooled),
    }
}

fn of_spooled(spooled: &Spooled) -> Result<message_log::Body, SpoolError> {
    Ok(match spooled.bytes_in_memory() {
        Some(bytes) => message_log::Body::Memory(bytes),
        None => message_log::Body::File { file: spooled.open_file()?, length: spooled.len() },
    })
}
