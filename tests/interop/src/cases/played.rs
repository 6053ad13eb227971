//! What no stock server does. The foreign peer is told by a header of the request, or by the issue of a SOAP message
//! (`tests/interop/peer/plays.py`); a few plays are right and only rare.

use super::soap::{Form, packed, soap};
use super::words::case;
use super::{Case, Given};
use crate::place::Role;

/// All of them.
#[must_use]
pub fn cases() -> Vec<Case> {
    [
        right_requests(),
        wrong_requests(),
        strangers(),
        right_responses(),
        wrong_responses(),
        soap_requests(),
        soap_responses(),
    ]
    .concat()
}

fn request(name: &'static str, play: &'static str) -> Case {
    case(name, "GET", "/hello").only_as(Role::Ss2).played(play)
}

fn request_with_body(name: &'static str, play: &'static str) -> Case {
    case(name, "POST", "/hello").only_as(Role::Ss2).played(play).body(Given::Text("this was signed"))
}

fn response(name: &'static str, play: &'static str) -> Case {
    case(name, "GET", "/hello").only_as(Role::Ss1).played(play)
}

/// Requests that must pass.
fn right_requests() -> Vec<Case> {
    vec![
        request("request/signed-with-others", "batch"),
        request_with_body("request/signed-with-others-and-body", "batch"),
    ]
}

/// Requests that our provider side must refuse: nothing is recorded or handed on.
fn wrong_requests() -> Vec<Case> {
    vec![
        request("request/signature-value", "signature-value")
            .refused("server.serverproxy.signature_verification.invalid_signature_value"),
        request("request/message-changed", "message-changed")
            .refused("server.serverproxy.signature_verification.invalid_signature_value"),
        request_with_body("request/body-changed", "body-changed")
            .refused("server.serverproxy.signature_verification.malformed_signature.invalid_hash_chain"),
        request_with_body("request/body-left-out", "body-left-out")
            .refused("server.serverproxy.signature_verification.malformed_signature.invalid_reference"),
        request("request/body-added", "body-added")
            .refused("server.serverproxy.signature_verification.malformed_signature"),
        request("request/unsigned", "unsigned").refused("server.serverproxy.missing_signature"),
        request("request/stranger-signs", "stranger-signs")
            .refused("server.serverproxy.signature_verification.incorrect_certificate"),
        request("request/signer-revoked", "signer-revoked")
            .refused("server.serverproxy.signature_verification.invalid_cert_path.cert_validation"),
        request("request/signer-stale", "signer-stale")
            .refused("server.serverproxy.signature_verification.invalid_cert_path.incorrect_validation_info"),
        request("request/cut-short", "cut-short").refused("server.serverproxy.service_failed.io_error"),
        request("request/extra-part", "extra-part")
            .refused("server.serverproxy.service_failed.invalid_message"),
        request("request/no-hash-algorithm", "no-hash-algorithm")
            .refused("server.serverproxy.internal_error"),
        request("request/other-hash-algorithm", "other-hash-algorithm")
            .refused("server.serverproxy.internal_error"),
        request("request/wrong-method", "wrong-method").refused("server.serverproxy.invalid_http_method"),
        request("request/wrong-provider", "wrong-provider")
            .refused("server.serverproxy.service_failed.unknown_member"),
    ]
}

/// Requests over a connection that does not belong to the server of the client.
fn strangers() -> Vec<Case> {
    let stranger = |name, play| {
        request(name, play).refused("server.serverproxy.service_failed.ssl_authentication_failed")
    };
    vec![
        stranger("tls/no-ocsp", "no-ocsp"),
        stranger("tls/revoked", "tls-revoked"),
        stranger("tls/stale-ocsp", "tls-stale"),
        stranger("tls/expired-certificate", "expired-certificate"),
        stranger("tls/early-certificate", "early-certificate"),
        stranger("tls/signing-certificate", "signing-certificate"),
        stranger("tls/other-server", "other-server"),
        // Not even a handshake.
        request("tls/unregistered-certificate", "unregistered-certificate")
            .refused("server.clientproxy.network_error"),
    ]
}

/// Responses that must pass, and faults that are handed on as they are.
fn right_responses() -> Vec<Case> {
    vec![
        response("response/signed-with-others", "batch"),
        response("response/chunked", "chunked"),
        response("response/fault", "plain-fault").refused_later("server.serverproxy.access_denied"),
        // Releases before 7.8 write codes another way; such a code does not begin with `server.`.
        response("response/old-fault", "old-fault").refused_later("Server.ServerProxy.AccessDenied"),
        response("response/late-fault", "late-fault")
            .refused_later("server.serverproxy.cannot_create_signature"),
    ]
}

