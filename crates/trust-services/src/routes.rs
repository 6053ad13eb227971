//! The services over HTTP.
//!
//! | request | answer |
//! | --- | --- |
//! | `POST /ocsp`, `GET /ocsp/{base64}` | OCSP response (RFC 6960 appendix A) |
//! | `POST /tsa` | timestamp reply (RFC 3161 section 3.4) |
//! | `GET /certificates/{ca,ocsp,tsa}.pem` | certificates to be approved |
//! | `GET /health` | 200 while all three certificates are valid, else 503; JSON |
//! | `POST /sign?profile=auth` | a certificate for a PKCS#10 request, where enabled |
//! | `GET /mode`, `POST /mode/{ocsp,tsa}/{mode}`, `POST /revoke/{serial}` | test switches, where enabled |

mod health;

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use clap::ValueEnum;
use der::asn1::ObjectIdentifier;
use service_kit::clock::Clock;
use service_kit::http::{BodyError, Request, Response};
use time::Duration;

use crate::authority::{Authority, FurtherNames, Issuer, Profile, Role, StateError};
use crate::config::{Config, OcspConfig};
use crate::modes::{ModeSwitch, Modes, OcspMode, TsaMode};
use crate::ocsp::{self, Validity};
use crate::register::RegisterError;
use crate::revocation::{Reason, Revocation};
use crate::tsa;

/// Largest request: certificate requests with RSA-4096 keys have 2 KB.
const MAX_REQUEST: u64 = 64 * 1024;

/// The services of one authority. Clones share it.
#[derive(Clone)]
pub struct Services {
    inner: Arc<Inner>,
}

struct Inner {
    authority: Authority,
    /// Only where certificates are given over the network: otherwise the authority's key stays out of this process.
    issuer: Option<Issuer>,
    /// Only where test modes are enabled.
    modes: Option<ModeSwitch>,
    clock: Clock,
    ocsp: OcspConfig,
    policy: ObjectIdentifier,
}

