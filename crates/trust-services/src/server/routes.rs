//! Which address leads where.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use clap::ValueEnum as _;
use service_kit::http::{Body, BodyError, Request, Response};

use super::{Services, health};
use crate::issuing::{AlternativeNames, Profile};
use crate::modes::{CurrentModes, OcspMode, TsaMode};

/// Largest request body, in bytes: what the parsers behind it take.
const MAX_BODY: u64 = 64 * 1024;

const OCSP_RESPONSE: &str = "application/ocsp-response";
const TIMESTAMP_REPLY: &str = "application/timestamp-reply";
const PEM: &str = "application/x-pem-file";

impl Services {
    pub(super) async fn answer(&self, request: Request) -> Response {
        let Some(segments) = request.segments() else { return not_found() };
        let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
        match (request.method.as_str(), segments.as_slice()) {
            ("POST", ["ocsp"]) => self.ocsp_by_post(request.body).await,
            // Base64 has slashes, which not every client escapes.
            ("GET", ["ocsp", base64 @ ..]) if !base64.is_empty() => self.ocsp_by_get(&base64.join("/")),
            ("POST", ["tsa"]) => self.tsa(request.body).await,
            ("GET", ["certificates", name]) => self.certificate(name),
            ("GET", ["health"]) => health::answer(self),
            ("POST", ["sign"]) => self.sign(request).await,
            ("GET", ["mode"]) => self.current_modes(),
            ("POST", ["mode", service, mode]) => self.switch(service, mode),
            (_, ["ocsp" | "tsa" | "sign" | "health" | "mode", ..] | ["certificates", _]) => {
                Response::text(405, "another method is needed here\n")
            }
            _ => not_found(),
        }
    }

    async fn ocsp_by_post(&self, body: Body) -> Response {
        match body.read_all(MAX_BODY).await {
            Ok(request) => self.ocsp(&request),
            Err(error) => unreadable(&error),
        }
    }

    fn ocsp_by_get(&self, base64: &str) -> Response {
        // What is no Base64 is answered as what is no request.
        self.ocsp(&STANDARD.decode(base64).unwrap_or_default())
    }

    fn ocsp(&self, request: &[u8]) -> Response {
        let mode = self.modes().ocsp;
        if mode == OcspMode::Down {
            return Response::text(503, "switched to down\n");
        }
        let answer = self.responder.answer(request, mode, self.clock.now());
        // A revocation takes effect at once, so nobody in between may keep answers.
        Response::with(200, OCSP_RESPONSE, answer).header("Cache-Control", "no-store")
    }

    async fn tsa(&self, body: Body) -> Response {
        let request = match body.read_all(MAX_BODY).await {
            Ok(request) => request,
            Err(error) => return unreadable(&error),
        };
        let mode = self.modes().tsa;
        if mode == TsaMode::Down {
            return Response::text(503, "switched to down\n");
        }
        Response::with(200, TIMESTAMP_REPLY, self.stamper.answer(&request, mode, self.clock.now()))
    }

    fn certificate(&self, name: &str) -> Response {
        match self.certificates.iter().find(|(role, _)| role.certificate_file() == name) {
            Some((_, certificate)) => Response::with(200, PEM, certificate.to_pem()),
            None => not_found(),
        }
    }

    async fn sign(&self, request: Request) -> Response {
        let Some(issuer) = &self.issuer else {
            return Response::text(403, "switched off: signing.http in the configuration\n");
        };
        let profile = request.query_value("profile").unwrap_or_default();
        let Ok(profile) = Profile::from_str(&profile, false) else {
            return Response::text(400, "profile must be auth, sign or tls\n");
        };
        let csr = match request.body.read_all(MAX_BODY).await {
            Ok(csr) => csr,
            Err(error) => return unreadable(&error),
        };
        match issuer.issue(&csr, profile, &AlternativeNames::default(), self.clock.now()) {
            Ok(certificate) => {
                tracing::info!(subject = %certificate.subject(), ?profile, "a certificate was issued over HTTP");
                Response::with(200, PEM, certificate.to_pem())
            }
            Err(error) => {
                tracing::warn!(%error, "no certificate was issued");
                Response::text(if error.is_about_the_request() { 400 } else { 500 }, format!("{error}\n"))
            }
        }
    }

    fn current_modes(&self) -> Response {
        match &self.modes {
            Some(modes) => Response::json(200, &modes.current()),
            None => no_modes(),
        }
    }

    fn switch(&self, service: &str, mode: &str) -> Response {
        let Some(modes) = &self.modes else { return no_modes() };
        match modes.switch(service, mode) {
            Ok(current) => {
                tracing::warn!(service, mode, "a test mode was switched");
                Response::json(200, &current)
            }
            Err(error) => Response::text(404, format!("{error}\n")),
        }
    }

    /// Without test modes everything works as it should.
    pub(super) fn modes(&self) -> CurrentModes {
        self.modes.as_ref().map_or_else(CurrentModes::default, crate::modes::Modes::current)
    }
}

fn not_found() -> Response {
    Response::text(404, "nothing here: /ocsp, /tsa, /certificates/ca.pem, /health\n")
}

fn no_modes() -> Response {
    Response::text(403, "switched off: test_modes.enabled in the configuration\n")
}

fn unreadable(error: &BodyError) -> Response {
    let status = if matches!(error, BodyError::TooLarge { .. }) { 413 } else { 400 };
    Response::text(status, format!("{error}\n"))
}
