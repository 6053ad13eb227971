//! Calls to the town's own programs on loopback.

use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde::de::DeserializeOwned;
use service_kit::http::{Body, Request, Response};
use service_kit::http_client::{ClientSecurity, ClientSettings, Destination, HttpClient};

/// Longest answer that is read, bytes.
const MAX_ANSWER_BYTES: u64 = 16 * 1024 * 1024;

/// A caller of programs on loopback.
#[derive(Clone)]
pub struct Loopback {
    client: HttpClient,
}

impl Default for Loopback {
    fn default() -> Self {
        let settings =
            ClientSettings { response_timeout: Some(Duration::from_secs(120)), ..ClientSettings::default() };
        Self { client: HttpClient::new(settings) }
    }
}

impl Loopback {
    /// Sends a request to a port and gives the answer, whatever it is.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn send(&self, port: u16, request: Request) -> Result<Response> {
        let destination = Destination { host: "127.0.0.1".into(), port, security: ClientSecurity::Plain };
        let target = request.target.clone();
        self.client
            .send(&destination, request)
            .await
            .with_context(|| format!("no answer from port {port} {target}"))
    }

    /// Sends a request and gives the body of a successful answer.
    ///
    /// # Errors
    /// When there is no answer, or it is no success.
    pub async fn bytes(&self, port: u16, request: Request) -> Result<Vec<u8>> {
        let target = request.target.clone();
        let response = self.send(port, request).await?;
        let status = response.status;
        let body = response.body.read_all(MAX_ANSWER_BYTES).await?;
        if !(200..300).contains(&status) {
            bail!("port {port} {target} answered {status}: {}", String::from_utf8_lossy(&body));
        }
        Ok(body.to_vec())
    }

    /// Sends a request and reads the JSON of a successful answer.
    ///
    /// # Errors
    /// When there is no answer, it is no success, or not the JSON that was expected.
    pub async fn json<T: DeserializeOwned>(&self, port: u16, request: Request) -> Result<T> {
        let body = self.bytes(port, request).await?;
        serde_json::from_slice(&body).with_context(|| String::from_utf8_lossy(&body).into_owned())
    }

    /// Posts a body and reads the JSON of a successful answer.
    ///
    /// # Errors
    /// As [`Loopback::json`].
    pub async fn post<T: DeserializeOwned>(
        &self,
        port: u16,
        target: &str,
        body: impl Into<Body>,
    ) -> Result<T> {
        self.json(port, Request::post(target, "application/json", body)).await
    }
}
