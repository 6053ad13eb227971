//! An information system of the provider, inside the test program: it does what its path says.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Result;
use service_kit::http::{Body, BodyError, Request, Response};
use service_kit::http_server::{Server, ServerSecurity, ServerSettings};
use service_kit::shutdown::Shutdown;
use tokio::sync::Semaphore;

/// Longest body that is given back.
const MAX_ECHO: u64 = 64 * 1024 * 1024;

/// Header fields of one request.
pub type Fields = Vec<(String, String)>;

/// The running service. It ends with the runtime that it was started in.
pub struct Service {
    address: SocketAddr,
    state: Arc<State>,
}

struct State {
    /// Every request that came.
    seen: Mutex<Vec<Fields>>,
    /// Requests to `gate` that may go on.
    gate: Semaphore,
}

impl Service {
    /// Starts it on a free port of the loopback.
    ///
    /// # Errors
    /// There is no free port.
    pub async fn start() -> Result<Self> {
        let server = Server::bind("127.0.0.1:0", ServerSecurity::Plain, ServerSettings::default()).await?;
        let address = server.local_address();
        let state = Arc::new(State { seen: Mutex::default(), gate: Semaphore::new(0) });
        let shared = Arc::clone(&state);
        let handler = move |request: Request| answer(Arc::clone(&shared), request);
        tokio::spawn(server.serve(handler, Shutdown::new()));
        Ok(Self { address, state })
    }

    /// Its base address.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Requests that have reached it.
    #[must_use]
    pub fn calls(&self) -> usize {
        self.state.seen().len()
    }

    /// The header fields of the last request that has reached it.
    #[must_use]
    pub fn last_fields(&self) -> Fields {
        self.state.seen().last().cloned().unwrap_or_default()
    }

    /// Lets one request to `gate` go on, now or when it comes.
    pub fn open_gate(&self) {
        self.state.gate.add_permits(1);
    }
}

impl State {
    fn seen(&self) -> std::sync::MutexGuard<'_, Vec<Fields>> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn answer(state: Arc<State>, request: Request) -> Response {
    state.seen().push(request.headers.clone().into_vec());
    let path = request.path().to_owned();
    match path.rsplit('/').next().unwrap_or_default() {
        "never" => return std::future::pending().await,
        "break" => return breaks_off(),
        "gate" => {
            if let Ok(permit) = state.gate.acquire().await {
                permit.forget();
            }
        }
        _ => {}
    }
    match request.body.read_all(MAX_ECHO).await {
        Ok(body) => Response::with(200, "application/octet-stream", body),
        Err(error) => Response::text(400, error.to_string()),
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
