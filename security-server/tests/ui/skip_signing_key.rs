//! Recording, and so delivering, a request whose answer perhaps nobody can sign.

use security_server::relay::state::Authorised;
use security_server::relay::{Relay, stage};

async fn skip(relay: &Relay, authorised: Authorised) {
    let _ = stage::record(relay, authorised).await;
}

fn main() {}
