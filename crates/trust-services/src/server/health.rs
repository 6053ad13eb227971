//! `GET /health`.

use std::collections::BTreeMap;

use serde::Serialize;
use service_kit::http::Response;
use time::OffsetDateTime;

use super::Services;
use crate::modes::CurrentModes;
use crate::notice::NOTICE;

#[derive(Serialize)]
struct Health {
    healthy: bool,
    notice: &'static str,
    /// Seconds that this process's clock is ahead of the machine's; 0 outside replays.
    clock_offset_seconds: i64,
    authorities: BTreeMap<&'static str, Authority>,
    modes: CurrentModes,
}

#[derive(Serialize)]
struct Authority {
    subject: String,
    #[serde(with = "time::serde::rfc3339")]
    not_after: OffsetDateTime,
    valid: bool,
}

pub(super) fn answer(services: &Services) -> Response {
    let now = services.clock.now();
    let authorities: BTreeMap<_, _> = services
        .certificates
        .iter()
        .map(|(role, certificate)| {
            let subject = certificate.subject().to_string();
            let valid = certificate.valid_at(now);
            (role.name(), Authority { subject, not_after: certificate.not_after(), valid })
        })
        .collect();
    let healthy = authorities.values().all(|authority| authority.valid);
    let health = Health {
        healthy,
        notice: NOTICE,
        clock_offset_seconds: services.clock.offset().whole_seconds(),
        authorities,
        modes: services.modes(),
    };
    Response::json(if healthy { 200 } else { 503 }, &health)
}
