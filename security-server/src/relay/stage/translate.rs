//! The person's handle becomes the provider's own number, at the last moment and at the place that the service names.

use std::sync::Arc;

use protocol::fault::{Origin, Word};

use crate::access_rights::Target;
use crate::relay::Relay;
use crate::relay::codec::rest;
use crate::relay::stage::Refusal;
use crate::relay::stage::authorise::refuse_for_consent;
use crate::relay::stage::record::Recorded;
use crate::relay::state::{Authorised, Call, Deliverable};

/// Builds the request to the information system. It demands the receipt: nothing is delivered that is not recorded.
///
/// # Errors
/// The words of the consent decision, when the number is not there.
pub fn translate(relay: &Relay, recorded: Recorded<Authorised>) -> Result<Deliverable, Refusal> {
    let authorised = recorded.state();
    let message = &authorised.verified.message().message;
    let Some(request) = message.as_rest() else {
        return Err(Refusal::new(Origin::ServerProxy, &[Word::InternalError], "Not a REST message"));
    };
    let mut headers = request.headers.clone();
    let call = match authorised.permit.target() {
        Target::Metadata(answer) => Call::Metadata(rest::metadata_answer(headers, answer.clone())),
        Target::Service(service) => {
            let mut base = service.url.clone();
            let placed = relay.consent().place_subject(&authorised.consent, &mut base, &mut headers);
            placed.map_err(|refusal| refuse_for_consent(Origin::ServerProxy, &refusal))?;
            let url = rest::service_url(&base, &request.target);
            Call::Service { service: Arc::clone(service), url, request: rest::to_service(request, headers) }
        }
    };
    Ok(Deliverable { recorded, call })
}