/// Responses that our consumer side must refuse: the information system gets none of it.
fn wrong_responses() -> Vec<Case> {
    vec![
        response("response/signature-value", "signature-value")
            .refused_later("server.clientproxy.signature_verification.invalid_signature_value"),
        response("response/message-changed", "message-changed").refused_later(
            "server.clientproxy.signature_verification.malformed_signature.invalid_hash_chain",
        ),
        response("response/body-changed", "body-changed").refused_later(
            "server.clientproxy.signature_verification.malformed_signature.invalid_hash_chain",
        ),
        response("response/body-left-out", "body-left-out")
            .refused_later("server.clientproxy.signature_verification.malformed_signature.invalid_reference"),
        case("response/body-added", "HEAD", "/hello")
            .only_as(Role::Ss1)
            .played("body-added")
            .refused_later("server.clientproxy.signature_verification.malformed_signature"),
        response("response/unsigned", "unsigned").refused_later("server.clientproxy.missing_signature"),
        response("response/stranger-signs", "stranger-signs")
            .refused_later("server.clientproxy.signature_verification.incorrect_certificate"),
        response("response/signer-revoked", "signer-revoked")
            .refused_later("server.clientproxy.signature_verification.invalid_cert_path.cert_validation"),
        response("response/signer-stale", "signer-stale").refused_later(
            "server.clientproxy.signature_verification.invalid_cert_path.incorrect_validation_info",
        ),
        response("response/cut-short", "cut-short")
            .refused_later("server.clientproxy.service_failed.io_error"),
        response("response/broken-off", "broken-off")
            .refused_later("server.clientproxy.service_failed.io_error"),
        response("response/extra-part", "extra-part")
            .refused_later("server.clientproxy.service_failed.invalid_message"),
        response("response/no-hash-algorithm", "no-hash-algorithm")
            .refused_later("server.clientproxy.internal_error"),
        response("response/other-hash-algorithm", "other-hash-algorithm")
            .refused_later("server.clientproxy.internal_error"),
        response("response/request-hash", "request-hash")
            .refused_later("server.clientproxy.inconsistent_response"),
        response("response/request-id", "request-id")
            .refused_later("server.clientproxy.inconsistent_response"),
        response("response/query-id", "query-id").refused_later("server.clientproxy.inconsistent_response"),
    ]
}

fn soap_with_attachments(name: &'static str, role: Role, play: &'static str) -> Case {
    packed(name, Form::Attachments(1_024)).only_as(role).played(play)
}

/// SOAP requests: what is signed of them, and that all of it is.
fn soap_requests() -> Vec<Case> {
    let request = |name, play| soap_with_attachments(name, Role::Ss2, play);
    vec![
        soap("soap-request/signed-with-others", "getRandom").only_as(Role::Ss2).played("batch"),
        request("soap-request/signed-with-others-and-attachments", "batch"),
        request("soap-request/message-changed", "message-changed")
            .refused("server.serverproxy.signature_verification.malformed_signature.invalid_hash_chain"),
        request("soap-request/attachment-changed", "body-changed")
            .refused("server.serverproxy.signature_verification.malformed_signature.invalid_hash_chain"),
        request("soap-request/attachment-left-out", "body-left-out")
            .refused("server.serverproxy.signature_verification.malformed_signature.invalid_reference"),
        request("soap-request/attachment-added", "body-added")
            .refused("server.serverproxy.signature_verification.malformed_signature.hashchain_unused_inputs"),
        request("soap-request/attachments-swapped", "attachments-swapped")
            .refused("server.serverproxy.signature_verification.malformed_signature.invalid_hash_chain"),
        request("soap-request/unsigned", "unsigned").refused("server.serverproxy.missing_signature"),
        request("soap-request/stranger-signs", "stranger-signs")
            .refused("server.serverproxy.signature_verification.incorrect_certificate"),
        request("soap-request/cut-short", "cut-short").refused("server.serverproxy.service_failed.io_error"),
        request("soap-request/no-hash-algorithm", "no-hash-algorithm")
            .refused("server.serverproxy.internal_error"),
    ]
}

/// SOAP responses, likewise; and that they belong to their requests.
fn soap_responses() -> Vec<Case> {
    let inconsistent = "server.clientproxy.inconsistent_response";
    let response = |name, play| soap_with_attachments(name, Role::Ss1, play);
    let plain = |name, play| soap(name, "getRandom").only_as(Role::Ss1).played(play);
    vec![
        plain("soap-response/signed-with-others", "batch"),
        response("soap-response/signed-with-others-and-attachments", "batch"),
        response("soap-response/chunked", "chunked"),
        plain("soap-response/fault", "plain-fault")
            .refused_later("server.serverproxy.access_denied")
            .saying("Request is not allowed: played"),
        plain("soap-response/old-fault", "old-fault").refused_later("Server.ServerProxy.AccessDenied"),
        response("soap-response/late-fault", "late-fault")
            .refused_later("server.serverproxy.cannot_create_signature"),
        response("soap-response/attachment-changed", "body-changed").refused_later(
            "server.clientproxy.signature_verification.malformed_signature.invalid_hash_chain",
        ),
        response("soap-response/attachment-left-out", "body-left-out")
            .refused_later("server.clientproxy.signature_verification.malformed_signature.invalid_reference"),
        response("soap-response/attachment-added", "body-added").refused_later(
            "server.clientproxy.signature_verification.malformed_signature.hashchain_unused_inputs",
        ),
        response("soap-response/unsigned", "unsigned").refused_later("server.clientproxy.missing_signature"),
        response("soap-response/cut-short", "cut-short")
            .refused_later("server.clientproxy.service_failed.io_error"),
        plain("soap-response/request-hash", "soap-request-hash").refused_later(inconsistent),
        plain("soap-response/no-request-hash", "soap-no-request-hash").refused_later(inconsistent),
        plain("soap-response/query-id", "soap-query-id")
            .refused_later("server.clientproxy.service_failed.inconsistent_response"),
        plain("soap-response/user", "soap-user")
            .refused_later("server.clientproxy.service_failed.inconsistent_response"),
    ]
}
