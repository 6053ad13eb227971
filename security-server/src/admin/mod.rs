//! The administration port: plain HTTP on loopback.
//!
//! | request | answer |
//! | --- | --- |
//! | `GET /health` | 200 while the process answers, with what it knows of itself |
//! | `GET /ready` | 200 when messages can be served, else 503; JSON with each condition |
//! | `POST /apply` | reads declarations, keys and certificates again |
//! | `GET /asic?queryId=...` | evidence of one exchange, see [`evidence`] |
//! | `GET /explain?id=...` | what happened to a message, see [`mod@explain`] |
//! | `/consent/...` | links of persons, see [`crate::consent_replica::admin`] |

pub mod evidence;
pub mod explain;
pub mod readiness;
pub mod reload;

use std::sync::Arc;

use serde::Serialize;
use service_kit::http::{Request, Response};
use service_kit::readiness::Readiness;

use crate::consent_replica::{self, ConsentGate};
use crate::message_log::MessageLog;
use crate::relay::Relay;

pub use readiness::ReadinessWatch;
pub use reload::Reload;

/// What the administration port needs.
pub struct Admin {
    /// Conditions of readiness.
    pub readiness: Readiness,
    /// The way to new declarations.
    pub reload: Reload,
    /// The journal.
    pub journal: MessageLog,
    /// Consents.
    pub consent: ConsentGate,
    /// The relay.
    pub relay: Arc<Relay>,
}

/// What `GET /health` says.
#[derive(Serialize)]
struct Health {
    server: String,
    version: &'static str,
    time: String,
    ready: bool,
}

impl Admin {
    /// Answers one request.
    pub async fn handle(&self, request: Request) -> Response {
        match (request.method.as_str(), request.path()) {
            ("GET", "/health") => self.health(),
            ("GET", "/ready") => {
                let report = self.readiness.report();
                Response::json(if report.ready { 200 } else { 503 }, &report)
            }
            ("POST", "/apply") => match self.reload.reload().await {
                Ok(summary) => Response::text(200, summary),
                Err(error) => Response::text(422, format!("{error:#}\n")),
            },
            ("GET", "/explain") => explain::explain(&self.relay, &request).await,
            ("GET", "/asic") => evidence::export(&self.journal, &request).await,
            _ => match consent_replica::admin::handle(&self.consent, request).await {
                Some(response) => response,
                None => Response::text(404, "not found\n"),
            },
        }
    }

    fn health(&self) -> Response {
        Response::json(
            200,
            &Health {
                server: self.relay.server().to_string(),
                version: env!("CARGO_PKG_VERSION"),
                time: self.relay.now().to_string(),
                ready: self.readiness.report().ready,
            },
        )
    }
}
