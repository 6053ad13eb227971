//! A decision without the consent decision.

use security_server::relay::state::{Authorised, PeerKnown, Permit, VerifiedMessage};

fn skip(verified: VerifiedMessage<PeerKnown>, permit: Permit) -> Authorised {
    Authorised { verified, permit }
}

fn main() {}
