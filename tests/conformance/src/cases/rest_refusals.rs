//! REST requests that are refused, and the form of the refusals.

use super::case::{Case, Code, Expect, Form};
use super::words::{rest, rest_at};
use crate::input::Source;

/// All of them.
#[must_use]
pub fn cases() -> Vec<Case> {
    [by_consumer(), malformed(), by_provider(), rights(), forms()].concat()
}

const INTERNAL: &str = "server.clientproxy.internal_error";

fn client(case: Case, client: &'static str) -> Case {
    case.without("X-Road-Client").header("X-Road-Client", client)
}

fn by_consumer() -> Vec<Case> {
    let get = |name| rest(name, "GET", "/hello");
    vec![
        // shouldFailIfClientHeaderMissing
        get("rest/no-client")
            .without("X-Road-Client")
            .rest_refused("server.clientproxy.invalid_client_identifier"),
        client(get("rest/unknown-client"), "EE/BUSINESS/consumer/other")
            .rest_refused("server.clientproxy.unknown_member"),
        client(get("rest/client-of-tls"), "EE/BUSINESS/consumer/tls-any")
            .rest_refused("server.clientproxy.ssl_authentication_failed"),
        client(get("rest/client-too-short"), "EE/BUSINESS").rest_refused(INTERNAL),
        client(get("rest/client-too-long"), "EE/BUSINESS/a/b/c").rest_refused(INTERNAL),
        client(get("rest/client-not-encoded"), "EE/BUSINESS/consumer/sub system").rest_refused(INTERNAL),
        client(get("rest/client-badly-encoded"), "EE/BUSINESS/consumer/sub%2").rest_refused(INTERNAL),
        get("rest/security-server-too-short")
            .header("X-Road-Security-Server", "EE/BUSINESS")
            .rest_refused(INTERNAL),
        get("rest/security-server-unknown")
            .header("X-Road-Security-Server", "EE/BUSINESS/producer/none")
            .rest_refused("server.clientproxy.invalid_security_server"),
        get("rest/security-server-of-another")
            .header("X-Road-Security-Server", "EE/BUSINESS/dummy/server")
            .rest_refused("server.clientproxy.invalid_security_server"),
        rest_at("rest/provider-without-server", "GET", "/r1/EE/BUSINESS/nowhere/sub/rest")
            .rest_refused("server.clientproxy.unknown_member"),
        rest_at("rest/unknown-instance", "GET", "/r1/XX/BUSINESS/producer/sub/rest").rest_refused(INTERNAL),
        client(get("rest/signing-fails"), "EE/BUSINESS/signing-error-request")
            .rest_refused("server.clientproxy.cannot_create_signature"),
    ]
}

fn malformed() -> Vec<Case> {
    let below = |name, below: &str| rest(name, "GET", below).expecting(Expect::Http(400));
    vec![
        // shouldFailIfMalformedRequestURI
        rest_at("rest/malformed-target", "GET", "/r1/invalid").rest_refused(INTERNAL),
        rest_at("rest/no-subsystem", "GET", "/r1/EE/BUSINESS/producer/rest").rest_refused(INTERNAL),
        rest_at("rest/bad-character-in-identifier", "GET", "/r1/EE/BUSINESS/producer/sub/a[b")
            .expecting(Expect::Http(400)),
        rest("rest/unknown-method", "BREW", "/hello").rest_refused(INTERNAL),
        below("rest/encoded-dots", "/a/%2e%2e/b"),
        below("rest/encoded-percent", "/a%25b"),
        below("rest/encoded-backslash", "/a%5Cb"),
        below("rest/encoded-nul", "/a%00b"),
        below("rest/not-utf-8", "/%ff"),
        below("rest/empty-segment", "//b"),
        below("rest/bar-in-path", "/a|b"),
        below("rest/quote-in-path", "/a\"b"),
        // passes the consumer's side and fails at the provider's
        rest("rest/bar-in-query", "GET", "/hello?a|b")
            .rest_refused("server.serverproxy.service_failed.internal_error"),
        rest("rest/quote-in-query", "GET", "/hello?a\"b")
            .rest_refused("server.serverproxy.service_failed.internal_error"),
        // another version is not REST at all
        rest_at("rest/other-version", "GET", "/r2/EE/BUSINESS/producer/sub/rest")
            .expecting(Expect::Fault(Code::Is("client.invalid_http_method"))),
    ]
}

