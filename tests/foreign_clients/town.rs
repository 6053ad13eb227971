//! The network: the provider has a SOAP service with a description, and a REST service that gives back what it gets.

use demo_town::town::names::{CONSUMER, PROVIDER};
use demo_town::town::ports::Ports;
use sekisho_tests::service::Service;
use sekisho_tests::shared::{self, SharedWorld};
use sekisho_tests::world::{Overlay, World};

use crate::persons::{self, OPERATION, VERSION};

/// The network.
pub(crate) static TOWN: SharedWorld = SharedWorld::new(|| {
    shared::start(async || {
        let persons = persons::start().await?;
        World::start("foreign-clients", 21_800, |_: Ports, service: &Service| overlays(service, &persons))
            .await
    })
});

/// Where the consumer's information systems reach their security server.
pub(crate) fn consumer_server(world: &World) -> String {
    format!("http://127.0.0.1:{}", world.town.ports.support_centre().information_systems)
}

/// Where the provider's reach theirs.
pub(crate) fn provider_server(world: &World) -> String {
    format!("http://127.0.0.1:{}", world.town.ports.municipality().information_systems)
}

/// The four parameters of metadata services that name a subsystem.
pub(crate) fn parameters(subsystem: &str) -> String {
    let names = ["xRoadInstance", "memberClass", "memberCode", "subsystemCode"];
    let pairs: Vec<_> =
        names.iter().zip(subsystem.split('/')).map(|(name, value)| format!("{name}={value}")).collect();
    pairs.join("&")
}

/// `/wsdl` of the operation of the SOAP service, in the name of the consumer.
pub(crate) fn wsdl() -> String {
    let service = parameters(PROVIDER);
    format!("/wsdl?{service}&serviceCode={OPERATION}&version={VERSION}&client={CONSUMER}")
}

/// The consumer's records are stamped as soon as they are there, the provider's only when somebody insists.
fn overlays(service: &Service, persons: &str) -> Vec<Overlay> {
    let allow = format!("allow = [{{ client = \"{CONSUMER}\" }}]");
    let stamping = |seconds: u32| {
        format!("[message_log.timestamp]\ninterval_seconds = {seconds}\nretry_seconds = {seconds}\n")
    };
    let services = format!(
        "[[subsystem]]\nid = \"{PROVIDER}\"\n\
         [[subsystem.service]]\ncode = \"echo\"\nkind = \"REST\"\nurl = \"{echo}\"\n{allow}\n\
         [[subsystem.service]]\ncode = \"closed\"\nkind = \"REST\"\nurl = \"{echo}\"\n\
         [[subsystem.service]]\ncode = \"{OPERATION}\"\nversion = \"{VERSION}\"\nkind = \"WSDL\"\n\
         url = \"{persons}/soap\"\ndescription = \"{persons}/persons.wsdl\"\n{allow}\n",
        echo = service.url(),
    );
    let switched_off = "[information_systems]\nallow_get_wsdl = false\n";
    vec![
        ("municipality/subsystems.toml", services),
        ("municipality/security-server.toml", format!("{switched_off}{}", stamping(3_600))),
        ("support-centre/security-server.toml", stamping(1)),
    ]
}
