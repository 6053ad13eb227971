//! Append to the journal; what comes out of here carries the receipt.

use protocol::fault::{Origin, Word};
use service_kit::spool::SpoolError;

use crate::message_log::{Body, Direction, LogReceipt, Record, Seal, Side};
use crate::relay::Relay;
use crate::relay::codec::{Exchange, RequestMessage};
use crate::relay::journal_copy::kept_of;
use crate::relay::stage::Refusal;
use crate::relay::state::{
    Authorised, Correlated, OutgoingRequest, OutgoingResponse, Parts, Sealable, Sealed,
};

/// A state with the proof that its message is in the journal, durable. Only [`record`] makes one.
pub struct Recorded<S> {
    state: S,
    receipt: LogReceipt,
}

impl<S> Recorded<S> {
    /// What was recorded.
    #[must_use]
    pub fn state(&self) -> &S {
        &self.state
    }

    /// The receipt.
    #[must_use]
    pub fn receipt(&self) -> &LogReceipt {
        &self.receipt
    }

    /// The state, for the stage that demanded the receipt.
    pub(in crate::relay) fn into_state(self) -> S {
        self.state
    }
}

/// A state whose message is signed, and therefore belongs into the journal.
pub trait Journaled: Send {
    /// The side that records.
    const ORIGIN: Origin;

    /// Everything of the record but its time. Bodies longer than `keep` bytes are not kept.
    ///
    /// # Errors
    /// The spool file cannot be opened again.
    fn entry(&mut self, keep: u64) -> Result<Entry<'_>, SpoolError>;
}

/// What a state gives to the journal.
pub struct Entry<'a> {
    request: &'a RequestMessage,
    side: Side,
    direction: Direction,
    message: bytes::Bytes,
    body: Body,
    seal: Seal,
}

/// Returns when the message is durable.
///
/// # Errors
/// `logging_failed`, or `timestamping_failed` when timestamps have been missing for too long.
pub async fn record<S: Journaled>(relay: &Relay, mut state: S) -> Result<Recorded<S>, Refusal> {
    let keep = relay.journal().max_body_bytes();
    let entry = state.entry(keep).map_err(|error| {
        Refusal::new(S::ORIGIN, &[Word::LoggingFailed], "The body could not be read for the message log")
            .because(error)
    })?;
    let record = entry.into_record(relay.now());
    let appended = relay.journal().append(record).await;
    let receipt = appended.map_err(|error| Refusal::of_journal(S::ORIGIN, &error))?;
    Ok(Recorded { state, receipt })
}

impl Entry<'_> {
    fn into_record(self, time: time::OffsetDateTime) -> Record {
        let Exchange { consumer, service, query_id, request_id } = self.request.exchange.clone();
        let provider = service.client().clone();
        let (local, peer) = match self.side {
            Side::Consumer => (consumer, provider),
            Side::Provider => (provider, consumer),
        };
        Record {
            side: self.side,
            direction: self.direction,
            payload: self.request.payload(),
            query_id,
            request_id,
            local,
            peer,
            service,
            time,
            message: self.message,
            body: self.body,
            seal: self.seal,
        }
    }
}

impl Journaled for Sealed<OutgoingRequest> {
    const ORIGIN: Origin = Origin::ClientProxy;

    fn entry(&mut self, _keep: u64) -> Result<Entry<'_>, SpoolError> {
        Ok(Entry {
            request: &self.forwarded.outgoing.message,
            side: Side::Consumer,
            direction: Direction::Request,
            message: self.forwarded.bytes.clone(),
            body: std::mem::take(&mut self.forwarded.kept),
            seal: self.seal.clone(),
        })
    }
}

impl Journaled for Sealed<OutgoingResponse> {
    const ORIGIN: Origin = Origin::ServerProxy;

    fn entry(&mut self, _keep: u64) -> Result<Entry<'_>, SpoolError> {
        Ok(Entry {
            request: &self.forwarded.outgoing.request,
            side: Side::Provider,
            direction: Direction::Response,
            message: self.forwarded.bytes.clone(),
            body: std::mem::take(&mut self.forwarded.kept),
            seal: self.seal.clone(),
        })
    }
}

impl Journaled for Sealable<Authorised> {
    const ORIGIN: Origin = Origin::ServerProxy;

    fn entry(&mut self, keep: u64) -> Result<Entry<'_>, SpoolError> {
        let known = self.state().verified.message();
        let side = (Side::Provider, Direction::Request);
        entry_of_parts(&known.message, side, &known.parts, keep)
    }
}

impl Journaled for Correlated {
    const ORIGIN: Origin = Origin::ClientProxy;

    fn entry(&mut self, keep: u64) -> Result<Entry<'_>, SpoolError> {
        let received = self.verified.message();
        let side = (Side::Consumer, Direction::Response);
        entry_of_parts(&received.request, side, &received.parts, keep)
    }
}

fn entry_of_parts<'a>(
    request: &'a RequestMessage,
    (side, direction): (Side, Direction),
    parts: &Parts,
    keep: u64,
) -> Result<Entry<'a>, SpoolError> {
    let body = kept_of(parts, keep)?;
    Ok(Entry { request, side, direction, message: parts.bytes.clone(), body, seal: parts.seal.clone() })
}