fn by_provider() -> Vec<Case> {
    let of = |name, code: &str| rest_at(name, "GET", &format!("/r1/EE/BUSINESS/producer/sub/{code}/hello"));
    vec![
        of("rest/unknown-service", "unknown").rest_refused("server.serverproxy.unknown_service"),
        // IdentifierValidatorTest: identifiers with odd characters are worth a warning, no more
        of("rest/odd-service", "a%3Ab%3Bc%2F").rest_refused("server.serverproxy.unknown_service"),
        of("rest/disabled", "disabled").rest_refused("server.serverproxy.service_disabled"),
        // shouldNotAllowCallingWSDLServices
        of("rest/soap-service", "wsdl").rest_refused("server.serverproxy.service_type"),
        of("rest/nobody-may", "nobody").rest_refused("server.serverproxy.access_denied"),
        of("rest/service-unresolvable", "unresolvable").rest_refused("server.serverproxy.unknown_host"),
        of("rest/service-unreachable", "unreachable").rest_refused("server.serverproxy.network_error"),
        client(rest("rest/client-without-rights", "GET", "/hello"), "EE/BUSINESS/consumer/norights")
            .rest_refused("server.serverproxy.access_denied"),
        rest("rest/service-breaks-off", "GET", "/hello")
            .service(super::case::ServicePlay::Vanishes)
            .rest_refused("server.serverproxy.io_error")
            .calling(1),
    ]
}

/// Access rights of single endpoints: what they do not allow.
fn rights() -> Vec<Case> {
    let limited = |name, method, below: &str| {
        rest_at(name, method, &format!("/r1/EE/BUSINESS/producer/sub/limited{below}"))
            .rest_refused("server.serverproxy.access_denied")
    };
    vec![
        // shouldNotAllowPATCH
        limited("rights/other-method", "PATCH", "/open/door"),
        limited("rights/other-path", "GET", "/closed"),
        limited("rights/no-path", "GET", ""),
        limited("rights/one-segment-only", "GET", "/open/door/knob"),
        limited("rights/dots-lead-out", "GET", "/open/../closed"),
        limited("rights/case-counts", "GET", "/OPEN/door"),
        client(limited("rights/member-is-not-subsystem", "GET", "/open/door"), "EE/BUSINESS/consumer"),
    ]
}

/// shouldRespectAcceptHeaderInErrorResponse
fn forms() -> Vec<Case> {
    let refused = |name, accept: &[&'static str], form| {
        let case = rest_at(name, "GET", "/r1/EE/BUSINESS/producer/sub/wsdl");
        let case = accept.iter().fold(case, |case, value| case.header("Accept", value));
        case.expecting(Expect::RestFault(Code::Is("server.serverproxy.service_type"), form)).calling(0)
    };
    let text = Form::Xml("text/xml;charset=utf-8");
    let application = Form::Xml("application/xml;charset=utf-8");
    vec![
        refused("accept/none", &[], Form::Json),
        refused("accept/json", &["application/json;charset=utf-8"], Form::Json),
        refused("accept/nonsense", &["foobarbaz"], Form::Json),
        refused("accept/patch", &["text/xml-patch+xml"], Form::Json),
        refused("accept/application-xml", &["application/xml"], application),
        refused("accept/text-xml", &["text/xml"], text),
        refused("accept/application-first", &["application/xml, text/xml"], application),
        refused("accept/text-first", &["text/xml, application/xml"], text),
        refused("accept/quality", &["application/xml; q=0.2"], application),
        refused("accept/with-json", &["text/xml, application/xml, application/json"], text),
        refused("accept/any-text", &["text/*"], text),
        // XML wins wherever it stands
        refused("accept/json-first", &["application/json, text/xml"], text),
        refused("accept/two-fields", &["*/*", "application/xml"], application),
        // HEAD has no body
        rest_at("rest/head-refused", "HEAD", "/r1/EE/BUSINESS/producer/sub/wsdl")
            .expecting(Expect::RestFault(Code::Is("server.serverproxy.service_type"), Form::Json))
            .body(Source::Nothing)
            .calling(0),
    ]
}