impl Services {
    /// The services as configured, from the state folder.
    ///
    /// # Errors
    /// [`StateError`]: the authority is not there or damaged.
    pub fn load(config: &Config, clock: Clock) -> Result<Self, StateError> {
        let modes = match config.test_modes.enabled {
            true => Some(ModeSwitch::load(&config.state_folder)?),
            false => None,
        };
        let inner = Inner {
            authority: Authority::load(config)?,
            issuer: if config.signing.http { Some(Issuer::load(config)?) } else { None },
            modes,
            clock,
            ocsp: config.ocsp.clone(),
            policy: config.timestamp.policy.0,
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// The answers that are switched on now; as they should be where test modes are not enabled.
    #[must_use]
    pub fn modes(&self) -> Modes {
        self.inner.modes()
    }

    /// Answers one request.
    pub async fn handle(&self, request: Request) -> Response {
        let Request { method, target, body, .. } = request;
        let target = Request::new(method, target);
        let Some(segments) = target.segments() else {
            return Response::text(400, "the path is not readable\n");
        };
        let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
        match body.read_all(MAX_REQUEST).await {
            Ok(body) => self.inner.answer(&target, &segments, &body),
            Err(error @ BodyError::TooLarge { .. }) => Response::text(413, format!("{error}\n")),
            Err(error) => Response::text(400, format!("{error}\n")),
        }
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
            ("GET", ["health"]) => health::answer(&self.authority, self.modes(), &self.clock),
            ("POST", ["sign"]) => self.sign(target, body),
            ("GET" | "POST", ["mode" | "revoke", rest @ ..]) => match &self.modes {
                Some(switch) => self.test_mode(switch, target, segments[0], rest),
                None => Response::text(404, "switched off: test_modes.enabled in the configuration\n"),
            },
            _ => Response::text(404, "there is nothing here\n"),
        }
    }

    fn test_mode(&self, switch: &ModeSwitch, target: &Request, what: &str, rest: &[&str]) -> Response {
        match (target.method.as_str(), what, rest) {
            ("GET", "mode", []) => Response::json(200, &switch.now()),
            ("POST", "mode", [service, mode]) => change_mode(switch, service, mode),
            ("POST", "revoke", [serial]) => self.revoke(serial),
            ("GET", "mode", [_, _]) | ("GET", "revoke", [_]) => {
                Response::text(405, "what changes something is asked for by POST\n")
            }
            _ => Response::text(404, "there is nothing here\n"),
        }
    }

    fn modes(&self) -> Modes {
        self.modes.as_ref().map_or_else(Modes::default, ModeSwitch::now)
    }

    fn ocsp(&self, request: &[u8]) -> Response {
        let mode = self.modes().ocsp;
        if mode == OcspMode::Down {
            return Response::new(503);
        }
        let validity = Validity {
            now: self.clock.now(),
            age: Duration::seconds(self.ocsp.this_update_age_seconds.into()),
            period: Duration::seconds(self.ocsp.next_update_seconds.into()),
        };
        match ocsp::answer(&self.authority, request, mode, validity) {
            // A revocation takes effect at once, so nobody in between may keep answers.
            Ok(answer) => {
                Response::with(200, "application/ocsp-response", answer).header("Cache-Control", "no-store")
            }
            Err(error) => failed(&error),
        }
    }

    fn tsa(&self, request: &[u8]) -> Response {
        let mode = self.modes().tsa;
        if mode == TsaMode::Down {
            return Response::new(503);
        }
        match tsa::answer(&self.authority, request, mode, self.policy, self.clock.now()) {
            Ok(answer) => Response::with(200, "application/timestamp-reply", answer),
            Err(error) => failed(&error),
        }
    }

    fn certificate(&self, file: &str) -> Response {
        match Role::ALL.into_iter().find(|role| role.certificate_file() == file) {
            Some(role) => {
                Response::with(200, "application/x-pem-file", self.authority.certificate(role).to_pem())
            }
            None => Response::text(404, "there are ca.pem, ocsp.pem and tsa.pem\n"),
        }
    }

    fn sign(&self, target: &Request, body: &Bytes) -> Response {
        let Some(issuer) = &self.issuer else {
            return Response::text(404, "switched off: signing.http in the configuration\n");
        };
        let profile = target.query_value("profile").unwrap_or_default();
        let Ok(profile) = Profile::from_str(&profile, false) else {
            return Response::text(400, "the profile must be auth, sign or tls\n");
        };
        match issuer.issue(profile, body, &FurtherNames::default(), self.clock.now()) {
            Ok(certificate) => {
                let (serial, subject) = (hex::encode(certificate.serial()), certificate.subject());
                tracing::info!(serial, %subject, ?profile, "a certificate was issued");
                Response::with(200, "application/x-pem-file", certificate.to_pem())
            }
            Err(error) if error.is_about_the_request() => Response::text(400, format!("{error}\n")),
            Err(error) => failed(&error),
        }
    }

    fn revoke(&self, serial: &str) -> Response {
        let revocation = Revocation { at: self.clock.now(), reason: Reason::Unspecified };
        match self.authority.register.revoke(serial, revocation) {
            Ok(()) => Response::new(204),
            Err(error @ RegisterError::Unknown(_)) => Response::text(404, format!("{error}\n")),
            Err(error) => failed(&error),
        }
    }
}

fn change_mode(switch: &ModeSwitch, service: &str, mode: &str) -> Response {
    match switch.switch(service, mode) {
        Ok(Some(modes)) => {
            tracing::warn!(?modes, "answers were switched on purpose");
            Response::json(200, &modes)
        }
        Ok(None) => {
            Response::text(404, "ocsp has good, revoked, unknown, stale, down; tsa has ok, down, reject\n")
        }
        Err(error) => failed(&error),
    }
}

fn failed(error: &dyn std::error::Error) -> Response {
    tracing::error!(%error, "an answer failed");
    Response::text(500, "the service failed; its log says why\n")
}

#[cfg(test)]
mod tests;
