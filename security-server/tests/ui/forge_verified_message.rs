//! A proof of verification made by hand.

use evidence::signature::VerifiedSeal;
use security_server::relay::state::{PeerKnown, VerifiedMessage};

fn forge(message: PeerKnown, seal: VerifiedSeal) -> VerifiedMessage<PeerKnown> {
    VerifiedMessage { message, seal }
}

fn main() {}
