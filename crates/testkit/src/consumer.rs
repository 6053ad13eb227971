//! Requests in the place of a consumer's security server.

use anyhow::Result;
use bytes::Bytes;
use protocol::Limits;
use protocol::names::{HASH_ALGORITHM, MESSAGE_TYPE_REST, PROXY_VERSION, header};
use protocol::proxy_message::{Direction, MessageEvent, decode_all};
use protocol::rest::{RestRequest, RestResponse};
use service_kit::http::{Body, Request, Response};
use service_kit::http_client::{ClientSecurity, ClientSettings, Destination, HttpClient};
use service_kit::peer_tls::{PeerConnector, PeerTlsMode};
use service_kit::random;
use service_kit::tls::TlsIdentity;

use crate::envelope::Envelope;
use crate::message::Message;
use crate::signer::Signer;

/// Longest answer that is read, bytes.
const MAX_BYTES: u64 = 64 * 1024 * 1024;

/// One request of an information system, as its security server makes a message of it.
#[derive(Debug, Clone)]
pub struct Call {
    /// HTTP method.
    pub verb: &'static str,
    /// Request target, `/r1/...`.
    pub target: String,
    /// `X-Road-Client`.
    pub client: String,
    /// `X-Road-Id`.
    pub query_id: String,
    /// `x-road-request-id`.
    pub request_id: String,
    /// Further header fields of the information system.
    pub headers: Vec<(&'static str, String)>,
    /// The body.
    pub body: Option<Vec<u8>>,
}

impl Call {
    /// A POST with fresh ids.
    #[must_use]
    pub fn new(client: &str, target: &str, body: &str) -> Self {
        Self {
            verb: "POST",
            target: target.to_owned(),
            client: client.to_owned(),
            query_id: random::uuid(),
            request_id: random::uuid(),
            headers: Vec::new(),
            body: Some(body.as_bytes().to_vec()),
        }
    }

    /// The message.
    ///
    /// # Errors
    /// The call cannot be a message.
    pub fn message(&self) -> Result<Message> {
        let headers = [("X-Road-Client", &self.client), ("X-Road-Id", &self.query_id)];
        let further = self.headers.iter().map(|(name, value)| (*name, value));
        let headers = headers.into_iter().chain(further);
        let headers = headers.map(|(name, value)| (name.to_owned(), value.clone())).collect();
        let request = RestRequest::from_client(self.verb, &self.target, headers, &self.request_id)?;
        Ok(Message { bytes: request.encode(), body: self.body.clone() })
    }

    /// The message signed, with the OCSP responses of the sender's authentication certificate.
    ///
    /// # Errors
    /// It cannot be signed.
    pub fn envelope(&self, signer: &Signer, ocsp: Vec<Vec<u8>>) -> Result<Envelope> {
        let message = self.message()?;
        let seal = signer.seal(&message)?;
        Ok(Envelope::new(Direction::Request, ocsp, message, &seal))
    }
}

/// What a provider's security server answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// A message with the service's status and body.
    Answered {
        /// HTTP status of the service.
        status: u16,
        /// Body of the service.
        body: Vec<u8>,
    },
    /// A fault.
    Refused {
        /// The fault code.
        code: String,
        /// The fault text.
        text: String,
    },
    /// Neither: no connection, or no answer.
    Nothing(String),
}

impl Verdict {
    /// Reads the whole answer of a peer. `None` is a peer that closed without one.
    #[must_use]
    pub fn of(content_type: &str, body: &[u8]) -> Self {
        let limits = Limits::default();
        let events = match decode_all(Direction::Response, content_type, body, &limits) {
            Ok(events) => events,
            Err(error) => return Self::Nothing(error.to_string()),
        };
        let mut found = Self::Nothing("no message and no fault".to_owned());
        let mut content = Vec::new();
        for event in events {
            match event {
                MessageEvent::RestMessage(bytes) => match RestResponse::decode(&bytes, &limits) {
                    Ok(response) => found = Self::Answered { status: response.status, body: Vec::new() },
                    Err(error) => return Self::Nothing(error.to_string()),
                },
                MessageEvent::Body(data) => content.extend_from_slice(&data),
                MessageEvent::Fault(fault) => {
                    return Self::Refused { code: fault.code, text: fault.text.unwrap_or_default() };
                }
                _ => {}
            }
        }
        if let Self::Answered { body, .. } = &mut found {
            *body = content;
        }
        found
    }

    /// The fault code; empty for everything else.
    #[must_use]
    pub fn code(&self) -> &str {
        match self {
            Self::Refused { code, .. } => code,
            Self::Answered { .. } | Self::Nothing(_) => "",
        }
    }
}

/// Sends envelopes to one security server, each over a connection of its own.
pub struct Consumer {
    client: HttpClient,
    destination: Destination,
}

impl Consumer {
    /// Shows `identity` to the server that listens for peers on this port of the loopback.
    ///
    /// # Errors
    /// TLS cannot be set up.
    pub fn new(identity: &TlsIdentity, port: u16) -> Result<Self> {
        let settings = ClientSettings { keep_idle: std::time::Duration::ZERO, ..ClientSettings::default() };
        let security = ClientSecurity::Peer(PeerConnector::new(identity, PeerTlsMode::Modern)?);
        let destination = Destination { host: "127.0.0.1".to_owned(), port, security };
        Ok(Self { client: HttpClient::new(settings), destination })
    }

    /// Sends an envelope.
    pub async fn send(&self, envelope: &Envelope, request_id: &str) -> Verdict {
        self.send_changed(envelope, request_id, |_| ()).await
    }

    /// Sends an envelope in a request whose head is changed.
    pub async fn send_changed(
        &self,
        envelope: &Envelope,
        request_id: &str,
        change: impl FnOnce(&mut Request),
    ) -> Verdict {
        let (content_type, bytes) = envelope.encode();
        let mut request = Request::new("POST", "/").body(whole(bytes));
        for (name, value) in link_headers(request_id, &content_type) {
            request = request.header(name, value);
        }
        change(&mut request);
        match self.client.send(&self.destination, request).await {
            Ok(response) => read(response).await,
            Err(error) => Verdict::Nothing(error.to_string()),
        }
    }
}

/// The header fields of the link between security servers.
#[must_use]
pub fn link_headers(request_id: &str, content_type: &str) -> [(&'static str, String); 6] {
    [
        (header::MESSAGE_TYPE, MESSAGE_TYPE_REST.to_owned()),
        (header::HASH_ALGORITHM, HASH_ALGORITHM.to_owned()),
        (header::ORIGINAL_CONTENT_TYPE, String::new()),
        (header::REQUEST_ID, request_id.to_owned()),
        (header::PROXY_VERSION, PROXY_VERSION.to_owned()),
        ("Content-Type", content_type.to_owned()),
    ]
}

async fn read(response: Response) -> Verdict {
    let content_type = response.headers.get("content-type").unwrap_or_default().to_owned();
    match response.body.read_all(MAX_BYTES).await {
        Ok(body) => Verdict::of(&content_type, &body),
        Err(error) => Verdict::Nothing(error.to_string()),
    }
}

/// A body whose end the HTTP layer announces, whatever its content says.
fn whole(bytes: Vec<u8>) -> Body {
    Body::from(Bytes::from(bytes))
}
