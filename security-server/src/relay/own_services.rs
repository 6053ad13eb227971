//! Services that this server answers by itself, in the place of an information system: the metadata services.
//!
//! Who may ask what is decided in [`crate::access_rights`]. The answer goes the way of every other: it is bound to its
//! request, signed, recorded, and told to the peer.

use protocol::fault::{Origin, Word};
use service_kit::http::Response;

use super::Relay;
use super::stage::Refusal;
use super::state::Authorised;
use crate::access_rights::Target;
use crate::metadata_services;

/// The answer to a request, as a service would give it: the one place where these services are told apart.
///
/// # Errors
/// See [`metadata_services::answer`].
pub async fn answer(relay: &Relay, authorised: &Authorised) -> Result<Response, Refusal> {
    let request = &authorised.verified.message().message;
    match authorised.permit.target() {
        Target::Metadata(asked) => metadata_services::answer(relay, request, *asked).await,
        Target::Service(_) => {
            let text = "This server does not answer such requests";
            Err(Refusal::new(Origin::ServerProxy, &[Word::InternalError], text))
        }
    }
}
