//! Somebody with a device, known to both members by numbers that occur nowhere else in the world.

use consent::device_key::DeviceKey;
use consent::flow::Flow;
use demo_town::town::names::{CONSUMER, PROVIDER, PURPOSE, SERVICE};
use identifiers::{BaseId, ClientId};
use registry_api::CitizenClient;
use registry_api::citizen::Recorded;
use registry_api::citizen_client::Validity;
use sekisho_tests::world::World;
use service_kit::clock::Clock;
use service_kit::http::Request;
use service_kit::random;

/// A person.
pub(crate) struct Person {
    client: CitizenClient,
    base_id: BaseId,
    /// The municipality's number.
    pub(crate) resident: String,
    /// The support centre's number.
    pub(crate) customer: String,
}

impl Person {
    /// Enrols, and links both services.
    pub(crate) async fn linked(world: &World) -> Self {
        let (key, _) = DeviceKey::generate().unwrap();
        let certificate = world.town.registry_certificate().unwrap();
        let address = world.town.personal_link_address();
        let client = CitizenClient::new(&address, Some(certificate), key, Clock::system()).unwrap();
        let base_id = client.enrol().await.unwrap().base_id;
        let number = |kind: &str| format!("{kind}-{}", random::letters(20));
        let person = Self { client, base_id, resident: number("RESIDENT"), customer: number("CUSTOMER") };
        let ports = world.town.ports;
        person.link(world, PROVIDER, &person.resident, ports.municipality().admin).await;
        person.link(world, CONSUMER, &person.customer, ports.support_centre().admin).await;
        person
    }

    async fn link(&self, world: &World, subsystem: &str, number: &str, admin: u16) {
        let token = self.client.link_token(&ClientId::from_path(subsystem).unwrap()).await.unwrap().token;
        let body = serde_json::json!({ "subsystem": subsystem, "localId": number, "token": token });
        let request = Request::new("PUT", "/consent/links").header("Content-Type", "application/json");
        let answer = world.send(admin, request.body(body.to_string())).await.unwrap();
        assert_eq!(answer.status, 204, "{}", answer.text());
    }

    /// Grants, for so long.
    pub(crate) async fn grant(&self, validity: time::Duration) -> Recorded {
        let validity = Validity { from: None, until: Some(Clock::system().now() + validity) };
        self.client.grant(self.base_id, flow(), validity).await.unwrap()
    }

    /// Says no.
    pub(crate) async fn refuse(&self) -> Recorded {
        self.client.refuse(self.base_id, flow()).await.unwrap()
    }

    /// Takes the newest consent back.
    pub(crate) async fn withdraw(&self) -> Recorded {
        let consents = self.client.consents().await.unwrap().consents;
        self.client.withdraw(self.base_id, &consents[0]).await.unwrap()
    }
}

fn flow() -> Flow {
    Flow {
        provider: ClientId::from_path(PROVIDER).unwrap(),
        service: SERVICE.to_owned(),
        consumer: ClientId::from_path(CONSUMER).unwrap(),
        purpose: PURPOSE.parse().unwrap(),
    }
}
