//! The administration port's part for persons:
//!
//! * `PUT /consent/links` `{"subsystem", "localId", "token"}`: a member's application tells its own server which of its
//!   records the person is who brought this link token.
//! * `GET /consent/status`: is the replica fresh, and where does it stand.

use consent::flow::can_be_header;
use consent::opaque::{Nonce, sha256};
use consent::row::SetDigest;
use identifiers::{ClientId, LocalId, ServerId};
use registry_api::node::Redeem;
use registry_api::problem::{CONTENT_TYPE, Code, Problem};
use registry_api::{ClientError, NodeClient};
use serde::{Deserialize, Serialize};
use service_kit::http::{Request, Response};
use service_kit::random;

use super::gate::ConsentGate;
use super::links::{LinksError, StoreLinkError};

/// Longest body of `PUT /consent/links`, bytes.
const MAX_BODY_BYTES: u64 = 16 * 1024;

/// Longest link token, characters.
const MAX_TOKEN_CHARS: usize = 256;

/// Body of `PUT /consent/links`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct PutLink {
    /// The application's subsystem.
    pub subsystem: ClientId,
    /// The application's own number of the person: visible ASCII characters, as it comes in a header.
    pub local_id: LocalId,
    /// The link token that the person brought.
    pub token: String,
}

/// Answer of `GET /consent/status`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ConsentStatus {
    /// Whether a registry is configured.
    pub registry: bool,
    /// Whether this server decides at all now (the lease is not over).
    pub fresh: bool,
    /// Age of the lease in milliseconds; absent when it is over.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lease_age_millis: Option<u64>,
    /// Length of the lease in milliseconds.
    pub lease_millis: u64,
    /// This server's name at the registry, once it has said so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub server: Option<ServerId>,
    /// Epoch of the registry.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub epoch: Option<u64>,
    /// Position in this server's stream.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sequence: Option<u64>,
    /// Digest of the rows, as the registry computes it too; absent while there is no session.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub digest: Option<SetDigest>,
    /// Number of rows.
    pub rows: usize,
    /// Number of links of persons.
    pub links: u64,
}

/// Answers requests below `/consent/`; `None` for any other path.
pub async fn handle(gate: &ConsentGate, request: Request) -> Option<Response> {
    if !request.path().starts_with("/consent/") {
        return None;
    }
    let outcome = match (request.method.as_str(), request.path()) {
        ("GET", "/consent/status") => status(gate).map(|status| Response::json(200, &status)),
        ("PUT", "/consent/links") => put_link(gate, request).await.map(|()| Response::new(204)),
        _ => Err(Problem::new(Code::NotFound)),
    };
    Some(outcome.unwrap_or_else(|problem| {
        let body = serde_json::to_vec(&problem).unwrap_or_default();
        Response::with(problem.status, CONTENT_TYPE, body)
    }))
}

/// What `GET /consent/status` says; also for the health page.
///
/// # Errors
/// The store of links failed.
pub fn status(gate: &ConsentGate) -> Result<ConsentStatus, Problem> {
    let links = gate.links().count().map_err(|error| store_failed(&error))?;
    let at = gate.moment();
    Ok(gate.read(|replica| ConsentStatus {
        registry: gate.registry().is_some(),
        fresh: replica.lease_age(&at).is_some(),
        lease_age_millis: replica.lease_age(&at).map(millis),
        lease_millis: millis(replica.lease_length()),
        server: replica.server().cloned(),
        epoch: replica.position().map(|position| position.epoch),
        sequence: replica.position().map(|position| position.sequence),
        digest: replica.acknowledgement().map(|state| state.digest),
        rows: replica.len(),
        links,
    }))
}

async fn put_link(gate: &ConsentGate, request: Request) -> Result<(), Problem> {
    let client = gate.registry().cloned().ok_or_else(|| {
        Problem::new(Code::Unavailable).with_detail("this server has no registry configured")
    })?;
    let body = request.body.read_all(MAX_BODY_BYTES).await.map_err(|_| Problem::new(Code::Malformed))?;
    // What serde would say about a wrong body could quote the person's number.
    let put: PutLink = serde_json::from_slice(&body).map_err(|_| Problem::new(Code::Malformed))?;
    if !can_be_header(put.local_id.expose()) {
        return Err(Problem::new(Code::Malformed).with_detail("localId must be visible ASCII characters"));
    }
    if put.token.is_empty() || put.token.len() > MAX_TOKEN_CHARS {
        return Err(Problem::new(Code::TokenRefused));
    }
    link(gate, &client, put).await
}

/// Intention, act, result: the attempt is stored, the registry is asked, the link is stored.
async fn link(gate: &ConsentGate, client: &NodeClient, put: PutLink) -> Result<(), Problem> {
    let PutLink { subsystem, local_id, token } = put;
    let fresh = random::bytes().map_err(|_| Problem::new(Code::Internal))?;
    let (links, subject) = (gate.links().clone(), (subsystem.clone(), local_id.clone()));
    let token_hash = sha256(token.as_bytes());
    let begun = blocking(move || {
        let known = links.link_of(&subject.0, &subject.1)?;
        let attempt = links.begin_attempt(&subject.0, &subject.1, &token_hash, Nonce::from_bytes(fresh))?;
        Ok((known, attempt))
    });
    let (expected, attempt) = begun.await?.map_err(|error: LinksError| store_failed(&error))?;
    let redeem = Redeem { token, subsystem: subsystem.clone(), attempt, expected };
    let redeemed = client.redeem(&redeem).await.map_err(registry_failed)?;
    let links = gate.links().clone();
    match blocking(move || links.store(&subsystem, &local_id, &redeemed.link)).await? {
        Ok(()) => Ok(()),
        Err(StoreLinkError::Taken) => Err(Problem::new(Code::OtherPerson)),
        Err(StoreLinkError::Store(error)) => Err(store_failed(&error)),
    }
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Problem> {
    tokio::task::spawn_blocking(work).await.map_err(|_| Problem::new(Code::Internal))
}

fn store_failed(error: &LinksError) -> Problem {
    tracing::error!(%error, "store of links");
    Problem::new(Code::Internal)
}

/// The registry's own refusal is passed on; anything else is "not now".
fn registry_failed(error: ClientError) -> Problem {
    match error {
        ClientError::Refused(problem) => *problem,
        other => {
            tracing::warn!(error = %other, "a link token could not be redeemed");
            Problem::new(Code::Unavailable).with_detail("the registry cannot be asked at the moment")
        }
    }
}

fn millis(duration: std::time::Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
