//! Requests that are refused. The code says by whom and why, and is the same whoever stands on the other side.

use super::words::{case, case_at};
use super::{Case, Given, Wanted};
use crate::place::{Role, SERVICE};

/// All of them.
#[must_use]
pub fn cases() -> Vec<Case> {
    [by_provider(), by_consumer(), forms()].concat()
}

/// The provider's server decides; the consumer's server has signed and recorded the request before.
fn by_provider() -> Vec<Case> {
    let denied = "server.serverproxy.access_denied";
    let unknown = "server.serverproxy.unknown_service";
    let denied_text = "Request is not allowed: SERVICE:INST/GOV/2222/SUB2/svc";
    let unknown_text = "Unknown service: SERVICE:INST/GOV/2222/SUB2/nosvc";
    let no_rights = Some("INST/GOV/1111/NORIGHTS");
    let other = SERVICE.replace("/svc", "/nosvc/x");
    vec![
        case("refused/no-rights", "GET", "/hello")
            .client(no_rights)
            .refused_later(denied)
            .saying(denied_text),
        case("refused/no-rights-with-body", "POST", "/hello")
            .client(no_rights)
            .body(Given::Bytes(5_000))
            .refused_later(denied)
            .saying(denied_text),
        case("refused/no-rights-head", "HEAD", "/hello").client(no_rights).refused_later(denied),
        // What lies above a service is no part of it, whatever the client's rights to it are.
        case("refused/above-the-service", "GET", "/../svc/x").refused_later(denied).saying(denied_text),
        case_at("refused/unknown-service", "GET", &other).refused_later(unknown).saying(unknown_text),
        case_at("refused/unknown-service-with-body", "POST", &other)
            .body(Given::Bytes(100_000))
            .refused_later(unknown)
            .saying(unknown_text),
        case_at("refused/soap-service", "GET", &SERVICE.replace("/svc", "/getRandom"))
            .refused_later(unknown)
            .saying("Unknown service: SERVICE:INST/GOV/2222/SUB2/getRandom"),
    ]
}

/// The consumer's server decides, before anything is signed.
fn by_consumer() -> Vec<Case> {
    let internal = "server.clientproxy.internal_error";
    let unknown_member = "server.clientproxy.unknown_member";
    let wrong_server = "server.clientproxy.invalid_security_server";
    let server = "X-Road-Security-Server";
    let no_address = r#"Could not find addresses for service provider "SERVICE:INST/GOV/9999/SUB2/svc""#;
    let cases = vec![
        case("refused/client-missing", "GET", "/hello")
            .client(None)
            .refused("server.clientproxy.invalid_client_identifier"),
        case("refused/client-unknown", "GET", "/hello")
            .client(Some("INST/GOV/1111/NOBODY"))
            .refused(unknown_member),
        case("refused/client-elsewhere", "GET", "/hello")
            .client(Some("INST/GOV/2222/SUB2"))
            .refused(unknown_member),
        case("refused/client-malformed", "GET", "/hello").client(Some("INST/GOV")).refused(internal),
        case("refused/client-illegal", "GET", "/hello").client(Some("INST/GOV/1111/S UB1")).refused(internal),
        case_at("refused/provider-unknown", "GET", "/r1/INST/GOV/9999/SUB2/svc/hello")
            .refused(unknown_member)
            .saying(no_address),
        case_at("refused/subsystem-unknown", "GET", "/r1/INST/GOV/2222/NOSUB/svc/hello")
            .refused(unknown_member),
        case_at("refused/instance-unknown", "GET", "/r1/OTHER/GOV/2222/SUB2/svc/hello").refused(internal),
        case_at("refused/target-short", "GET", "/r1/INST/GOV/2222/SUB2").refused(internal),
        // Not even HTTP: a stock server says the same before it looks at anything.
        case("refused/escape-broken", "GET", "/a%zzb").refused_as_http(400),
        case("refused/line-end-in-path", "GET", "/a%0Ab").refused_as_http(400),
        case("refused/bracket-in-path", "GET", "/[a]").refused_as_http(400),
        case("refused/verb-unknown", "BREW", "/hello").refused(internal),
        case("refused/server-unknown", "GET", "/hello")
            .header(server, "INST/GOV/2222/NOSS")
            .refused(wrong_server),
        case("refused/server-elsewhere", "GET", "/hello")
            .header(server, "INST/GOV/1111/SS1")
            .refused(wrong_server),
        case("refused/server-malformed", "GET", "/hello").header(server, "INST/GOV").refused(internal),
    ];
    cases.into_iter().map(|case| case.only_as(Role::Ss1)).collect()
}

/// How a refusal is told: JSON, or XML where the information system prefers it.
fn forms() -> Vec<Case> {
    let target = SERVICE.replace("/svc", "/nosvc");
    let case = |name, accept| {
        let refused = case_at(name, "GET", &target).header("Accept", accept).only_as(Role::Ss1);
        refused.refused_later("server.serverproxy.unknown_service")
    };
    let xml = Wanted::Containing(&["<type>server.serverproxy.unknown_service</type>"]);
    let status = 500;
    vec![
        case("refused/told-as-json", "application/json"),
        case("refused/told-as-any", "*/*").with("Content-Type", "application/json"),
        case("refused/told-as-text-xml", "text/xml")
            .answered(status, xml.clone())
            .with("Content-Type", "text/xml"),
        case("refused/told-as-xml", "application/json, application/xml;q=0.1")
            .answered(status, xml)
            .with("Content-Type", "application/xml"),
    ]
}
