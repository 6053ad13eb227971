//! The one HTTP listener.
//!
//! | request | answer |
//! | --- | --- |
//! | `POST /ocsp`, `GET /ocsp/BASE64` | OCSP response (RFC 6960 appendix A) |
//! | `POST /tsa` | time-stamp (RFC 3161 3.4) |
//! | `GET /certificates/ca.pem`, `ocsp.pem`, `tsa.pem` | certificates of the authorities |
//! | `GET /health` | 200 while all three can work, else 503; JSON |
//! | `POST /sign?profile=auth` | certificate for a PKCS#10 request, if `signing.http` is on |
//! | `GET /mode`, `POST /mode/ocsp/stale` | misbehaviour, if `test_modes.enabled` is on, see [`crate::modes`] |

mod health;
mod routes;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use service_kit::clock::Clock;
use service_kit::http::Request;
use service_kit::http_server::{Server, ServerSecurity, ServerSettings};
use service_kit::shutdown::Shutdown;

use crate::config::Config;
use crate::issuing::Issuer;
use crate::modes::Modes;
use crate::responder::Responder;
use crate::stamper::Stamper;
use crate::state::{Role, StateFolder};
use crate::notice;

/// Most connections at once; a pilot's few servers use a handful.
const MAX_CONNECTIONS: usize = 256;
/// How long requests may take to finish when the process is to end.
const PATIENCE: Duration = Duration::from_secs(5);

/// Everything that answers requests.
pub(crate) struct Services {
    responder: Responder,
    stamper: Stamper,
    /// Only when certificates are issued over HTTP: otherwise the authority's key stays out of this process.
    issuer: Option<Issuer>,
    /// Only when test modes are enabled.
    modes: Option<Modes>,
    certificates: Vec<(Role, pki::Certificate)>,
    clock: Clock,
}

/// The services with their open port.
pub struct TrustServices {
    server: Server,
    services: Arc<Services>,
}

impl TrustServices {
    /// Opens the authorities and the port.
    ///
    /// # Errors
    /// What is missing or damaged, or why the port cannot be opened.
    pub async fn bind(config: &Config, clock: Clock) -> anyhow::Result<Self> {
        let folder = StateFolder::at(&config.state_folder);
        let mut certificates = Vec::new();
        for role in Role::ALL {
            let certificate = folder.certificate(role)?;
            let certificate = certificate
                .with_context(|| format!("no {} certificate: run `trust-services init`", role.name()))?;
            certificates.push((role, certificate));
        }
        let services = Services {
            responder: Responder::open(config)?,
            stamper: Stamper::open(config)?,
            issuer: if config.signing.http { Some(Issuer::open(config)?) } else { None },
            modes: config.test_modes.enabled.then(Modes::default),
            certificates,
            clock: clock.clone(),
        };
        let settings = ServerSettings { max_connections: MAX_CONNECTIONS, clock, ..ServerSettings::default() };
        let server = Server::bind(&config.listen, ServerSecurity::Plain, settings).await?;
        Ok(Self { server, services: Arc::new(services) })
    }

    /// The address that is listened on, with the real port.
    #[must_use]
    pub const fn local_address(&self) -> SocketAddr {
        self.server.local_address()
    }

    /// Answers until the shutdown is requested and the last request is finished.
    pub async fn run(self, shutdown: Shutdown) {
        notice::log();
        if self.services.issuer.is_some() {
            tracing::warn!("signing.http is on: whoever reaches this port gets certificates");
        }
        if self.services.modes.is_some() {
            tracing::warn!("test_modes.enabled is on: whoever reaches this port can make the services lie");
        }
        tracing::info!(address = %self.server.local_address(), "OCSP, TSA and certificates are served");
        let services = self.services;
        let handler = move |request: Request| {
            let services = Arc::clone(&services);
            async move { services.answer(request).await }
        };
        self.server.serve(handler, shutdown.clone()).await;
        if !shutdown.finished(PATIENCE).await {
            tracing::warn!("some requests were not finished");
        }
    }
}
