//! A third security server of the network, with a member of its own (`EE/BUSINESS/dummy`). As a provider's server it
//! answers what a case says, true or not; as a consumer's server it posts what a case says ([`asking`]). It speaks the
//! TLS of a stock server. [`status`] answers for its certificates.

pub mod asking;
pub mod status;

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyhow::{Context, Result};
use keys::Identity;
use legacy_tls::{Acceptor, Identity as TlsIdentity, LegacyTlsError};
use testkit::provider::Reply;
use testkit::signer::Signer;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, split};
use tokio::net::{TcpListener, TcpStream};

use self::status::Status;
use super::Stream;
use crate::cases::case::Lie;
use crate::material::{MOCK, MOCK_SIGN, Material};
use crate::mocks::service::Reply as RawReply;
use crate::wire::{self, Headers};

/// What it does when it is asked.
#[derive(Debug, Clone)]
pub enum Play {
    /// Nothing was to come: an answer that no case expects.
    NotAsked,
    /// Answers this and closes.
    Answer(RawReply),
    /// Announces 1,000 bytes with these header fields and closes without one.
    Vanish(Headers),
    /// Reads something and resets the connection.
    Reset,
    /// Shows this certificate.
    Show(&'static str),
    /// Lets nobody in.
    RefuseClients,
    /// Signs a response that is right but for one thing.
    Lie(Lie),
}

/// The running server.
#[derive(Clone)]
pub struct Peer {
    /// Its OCSP responses.
    pub status: Arc<Status>,
    material: Material,
    signer: Signer,
    stage: Arc<Mutex<Stage>>,
}

struct Stage {
    play: Arc<Play>,
    requests: usize,
}

impl Peer {
    /// Listens for messages of other servers and for questions about OCSP responses.
    ///
    /// # Errors
    /// An address is taken, or a certificate is not usable.
    pub async fn start(
        messages: SocketAddr,
        questions: SocketAddr,
        material: &Material,
        status: Status,
    ) -> Result<Self> {
        let listener = bind(messages).await?;
        let status = Arc::new(status);
        tokio::spawn(status::serve(bind(questions).await?, Arc::clone(&status)));
        let signing: Identity = material.identity(MOCK_SIGN)?;
        let ocsp = status.of(signing.certificate().der())?;
        let stage = Arc::new(Mutex::new(Stage { play: Arc::new(Play::NotAsked), requests: 0 }));
        let signer = Signer { identity: signing, ocsp };
        let peer = Self { status, material: material.clone(), signer, stage };
        let serving = peer.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let peer = serving.clone();
                tokio::spawn(async move { peer.serve(stream).await });
            }
        });
        Ok(peer)
    }

    /// From now on it does this; requests before are forgotten.
    pub fn play(&self, play: Play) {
        let mut stage = self.stage();
        stage.play = Arc::new(play);
        stage.requests = 0;
    }

    /// Requests since then that it began to read.
    #[must_use]
    pub fn requests(&self) -> usize {
        self.stage().requests
    }

    /// The file's material, for what it shows.
    #[must_use]
    pub fn material(&self) -> &Material {
        &self.material
    }

    fn stage(&self) -> MutexGuard<'_, Stage> {
        self.stage.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn serve(&self, stream: TcpStream) -> Result<()> {
        let play = Arc::clone(&self.stage().play);
        if matches!(*play, Play::Reset) {
            // Closing becomes a reset.
            stream.set_zero_linger()?;
        }
        let certificate = if let Play::Show(name) = *play { name } else { MOCK };
        let admits = !matches!(*play, Play::RefuseClients);
        let stream = self.handshake(stream, certificate, admits).await?;
        let (input, mut output) = split(stream);
        let mut input = BufReader::new(input);
        self.stage().requests += 1;
        if matches!(*play, Play::Reset) {
            input.fill_buf().await?;
            return Ok(());
        }
        let head = wire::read_head(&mut input).await?.context("no request")?;
        let body = wire::read_body(&mut input, head.request_framing()).await?;
        let reply = match &*play {
            Play::Answer(reply) => reply.clone(),
            Play::Vanish(headers) => {
                let mut headers = headers.clone();
                headers.push(("Content-Length".into(), "1000".into()));
                output.write_all(&wire::head_bytes("HTTP/1.1 200 OK", &headers)).await?;
                return Ok(output.shutdown().await?);
            }
            Play::Lie(lie) => self.signed(&head, &body.bytes, *lie)?,
            Play::NotAsked | Play::Reset | Play::Show(_) | Play::RefuseClients => {
                let body = b"the mock security server was not to be asked".to_vec();
                RawReply { status: 500, headers: vec![("Content-Type".into(), "text/plain".into())], body }
            }
        };
        // As a stock server's: neither length nor chunks, the end is the end of the connection.
        let mut headers = reply.headers;
        headers.push(("Connection".into(), "close".into()));
        let start = format!("HTTP/1.1 {} Conformance", reply.status);
        output.write_all(&wire::head_bytes(&start, &headers)).await?;
        output.write_all(&reply.body).await?;
        Ok(output.shutdown().await?)
    }

    async fn handshake(
        &self,
        stream: TcpStream,
        certificate: &str,
        admits: bool,
    ) -> Result<impl Stream + use<>, LegacyTlsError> {
        let (key, certificate) = self.material.der(certificate).map_err(setup)?;
        let identity = TlsIdentity { certificates: &[certificate], private_key: &key };
        let acceptor = Acceptor::new(identity, &[], Arc::new(move |_| admits))?;
        Ok(acceptor.accept(stream).await?.0)
    }

    fn signed(&self, head: &wire::Head, body: &[u8], lie: Lie) -> Result<RawReply> {
        let header = |name: &str| head.header(name).unwrap_or_default();
        let mut reply = Reply::to(header("content-type"), body, header("x-road-request-id"))?;
        let context = &mut reply.context;
        match lie {
            Lie::Nothing => {}
            Lie::RequestId => context.request_id = service_kit::random::uuid(),
            Lie::RequestHash => context.request_hash = base64_of(&[7; 64]),
            Lie::QueryId => context.query_id.push('x'),
            Lie::Client => context.client = context.service.client().clone(),
            Lie::Service => {
                let service = &context.service;
                context.service = identifiers::ServiceId::new(service.client().clone(), "other", None)?;
            }
        }
        let (content_type, body) = reply.envelope(&self.signer)?.encode();
        let headers = vec![
            ("content-type".to_owned(), content_type),
            ("x-hash-algorithm".to_owned(), "SHA-512".to_owned()),
        ];
        Ok(RawReply { status: 200, headers, body })
    }
}

fn base64_of(bytes: &[u8]) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

fn setup(error: anyhow::Error) -> LegacyTlsError {
    LegacyTlsError::Handshake(error.to_string())
}

async fn bind(at: SocketAddr) -> Result<TcpListener> {
    TcpListener::bind(at).await.with_context(|| format!("the mock security server at {at}"))
}
