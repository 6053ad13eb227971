//! The network: the personal service is one that does what its path says.

use demo_town::town::names::{CONSUMER, PROVIDER, PURPOSE, SERVICE};
use demo_town::town::ports::Ports;
use sekisho_tests::service::Service;
use sekisho_tests::shared::{self, SharedWorld};
use sekisho_tests::world::{Overlay, World};
use service_kit::http::Request;

/// The network.
pub(crate) static TOWN: SharedWorld =
    SharedWorld::new(|| shared::start(async || World::start("consent", 21_200, overlays).await));

fn overlays(_: Ports, service: &Service) -> Vec<Overlay> {
    let declared = format!(
        "[[subsystem]]\nid = \"{PROVIDER}\"\n[[subsystem.service]]\ncode = \"{SERVICE}\"\nurl = \"{}\"\n\
         allow = [{{ client = \"{CONSUMER}\" }}]\n",
        service.url()
    );
    // What a decision is worth is tested here, not how fast the machine is.
    let lease = "lease_seconds = 30\n";
    vec![
        ("municipality/subsystems.toml", declared),
        ("central-registry.toml", format!("[personal_link]\n{lease}")),
        ("municipality/security-server.toml", format!("[consent]\n{lease}")),
        ("support-centre/security-server.toml", format!("[consent]\n{lease}")),
    ]
}

/// A request about the person whom the consumer knows by this number.
pub(crate) fn about(customer: &str, below: &str) -> Request {
    World::request("POST", &format!("{SERVICE}/{below}"))
        .header("X-Road-Consent-Subject", customer)
        .header("X-Road-Consent-Purpose", PURPOSE)
        .body("is she entitled?")
}
