//! Leg 2: the request of another security server, up to the moment our information system begins to answer.
//!
//! receive > authenticate_peer > verify > authorise > can_seal > record > translate > deliver
//!
//! Nothing is decided about a message before its signature is verified, and nothing is delivered that is not permitted
//! and recorded, or whose answer could not be signed.

use protocol::fault::Origin;
use service_kit::http::Request;

use super::Relay;
use super::stage::{self, Refusal};
use super::state::Delivered;
use crate::trust::Presented;

/// Takes the request of a peer, which showed `presented` in its handshake, to our information system.
///
/// # Errors
/// The refusal that the peer is told.
pub async fn provider_request(
    relay: &Relay,
    request: Request,
    presented: &Presented,
) -> Result<Delivered, Refusal> {
    relay.valid_global_conf(Origin::ServerProxy)?;
    let received = stage::receive_request(relay, request).await?;
    // Once more: a long body takes its time, and decisions are about the moment in which they are made.
    let conf = relay.valid_global_conf(Origin::ServerProxy)?;
    let known = stage::authenticate_peer(relay, received, presented, &conf)?;
    let verified = stage::verify(relay, known, &conf)?;
    let authorised = stage::authorise(relay, verified, &conf)?;
    let sealable = stage::can_seal(relay, authorised, &conf)?;
    let recorded = stage::record(relay, sealable).await?;
    let deliverable = stage::translate(relay, recorded)?;
    stage::deliver(relay, deliverable).await
}
