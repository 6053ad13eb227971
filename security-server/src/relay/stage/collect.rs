//! The answer of the service, and the second look at the consent before it leaves.

use protocol::Payload;
use protocol::fault::Origin;
use protocol::names::header;

use crate::relay::Relay;
use crate::relay::stage::Refusal;
use crate::relay::stage::authorise::refuse_for_consent;
use crate::relay::state::{Collected, Delivered};
use crate::relay::writer::MessageWriter;

/// Decides again on the consent behind the call: one that was withdrawn while the service worked stops the answer.
/// The answer stays where it is until it can be forwarded; a SOAP answer's content type is announced to the peer.
///
/// # Errors
/// The consent words.
pub fn collect(
    relay: &Relay,
    delivered: Delivered,
    writer: &mut MessageWriter,
) -> Result<Collected, Refusal> {
    let Delivered { authorised, response } = delivered;
    let content_type = response.headers.get(header::CONTENT_TYPE);
    if let (Payload::Soap, Some(value)) = (authorised.verified.message().message.payload(), content_type) {
        writer.announce(value);
    }
    let released = relay.consent().release(&authorised.consent);
    let release = released.map_err(|refusal| refuse_for_consent(Origin::ServerProxy, &refusal))?;
    Ok(Collected { authorised, response, release })
}
