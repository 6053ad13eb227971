//! The person's handle becomes the provider's own number, at the last moment and at the place that the service names.

use protocol::fault::{Origin, Word};
use protocol::rest::RestRequest;

use crate::relay::Relay;
use crate::relay::codec::rest;
use crate::relay::stage::Refusal;
use crate::relay::stage::authorise::refuse_for_consent;
use crate::relay::stage::record::Recorded;
use crate::relay::state::{Authorised, Deliverable};

/// Builds the request to the information system. It demands the receipt: nothing is delivered that is not recorded.
///
/// # Errors
/// The words of the consent decision, when the number is not there; `service_malformed_url`.
pub fn translate(relay: &Relay, recorded: Recorded<Authorised>) -> Result<Deliverable, Refusal> {
    let authorised = recorded.state();
    let message = &authorised.verified.message().message;
    let Some(request) = message.as_rest() else {
        return Err(Refusal::new(Origin::ServerProxy, &[Word::InternalError], "Not a REST message"));
    };
    let mut base = authorised.permit.service().url.clone();
    let mut headers = request.headers.clone();
    let placed = relay.consent().place_subject(&authorised.consent, &mut base, &mut headers);
    placed.map_err(|refusal| refuse_for_consent(Origin::ServerProxy, &refusal))?;
    let (url, request) = address(&base, request, headers);
    Ok(Deliverable { recorded, url, request })
}

fn address(
    base: &str,
    request: &RestRequest,
    headers: Vec<(String, String)>,
) -> (String, service_kit::http::Request) {
    let url = rest::service_url(base, &request.target);
    let request = rest::to_service(request, "/", headers);
    (url, request)
}
