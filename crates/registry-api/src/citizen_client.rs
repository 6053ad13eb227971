//! A citizen's device as a caller of the registry.

use consent::device_key::DeviceKey;
use consent::event::{ConsentEvent, EVENT_VERSION, EventKind, SignedEvent};
use consent::flow::Flow;
use consent::instant;
use consent::opaque::{ConsentId, Nonce, Salt};
use identifiers::{BaseId, ClientId};
use serde::Serialize;
use serde::de::DeserializeOwned;
use service_kit::clock::Clock;
use service_kit::http::{Request, Response};
use service_kit::http_client::{ClientSecurity, ClientSettings, Destination, HttpClient, Location};
use service_kit::random;
use service_kit::tls::{TlsClient, Verification};
use time::OffsetDateTime;

use crate::citizen::{
    ConsentHistory, ConsentView, Consents, Enrol, Enrolled, LinkToken, LinkTokenRequest, Links,
    PublicKeyText, Recorded,
};
use crate::client_error::ClientError;
use crate::node_client::read_json;
use crate::request_signature::{CONTENT_DIGEST, SIGNATURE, SIGNATURE_INPUT, Signed, sign};

/// From when to when a grant counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Validity {
    /// First moment; `None`: at once.
    pub from: Option<OffsetDateTime>,
    /// First moment after it; `None`: until withdrawn.
    pub until: Option<OffsetDateTime>,
}

/// A device with its key. Clones of the parts are cheap; the key is not cloned.
pub struct CitizenClient {
    http: HttpClient,
    destination: Destination,
    key: DeviceKey,
    clock: Clock,
}

impl CitizenClient {
    /// A client for the registry at `address` (`http://…` or `https://…`). With HTTPS, exactly `certificate` (DER) is
    /// accepted as the registry's.
    ///
    /// # Errors
    /// [`ClientError::Setup`].
    pub fn new(
        address: &str,
        certificate: Option<Vec<u8>>,
        key: DeviceKey,
        clock: Clock,
    ) -> Result<Self, ClientError> {
        let location = Location::parse(address).map_err(|error| ClientError::Setup(error.to_string()))?;
        let security = match (location.secure, certificate) {
            (false, _) => ClientSecurity::Plain,
            (true, None) => {
                return Err(ClientError::Setup("the registry's certificate is not given".to_owned()));
            }
            (true, Some(certificate)) => {
                let client = TlsClient::new(Verification::Pinned(vec![certificate]), None);
                ClientSecurity::Tls(client.map_err(|error| ClientError::Setup(error.to_string()))?)
            }
        };
        let destination = Destination { host: location.host, port: location.port, security };
        Ok(Self { http: HttpClient::new(ClientSettings::default()), destination, key, clock })
    }

    /// The device's key.
    #[must_use]
    pub fn key(&self) -> &DeviceKey {
        &self.key
    }

    /// Enrols the device's key.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn enrol(&self) -> Result<Enrolled, ClientError> {
        self.post("/v1/enrol", &Enrol { public_key: PublicKeyText(*self.key.public()) }).await
    }

    /// Asks for a link token for an application.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn link_token(&self, subsystem: &ClientId) -> Result<LinkToken, ClientError> {
        self.post("/v1/me/links", &LinkTokenRequest { subsystem: subsystem.clone() }).await
    }

    /// The person's links.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn links(&self) -> Result<Links, ClientError> {
        self.get("/v1/me/links").await
    }

    /// Grants, and waits until the registry has recorded it and told the servers, within its bound.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn grant(
        &self,
        subject: BaseId,
        flow: Flow,
        validity: Validity,
    ) -> Result<Recorded, ClientError> {
        let event = self.opening(EventKind::Grant, subject, flow)?;
        let valid_from = validity.from.map(instant::truncate);
        let valid_until = validity.until.map(instant::truncate);
        self.record(&self.signed(ConsentEvent { valid_from, valid_until, ..event })?).await
    }

    /// Refuses.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn refuse(&self, subject: BaseId, flow: Flow) -> Result<Recorded, ClientError> {
        self.record(&self.signed(self.opening(EventKind::Refuse, subject, flow)?)?).await
    }

    /// Withdraws a consent, as it was last seen.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn withdraw(&self, subject: BaseId, seen: &ConsentView) -> Result<Recorded, ClientError> {
        let opening = self.opening(EventKind::Withdraw, subject, seen.flow.clone())?;
        let event =
            ConsentEvent { consent: seen.consent, index: seen.events, previous: Some(seen.head), ..opening };
        self.post(&format!("/v1/me/consents/{}/withdraw", seen.consent), &self.signed(event)?).await
    }

    /// Sends a signed grant or refusal.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn record(&self, event: &SignedEvent) -> Result<Recorded, ClientError> {
        self.post("/v1/me/consents", event).await
    }

    /// The person's consents.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn consents(&self) -> Result<Consents, ClientError> {
        self.get("/v1/me/consents").await
    }

    /// One consent with its events.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn history(&self, consent: &ConsentId) -> Result<ConsentHistory, ClientError> {
        self.get(&format!("/v1/me/consents/{consent}")).await
    }

    fn opening(&self, kind: EventKind, subject: BaseId, flow: Flow) -> Result<ConsentEvent, ClientError> {
        Ok(ConsentEvent {
            version: EVENT_VERSION,
            consent: ConsentId::from_bytes(fresh()?),
            index: 0,
            kind,
            subject,
            flow,
            valid_from: None,
            valid_until: None,
            issued_at: instant::truncate(self.clock.now()),
            previous: None,
            replaces: None,
            salt: Salt::from_bytes(fresh()?),
            key: self.key.id(),
        })
    }

    fn signed(&self, event: ConsentEvent) -> Result<SignedEvent, ClientError> {
        event.sign(&self.key).map_err(|error| ClientError::Request(error.to_string()))
    }

    async fn get<T: DeserializeOwned>(&self, target: &str) -> Result<T, ClientError> {
        read_json(self.send("GET", target, Vec::new()).await?).await
    }

    async fn post<T: DeserializeOwned>(&self, target: &str, body: &impl Serialize) -> Result<T, ClientError> {
        let body = serde_json::to_vec(body).map_err(|error| ClientError::Request(error.to_string()))?;
        read_json(self.send("POST", target, body).await?).await
    }

    async fn send(&self, method: &str, target: &str, body: Vec<u8>) -> Result<Response, ClientError> {
        let signed = Signed { method, target, body: &body };
        let headers = sign(&self.key, &signed, self.clock.now(), &Nonce::from_bytes(fresh()?))
            .map_err(|error| ClientError::Request(error.to_string()))?;
        let request = Request::new(method, target)
            .header("Accept", "application/json")
            .header(CONTENT_DIGEST, headers.content_digest)
            .header(SIGNATURE_INPUT, headers.signature_input)
            .header(SIGNATURE, headers.signature);
        let request = match method {
            "GET" => request,
            _ => request.header("Content-Type", "application/json").body(body),
        };
        Ok(self.http.send(&self.destination, request).await?)
    }
}

fn fresh<const N: usize>() -> Result<[u8; N], ClientError> {
    random::bytes().map_err(|error| ClientError::Request(error.to_string()))
}
