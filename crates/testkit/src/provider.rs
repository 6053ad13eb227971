//! Answers in the place of a provider's security server.

use std::sync::Arc;

use anyhow::{Context as _, Result};
use protocol::Limits;
use protocol::digest::PartDigests;
use protocol::names::{HASH_ALGORITHM, header};
use protocol::proxy_message::{Direction, MessageEvent, decode_all};
use protocol::rest::{ResponseContext, RestRequest, RestResponse};
use service_kit::http::{Request, Response};
use service_kit::http_server::{Server, ServerSecurity, ServerSettings};
use service_kit::peer_tls::{PeerAcceptor, PeerTlsMode};
use service_kit::shutdown::Shutdown;
use service_kit::tls::TlsIdentity;

use crate::envelope::Envelope;
use crate::message::Message;
use crate::signer::Signer;

/// Longest request that is read, bytes.
const MAX_BYTES: u64 = 64 * 1024 * 1024;

/// A response before it is signed, every piece open to be changed.
#[derive(Debug, Clone)]
pub struct Reply {
    /// The target of the request; tests put the name of their lie there.
    pub target: String,
    /// What the response says that the request was.
    pub context: ResponseContext,
    /// HTTP status of the service.
    pub status: u16,
    /// Headers of the service.
    pub headers: Vec<(String, String)>,
    /// Body of the service.
    pub body: Option<Vec<u8>>,
}

impl Reply {
    /// What an honest server says to this message of a consumer's server, whose call id is `request_id`.
    ///
    /// # Errors
    /// It is no request.
    pub fn to(content_type: &str, message: &[u8], request_id: &str) -> Result<Self> {
        let limits = Limits::default();
        let mut digests = PartDigests::new();
        let (mut request, mut body) = (None, Vec::new());
        for event in decode_all(Direction::Request, content_type, message, &limits)? {
            digests.observe(&event);
            match event {
                MessageEvent::RestMessage(bytes) => request = Some(RestRequest::decode(&bytes, &limits)?),
                MessageEvent::Body(data) => body.extend_from_slice(&data),
                _ => {}
            }
        }
        let request = request.context("no REST message")?;
        let digests = digests.finish();
        let context = ResponseContext {
            client: request.client()?,
            query_id: request.query_id().unwrap_or_default().to_owned(),
            service: request.target()?.service,
            request_id: request_id.to_owned(),
            request_hash: request.hash(digests.get(1).map(|part| &part.sha512)),
        };
        let headers = vec![("Content-Type".to_owned(), "text/plain".to_owned())];
        Ok(Self { target: request.target, context, status: 200, headers, body: Some(body) })
    }

    /// The message.
    ///
    /// # Errors
    /// The reply cannot be a message.
    pub fn message(&self) -> Result<Message> {
        let response = RestResponse::from_service(self.status, "OK", self.headers.clone(), &self.context)?;
        Ok(Message { bytes: response.encode(), body: self.body.clone() })
    }

    /// The message signed.
    ///
    /// # Errors
    /// It cannot be signed.
    pub fn envelope(&self, signer: &Signer) -> Result<Envelope> {
        let message = self.message()?;
        let seal = signer.seal(&message)?;
        Ok(Envelope::new(Direction::Response, Vec::new(), message, &seal))
    }
}

/// Makes the answer out of the honest reply.
pub type Answering = Arc<dyn Fn(Reply) -> Result<Envelope> + Send + Sync>;

/// Starts a provider's security server on this port of the loopback. It shows `identity`, lets anybody in, and answers
/// as it is told; there is no service behind it. It ends with the runtime.
///
/// # Errors
/// TLS cannot be set up, or the port is taken.
pub async fn start(identity: &TlsIdentity, port: u16, answering: Answering) -> Result<()> {
    let acceptor = PeerAcceptor::new(identity, Arc::new(|_| true), PeerTlsMode::Modern)?;
    let settings = ServerSettings { close_after_response: true, ..ServerSettings::default() };
    let server =
        Server::bind(&format!("127.0.0.1:{port}"), ServerSecurity::Peers(acceptor), settings).await?;
    let handler = move |request: Request| {
        let answering = Arc::clone(&answering);
        async move { answer(request, &answering).await.unwrap_or_else(|error| failed(&error)) }
    };
    tokio::spawn(server.serve(handler, Shutdown::new()));
    Ok(())
}

async fn answer(request: Request, answering: &Answering) -> Result<Response> {
    let of = |name: &str| request.headers.get(name).unwrap_or_default().to_owned();
    let (content_type, request_id) = (of("content-type"), of(header::REQUEST_ID));
    let body = request.body.read_all(MAX_BYTES).await?;
    let envelope = answering(Reply::to(&content_type, &body, &request_id)?)?;
    let (content_type, bytes) = envelope.encode();
    Ok(Response::new(200)
        .header("Content-Type", content_type)
        .header(header::HASH_ALGORITHM, HASH_ALGORITHM)
        .body(bytes))
}

/// Seen by the test as an answer that is no message.
fn failed(error: &anyhow::Error) -> Response {
    eprintln!("the lying provider failed: {error:#}");
    Response::text(500, format!("{error:#}"))
}
