//! Letting the signature of a request go before it is in the journal.

use security_server::relay::state::{OutgoingRequest, Sealed};
use security_server::relay::writer::MessageWriter;
use security_server::relay::{Relay, stage};

async fn skip(relay: &Relay, sealed: Sealed<OutgoingRequest>, writer: &mut MessageWriter) {
    let _ = stage::transmit(relay, sealed, writer).await;
}

fn main() {}
