//! Lies of a provider's security server. None of them reaches the information system as an answer.
//!
//! The liar reads from the target of a request how it is to lie, so all of these can be told at the same time.

use anyhow::{Result, bail};
use sekisho_tests::errors::row;
use sekisho_tests::journal::Journal;
use sekisho_tests::world::{CENTRE, World};
use service_kit::random;
use testkit::envelope::{End, Envelope, stray_body};
use testkit::provider::Reply;

use crate::bench::{Bench, TOWN};

/// The answer to a request whose target ends with the name of the lie.
pub(crate) fn answer(bench: &Bench, reply: Reply) -> Result<Envelope> {
    let target = reply.target.clone();
    let lie = target.rsplit('/').next().unwrap_or_default();
    if let Some(reply) = before_signing(lie, &reply) {
        return reply.envelope(&bench.provider.signer());
    }
    let signer = match lie {
        "other-signer" => bench.consumer.signer(),
        "signer-revoked" => bench.provider.signer_with(&bench.provider.signing.revoked),
        "signer-stale" => bench.provider.signer_with(&bench.provider.signing.stale),
        "signer-other-status" => bench.provider.signer_with(&bench.provider.authentication.good),
        _ => bench.provider.signer(),
    };
    let mut envelope = reply.envelope(&signer)?;
    match lie {
        "truth" | "other-signer" | "signer-revoked" | "signer-stale" | "signer-other-status" => {}
        "body-changed" => envelope.body = Some(b"another body".to_vec()),
        "status-changed" => envelope.change_message("200\r\n", "404\r\n"),
        "body-gone" => envelope.body = None,
        "signature-of-another" => {
            let other = Reply { body: Some(b"something else".to_vec()), ..reply }.envelope(&signer)?;
            envelope.signature = other.signature;
            envelope.hash_chain = other.hash_chain;
            envelope.hash_chain_result = other.hash_chain_result;
        }
        "unsigned" => envelope.signature = None,
        "no-message" => envelope.message = None,
        "extra-part" => envelope.after_signature = Some(stray_body()),
        "cut-in-delimiter" => envelope.end = End::Short(5),
        "cut-before-delimiter" => envelope.end = End::Short(45),
        "cut-in-body" => envelope.end = End::InBody,
        other => bail!("nobody has taught me the lie {other}"),
    }
    Ok(envelope)
}

/// Lies that are signed.
fn before_signing(lie: &str, honest: &Reply) -> Option<Reply> {
    let mut reply = honest.clone();
    match lie {
        "other-request-hash" => reply.context.request_hash = bytes_of_another_request(),
        "other-query-id" => reply.context.query_id = random::uuid(),
        "other-request-id" => reply.context.request_id = random::uuid(),
        "other-client" => reply.context.client = reply.context.service.client().clone(),
        "other-service" => reply.context.service = with_another_code(&reply),
        _ => return None,
    }
    Some(reply)
}

fn bytes_of_another_request() -> String {
    protocol::rest::request_hash(b"GET\r\n/another\r\n", None)
}

fn with_another_code(reply: &Reply) -> identifiers::ServiceId {
    identifiers::ServiceId::new(reply.context.service.client().clone(), "other", None).unwrap()
}

fn request(lie: &str, id: &str) -> service_kit::http::Request {
    World::request("POST", &format!("echo/{lie}")).header("X-Road-Id", id).body("the body")
}

/// The lie is told, and refused as documented; the journal keeps the request only.
fn refused(lie: &str, name: &str) {
    TOWN.beside_others(async |world| {
        let id = random::uuid();
        world.ask(request(lie, &id)).await.is(&row(name));
        let records = Journal::of(&world.server(CENTRE)).unwrap().count(&id).unwrap();
        assert_eq!(records, 1, "{lie}: the request is recorded, the lie is not");
    });
}

#[test]
fn the_truth_is_accepted() {
    TOWN.beside_others(async |world| {
        let answer = world.ask(request("truth", &random::uuid())).await;
        answer.is_answered();
        assert_eq!(answer.text(), "the body");
    });
}

#[test]
fn the_answer_belongs_to_another_request() {
    for lie in ["other-request-hash", "other-query-id", "other-request-id", "other-client", "other-service"] {
        refused(lie, "response-to-another-request");
    }
}

#[test]
fn it_was_changed_after_it_was_signed() {
    for lie in ["body-changed", "status-changed", "signature-of-another"] {
        refused(lie, "response-changed");
    }
}

#[test]
fn the_body_is_gone() {
    refused("body-gone", "response-part-missing");
}

#[test]
fn nobody_has_signed() {
    refused("unsigned", "response-signature-missing");
}

#[test]
fn another_member_has_signed() {
    refused("other-signer", "response-other-signer");
}

#[test]
fn the_signer_is_revoked() {
    refused("signer-revoked", "response-signer-revoked");
}

#[test]
fn the_status_of_the_signer_does_not_count() {
    refused("signer-stale", "response-signer-status-stale");
    refused("signer-other-status", "response-signer-status-wrong");
}

#[test]
fn there_is_no_message() {
    refused("no-message", "response-message-missing");
}

#[test]
fn a_part_after_the_signature() {
    refused("extra-part", "response-extra-part");
}

#[test]
fn it_is_cut_short() {
    for lie in ["cut-in-delimiter", "cut-before-delimiter", "cut-in-body"] {
        refused(lie, "response-cut");
    }
}
