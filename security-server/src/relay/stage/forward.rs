//! Send message and body while hashing them, and keep what the journal may keep.

use bytes::Bytes;
use protocol::fault::{Origin, Word};
use protocol::{Hasher, PartDigest, PartName, sha512};
use service_kit::http::{Body, BodyError};
use service_kit::spool::SpoolRoom;

use crate::message_log;
use crate::relay::Relay;
use crate::relay::journal_copy::JournalCopy;
use crate::relay::outflow::Gone;
use crate::relay::stage::Refusal;
use crate::relay::state::{BodyPart, Draft, Forwarded, OutgoingRequest, OutgoingResponse};
use crate::relay::writer::MessageWriter;

/// A message that is leaving: what differs between requests and responses.
pub trait Outgoing: Sized + Send {
    /// The side that speaks.
    const ORIGIN: Origin;

    /// The receiver went away: the refusal to be told. A peer that has refused early has said why.
    fn gone(self, relay: &Relay) -> impl Future<Output = Refusal> + Send;
}

impl Outgoing for OutgoingRequest {
    const ORIGIN: Origin = Origin::ClientProxy;

    async fn gone(self, relay: &Relay) -> Refusal {
        super::transmit::early_answer(relay, self).await
    }
}

impl Outgoing for OutgoingResponse {
    const ORIGIN: Origin = Origin::ServerProxy;

    async fn gone(self, _relay: &Relay) -> Refusal {
        Refusal::new(Self::ORIGIN, &[Word::NetworkError], "The consumer's security server went away")
    }
}

/// Why a body did not get through.
enum Broken {
    Receiver,
    Sender(BodyError),
    TooLarge(u64),
    Spool(String),
}

impl From<Gone> for Broken {
    fn from(_: Gone) -> Self {
        Self::Receiver
    }
}

/// Sends everything but the signature. Without that nothing of it counts.
///
/// # Errors
/// `io_error` when the information system breaks off, `network_error` when the other server does.
pub async fn forward<M: Outgoing>(
    relay: &Relay,
    draft: Draft<M>,
    writer: &mut MessageWriter,
) -> Result<Forwarded<M>, Refusal> {
    let Draft { outgoing, ocsp, bytes, body, body_part } = draft;
    let mut digests = vec![PartDigest { name: PartName::Message, sha512: sha512(&bytes) }];
    let limits = (relay.max_body_bytes(), relay.journal().max_body_bytes());
    match send(writer, (&ocsp, &bytes), (body, body_part), limits, relay.spool()).await {
        Ok((digest, kept)) => {
            digests.extend(digest);
            Ok(Forwarded { outgoing, bytes, digests, kept })
        }
        Err(Broken::Receiver) => Err(outgoing.gone(relay).await),
        Err(Broken::Sender(error)) => {
            let text = "The body could not be read from the information system";
            Err(Refusal::new(M::ORIGIN, &[Word::IoError], text).because(error))
        }
        Err(Broken::TooLarge(limit)) => {
            let text = format!("The body is larger than {limit} bytes");
            Err(Refusal::new(M::ORIGIN, &[Word::IoError], text))
        }
        Err(Broken::Spool(cause)) => {
            Err(Refusal::new(M::ORIGIN, &[Word::LoggingFailed], "The body could not be kept").because(cause))
        }
    }
}

async fn send(
    writer: &mut MessageWriter,
    (ocsp, message): (&[Bytes], &[u8]),
    (mut body, part): (Body, BodyPart),
    (limit, journal_limit): (u64, u64),
    room: &SpoolRoom,
) -> Result<(Option<PartDigest>, message_log::Body), Broken> {
    for response in ocsp {
        writer.ocsp(response).await?;
    }
    writer.rest_message(message).await?;
    let mut next = if part == BodyPart::Never { None } else { piece(&mut body).await? };
    if part == BodyPart::Never || (part == BodyPart::IfAny && next.is_none()) {
        return Ok((None, message_log::Body::Absent));
    }
    writer.body_start().await?;
    let mut hasher = Hasher::new();
    let mut copy = JournalCopy::new(room, journal_limit);
    while let Some(data) = next {
        hasher.update(&data);
        copy.add(&data).await.map_err(|error| Broken::Spool(error.to_string()))?;
        if copy.length() > limit {
            return Err(Broken::TooLarge(limit));
        }
        writer.body(data).await?;
        next = piece(&mut body).await?;
    }
    let kept = copy.finish().await.map_err(|error| Broken::Spool(error.to_string()))?;
    Ok((Some(PartDigest { name: PartName::Attachment(1), sha512: hasher.finish() }), kept))
}

async fn piece(body: &mut Body) -> Result<Option<Bytes>, Broken> {
    body.piece().await.transpose().map_err(Broken::Sender)
}
