//! Leg 4: the answer of the provider's security server, until our information system has it.
//!
//! receive > verify > correlate > record > answer

use protocol::fault::Origin;
use service_kit::http::Response;

use super::Relay;
use super::stage::{self, Refusal};
use super::state::Awaiting;

/// Takes the answer of a peer to our information system.
///
/// # Errors
/// The refusal that the information system is told.
pub async fn consumer_response(relay: &Relay, awaiting: Awaiting) -> Result<Response, Refusal> {
    let received = stage::receive_response(relay, awaiting).await?;
    let conf = relay.valid_global_conf(Origin::ClientProxy)?;
    let verified = stage::verify(relay, received, &conf)?;
    let correlated = stage::correlate(verified)?;
    let recorded = stage::record(relay, correlated).await?;
    stage::answer_client(recorded)
}
