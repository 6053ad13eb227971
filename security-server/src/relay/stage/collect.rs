//! The answer of the service, and the second look at the consent before it leaves.

use protocol::fault::Origin;

use crate::relay::Relay;
use crate::relay::stage::Refusal;
use crate::relay::stage::authorise::refuse_for_consent;
use crate::relay::state::{Collected, Delivered};

/// Decides again on the consent behind the call: one that was withdrawn while the service worked stops the answer.
/// The body of the answer stays where it is until it can be forwarded.
///
/// # Errors
/// The consent words.
pub fn collect(relay: &Relay, delivered: Delivered) -> Result<Collected, Refusal> {
    let Delivered { authorised, response } = delivered;
    let released = relay.consent().release(&authorised.consent);
    let release = released.map_err(|refusal| refuse_for_consent(Origin::ServerProxy, &refusal))?;
    Ok(Collected { authorised, response, release })
}
