//! An access right made by hand.

use std::sync::Arc;

use identifiers::ClientId;
use security_server::access_rights::{Permit, Service};

fn forge(service: Arc<Service>, client: ClientId) -> Permit {
    Permit { service, client, rule: String::new() }
}

fn main() {}
