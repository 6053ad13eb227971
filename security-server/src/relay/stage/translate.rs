//! The person's handle becomes the provider's own number, at the last moment and at the place that the service names.

use std::sync::Arc;

use protocol::fault::Origin;

use crate::access_rights::Target;
use crate::relay::Relay;
use crate::relay::stage::Refusal;
use crate::relay::stage::authorise::refuse_for_consent;
use crate::relay::stage::record::Recorded;
use crate::relay::state::{Authorised, Call, Deliverable, Sealable};

/// Builds the request to the information system. It demands the receipt: nothing is delivered that is not recorded.
///
/// # Errors
/// The words of the consent decision, when the number is not there.
pub fn translate(relay: &Relay, recorded: Recorded<Sealable<Authorised>>) -> Result<Deliverable, Refusal> {
    let authorised = recorded.state().state();
    let known = authorised.verified.message();
    let message = &known.message;
    let call = match authorised.permit.target() {
        Target::Metadata(_) => Call::Own,
        Target::Service(service) => {
            let (mut base, mut headers) = (service.url.clone(), message.service_headers());
            let placed = relay.consent().place_subject(&authorised.consent, &mut base, &mut headers);
            placed.map_err(|refusal| refuse_for_consent(Origin::ServerProxy, &refusal))?;
            let url = message.service_url(&base);
            let request = message.to_service(headers, &known.parts)?;
            Call::Service { service: Arc::clone(service), url, request }
        }
    };
    Ok(Deliverable { recorded, call })
}
