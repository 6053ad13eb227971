//! The states between the stages, in the order of the four legs.
//!
//! The rule: a stage takes the state that the stage before it made, by value, and gives the next one. The proof
//! values inside have constructors that only the deciding code can reach:
//!
//! | proof | made by | demanded by |
//! | --- | --- | --- |
//! | [`ValidGlobalConf`] | `globalconf`, not expired now | every leg |
//! | [`VerifiedProvider`], [`VerifiedConsumer`] | `trust::peer`, who the peer is | begin; verify |
//! | [`VerifiedMessage`] | [`stage::verify`] | authorise, correlate |
//! | [`Permit`], [`ConsentPermit`] | `access_rights::decide`, `consent` | record, translate |
//! | [`Sealable`] | [`stage::can_seal`], the member's key and certificate | connect; record |
//! | [`Recorded`] (holds a [`LogReceipt`]) | [`stage::record`] | transmit, translate, answer |
//! | [`ReleasePermit`] | `consent` | envelope of the response |
//!
//! So a message that skips one of them does not compile; `tests/ui` shows it for each.
//!
//! [`stage::verify`]: super::stage::verify
//! [`stage::record`]: super::stage::record
//! [`stage::can_seal`]: super::stage::can_seal
//! [`LogReceipt`]: crate::message_log::LogReceipt

use std::sync::Arc;

use bytes::Bytes;
use protocol::digest::PartDigest;
use service_kit::http::{Request, Response};
use service_kit::http_client::Connection;
use service_kit::spool::Spooled;

pub use crate::access_rights::Permit;
pub use crate::relay::codec::{ExpectedAnswer, MessagePart, RequestMessage, ResponseMessage};
pub use crate::relay::enclosure::Enclosure;
pub use crate::relay::exchanging::Exchanging;
pub use crate::relay::inflow::Attached;
pub use crate::relay::peers::{Candidate, ShownChain};
pub use crate::relay::stage::record::Recorded;
pub use crate::relay::stage::seal::Sealable;
pub use crate::relay::stage::verify::VerifiedMessage;
pub use crate::trust::{VerifiedConsumer, VerifiedProvider};
pub use ::globalconf::ValidGlobalConf;
pub use consent::{ConsentCheck, ConsentPermit, ReleasePermit};

use crate::access_rights::Service;
use crate::message_log;

// Leg 1: the request of our information system.

/// Read within limits; the client is only claimed.
pub struct Accepted {
    pub(super) message: RequestMessage,
    pub(super) enclosure: Enclosure,
    pub(super) encrypted: bool,
    pub(super) certificate: Option<Vec<u8>>,
}

/// The information system belongs to the client that the message names.
pub struct Identified {
    pub(super) message: RequestMessage,
    pub(super) enclosure: Enclosure,
}

/// Nothing is known that would make the provider refuse.
pub struct Prechecked {
    pub(super) message: RequestMessage,
    pub(super) enclosure: Enclosure,
    pub(super) consent: ConsentCheck,
}

/// The message has the form in which it will be signed.
pub struct Enveloped {
    pub(super) message: Arc<RequestMessage>,
    pub(super) part: MessagePart,
    pub(super) enclosure: Enclosure,
}

/// It is known which security servers can take it.
pub struct Routed {
    pub(super) enveloped: Enveloped,
    pub(super) candidates: Vec<Candidate>,
}

/// One of them is connected, and is who it must be.
pub struct Connected {
    pub(super) enveloped: Enveloped,
    pub(super) connection: Connection,
    pub(super) shown: ShownChain,
    pub(super) provider: VerifiedProvider,
}

/// A request that is leaving this server.
pub struct OutgoingRequest {
    pub(super) message: Arc<RequestMessage>,
    pub(super) provider: VerifiedProvider,
    pub(super) exchanging: Exchanging,
}

// Legs 1 and 3: a message that is leaving, `M` being a request or a response.

/// Ready to be sent and hashed.
pub struct Draft<M> {
    pub(super) outgoing: M,
    pub(super) ocsp: Vec<Bytes>,
    pub(super) part: MessagePart,
    pub(super) enclosure: Enclosure,
}

/// Message part and enclosure went by and were hashed.
pub struct Forwarded<M> {
    pub(super) outgoing: M,
    pub(super) bytes: Bytes,
    pub(super) digests: Vec<PartDigest>,
    pub(super) kept: message_log::Body,
}

/// Signed.
pub struct Sealed<M> {
    pub(super) forwarded: Forwarded<M>,
    pub(super) seal: message_log::Seal,
}

/// Sent completely; the answer has begun.
pub struct Awaiting {
    pub(super) message: Arc<RequestMessage>,
    pub(super) expected: ExpectedAnswer,
    pub(super) provider: VerifiedProvider,
    pub(super) response: Response,
}

// Legs 2 and 4: what came from the other security server.

/// The parts of a received message: complete and hashed, otherwise unproven.
pub struct Parts {
    pub(super) bytes: Bytes,
    /// The REST body, or all attachments of SOAP without anything between them.
    pub(super) body: Option<Spooled>,
    pub(super) attachments: Vec<Attached>,
    pub(super) digests: Vec<PartDigest>,
    pub(super) ocsp: Vec<Bytes>,
    pub(super) seal: message_log::Seal,
}

/// A complete request of a peer.
pub struct ReceivedRequest {
    pub(super) message: RequestMessage,
    pub(super) parts: Parts,
}

/// A request whose sender's security server is known.
pub struct PeerKnown {
    pub(super) message: RequestMessage,
    pub(super) parts: Parts,
    pub(super) peer: VerifiedConsumer,
}

/// A request that may be served: the client has the right, and the person's consent where one is needed.
pub struct Authorised {
    pub(super) verified: VerifiedMessage<PeerKnown>,
    pub(super) permit: Permit,
    pub(super) consent: ConsentPermit,
}

/// The request to the provider's information system. From here on it may hold the provider's own number of a
/// person: nothing of it is logged.
pub struct Deliverable {
    pub(super) recorded: Recorded<Sealable<Authorised>>,
    pub(super) call: Call,
}

/// What is to be called.
pub(super) enum Call {
    /// An information system, at this address, with this request.
    Service { service: Arc<Service>, url: String, request: Request },
    /// This server itself: the target of the permit says what.
    Own,
}

/// The service has answered.
pub struct Delivered {
    pub(super) authorised: Authorised,
    pub(super) response: Response,
}

// Leg 3: the answer of our information system.

/// The answer may leave.
pub struct Collected {
    pub(super) authorised: Authorised,
    pub(super) response: Response,
    pub(super) release: ReleasePermit,
}

/// A response that is leaving this server.
pub struct OutgoingResponse {
    pub(super) request: RequestMessage,
}

// Leg 4: the answer of the peer.

/// A complete response of a peer, beside what it must match.
pub struct ReceivedResponse {
    pub(super) message: ResponseMessage,
    pub(super) parts: Parts,
    pub(super) request: Arc<RequestMessage>,
    pub(super) expected: ExpectedAnswer,
    pub(super) provider: VerifiedProvider,
}

/// The response belongs to our request.
pub struct Correlated {
    pub(super) verified: VerifiedMessage<ReceivedResponse>,
}
