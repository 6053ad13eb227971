//! The services over HTTP.
//!
//! | request | answer |
//! | --- | --- |
//! | `POST /ocsp`, `GET /ocsp/{base64}` | OCSP response (RFC 6960 appendix A) |
//! | `POST /tsa` | timestamp reply (RFC 3161 section 3.4) |
//! | `GET /certificates/{ca,ocsp,tsa}.crt.pem` | certificates to be approved |
//! | `GET /health` | 200 |
//! | `POST /sign?profile=auth` | a certificate for a PKCS#10 request, where enabled |
//! | `GET /mode`, `POST /mode/{ocsp,tsa}/{mode}`, `POST /revoke/{serial}` | test switches, where enabled |

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use der::asn1::ObjectIdentifier;
use service_kit::clock::Clock;
use service_kit::http::{Request, Response};
use time::Duration;

use crate::authority::{Authority, IssueError, Profile};
use crate::config::Config;
use crate::modes::{ModeSwitch, OcspMode, TsaMode};
use crate::ocsp::{self, Validity};
use crate::register::{RegisterError, Revocation};
use crate::tsa;

/// Largest request: certificate requests with RSA-4096 keys have 2 KB.
const MAX_REQUEST: u64 = 64 * 1024;
/// CRLReason of `POST /revoke`: unspecified.
const UNSPECIFIED: u8 = 0;

/// The services of one authority. Clones share it.
#[derive(Clone)]
pub struct Services {
    inner: Arc<Inner>,
}

struct Inner {
    authority: Authority,
    modes: ModeSwitch,
    clock: Clock,
    ocsp_period: Duration,
    policy: ObjectIdentifier,
    signing_endpoint: bool,
    test_modes: bool,
}

impl Services {
    /// The services as configured.
    #[must_use]
    pub fn new(config: &Config, authority: Authority, modes: ModeSwitch, clock: Clock) -> Self {
        Self {
            inner: Arc::new(Inner {
                authority,
                modes,
                clock,
                ocsp_period: Duration::seconds(i64::from(config.ocsp.next_update_seconds)),
                policy: config.timestamp.policy.0,
                signing_endpoint: config.signing_endpoint.enabled,
                test_modes: config.test_modes.enabled,
            }),
        }
    }

    /// Answers one request.
    pub async fn handle(&self, request: Request) -> Response {
        let Request { method, target, body, .. } = request;
        let target = Request::new(method, target);
        let Some(segments) = target.segments() else {
            return Response::text(400, "the path is not readable\n");
        };
        let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
        let Ok(body) = body.read_all(MAX_REQUEST).await else {
            return Response::text(413, "the request is too long or was cut short\n");
        };
        self.inner.answer(&target, &segments, &body)
    }
}

impl Inner {
    fn answer(&self, target: &Request, segments: &[&str], body: &Bytes) -> Response {
        match (target.method.as_str(), segments) {
            ("POST", ["ocsp"]) => self.ocsp(body),
            // Base64 has slashes of its own, escaped or not.
            ("GET", ["ocsp", encoded @ ..]) => match STANDARD.decode(encoded.join("/")) {
                Ok(request) => self.ocsp(&request),
                Err(_) => Response::text(400, "the path holds no OCSP request\n"),
            },
            ("POST", ["tsa"]) => self.tsa(body),
            ("GET", ["certificates", file]) => self.certificate(file),
            ("GET", [""]) => Response::text(200, format!("{}\n", crate::WARNING)),
            ("GET", ["health"]) => Response::text(200, "ok\n"),
            ("POST", ["sign"]) if self.signing_endpoint => self.sign(target, body),
            ("GET", ["mode"]) if self.test_modes => Response::json(200, &self.modes.now()),
            ("POST", ["mode", service, mode]) if self.test_modes => self.switch(service, mode),
            ("POST", ["revoke", serial]) if self.test_modes => self.revoke(serial),
            _ => Response::text(404, "there is nothing here\n"),
        }
    }

    fn ocsp(&self, request: &[u8]) -> Response {
        let mode = self.modes.now().ocsp;
        if mode == OcspMode::Down {
            return Response::new(503);
        }
        let validity = Validity { now: self.clock.now(), period: self.ocsp_period };
        match ocsp::answer(&self.authority, request, mode, validity) {
            Ok(answer) => Response::with(200, "application/ocsp-response", answer),
            Err(error) => failed(&error),
        }
    }

    fn tsa(&self, request: &[u8]) -> Response {
        if self.modes.now().tsa == TsaMode::Down {
            return Response::new(503);
        }
        match tsa::answer(&self.authority, request, self.policy, self.clock.now()) {
            Ok(answer) => Response::with(200, "application/timestamp-reply", answer),
            Err(error) => failed(&error),
        }
    }

    fn certificate(&self, file: &str) -> Response {
        let party = match file {
            "ca.crt.pem" => &self.authority.ca,
            "ocsp.crt.pem" => &self.authority.ocsp,
            "tsa.crt.pem" => &self.authority.tsa,
            _ => return Response::text(404, "there are ca.crt.pem, ocsp.crt.pem and tsa.crt.pem\n"),
        };
        Response::with(200, "application/x-pem-file", party.certificate.to_pem())
    }

    fn sign(&self, target: &Request, body: &Bytes) -> Response {
        let profile = match target.query_value("profile").as_deref() {
            Some("auth") => Profile::Auth,
            Some("sign") => Profile::Sign,
            Some("tls") => Profile::Tls,
            Some(_) | None => return Response::text(400, "the profile must be auth, sign or tls\n"),
        };
        match self.authority.issue(profile, body, &[], self.clock.now()) {
            Ok(certificate) => {
                tracing::info!(
                    serial = hex::encode(certificate.serial()),
                    ?profile,
                    "a certificate was issued"
                );
                Response::with(200, "application/x-pem-file", certificate.to_pem())
            }
            Err(error @ (IssueError::Making(_) | IssueError::Register(_))) => failed(&error),
            Err(
                error @ (IssueError::Request(_)
                | IssueError::NoSubject
                | IssueError::WrongUse
                | IssueError::NoMember(_)),
            ) => Response::text(400, format!("{error}\n")),
        }
    }

    fn switch(&self, service: &str, mode: &str) -> Response {
        match self.modes.switch(service, mode) {
            Ok(Some(modes)) => {
                tracing::warn!(?modes, "answers were switched on purpose");
                Response::json(200, &modes)
            }
            Ok(None) => {
                Response::text(404, "ocsp has good, revoked, unknown, stale, down; tsa has ok, down\n")
            }
            Err(error) => failed(&error),
        }
    }

    fn revoke(&self, serial: &str) -> Response {
        let revocation = Revocation { at: self.clock.now(), reason: UNSPECIFIED };
        match self.authority.register().revoke(serial, revocation) {
            Ok(()) => Response::new(204),
            Err(error @ RegisterError::Unknown(_)) => Response::text(404, format!("{error}\n")),
            Err(error @ (RegisterError::File { .. } | RegisterError::Damaged { .. })) => failed(&error),
        }
    }
}

fn failed(error: &dyn std::error::Error) -> Response {
    tracing::error!(%error, "an answer failed");
    Response::text(500, "the service failed; its log says why\n")
}

#[cfg(test)]
mod tests;
