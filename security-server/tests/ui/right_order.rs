//! The order of leg 2, written by hand: compiles.

use security_server::relay::stage::{self, Refusal};
use security_server::relay::state::{Delivered, ReceivedRequest, ValidGlobalConf};
use security_server::relay::Relay;
use security_server::trust::Presented;

#[allow(dead_code)]
async fn provider(
    relay: &Relay,
    received: ReceivedRequest,
    presented: &Presented,
    conf: &ValidGlobalConf,
) -> Result<Delivered, Refusal> {
    let known = stage::authenticate_peer(relay, received, presented, conf)?;
    let verified = stage::verify(relay, known, conf)?;
    let authorised = stage::authorise(relay, verified, conf)?;
    let sealable = stage::can_seal(relay, authorised, conf)?;
    let recorded = stage::record(relay, sealable).await?;
    let deliverable = stage::translate(relay, recorded)?;
    stage::deliver(relay, deliverable).await
}

fn main() {}
