//! A citizen of the town with a device of her own: its key signs whatever she decides.

use anyhow::{Context, Result};
use consent::device_key::DeviceKey;
use consent::flow::Flow;
use identifiers::{BaseId, ClientId};
use registry_api::CitizenClient;
use registry_api::citizen::Recorded;
use registry_api::citizen_client::Validity;
use serde_json::json;
use service_kit::clock::Clock;
use service_kit::http::Request;

use crate::town::Town;
use crate::town::names;

/// One citizen: known to the municipality by her resident number, to the support centre by a customer id, and to
/// the registry by an opaque name.
pub struct Citizen {
    client: CitizenClient,
    base_id: BaseId,
    clock: Clock,
    /// The municipality's number.
    pub resident_number: String,
    /// The support centre's number; empty until [`Citizen::link_support_centre`].
    pub customer: String,
}

impl Citizen {
    /// Makes a device key and enrols it at the registry.
    ///
    /// # Errors
    /// When the registry refuses.
    pub async fn enrol(town: &Town, resident_number: String) -> Result<Self> {
        let clock = Clock::system();
        let (key, _) = DeviceKey::generate()?;
        let client = CitizenClient::new(
            &town.personal_link_address(),
            Some(town.registry_certificate()?),
            key,
            clock.clone(),
        )?;
        let base_id = client.enrol().await?.base_id;
        Ok(Self { client, base_id, clock, resident_number, customer: String::new() })
    }

    /// At the municipality's desk: shows the card, hands over a link token.
    ///
    /// # Errors
    /// When a step is refused.
    pub async fn link_municipality(&self, town: &Town) -> Result<()> {
        let token = self.token(names::PROVIDER).await?;
        let body = json!({ "local_id": self.resident_number, "token": token });
        let request = Request::post("/desk/links", "application/json", body.to_string());
        town.loopback.bytes(town.ports.residents(), request).await.context("the desk could not link")?;
        Ok(())
    }

    /// In the coupon application: becomes a customer, hands over a link token.
    ///
    /// # Errors
    /// When a step is refused.
    pub async fn link_support_centre(&mut self, town: &Town, nickname: &str) -> Result<()> {
        let port = town.ports.coupons();
        let created: serde_json::Value = town.loopback.post(port, "/customers", nickname.to_owned()).await?;
        self.customer = created["id"].as_str().context("the application gave no customer id")?.to_owned();
        let token = self.token(names::CONSUMER).await?;
        let body = json!({ "local_id": self.customer, "token": token });
        let request = Request::post("/links", "application/json", body.to_string());
        town.loopback.bytes(port, request).await.context("the application could not link")?;
        Ok(())
    }

    /// Grants that the support centre asks the municipality about her, for the coupons.
    ///
    /// # Errors
    /// When the registry refuses.
    pub async fn grant(&self) -> Result<Recorded> {
        let validity = Validity { from: None, until: Some(self.clock.now() + time::Duration::days(365)) };
        Ok(self.client.grant(self.base_id, coupon_flow()?, validity).await?)
    }

    /// Refuses the same.
    ///
    /// # Errors
    /// When the registry refuses.
    pub async fn refuse(&self) -> Result<Recorded> {
        Ok(self.client.refuse(self.base_id, coupon_flow()?).await?)
    }

    /// Takes the grant back.
    ///
    /// # Errors
    /// When there is no consent or the registry refuses.
    pub async fn withdraw(&self) -> Result<Recorded> {
        let consents = self.client.consents().await?.consents;
        let newest = consents.first().context("there is no consent to withdraw")?;
        Ok(self.client.withdraw(self.base_id, newest).await?)
    }

    async fn token(&self, subsystem: &str) -> Result<String> {
        Ok(self.client.link_token(&ClientId::from_path(subsystem)?).await?.token)
    }
}

/// Which data, for whom, why: the one flow of the town that concerns a person.
fn coupon_flow() -> Result<Flow> {
    Ok(Flow {
        provider: ClientId::from_path(names::PROVIDER)?,
        service: names::SERVICE.to_owned(),
        consumer: ClientId::from_path(names::CONSUMER)?,
        purpose: names::PURPOSE.parse()?,
    })
}
