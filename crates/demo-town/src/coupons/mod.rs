//! The coupon application of the support centre. It asks the municipality whether a household gets support,
//! through its own security server, and gives a coupon to those who do.
//!
//! It names its customers by its own ids only; the security server puts the handle for this pair of
//! organisations in their place.

pub mod ledger;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};
use service_kit::http::{Request, Response};
use service_kit::http_client::{ClientSecurity, ClientSettings, Destination, HttpClient};

use crate::linking::{LinkRequest, OwnSecurityServer};
use crate::residents::problem;
use crate::residents::register::Eligibility;
use ledger::Ledger;

/// Longest answer of the municipality that is read, bytes.
const MAX_ANSWER_BYTES: u64 = 64 * 1024;

/// How the application reaches the municipality's service.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Inquiry {
    /// Host of the own security server's port for information systems.
    pub host: String,
    /// Its plain HTTP port.
    pub port: u16,
    /// `X-Road-Client`: the own subsystem.
    pub client: String,
    /// The request target, `/r1/...`.
    pub target: String,
    /// `X-Road-Consent-Purpose`: why it asks.
    pub purpose: String,
}

/// What came of one question.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// HTTP status that the security server gave.
    pub status: u16,
    /// `x-road-id` of the exchange, where there is one.
    pub message_id: Option<String>,
    /// What the municipality says, when it says something.
    pub eligibility: Option<Eligibility>,
    /// `X-Road-Error` of a refusal.
    pub refused_with: Option<String>,
    /// The body of a refusal.
    pub explanation: Option<serde_json::Value>,
    /// `X-Road-Consent-Decision` of the signed answer.
    pub decision: Option<String>,
}

/// What a round of coupons came to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Campaign {
    /// Customers asked about.
    pub asked: usize,
    /// Refused: no consent.
    pub without_consent: usize,
    /// Answered, and not eligible.
    pub not_eligible: usize,
    /// Anything else; there should be none.
    pub failed: usize,
    /// Customers who hold a coupon now.
    pub holders: Vec<String>,
}

/// The application.
pub struct Coupons {
    ledger: Mutex<Ledger>,
    inquiry: Inquiry,
    client: HttpClient,
    security_server: OwnSecurityServer,
}

impl Coupons {
    /// An application over this ledger that asks in this way.
    #[must_use]
    pub fn new(ledger: Ledger, inquiry: Inquiry, security_server: OwnSecurityServer) -> Arc<Self> {
        let client = HttpClient::new(ClientSettings::default());
        Arc::new(Self { ledger: Mutex::new(ledger), inquiry, client, security_server })
    }

    /// Answers one request.
    pub async fn answer(&self, request: Request) -> Response {
        let segments = request.segments().unwrap_or_default();
        let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
        match (request.method.as_str(), segments.as_slice()) {
            ("GET", ["health"]) => Response::text(200, "ok\n"),
            ("POST", ["customers"]) => self.add_customer(request).await,
            ("POST", ["links"]) => self.link(request).await,
            ("GET", ["customers", id, "eligibility"]) => Response::json(200, &self.ask(id).await),
            ("POST", ["campaign"]) => self.campaign().await,
            _ => problem(404, "there is no such operation"),
        }
    }

    async fn add_customer(&self, request: Request) -> Response {
        let nickname = request.body.read_all(256).await.unwrap_or_default();
        match self.ledger().add_customer(&String::from_utf8_lossy(&nickname)) {
            Ok(id) => Response::json(201, &serde_json::json!({ "id": id })),
            Err(error) => ledger_failed(&error),
        }
    }

    async fn link(&self, request: Request) -> Response {
        match LinkRequest::read(request).await {
            Ok(link) => self.security_server.link(&link).await,
            Err(refusal) => refusal,
        }
    }

    /// Asks about one customer.
    async fn ask(&self, customer: &str) -> Answer {
        let inquiry = &self.inquiry;
        let request = Request::get(&inquiry.target)
            .header("X-Road-Client", &inquiry.client)
            .header("X-Road-Consent-Subject", customer)
            .header("X-Road-Consent-Purpose", &inquiry.purpose)
            .header("Accept", "application/json");
        let destination =
            Destination { host: inquiry.host.clone(), port: inquiry.port, security: ClientSecurity::Plain };
        match self.client.send(&destination, request).await {
            Ok(response) => read_answer(response).await,
            Err(error) => Answer {
                status: 0,
                message_id: None,
                eligibility: None,
                refused_with: Some(format!("the own security server cannot be reached: {error}")),
                explanation: None,
                decision: None,
            },
        }
    }

    /// Asks about every customer and gives coupons to exactly those whose household gets support.
    async fn campaign(&self) -> Response {
        let customers = match self.ledger().customers() {
            Ok(customers) => customers,
            Err(error) => return ledger_failed(&error),
        };
        let mut campaign = Campaign {
            asked: customers.len(),
            without_consent: 0,
            not_eligible: 0,
            failed: 0,
            holders: Vec::new(),
        };
        for customer in &customers {
            let answer = self.ask(customer).await;
            match answer {
                Answer { eligibility: Some(Eligibility { eligible: true, .. }), .. } => {
                    if let Err(error) = self.ledger().issue(customer) {
                        return ledger_failed(&error);
                    }
                }
                Answer { eligibility: Some(_), .. } => campaign.not_eligible += 1,
                Answer { refused_with: Some(code), .. } if code.contains(".consent_") => {
                    campaign.without_consent += 1
                }
                Answer { .. } => campaign.failed += 1,
            }
        }
        match self.ledger().coupon_holders() {
            Ok(holders) => Response::json(200, &Campaign { holders, ..campaign }),
            Err(error) => ledger_failed(&error),
        }
    }

    fn ledger(&self) -> MutexGuard<'_, Ledger> {
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn read_answer(response: Response) -> Answer {
    let header = |name: &str| response.headers.get(name).map(str::to_owned);
    let (message_id, refused_with, decision) =
        (header("x-road-id"), header("X-Road-Error"), header("X-Road-Consent-Decision"));
    let status = response.status;
    let body = response.body.read_all(MAX_ANSWER_BYTES).await.unwrap_or_default();
    let answered = status == 200 && refused_with.is_none();
    Answer {
        status,
        message_id,
        eligibility: if answered { serde_json::from_slice(&body).ok() } else { None },
        explanation: if answered { None } else { serde_json::from_slice(&body).ok() },
        refused_with,
        decision,
    }
}

fn ledger_failed(error: &rusqlite::Error) -> Response {
    tracing::error!(%error, "the ledger failed");
    problem(500, "the ledger failed")
}
