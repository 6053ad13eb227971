//! The provider's information system: it does what it is told, and remembers how it was called.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyhow::{Context, Result};
use openssl::pkey::PKey;
use openssl::ssl::{Ssl, SslContext, SslMethod};
use openssl::x509::X509;
use tokio::io::{AsyncWriteExt, BufReader, split};
use tokio::net::{TcpListener, TcpStream};
use tokio_openssl::SslStream;

use super::Stream;
use crate::descriptions::Backend;
use crate::material::Material;
use crate::wire::{self, Body, Head, Headers};

/// What it does.
#[derive(Debug, Clone)]
pub enum Play {
    /// Gives the body back, or method and target where there is none.
    Echo,
    /// Answers this.
    Answer(Reply),
    /// Announces 1,000 bytes, without a content type, and closes without one.
    Vanish,
}

/// An answer, ready to be sent.
#[derive(Debug, Clone)]
pub struct Reply {
    /// Status.
    pub status: u16,
    /// Header fields besides those of the framing.
    pub headers: Headers,
    /// Body.
    pub body: Vec<u8>,
}

/// A call.
#[derive(Debug, Clone)]
pub struct Call {
    /// Method.
    pub method: String,
    /// Request target.
    pub target: String,
    /// Header fields.
    pub headers: Headers,
    /// Body.
    pub body: Body,
}

impl Call {
    /// The last value of a header field.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        wire::last(&self.headers, name)
    }
}

/// The running service.
#[derive(Clone)]
pub struct Service {
    /// Where it listens for HTTP.
    pub http: SocketAddr,
    /// Where it listens for HTTPS.
    pub https: SocketAddr,
    stage: Arc<Mutex<Stage>>,
}

struct Stage {
    play: Arc<Play>,
    calls: Vec<Call>,
    descriptions: BTreeMap<String, String>,
}

impl Service {
    /// Listens on the two addresses of `listen`; descriptions name those of `seen`.
    ///
    /// # Errors
    /// An address is taken, or the certificate is not usable.
    pub async fn start(listen: Backend, seen: Backend, material: &Material) -> Result<Self> {
        let tls = tls_context(material)?;
        let plain = bind(listen.http).await?;
        let secure = bind(listen.https).await?;
        let play = Arc::new(Play::Echo);
        let stage = Arc::new(Mutex::new(Stage { play, calls: Vec::new(), descriptions: seen.all() }));
        let service =
            Self { http: plain.local_addr()?, https: secure.local_addr()?, stage: Arc::clone(&stage) };
        let serving = Arc::clone(&stage);
        tokio::spawn(async move {
            while let Ok((stream, _)) = plain.accept().await {
                let stage = Arc::clone(&serving);
                tokio::spawn(async move { serve(stream, &stage).await });
            }
        });
        tokio::spawn(async move {
            while let Ok((stream, _)) = secure.accept().await {
                let (stage, tls) = (Arc::clone(&stage), tls.clone());
                tokio::spawn(async move { serve(handshake(stream, &tls).await?, &stage).await });
            }
        });
        Ok(service)
    }

    /// From now on it does this; calls before are forgotten.
    pub fn play(&self, play: Play) {
        let mut stage = lock(&self.stage);
        stage.play = Arc::new(play);
        stage.calls.clear();
    }

    /// Calls since then.
    #[must_use]
    pub fn calls(&self) -> Vec<Call> {
        lock(&self.stage).calls.clone()
    }
}

fn lock(stage: &Mutex<Stage>) -> MutexGuard<'_, Stage> {
    stage.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn bind(at: SocketAddr) -> Result<TcpListener> {
    TcpListener::bind(at).await.with_context(|| format!("the provider's information system at {at}"))
}

fn tls_context(material: &Material) -> Result<SslContext> {
    let (key, certificate) = material.der("service")?;
    let mut context = SslContext::builder(SslMethod::tls_server())?;
    context.set_private_key(&*PKey::private_key_from_der(&key)?)?;
    context.set_certificate(&*X509::from_der(&certificate)?)?;
    // Asks for the client's certificate, as a service that knows its security server may; takes any.
    context.set_verify_callback(openssl::ssl::SslVerifyMode::PEER, |_, _| true);
    context.set_session_id_context(b"service")?;
    Ok(context.build())
}

async fn handshake(stream: TcpStream, tls: &SslContext) -> Result<SslStream<TcpStream>> {
    let mut stream = SslStream::new(Ssl::new(tls)?, stream)?;
    Pin::new(&mut stream).accept().await?;
    Ok(stream)
}

/// Serves one connection until it ends or the play ends it.
async fn serve(stream: impl Stream, stage: &Mutex<Stage>) -> Result<()> {
    let (input, mut output) = split(stream);
    let mut input = BufReader::new(input);
    while let Some(head) = wire::read_head(&mut input).await? {
        let body = wire::read_body(&mut input, head.request_framing()).await?;
        let call = call(head, body);
        let (play, description) = {
            let mut stage = lock(stage);
            stage.calls.push(call.clone());
            (Arc::clone(&stage.play), stage.descriptions.get(&call.target).cloned())
        };
        let reply = match &*play {
            Play::Echo => description.map_or_else(|| echo(&call), described),
            Play::Answer(reply) => reply.clone(),
            Play::Vanish => {
                output.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n").await?;
                return Ok(output.shutdown().await?);
            }
        };
        output.write_all(&encode(reply, &call.method)).await?;
        output.flush().await?;
    }
    Ok(())
}

fn call(head: Head, body: Body) -> Call {
    let mut words = head.start.split(' ').map(str::to_owned);
    let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    Call { method, target, headers: head.headers, body }
}

fn echo(call: &Call) -> Reply {
    let content_type = call.header("content-type").unwrap_or("text/plain").to_owned();
    let body = match call.body.length {
        0 => format!("{} {}", call.method, call.target).into_bytes(),
        _ => call.body.bytes.clone(),
    };
    Reply { status: 200, headers: vec![("Content-Type".to_owned(), content_type)], body }
}

fn described(text: String) -> Reply {
    let content_type = if text.starts_with('<') { "text/xml" } else { "application/x-yaml" };
    let headers = vec![("Content-Type".to_owned(), content_type.to_owned())];
    Reply { status: 200, headers, body: text.into_bytes() }
}

fn encode(reply: Reply, method: &str) -> Vec<u8> {
    let mut headers = reply.headers;
    let bodiless = matches!(reply.status, 204 | 304);
    if !bodiless {
        headers.push(("Content-Length".to_owned(), reply.body.len().to_string()));
    }
    let mut bytes = wire::head_bytes(&format!("HTTP/1.1 {} Conformance", reply.status), &headers);
    if method != "HEAD" && !bodiless {
        bytes.extend_from_slice(&reply.body);
    }
    bytes
}
