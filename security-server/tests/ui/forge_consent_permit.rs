//! A consent decision made by hand.

use security_server::relay::state::ConsentPermit;

fn forge() -> ConsentPermit {
    ConsentPermit::not_required()
}

fn main() {}
