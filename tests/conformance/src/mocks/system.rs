//! The consumer's information system: it sends exactly the bytes that a case asks for, one connection a request.

use std::net::SocketAddr;
use std::pin::Pin;

use anyhow::{Context, Result};
use openssl::pkey::PKey;
use openssl::ssl::{SslConnector, SslMethod, SslVerifyMode, SslVersion};
use openssl::x509::X509;
use tokio::io::{AsyncWriteExt, BufReader, split};
use tokio::net::TcpStream;
use tokio_openssl::SslStream;

use super::Stream;
use crate::cases::case::SystemTls;
use crate::material::Material;
use crate::wire::{self, Body, Headers};

/// A request.
#[derive(Debug, Clone)]
pub struct Request {
    /// Method.
    pub method: String,
    /// Request target.
    pub target: String,
    /// Header fields besides `Host`, `Connection` and those of the framing.
    pub headers: Headers,
    /// Body.
    pub body: Outgoing,
}

/// Body of a request.
#[derive(Debug, Clone)]
pub enum Outgoing {
    /// None.
    Nothing,
    /// With its length.
    Whole(Vec<u8>),
    /// In chunks.
    Chunked(Vec<u8>),
    /// In chunks: this, so many blocks, this.
    Large(Box<Large>),
}

/// A body that is too large to be held.
#[derive(Debug, Clone)]
pub struct Large {
    /// Beginning.
    pub before: Vec<u8>,
    /// What is repeated.
    pub block: Vec<u8>,
    /// How often.
    pub blocks: usize,
    /// End.
    pub after: Vec<u8>,
}

/// An answer.
#[derive(Debug, Clone)]
pub struct Answer {
    /// Status code.
    pub status: u16,
    /// Header fields in their order.
    pub headers: Headers,
    /// Body.
    pub body: Body,
}

impl Answer {
    /// The last value of a header field.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        wire::last(&self.headers, name)
    }
}

/// Sends a request over HTTP.
///
/// # Errors
/// No connection, or an answer that is not HTTP.
pub async fn over_http(at: SocketAddr, request: &Request) -> Result<Answer> {
    exchange(connect(at).await?, at, request).await
}

/// Sends a request over HTTPS. Any server certificate will do.
///
/// # Errors
/// As [`over_http`], or no TLS.
pub async fn over_https(
    at: SocketAddr,
    tls: SystemTls,
    material: &Material,
    request: &Request,
) -> Result<Answer> {
    let mut builder = SslConnector::builder(SslMethod::tls_client())?;
    builder.set_verify(SslVerifyMode::NONE);
    if let Some(name) = tls.certificate {
        let (key, certificate) = material.der(name)?;
        builder.set_private_key(&*PKey::private_key_from_der(&key)?)?;
        builder.set_certificate(&*X509::from_der(&certificate)?)?;
    }
    if let Some(suite) = tls.suite {
        builder.set_max_proto_version(Some(SslVersion::TLS1_2))?;
        builder.set_cipher_list(suite)?;
    }
    let mut configuration = builder.build().configure()?;
    configuration.set_use_server_name_indication(false);
    configuration.set_verify_hostname(false);
    let mut stream = SslStream::new(configuration.into_ssl("consumer")?, connect(at).await?)?;
    Pin::new(&mut stream).connect().await.context("no TLS")?;
    exchange(stream, at, request).await
}

async fn connect(at: SocketAddr) -> Result<TcpStream> {
    let stream = TcpStream::connect(at).await.with_context(|| format!("no connection to {at}"))?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

/// Writes the request and reads the answer.
///
/// # Errors
/// The connection is gone, or an answer that is not HTTP.
pub async fn exchange(stream: impl Stream, at: SocketAddr, request: &Request) -> Result<Answer> {
    let (input, mut output) = split(stream);
    let mut input = BufReader::new(input);
    let answer = async {
        let head =
            wire::read_head(&mut input).await?.context("the connection was closed without an answer")?;
        let status = head.start.split(' ').nth(1).and_then(|status| status.parse().ok());
        let status = status.with_context(|| format!("status line {:?}", head.start))?;
        let bodiless = request.method == "HEAD" || status == 204 || status == 304;
        let body = match bodiless {
            true => Body::default(),
            false => wire::read_body(&mut input, head.answer_framing()).await?,
        };
        anyhow::Ok(Answer { status, headers: head.headers, body })
    };
    // Written beside the reading: a server may refuse before it has read everything.
    let written = async {
        let written = write(&mut output, at, request).await;
        if written.is_err() {
            // What was answered tells more than that it could not be written.
            tokio::time::sleep(std::time::Duration::from_secs(5)).await;
        }
        written
    };
    tokio::pin!(answer);
    tokio::select! {
        answer = &mut answer => answer,
        written = written => match written {
            Ok(()) => answer.await,
            Err(error) => Err(error.context("the request could not be sent")),
        },
    }
}

async fn write(output: &mut (impl AsyncWriteExt + Unpin), at: SocketAddr, request: &Request) -> Result<()> {
    let mut headers = vec![("Host".to_owned(), at.to_string())];
    headers.extend(request.headers.iter().cloned());
    match &request.body {
        Outgoing::Nothing => {}
        Outgoing::Whole(body) => headers.push(("Content-Length".into(), body.len().to_string())),
        Outgoing::Chunked(_) | Outgoing::Large(_) => {
            headers.push(("Transfer-Encoding".into(), "chunked".into()));
        }
    }
    headers.push(("Connection".into(), "close".into()));
    let start = format!("{} {} HTTP/1.1", request.method, request.target);
    let head = wire::head_bytes(&start, &headers);
    match &request.body {
        Outgoing::Nothing => output.write_all(&head).await?,
        Outgoing::Whole(body) => output.write_all(&[head.as_slice(), body].concat()).await?,
        Outgoing::Chunked(body) => {
            output.write_all(&head).await?;
            for chunk in body.chunks(1_000) {
                wire::write_chunk(output, chunk).await?;
            }
            output.write_all(b"0\r\n\r\n").await?;
        }
        Outgoing::Large(large) => {
            output.write_all(&head).await?;
            wire::write_chunk(output, &large.before).await?;
            for _ in 0..large.blocks {
                wire::write_chunk(output, &large.block).await?;
            }
            wire::write_chunk(output, &large.after).await?;
            output.write_all(b"0\r\n\r\n").await?;
        }
    }
    Ok(output.flush().await?)
}
