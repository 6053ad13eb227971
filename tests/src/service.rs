//! An information system of the provider, inside the test program: it does what its path says.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::Result;
use service_kit::http::{Body, BodyError, Request, Response};
use service_kit::http_server::{Server, ServerSecurity, ServerSettings};
use service_kit::shutdown::Shutdown;

/// Longest body that is given back.
const MAX_ECHO: u64 = 64 * 1024 * 1024;

/// The running service. It ends with the runtime that it was started in.
pub struct Service {
    address: SocketAddr,
    calls: Arc<AtomicUsize>,
}

impl Service {
    /// Starts it on a free port of the loopback.
    ///
    /// # Errors
    /// There is no free port.
    pub async fn start() -> Result<Self> {
        let server = Server::bind("127.0.0.1:0", ServerSecurity::Plain, ServerSettings::default()).await?;
        let address = server.local_address();
        let calls: Arc<AtomicUsize> = Arc::default();
        let counted = Arc::clone(&calls);
        let handler = move |request: Request| {
            counted.fetch_add(1, Ordering::SeqCst);
            answer(request)
        };
        tokio::spawn(server.serve(handler, Shutdown::new()));
        Ok(Self { address, calls })
    }

    /// Its base address.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Requests that have reached it.
    #[must_use]
    pub fn calls(&self) -> usize {
        self.calls.load(Ordering::SeqCst)
    }
}

async fn answer(request: Request) -> Response {
    let path = request.path().to_owned();
    match path.rsplit('/').next().unwrap_or_default() {
        "never" => std::future::pending().await,
        "break" => breaks_off(),
        _ => match request.body.read_all(MAX_ECHO).await {
            Ok(body) => Response::with(200, "application/octet-stream", body),
            Err(error) => Response::text(400, error.to_string()),
        },
    }
}

/// Announces much and gives up after a part.
fn breaks_off() -> Response {
    let pieces = (0..20).map(|n| match n {
        19 => Err(BodyError::Truncated),
        _ => Ok(bytes::Bytes::from(vec![b'x'; 16 * 1024])),
    });
    Response::new(200).body(Body::stream(futures_util::stream::iter(pieces), Some(10_000_000)))
}
