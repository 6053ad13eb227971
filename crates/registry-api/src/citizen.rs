//! The citizen's API, `/v1`. Every request is signed by the device, see [`crate::request_signature`].
//!
//! | method, path | body | answer |
//! |---|---|---|
//! | `POST /v1/enrol` | [`Enrol`] | [`Enrolled`] |
//! | `POST /v1/me/links` | [`LinkTokenRequest`] | [`LinkToken`] |
//! | `GET /v1/me/links` | | [`Links`] |
//! | `POST /v1/me/consents` | `SignedEvent` (grant or refuse) | [`Recorded`] |
//! | `POST /v1/me/consents/{id}/withdraw` | `SignedEvent` (withdraw) | [`Recorded`] |
//! | `GET /v1/me/consents` | | [`Consents`] |
//! | `GET /v1/me/consents/{id}` | | [`ConsentHistory`] |

use consent::device_key::DevicePublicKey;
use consent::event::SignedEvent;
use consent::flow::Flow;
use consent::instant;
use consent::opaque::{ConsentId, EventHash, KeyId};
use consent::record::Standing;
use identifiers::{BaseId, ClientId, ServerId};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

/// Asks for a Base-ID for a device's key. The request must be signed with that key; asking again with the same key
/// gives the same Base-ID.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Enrol {
    /// The device's public key, see [`PublicKeyText`].
    pub public_key: PublicKeyText,
}

/// An uncompressed P-256 point in unpadded base64url.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PublicKeyText(pub DevicePublicKey);

impl Serialize for PublicKeyText {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0.to_base64url())
    }
}

impl<'de> Deserialize<'de> for PublicKeyText {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        DevicePublicKey::from_base64url(&text).map(Self).map_err(serde::de::Error::custom)
    }
}

/// A person is enrolled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Enrolled {
    /// The person at the registry. Known to the person's devices and the registry only.
    pub base_id: BaseId,
    /// Name of the key.
    pub key: KeyId,
}

/// Asks for a token with which a member's application can link its record of the person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LinkTokenRequest {
    /// The application.
    pub subsystem: ClientId,
}

/// A link token: good for one link, with one subsystem, for a short time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct LinkToken {
    /// To be given to the application, by the person who is signed in there.
    pub token: String,
    /// When it ends.
    #[serde(with = "instant::serde_instant")]
    pub expires_at: OffsetDateTime,
}

/// The person's links.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Links {
    /// In the order in which they were made.
    pub links: Vec<Link>,
}

/// One link.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Link {
    /// The application.
    pub subsystem: ClientId,
    /// Since when.
    #[serde(with = "instant::serde_instant")]
    pub linked_at: OffsetDateTime,
}

/// An event is recorded, and how far the security servers know of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Recorded {
    /// The consent.
    pub consent: ConsentId,
    /// Position of the event in it.
    pub index: u64,
    /// Hash of the event; the next event must name it.
    pub head: EventHash,
    /// What the consent is worth now.
    pub standing: Standing,
    /// When the event became durable.
    #[serde(with = "instant::serde_instant")]
    pub recorded_at: OffsetDateTime,
    /// Whether every server concerned acts on the event, by acknowledgement or because it no longer acts at all.
    pub everywhere: bool,
    /// How long the answer waited for the servers, in milliseconds.
    pub waited_millis: u64,
    /// After so many milliseconds from the recording no server acts on the old state, whatever happens to the
    /// network: the longest lease.
    pub latest_millis: u64,
    /// Each server concerned.
    pub servers: Vec<ServerState>,
}

/// What one security server knows of an event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct ServerState {
    /// The server.
    pub server: ServerId,
    /// Whether it hosts the provider (it enforces) or only the consumer.
    pub provider: bool,
    /// How far it is.
    pub state: Reach,
    /// When, in milliseconds from the recording; absent while it is not reached.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after_millis: Option<u64>,
}

/// How far an event has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reach {
    /// The server has acknowledged that it acts on it.
    Acknowledged,
    /// The server's lease is over: it refuses everything until it hears from the registry.
    LeaseOver,
    /// Not known yet.
    Pending,
}

/// The person's consents.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Consents {
    /// Newest first.
    pub consents: Vec<ConsentView>,
}

/// One consent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct ConsentView {
    /// Its name.
    pub consent: ConsentId,
    /// Which data, for whom, why.
    pub flow: Flow,
    /// What it is worth now.
    pub standing: Standing,
    /// Beginning of the validity.
    #[serde(with = "instant::serde_option", default, skip_serializing_if = "Option::is_none")]
    pub valid_from: Option<OffsetDateTime>,
    /// End of the validity.
    #[serde(with = "instant::serde_option", default, skip_serializing_if = "Option::is_none")]
    pub valid_until: Option<OffsetDateTime>,
    /// Number of events; the index of the next one.
    pub events: u64,
    /// Hash of the last event.
    pub head: EventHash,
}

/// One consent with all its events.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConsentHistory {
    /// The present state.
    pub consent: ConsentView,
    /// The events in order, as signed.
    pub events: Vec<RecordedEvent>,
}

/// An event and when it was recorded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct RecordedEvent {
    /// When the event became durable.
    #[serde(with = "instant::serde_instant")]
    pub recorded_at: OffsetDateTime,
    /// What the device signed.
    pub signed: SignedEvent,
}
