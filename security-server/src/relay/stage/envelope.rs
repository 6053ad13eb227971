//! Give the message the form in which it is signed: ids, headers, the binding of a response to its request.

use std::sync::Arc;

use protocol::fault::{Origin, Word};

use crate::access_rights::Target;
use crate::relay::codec::rest;
use crate::relay::stage::Refusal;
use crate::relay::state::{BodyPart, Collected, Draft, Enveloped, OutgoingResponse, Prechecked};

/// The request of our information system becomes a message. The application's own number of a person is replaced
/// here, before anything is signed, logged or sent.
#[must_use]
pub fn envelope_request(prechecked: Prechecked) -> Enveloped {
    let Prechecked { mut message, body, consent } = prechecked;
    consent.rewrite_request(message.headers_mut());
    let bytes = message.encode();
    Enveloped { message: Arc::new(message), bytes, body }
}

/// The answer of our information system becomes a message that says which request it answers.
///
/// # Errors
/// `server.serverproxy.internal_error`: the service sent a header that no message can carry.
pub fn envelope_response(collected: Collected) -> Result<Draft<OutgoingResponse>, Refusal> {
    let Collected { authorised, response, release } = collected;
    let (request, digests) = authorised.verified.into_request();
    let context = request.expected_answer(&digests);
    let mut headers = response.headers.into_vec();
    release.rewrite_response(&mut headers);
    let mut message =
        rest::from_service(response.status, &response.reason, headers, &context).map_err(|error| {
            Refusal::new(
                Origin::ServerProxy,
                &[Word::InternalError],
                "The service's answer cannot be relayed",
            )
            .because(error)
        })?;
    if matches!(authorised.permit.target(), Target::Metadata(_)) {
        rest::content_type_last(&mut message);
    }
    let method = request.as_rest().map_or("", |rest| rest.verb.as_str());
    let has_body = rest::has_body(method, response.status);
    let body_part = if has_body { BodyPart::Always } else { BodyPart::Never };
    let bytes = message.encode();
    let outgoing = OutgoingResponse { request };
    Ok(Draft { outgoing, ocsp: Vec::new(), bytes, body: response.body, body_part })
}
