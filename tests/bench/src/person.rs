//! Somebody who has agreed that the consumer asks about her.

use anyhow::{Result, ensure};
use consent::device_key::DeviceKey;
use consent::flow::Flow;
use demo_town::town::Town;
use demo_town::town::names::{CONSUMER, PROVIDER, PURPOSE, SERVICE};
use identifiers::ClientId;
use registry_api::CitizenClient;
use registry_api::citizen_client::Validity;
use service_kit::clock::Clock;
use service_kit::http::Request;

/// Number of the person at the support centre.
pub(crate) const CUSTOMER: &str = "bench-customer";

/// Enrols her, links both services, and grants the consent for a day.
///
/// # Errors
/// One of the steps is refused.
pub(crate) async fn agrees(town: &Town) -> Result<()> {
    let (key, _) = DeviceKey::generate()?;
    let certificate = town.registry_certificate()?;
    let client = CitizenClient::new(&town.personal_link_address(), Some(certificate), key, Clock::system())?;
    let person = client.enrol().await?.base_id;
    link(town, &client, PROVIDER, "bench-resident", town.ports.municipality().admin).await?;
    link(town, &client, CONSUMER, CUSTOMER, town.ports.support_centre().admin).await?;
    let flow = Flow {
        provider: ClientId::from_path(PROVIDER)?,
        service: SERVICE.to_owned(),
        consumer: ClientId::from_path(CONSUMER)?,
        purpose: PURPOSE.parse()?,
    };
    let validity = Validity { from: None, until: Some(Clock::system().now() + time::Duration::days(1)) };
    let recorded = client.grant(person, flow, validity).await?;
    ensure!(recorded.everywhere, "the consent is not known to both servers");
    Ok(())
}

async fn link(town: &Town, client: &CitizenClient, subsystem: &str, number: &str, admin: u16) -> Result<()> {
    let token = client.link_token(&ClientId::from_path(subsystem)?).await?.token;
    let body = serde_json::json!({ "subsystem": subsystem, "localId": number, "token": token });
    let request = Request::new("PUT", "/consent/links").header("Content-Type", "application/json");
    town.loopback.bytes(admin, request.body(body.to_string())).await.map(drop)
}
