//! Holding a part in memory.

use bytes::{Bytes, BytesMut};

/// Collects the data of one part up to a limit. A part that arrives in one piece is not copied.
#[derive(Debug, Default)]
pub(crate) struct Gather {
    first: Bytes,
    joined: BytesMut,
}

impl Gather {
    /// Adds data; false if that exceeds the limit.
    pub(crate) fn add(&mut self, data: Bytes, limit: usize) -> bool {
        if self.first.len() + self.joined.len() + data.len() > limit {
            return false;
        }
        if self.first.is_empty() && self.joined.is_empty() {
            self.first = data;
        } else {
            if self.joined.is_empty() {
                self.joined.reserve(self.first.len() + data.len());
                self.joined.extend_from_slice(&self.first);
                self.first = Bytes::new();
            }
            self.joined.extend_from_slice(&data);
        }
        true
    }

    /// The whole part.
    pub(crate) fn take(&mut self) -> Bytes {
        let Self { first, joined } = std::mem::take(self);
        if joined.is_empty() { first } else { joined.freeze() }
    }
}
