//! OCSP responses for the certificates of the mock security server: fetched once from the responder, then given to
//! whoever asks for them by certificate hash, as each security server does on port 5577.

use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::{Context, Result, ensure};
use openssl::sha::sha1;
use pki::Certificate;
use pki::ocsp::OcspRequest;
use service_kit::http_client::{ClientSecurity, ClientSettings, Destination, HttpClient, Location};
use tokio::io::{AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

use crate::material::{ISSUED, Material};
use crate::wire;

/// Largest response. Bytes.
const MAX_BYTES: u64 = 64 * 1024;

/// Responses by the SHA-1 digest of the certificate, in lower case hexadecimal digits.
#[derive(Debug)]
pub struct Status {
    responses: BTreeMap<String, Vec<u8>>,
}

impl Status {
    /// Fetches the responses for all issued certificates.
    ///
    /// # Errors
    /// The responder does not answer.
    pub async fn fetch(material: &Material, issuer: &Certificate, responder: &str) -> Result<Self> {
        let location = Location::parse(responder).context("address of the OCSP responder")?;
        let destination =
            Destination { host: location.host, port: location.port, security: ClientSecurity::Plain };
        let client = HttpClient::new(ClientSettings::default());
        let mut responses = BTreeMap::new();
        for (name, ..) in ISSUED {
            let identity = material.identity(name)?;
            let question = OcspRequest::new(identity.certificate(), issuer).encode();
            let request = service_kit::http::Request::post(
                location.target.clone(),
                "application/ocsp-request",
                question,
            );
            let answer = client.send(&destination, request).await?;
            ensure!(answer.status == 200, "the OCSP responder answered {}", answer.status);
            let response = answer.body.read_all(MAX_BYTES).await?.to_vec();
            responses.insert(hex::encode(sha1(identity.certificate().der())), response);
        }
        Ok(Self { responses })
    }

    /// The response for a certificate.
    ///
    /// # Errors
    /// There is none.
    pub fn of(&self, certificate: &[u8]) -> Result<Vec<u8>> {
        self.responses.get(&hex::encode(sha1(certificate))).cloned().context("no OCSP response")
    }
}

/// Answers questions until the runner ends.
pub async fn serve(listener: TcpListener, status: Arc<Status>) {
    while let Ok((stream, _)) = listener.accept().await {
        let status = Arc::clone(&status);
        tokio::spawn(async move { answer(stream, &status).await });
    }
}

async fn answer(stream: TcpStream, status: &Status) -> Result<()> {
    let mut stream = BufReader::new(stream);
    let head = wire::read_head(&mut stream).await?.context("no request")?;
    let target = head.start.split(' ').nth(1).unwrap_or_default();
    let query = target.split_once('?').map_or("", |(_, query)| query);
    let asked = query.split('&').filter_map(|parameter| parameter.strip_prefix("cert="));
    let found: Option<Vec<&Vec<u8>>> = asked.map(|hash| status.responses.get(hash)).collect();
    let bytes = match found {
        Some(found) if !found.is_empty() => multipart(&found),
        _ => b"HTTP/1.1 500 Conformance\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".to_vec(),
    };
    stream.write_all(&bytes).await?;
    Ok(stream.shutdown().await?)
}

fn multipart(responses: &[&Vec<u8>]) -> Vec<u8> {
    const BOUNDARY: &str = "jettyConformanceConformanceConfo";
    let mut body = Vec::new();
    for response in responses {
        body.extend_from_slice(
            format!("\r\n--{BOUNDARY}\r\nContent-Type: application/ocsp-response\r\n\r\n").as_bytes(),
        );
        body.extend_from_slice(response);
    }
    body.extend_from_slice(format!("\r\n--{BOUNDARY}--\r\n").as_bytes());
    let content_type =
        format!("multipart/related; type=\"application/ocsp-response\"; charset=UTF-8; boundary={BOUNDARY}");
    let headers = vec![
        ("Content-Type".to_owned(), content_type),
        ("Content-Length".to_owned(), body.len().to_string()),
        ("Connection".to_owned(), "close".to_owned()),
    ];
    [wire::head_bytes("HTTP/1.1 200 OK", &headers), body].concat()
}
