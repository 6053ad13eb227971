//! What the journal keeps of one message.

use std::fs::File;

use bytes::Bytes;
use identifiers::{ClientId, ServiceId};
use protocol::Payload;
use time::OffsetDateTime;

/// Which side of the exchange this server was on. The numbers are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Side {
    /// Our information system asked.
    Consumer = 0,
    /// Our information system was asked.
    Provider = 1,
}

/// Which of the two messages of an exchange. The numbers are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Direction {
    /// Consumer to provider.
    Request = 0,
    /// Provider to consumer.
    Response = 1,
}

/// The body of a REST message, as far as the journal may keep it.
#[derive(Debug, Default)]
pub enum Body {
    /// The message has none.
    #[default]
    Absent,
    /// In memory.
    Memory(Bytes),
    /// In a spool file; read when the record is written.
    File {
        /// Open for reading; the position is moved.
        file: File,
        /// The first bytes of the file, so many, are the body.
        length: u64,
    },
    /// No longer at hand, for instance because it was too long for the spool: the signature's hash
    /// chain proves its digest only.
    DigestOnly {
        /// Length in bytes of what is not kept.
        length: u64,
    },
}

impl Body {
    /// Length in bytes of the body of the message, kept or not.
    #[must_use]
    pub fn length(&self) -> u64 {
        match self {
            Self::Absent => 0,
            Self::Memory(bytes) => bytes.len() as u64,
            Self::File { length, .. } | Self::DigestOnly { length } => *length,
        }
    }
}

/// The seal as it travelled: a signature document, with the hash chain where it covers several parts.
#[derive(Debug, Clone)]
pub struct Seal {
    /// The XAdES signature document.
    pub signature: Bytes,
    /// The hash chain result that the signature refers to.
    pub hash_chain_result: Option<Bytes>,
    /// The hash chain from that result down to the parts of this message.
    pub hash_chain: Option<Bytes>,
}

/// One sealed message on its way through this server.
#[derive(Debug)]
pub struct Record {
    /// Our side in the exchange.
    pub side: Side,
    /// Request or response.
    pub direction: Direction,
    /// Message protocol, which decides how the message part reads.
    pub payload: Payload,
    /// `X-Road-Id` of a REST message, `id` of a SOAP message.
    pub query_id: String,
    /// `x-road-request-id`, which ties request and response together.
    pub request_id: String,
    /// The party of this exchange that is hosted here: consumer or provider.
    pub local: ClientId,
    /// The other party.
    pub peer: ClientId,
    /// The service that was called.
    pub service: ServiceId,
    /// When the message was sealed (outgoing) or accepted (incoming).
    pub time: OffsetDateTime,
    /// `message.xml`: the bytes that the signature covers under that name.
    pub message: Bytes,
    /// `attachment1` of a REST message.
    pub body: Body,
    /// The seal.
    pub seal: Seal,
}

impl Record {
    /// Who sealed the message: the consumer seals requests, the provider responses.
    pub(super) fn signer(&self) -> &ClientId {
        match (self.side, self.direction) {
            (Side::Consumer, Direction::Request) | (Side::Provider, Direction::Response) => &self.local,
            (Side::Consumer, Direction::Response) | (Side::Provider, Direction::Request) => &self.peer,
        }
    }
}
