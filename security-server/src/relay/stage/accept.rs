//! Take a request from an information system within limits.

use service_kit::http::Request;

use crate::relay::Relay;
use crate::relay::codec;
use crate::relay::stage::Refusal;
use crate::relay::state::Accepted;

/// Reads the message; its body or attachments stay where they are until they can be forwarded.
///
/// # Errors
/// The codes of [`codec::from_client`].
pub async fn accept(relay: &Relay, request: Request) -> Result<Accepted, Refusal> {
    let encrypted = request.connection().is_some_and(|connection| connection.encrypted);
    let certificate = request.peer().map(|peer| peer.leaf().to_vec());
    let (message, enclosure) = codec::from_client(request, relay.instance(), relay.limits()).await?;
    message.exchange.note();
    Ok(Accepted { message, enclosure, encrypted, certificate })
}
