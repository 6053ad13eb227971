//! The mock security server as a consumer's server: it posts the bytes of a case to the provider's server.

use std::net::SocketAddr;

use anyhow::{Context, Result};
use legacy_tls::{Connector, Identity};
use tokio::net::TcpStream;

use super::Peer;
use crate::mocks::system::{Answer, Request, exchange};

/// Sends a request under one of the certificates.
///
/// # Errors
/// No connection, no TLS, or an answer that is not HTTP.
pub async fn post(peer: &Peer, certificate: &str, provider: SocketAddr, request: &Request) -> Result<Answer> {
    let (key, certificate) = peer.material().der(certificate)?;
    let connector = Connector::new(Identity { certificates: &[certificate], private_key: &key })?;
    let stream =
        TcpStream::connect(provider).await.with_context(|| format!("no connection to {provider}"))?;
    let name = provider.to_string();
    let (stream, _) = connector.connect(&provider.ip().to_string(), &name, stream).await.context("no TLS")?;
    exchange(stream, provider, request).await
}

/// The bytes of a case with a part before them: the OCSP response of the certificate that is shown. `boundary` is that
/// of the case.
#[must_use]
pub fn with_ocsp(response: &[u8], boundary: &str, bytes: &[u8]) -> Vec<u8> {
    let head = format!("--{boundary}\r\ncontent-type: application/ocsp-response\r\n\r\n");
    [head.as_bytes(), response, b"\r\n", bytes].concat()
}
