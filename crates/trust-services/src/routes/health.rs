//! `GET /health`.

use std::collections::BTreeMap;

use serde::Serialize;
use service_kit::clock::Clock;
use service_kit::http::Response;
use time::OffsetDateTime;

use crate::authority::{Authority, Role};
use crate::modes::Modes;

#[derive(Serialize)]
struct Health {
    healthy: bool,
    for_development_only: bool,
    /// How far this process's clock is ahead of the machine's; 0 outside replays.
    clock_offset_seconds: i64,
    authorities: BTreeMap<&'static str, Party>,
    modes: Modes,
}

#[derive(Serialize)]
struct Party {
    subject: String,
    #[serde(with = "time::serde::rfc3339")]
    not_after: OffsetDateTime,
    valid: bool,
}

pub(super) fn answer(authority: &Authority, modes: Modes, clock: &Clock) -> Response {
    let now = clock.now();
    let party = |role: Role| {
        let certificate = authority.certificate(role);
        let valid = certificate.valid_at(now);
        let (subject, not_after) = (certificate.subject().to_string(), certificate.not_after());
        (role.name(), Party { subject, not_after, valid })
    };
    let authorities: BTreeMap<_, _> = Role::ALL.into_iter().map(party).collect();
    let healthy = authorities.values().all(|party| party.valid);
    let health = Health {
        healthy,
        for_development_only: true,
        clock_offset_seconds: clock.offset().whole_seconds(),
        authorities,
        modes,
    };
    Response::json(if healthy { 200 } else { 503 }, &health)
}
