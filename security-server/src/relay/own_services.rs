//! Services that this server answers by itself, in the place of an information system: the metadata services.
//!
//! Who may ask what is decided in [`crate::access_rights`]. The answer goes the way of every other: it is bound to its
//! request, signed, recorded, and told to the peer.

use protocol::fault::{Origin, Word};
use service_kit::http::Response;

use super::Relay;
use super::codec::rest;
use super::stage::Refusal;
use super::state::Authorised;
use crate::access_rights::Target;

/// The answer to a request, as a service would give it: the one place where these services are told apart.
///
/// # Errors
/// `server.serverproxy.internal_error`: no such service in the protocol of the request.
#[expect(clippy::unused_async, reason = "answers that must be fetched first will be")]
pub async fn answer(_relay: &Relay, authorised: &Authorised) -> Result<Response, Refusal> {
    let request = &authorised.verified.message().message;
    match (authorised.permit.target(), request.as_rest()) {
        (Target::Metadata(answer), Some(rest)) => {
            Ok(rest::metadata_answer(rest.headers.clone(), answer.clone()))
        }
        _ => {
            let text = "This server does not answer such requests";
            Err(Refusal::new(Origin::ServerProxy, &[Word::InternalError], text))
        }
    }
}
