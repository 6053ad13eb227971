//! Send the message part and what is enclosed while hashing it, and keep what the journal may keep.

use bytes::Bytes;
use protocol::fault::{Origin, Word};
use protocol::{PartDigest, PartDigests};
use service_kit::spool::SpoolError;

use crate::message_log;
use crate::relay::Relay;
use crate::relay::codec::soap;
use crate::relay::enclosure::EnclosureError;
use crate::relay::journal_copy::JournalCopy;
use crate::relay::outflow::Gone;
use crate::relay::stage::Refusal;
use crate::relay::state::{Draft, Enclosure, Forwarded, MessagePart, OutgoingRequest, OutgoingResponse};
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

/// Why a message did not get through.
#[derive(Debug, thiserror::Error)]
enum Broken {
    #[error(transparent)]
    Receiver(#[from] Gone),
    #[error(transparent)]
    Sender(#[from] EnclosureError),
    #[error("longer than {0} bytes")]
    TooLarge(u64),
    #[error(transparent)]
    Spool(#[from] SpoolError),
}

/// Sends everything but the signature. Without that nothing of it counts.
///
/// # Errors
/// `io_error` when the information system breaks off, or what is wrong with its attachments; `network_error` when the
/// other server breaks off.
pub async fn forward<M: Outgoing>(
    relay: &Relay,
    draft: Draft<M>,
    writer: &mut MessageWriter,
) -> Result<Forwarded<M>, Refusal> {
    let Draft { outgoing, ocsp, part, enclosure } = draft;
    match send(relay, writer, &ocsp, &part, enclosure).await {
        Ok((digests, kept)) => Ok(Forwarded { outgoing, bytes: part.bytes().clone(), digests, kept }),
        Err(Broken::Receiver(_)) => Err(outgoing.gone(relay).await),
        Err(Broken::Sender(error)) => Err(match part {
            MessagePart::Soap(_) => soap::refuse_unread(error, M::ORIGIN),
            MessagePart::Rest(_) => {
                let text = "The body could not be read from the information system";
                Refusal::new(M::ORIGIN, &[Word::IoError], text).because(error)
            }
        }),
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
    relay: &Relay,
    writer: &mut MessageWriter,
    ocsp: &[Bytes],
    part: &MessagePart,
    mut enclosure: Enclosure,
) -> Result<(Vec<PartDigest>, message_log::Body), Broken> {
    for response in ocsp {
        writer.ocsp(response).await?;
    }
    let mut digests = PartDigests::new();
    let mut copy = JournalCopy::new(relay.spool(), relay.journal().max_body_bytes());
    let mut next = Some(part.event());
    while let Some(event) = next {
        digests.observe(&event);
        copy.observe(&event).await?;
        if copy.length() > relay.max_body_bytes() {
            return Err(Broken::TooLarge(relay.max_body_bytes()));
        }
        writer.event(&event).await?;
        next = enclosure.next().await?;
    }
    Ok((digests.finish(), copy.finish().await?))
}
