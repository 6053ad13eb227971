//! HTTP: who asks, what is asked, what is answered. Everything else is elsewhere.
//!
//! - [`authenticate`]: a citizen's request is signed, fresh, and new; a security server's certificate is registered
//! - [`citizen`]: routes for devices
//! - [`node`]: routes for security servers

pub mod authenticate;
pub mod citizen;
pub mod node;

use bytes::Bytes;
use registry_api::problem::{CONTENT_TYPE, Code, Problem};
use serde::de::DeserializeOwned;
use service_kit::http::{Request, Response};

use super::failure::Failure;

/// Longest body of a request, bytes.
const MAX_BODY_BYTES: u64 = 64 * 1024;

/// A request with its body read.
pub(crate) struct Call {
    pub(crate) request: Request,
    pub(crate) body: Bytes,
}

impl Call {
    /// Reads the body.
    pub(crate) async fn read(mut request: Request) -> Result<Self, Failure> {
        let body = std::mem::take(&mut request.body);
        let body = body.read_all(MAX_BODY_BYTES).await.map_err(|_| Code::Malformed)?;
        Ok(Self { request, body })
    }

    /// The body as a JSON document. What is wrong with it is not told: it could quote the content.
    pub(crate) fn json<T: DeserializeOwned>(&self) -> Result<T, Failure> {
        serde_json::from_slice(&self.body).map_err(|_| Code::Malformed.into())
    }
}

/// The answer to a use case.
pub(crate) fn answer(outcome: Result<Response, Failure>) -> Response {
    outcome.unwrap_or_else(|failure| problem(&failure.into_problem()))
}

fn problem(problem: &Problem) -> Response {
    let body = serde_json::to_vec(problem).unwrap_or_default();
    Response::with(problem.status, CONTENT_TYPE, body)
}

/// Runs database work where blocking is allowed.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Failure> + Send + 'static,
) -> Result<T, Failure> {
    tokio::task::spawn_blocking(work).await.map_err(|error| Failure::Internal(error.to_string()))?
}
