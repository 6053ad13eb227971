//! Leg 3: the answer of our information system, until the consumer's security server has all of it.
//!
//! collect > envelope > forward > seal > record > answer

use protocol::fault::Origin;

use super::Relay;
use super::stage::{self, Refusal};
use super::state::Delivered;
use super::writer::MessageWriter;

/// Takes the answer of a service to the peer that asked.
///
/// # Errors
/// The refusal that the peer is told: in the place of the message while nothing of it has left, in the place of the
/// signature afterwards.
pub async fn provider_response(
    relay: &Relay,
    delivered: Delivered,
    writer: &mut MessageWriter,
) -> Result<(), Refusal> {
    let conf = relay.valid_global_conf(Origin::ServerProxy)?;
    let collected = stage::collect(relay, delivered, writer)?;
    let draft = stage::envelope_response(relay, collected).await?;
    let forwarded = stage::forward(relay, draft, writer).await?;
    let sealed = stage::seal(relay, forwarded, &conf).await?;
    let recorded = stage::record(relay, sealed).await?;
    stage::answer_peer(recorded, writer).await
}
