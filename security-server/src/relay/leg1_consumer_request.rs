//! Leg 1: the request of our information system, up to the moment the provider's security server begins to answer.
//!
//! can_authenticate > accept > authenticate_client > precheck > envelope > route > can_seal > connect > begin > forward >
//! seal > record > transmit
//!
//! The body leaves while it is hashed (`forward`), because its end is not known before; the signature follows last,
//! and only against the receipt of the journal.

use protocol::fault::Origin;
use service_kit::http::Request;

use super::Relay;
use super::stage::{self, Refusal};
use super::state::Awaiting;

/// Takes the request of an information system to the provider's security server.
///
/// # Errors
/// The refusal that the information system is told.
pub async fn consumer_request(relay: &Relay, request: Request) -> Result<Awaiting, Refusal> {
    let conf = relay.valid_global_conf(Origin::ClientProxy)?;
    stage::can_authenticate(relay)?;
    let accepted = stage::accept(relay, request).await?;
    let identified = stage::authenticate_client(relay, accepted)?;
    let prechecked = stage::precheck(relay, identified)?;
    let enveloped = stage::envelope_request(prechecked);
    let routed = stage::route(relay, enveloped, &conf)?;
    let sealable = stage::can_seal(relay, routed, &conf)?;
    let connected = stage::connect(relay, sealable, &conf).await?;
    let (draft, mut writer) = stage::begin(relay, connected)?;
    let forwarded = stage::forward(relay, draft, &mut writer).await?;
    let sealed = stage::seal(relay, forwarded, &conf).await?;
    let recorded = stage::record(relay, sealed).await?;
    stage::transmit(relay, recorded, &mut writer).await
}
