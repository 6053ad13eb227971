//! Refuse early what the provider would refuse. This never takes the place of the provider's own decision.

use protocol::fault::Origin;

use crate::relay::Relay;
use crate::relay::stage::Refusal;
use crate::relay::stage::authorise::{consent_request, refuse_for_consent};
use crate::relay::state::{Identified, Prechecked};

/// A request that names a person needs a consent that is known here and in force.
///
/// # Errors
/// The consent words.
pub fn precheck(relay: &Relay, identified: Identified) -> Result<Prechecked, Refusal> {
    let Identified { message, enclosure } = identified;
    let request = consent_request(&message.exchange);
    let checked = relay.consent().check(&request, message.headers());
    let consent = checked.map_err(|refusal| refuse_for_consent(Origin::ClientProxy, &refusal))?;
    Ok(Prechecked { message, enclosure, consent })
}
