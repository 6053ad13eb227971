//! Recording, and so delivering, a request about which nothing was decided.

use security_server::relay::state::{PeerKnown, VerifiedMessage};
use security_server::relay::{Relay, stage};

async fn skip(relay: &Relay, verified: VerifiedMessage<PeerKnown>) {
    let _ = stage::record(relay, verified).await;
}

fn main() {}
