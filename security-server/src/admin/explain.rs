//! `GET /explain?id=...`: what happened to a message, stage by stage, as far as this server knows.
//!
//! From the journal (what was recorded, and therefore which stages had been passed) and from the latest refusals. The
//! id is a query id, a request id, or the detail of a fault that somebody was told.

use service_kit::http::{Request, Response};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::message_log::{Direction, ExportQuery, RecordSummary, Side};
use crate::relay::Relay;
use crate::relay::refusals::Refused;

/// Answers one request, in text for the administrator.
pub async fn explain(relay: &Relay, request: &Request) -> Response {
    let Some(id) = request.query_value("id").filter(|id| !id.is_empty()) else {
        return Response::text(400, "id is missing\n");
    };
    let refused = relay.refusals().find(&id);
    // A detail or request id leads to the query id, by which the journal is asked.
    let query_id = refused.iter().map(|refused| &refused.query_id).find(|id| !id.is_empty()).unwrap_or(&id);
    let query = ExportQuery { query_id: query_id.clone(), local: None, direction: None, force: false };
    let records = match relay.journal().find(&query).await {
        Ok(records) => records,
        Err(error) => return Response::text(500, format!("{error}\n")),
    };
    if records.is_empty() && refused.is_empty() {
        let text =
            "nothing is known of this message: it is not in the journal, and not among the latest refusals\n";
        return Response::text(404, text);
    }
    Response::text(200, report(query_id, &records, &refused))
}

/// The stages that lie behind a message that is in the journal, and what comes next.
fn passed(side: Side, direction: Direction) -> (u8, &'static str, &'static str) {
    match (side, direction) {
        (Side::Consumer, Direction::Request) => (
            1,
            "accept, authenticate_client, precheck, envelope, route, connect, begin, forward, seal, record",
            "transmit",
        ),
        (Side::Provider, Direction::Request) => {
            (2, "receive, authenticate_peer, verify, authorise, record", "translate, deliver")
        }
        (Side::Provider, Direction::Response) => (3, "collect, envelope, forward, seal, record", "answer"),
        (Side::Consumer, Direction::Response) => (4, "receive, verify, correlate, record", "answer"),
    }
}

fn report(query_id: &str, records: &[RecordSummary], refused: &[Refused]) -> String {
    let mut events: Vec<(OffsetDateTime, String)> =
        records.iter().map(|record| (record.time, recorded(record))).collect();
    events.extend(refused.iter().map(|refused| (refused.time, refusal(refused))));
    events.sort_by_key(|(time, _)| *time);
    let mut text = format!("message {query_id}\n");
    for (time, event) in events {
        text.push_str(&format!("\n{}  {event}", time.format(&Rfc3339).unwrap_or_default()));
    }
    if refused.is_empty() {
        text.push_str(&format!("\n{}", unfinished(records)));
    }
    text
}

fn recorded(record: &RecordSummary) -> String {
    let (leg, stages, next) = passed(record.side, record.direction);
    let (from, to) = match record.side {
        Side::Consumer => (&record.local, &record.service),
        Side::Provider => (&record.peer, &record.service),
    };
    let stamped = if record.timestamped { "time-stamped" } else { "not time-stamped yet" };
    format!(
        "leg {leg}: {}, {} side\n  {from} -> {to}\n  request id {}\n  passed: {stages}\n  \
         then: {next}\n  journal: record {}, {stamped}\n",
        name(record.direction),
        side(record.side),
        record.request_id,
        record.record,
    )
}

fn refusal(refused: &Refused) -> String {
    let known = |text: &str| if text.is_empty() { "not known yet".to_owned() } else { text.to_owned() };
    let mut text = format!(
        "refused, {} side\n  {} -> {}\n  request id {}\n  code: {}\n  text: {}\n  detail: {}\n  hop: {}\n  rule: {}\n",
        side(refused.side),
        known(&refused.client),
        known(&refused.service),
        known(&refused.request_id),
        refused.code,
        refused.text,
        refused.detail,
        refused.hop(),
        refused.rule,
    );
    for (name, value) in [("cause", &refused.cause), ("fix", &refused.fix)] {
        if !value.is_empty() {
            text.push_str(&format!("  {name}: {value}\n"));
        }
    }
    text
}

/// What a message without refusal waits for.
fn unfinished(records: &[RecordSummary]) -> &'static str {
    if records.iter().any(|record| record.direction == Direction::Response) {
        "complete: request and response are in the journal\n"
    } else {
        "no response is in the journal: it is under way, or the refusal is older than those that are kept; see the log\n"
    }
}

fn name(direction: Direction) -> &'static str {
    match direction {
        Direction::Request => "request",
        Direction::Response => "response",
    }
}

fn side(side: Side) -> &'static str {
    match side {
        Side::Consumer => "consumer's",
        Side::Provider => "provider's",
    }
}
