//! Give the message the form in which it is signed: ids, headers, the binding of a response to its request.

use std::sync::Arc;

use crate::access_rights::Target;
use crate::relay::Relay;
use crate::relay::codec::{self, rest};
use crate::relay::stage::Refusal;
use crate::relay::state::{Collected, Draft, Enveloped, OutgoingResponse, Prechecked};

/// The request of our information system becomes a message. The application's own number of a person is replaced
/// here, before anything is signed, logged or sent.
#[must_use]
pub fn envelope_request(prechecked: Prechecked) -> Enveloped {
    let Prechecked { mut message, enclosure, consent } = prechecked;
    // A message without such headers names no person, so there is nothing to replace.
    if let Some(headers) = message.headers_mut() {
        consent.rewrite_request(headers);
    }
    let part = message.part();
    Enveloped { message: Arc::new(message), part, enclosure }
}

/// The answer of our information system becomes a message that says which request it answers.
///
/// # Errors
/// The codes of [`codec::from_service`]; a SOAP fault of the service, as it came.
pub async fn envelope_response(
    relay: &Relay,
    collected: Collected,
) -> Result<Draft<OutgoingResponse>, Refusal> {
    let Collected { authorised, mut response, release } = collected;
    let (request, digests) = authorised.verified.into_request();
    let expected = request.expected_answer(&digests);
    let mut headers = response.headers.into_vec();
    release.rewrite_response(&mut headers);
    response.headers = headers.into();
    let (mut message, enclosure) = codec::from_service(&request, response, &expected, relay.limits()).await?;
    if matches!(authorised.permit.target(), Target::Metadata(_)) {
        rest::content_type_last(&mut message);
    }
    let part = message.part();
    Ok(Draft { outgoing: OutgoingResponse { request }, ocsp: Vec::new(), part, enclosure })
}
