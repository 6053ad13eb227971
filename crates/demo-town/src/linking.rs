//! What a member's application does when a person hands it a link token: it tells its own security server which of
//! its records the person is. The number stays on that server.

use serde::{Deserialize, Serialize};
use service_kit::http::{Request, Response};
use service_kit::http_client::{ClientSecurity, ClientSettings, Destination, HttpClient};

use crate::residents::problem;

/// Longest request of the desk, bytes.
const MAX_REQUEST_BYTES: u64 = 4 * 1024;

/// What the desk or the customer's page sends to the application.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LinkRequest {
    /// The application's own number of the person.
    pub local_id: String,
    /// The token from the person's device.
    pub token: String,
}

impl LinkRequest {
    /// Reads the request.
    ///
    /// # Errors
    /// The answer to give when it cannot be read.
    pub async fn read(request: Request) -> Result<Self, Response> {
        let body = request.body.read_all(MAX_REQUEST_BYTES).await;
        body.ok()
            .and_then(|body| serde_json::from_slice(&body).ok())
            .ok_or_else(|| problem(400, "expected {\"local_id\", \"token\"}"))
    }
}

/// The administration port of the application's own security server.
#[derive(Clone)]
pub struct OwnSecurityServer {
    destination: Destination,
    subsystem: String,
    client: HttpClient,
}

impl OwnSecurityServer {
    /// The server whose administration port on loopback this is, for this subsystem.
    #[must_use]
    pub fn new(admin_port: u16, subsystem: &str) -> Self {
        Self {
            destination: Destination {
                host: "127.0.0.1".into(),
                port: admin_port,
                security: ClientSecurity::Plain,
            },
            subsystem: subsystem.to_owned(),
            client: HttpClient::new(ClientSettings::default()),
        }
    }

    /// Links a record with the person behind the token; 204 when done.
    pub async fn link(&self, link: &LinkRequest) -> Response {
        let body = serde_json::json!({
            "subsystem": self.subsystem, "localId": link.local_id, "token": link.token
        });
        let request = Request::new("PUT", "/consent/links")
            .header("Content-Type", "application/json")
            .body(body.to_string());
        match self.client.send(&self.destination, request).await {
            Ok(response) => response,
            Err(error) => problem(502, &format!("the own security server cannot be reached: {error}")),
        }
    }
}
