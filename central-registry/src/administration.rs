//! What the machine itself may ask this process.
//!
//! | request | answer |
//! | --- | --- |
//! | `GET /health` | 200 while the process answers |
//! | `GET /ready` | 200 when a valid configuration is published, else 503; JSON with each condition |

use serde::Serialize;
use service_kit::clock::Clock;
use service_kit::http::{Request, Response};
use service_kit::readiness::Readiness;
use time::format_description::well_known::Rfc3339;

use crate::view::ConfigurationView;

/// Answers the administration port. Clones share what they know.
#[derive(Clone)]
pub struct Administration {
    /// Conditions reported by the rest of the process.
    pub readiness: Readiness,
    /// The configuration in force.
    pub view: ConfigurationView,
    /// The time.
    pub clock: Clock,
}

/// What `GET /health` says.
#[derive(Serialize)]
struct Health {
    version: &'static str,
    ready: bool,
    instance: Option<String>,
    configuration_expires: Option<String>,
    clock_offset_seconds: i64,
}

impl Administration {
    /// Answers one request.
    #[must_use]
    pub fn answer(&self, request: &Request) -> Response {
        match (request.method.as_str(), request.path()) {
            ("GET" | "HEAD", "/health") => Response::json(200, &self.health()),
            ("GET" | "HEAD", "/ready") => {
                let report = self.readiness.report();
                Response::json(if report.ready { 200 } else { 503 }, &report)
            }
            ("GET" | "HEAD", _) => Response::text(404, "ask for /health or /ready\n"),
            _ => Response::text(405, "only GET and HEAD are served here\n").header("Allow", "GET, HEAD"),
        }
    }

    fn health(&self) -> Health {
        let conf = self.view.current();
        let expires = conf.as_ref().and_then(|conf| conf.expires());
        Health {
            version: env!("CARGO_PKG_VERSION"),
            ready: self.readiness.report().ready,
            instance: conf.map(|conf| conf.instance().to_owned()),
            configuration_expires: expires.and_then(|expires| expires.format(&Rfc3339).ok()),
            clock_offset_seconds: self.clock.offset().whole_seconds(),
        }
    }
}
