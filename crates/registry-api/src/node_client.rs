//! A security server as a caller of the registry.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use bytes::{Buf, BytesMut};
use consent::frame::{Frame, STREAM_VERSION};
use serde::Serialize;
use serde::de::DeserializeOwned;
use service_kit::http::{Body, BodyError, Request, Response};
use service_kit::http_client::{ClientSecurity, ClientSettings, Destination, HttpClient, Location};
use service_kit::tls::{TlsClient, TlsIdentity, Verification};

use crate::client_error::ClientError;
use crate::node::{Ack, MAX_FRAME_BYTES, OpenStream, Redeem, Redeemed};
use crate::problem::{Code, Problem};

/// Longest answer that is read at once. A person's list of consents is the longest of them.
const MAX_ANSWER_BYTES: u64 = 4 * 1024 * 1024;

/// How long the registry may stay silent on the stream: four heartbeats.
const STREAM_SILENCE: Duration = Duration::from_secs(2);

/// A security server's connections to the registry. Clones share them.
#[derive(Clone)]
pub struct NodeClient {
    calls: HttpClient,
    streams: HttpClient,
    destination: Arc<RwLock<Destination>>,
    certificates: Arc<[Vec<u8>]>,
}

/// The frames that the registry pushes.
pub struct FrameStream {
    body: Body,
    buffer: BytesMut,
    searched: usize,
}

impl NodeClient {
    /// A client for the registry's port for security servers at `address` (`https://…`). Exactly one of `certificates`
    /// (DER) is accepted as the registry's; `identity` is this server's authentication key and certificate.
    ///
    /// # Errors
    /// [`ClientError::Setup`].
    pub fn new(
        address: &str,
        certificates: Vec<Vec<u8>>,
        identity: &TlsIdentity,
    ) -> Result<Self, ClientError> {
        let location = Location::parse(address).map_err(|error| ClientError::Setup(error.to_string()))?;
        if !location.secure {
            return Err(ClientError::Setup("security servers reach the registry by https only".to_owned()));
        }
        let security = security(&certificates, identity)?;
        let quick = ClientSettings {
            connect_timeout: Duration::from_secs(2),
            response_timeout: Some(Duration::from_secs(5)),
            stall_timeout: STREAM_SILENCE,
            ..ClientSettings::default()
        };
        Ok(Self {
            calls: HttpClient::new(quick.clone()),
            streams: HttpClient::new(ClientSettings { keep_idle: Duration::ZERO, ..quick }),
            destination: Arc::new(RwLock::new(Destination {
                host: location.host,
                port: location.port,
                security,
            })),
            certificates: certificates.into(),
        })
    }

    /// From now on new connections, those of all clones too, present this key and certificate.
    ///
    /// # Errors
    /// [`ClientError::Setup`]; the old ones stay in use then.
    pub fn present(&self, identity: &TlsIdentity) -> Result<(), ClientError> {
        let security = security(&self.certificates, identity)?;
        self.destination.write().unwrap_or_else(PoisonError::into_inner).security = security;
        Ok(())
    }

    fn destination(&self) -> Destination {
        self.destination.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Redeems a link token.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn redeem(&self, redeem: &Redeem) -> Result<Redeemed, ClientError> {
        read_json(self.calls.send(&self.destination(), post("/v1/links/redeem", redeem)?).await?).await
    }

    /// Opens the stream on a connection of its own.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn open_stream(&self) -> Result<FrameStream, ClientError> {
        let request = post("/v1/sync/stream", &OpenStream { version: STREAM_VERSION })?;
        let response = self.streams.send(&self.destination(), request).await?;
        if response.status != 200 {
            return Err(refusal(response).await?);
        }
        Ok(FrameStream { body: response.body, buffer: BytesMut::new(), searched: 0 })
    }

    /// Acknowledges and renews the nonce. False: the session is over.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn acknowledge(&self, ack: &Ack) -> Result<bool, ClientError> {
        let response = self.calls.send(&self.destination(), post("/v1/sync/ack", ack)?).await?;
        if response.status == 204 {
            return Ok(true);
        }
        match refusal(response).await? {
            ClientError::Refused(problem) if problem.code == Code::SessionOver => Ok(false),
            other => Err(other),
        }
    }
}

impl FrameStream {
    /// The next frame; `None` when the registry ended the stream.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn next(&mut self) -> Result<Option<Frame>, ClientError> {
        loop {
            if let Some(line) = self.take_line() {
                let frame = serde_json::from_slice(&line);
                return frame.map(Some).map_err(|error| ClientError::Answer(error.to_string()));
            }
            if self.buffer.len() > MAX_FRAME_BYTES {
                return Err(ClientError::Answer(format!("a frame is longer than {MAX_FRAME_BYTES} bytes")));
            }
            match self.body.piece().await.transpose()? {
                Some(piece) => self.buffer.extend_from_slice(&piece),
                None if self.buffer.is_empty() => return Ok(None),
                None => return Err(ClientError::Broken(BodyError::Truncated)),
            }
        }
    }

    fn take_line(&mut self) -> Option<BytesMut> {
        let found = self.buffer[self.searched..].iter().position(|byte| *byte == b'\n');
        let Some(found) = found else {
            self.searched = self.buffer.len();
            return None;
        };
        let line = self.buffer.split_to(self.searched + found);
        self.buffer.advance(1);
        self.searched = 0;
        Some(line)
    }
}

/// Mutual TLS that accepts exactly `certificates`.
fn security(certificates: &[Vec<u8>], identity: &TlsIdentity) -> Result<ClientSecurity, ClientError> {
    let tls = TlsClient::new(Verification::Pinned(certificates.to_vec()), Some(identity));
    Ok(ClientSecurity::Tls(tls.map_err(|error| ClientError::Setup(error.to_string()))?))
}

fn post(target: &str, body: &impl Serialize) -> Result<Request, ClientError> {
    let body = serde_json::to_vec(body).map_err(|error| ClientError::Request(error.to_string()))?;
    Ok(Request::post(target, "application/json", body))
}

/// The JSON document of a good answer, or the registry's refusal.
pub(crate) async fn read_json<T: DeserializeOwned>(response: Response) -> Result<T, ClientError> {
    if !response.is_success() {
        return Err(refusal(response).await?);
    }
    let bytes = response.body.read_all(MAX_ANSWER_BYTES).await?;
    serde_json::from_slice(&bytes).map_err(|error| ClientError::Answer(error.to_string()))
}

/// The refusal in an answer that is not a good one.
async fn refusal(response: Response) -> Result<ClientError, ClientError> {
    let status = response.status;
    let bytes = response.body.read_all(MAX_ANSWER_BYTES).await?;
    Ok(match serde_json::from_slice::<Problem>(&bytes) {
        Ok(problem) => ClientError::Refused(Box::new(problem)),
        Err(_) => ClientError::Answer(format!("status {status} without a problem document")),
    })
}
