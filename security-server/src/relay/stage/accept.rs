//! Take a request from an information system within limits.

use service_kit::http::Request;

use crate::relay::Relay;
use crate::relay::codec::rest;
use crate::relay::stage::Refusal;
use crate::relay::state::Accepted;

/// Reads everything of the request but its body, which stays where it is until it can be forwarded.
///
/// # Errors
/// The codes of [`rest::from_client`].
pub fn accept(relay: &Relay, request: Request) -> Result<Accepted, Refusal> {
    let encrypted = request.connection().is_some_and(|connection| connection.encrypted);
    let certificate = request.peer().map(|peer| peer.leaf().to_vec());
    let Request { method, target, headers, body, .. } = request;
    let message = rest::from_client(&method, &target, headers, relay.instance())?;
    message.exchange.note();
    Ok(Accepted { message, body, encrypted, certificate })
}
