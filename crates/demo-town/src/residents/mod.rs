//! The residents' service: an ordinary REST service that knows nothing of X-Road and of consent.
//!
//! Its security server calls it only for requests that are signed, allowed and consented to, and puts the
//! municipality's own resident number into `X-Resident-Number` at the last moment.

pub mod register;

use std::sync::{Arc, Mutex, PoisonError};

use service_kit::http::{Request, Response};

use crate::linking::{LinkRequest, OwnSecurityServer};
use register::Register;

/// The header in which the security server names the resident (declared in the town's subsystems file).
pub const RESIDENT_HEADER: &str = "X-Resident-Number";

/// The description of the interface, as the service itself serves it.
pub const OPENAPI: &str = include_str!("openapi.json");

/// The service.
pub struct Residents {
    register: Mutex<Register>,
    security_server: OwnSecurityServer,
}

impl Residents {
    /// A service over this register, whose desk links residents at this security server.
    #[must_use]
    pub fn new(register: Register, security_server: OwnSecurityServer) -> Arc<Self> {
        Arc::new(Self { register: Mutex::new(register), security_server })
    }

    /// Answers one request.
    pub async fn answer(&self, request: Request) -> Response {
        match (request.method.as_str(), request.path()) {
            ("GET", "/eligibility") => self.eligibility(&request),
            ("GET", "/districts") => self.districts(),
            ("GET", "/openapi.json") => Response::with(200, "application/json", OPENAPI),
            ("GET", "/health") => Response::text(200, "ok\n"),
            ("POST", "/desk/links") => self.link(request).await,
            _ => problem(404, "there is no such operation; see /openapi.json"),
        }
    }

    fn eligibility(&self, request: &Request) -> Response {
        let Some(number) = request.headers.get(RESIDENT_HEADER) else {
            return problem(400, "X-Resident-Number is missing: whom is this about?");
        };
        let register = self.register.lock().unwrap_or_else(PoisonError::into_inner);
        match register.eligibility(number) {
            Ok(Some(answer)) => Response::json(200, &answer),
            Ok(None) => problem(404, "no such resident"),
            Err(error) => database_failed(&error),
        }
    }

    fn districts(&self) -> Response {
        let register = self.register.lock().unwrap_or_else(PoisonError::into_inner);
        match register.districts() {
            Ok(districts) => {
                Response::json(200, &districts.into_iter().collect::<std::collections::BTreeMap<_, _>>())
            }
            Err(error) => database_failed(&error),
        }
    }

    /// The desk: the clerk has seen the resident's card and takes the link token from the resident's phone.
    async fn link(&self, request: Request) -> Response {
        match LinkRequest::read(request).await {
            Ok(link) => self.security_server.link(&link).await,
            Err(refusal) => refusal,
        }
    }
}

fn database_failed(error: &rusqlite::Error) -> Response {
    tracing::error!(%error, "the register cannot be read");
    problem(500, "the register cannot be read")
}

/// A short JSON answer that says what is wrong.
pub(crate) fn problem(status: u16, detail: &str) -> Response {
    Response::json(status, &serde_json::json!({ "detail": detail }))
}
