//! SOAP messages that pass, faults of the service, and refusals.

use super::soap::{Form, Soap, packed, soap};
use super::words::case_at;
use super::{Case, Wanted};
use crate::place::Role;

/// All of them.
#[must_use]
pub fn cases() -> Vec<Case> {
    [messages(), refused_by_provider(), refused_by_consumer()].concat()
}

/// All header fields that a message may have besides those that it must have, and one of somebody else.
const ALL_FIELDS: &str = "<xroad:securityServer id:objectType=\"SERVER\"><id:xRoadInstance>INST</id:xRoadInstance>\
     <id:memberClass>GOV</id:memberClass><id:memberCode>2222</id:memberCode><id:serverCode>SS2</id:serverCode>\
     </xroad:securityServer><repr:representedParty xmlns:repr=\"http://x-road.eu/xsd/representation.xsd\">\
     <repr:partyClass>GOV</repr:partyClass><repr:partyCode>9999</repr:partyCode></repr:representedParty>\
     <sectok:securityToken xmlns:sectok=\"http://x-road.eu/xsd/security-token.xsd\" \
     tokenType=\"urn:ietf:params:oauth:token-type:jwt\">e30.e30.</sectok:securityToken>\
     <o:other xmlns:o=\"http://example.org/other\" o:a=\"1\">&lt;kept&gt;</o:other>";

fn messages() -> Vec<Case> {
    vec![
        soap("soap/plain", "getRandom"),
        soap("soap/all-header-fields", "getRandom").changed(|soap| Soap {
            issue: Some("ISSUE-1"),
            more: ALL_FIELDS,
            ..soap
        }),
        soap("soap/no-soap-action", "getRandom").changed(|soap| Soap { action: None, ..soap }),
        soap("soap/soap-action", "getRandom")
            .changed(|soap| Soap { action: Some("\"urn:getRandom\""), ..soap }),
        Case { target: "/any/path?and=query".to_owned(), ..soap("soap/any-path", "getRandom") },
        packed("soap/byte-order-mark", Form::ByteOrderMark),
        packed("soap/attachments", Form::Attachments(1_024)),
        packed("soap/attachments-large", Form::Attachments(1_000_000)),
        packed("soap/mtom", Form::Mtom),
        soap("soap/service-fault", "getFault").faulted("SOAP-ENV:Server").saying("backend says no"),
    ]
}

/// The consumer's server has signed and recorded the request before.
fn refused_by_provider() -> Vec<Case> {
    let denied = "server.serverproxy.access_denied";
    let denied_text = "Request is not allowed: SERVICE:INST/GOV/2222/SUB2/getRandom/v1";
    let unknown = "server.serverproxy.unknown_service";
    let no_rights = Some("INST/GOV/1111/NORIGHTS");
    vec![
        soap("soap/no-rights", "getRandom").client(no_rights).refused_later(denied).saying(denied_text),
        packed("soap/no-rights-with-attachments", Form::Attachments(100_000))
            .client(no_rights)
            .refused_later(denied)
            .saying(denied_text),
        soap("soap/unknown-service", "noSuchService")
            .refused_later(unknown)
            .saying("Unknown service: SERVICE:INST/GOV/2222/SUB2/noSuchService/v1"),
        soap("soap/unknown-version", "getRandom")
            .changed(|soap| Soap { version: Some("v2"), ..soap })
            .refused_later(unknown)
            .saying("Unknown service: SERVICE:INST/GOV/2222/SUB2/getRandom/v2"),
        soap("soap/no-version", "getRandom")
            .changed(|soap| Soap { version: None, ..soap })
            .refused_later(unknown)
            .saying("Unknown service: SERVICE:INST/GOV/2222/SUB2/getRandom"),
        soap("soap/rest-service", "svc")
            .changed(|soap| Soap { version: None, ..soap })
            .refused_later("server.serverproxy.service_type"),
    ]
}

/// The consumer's server decides, before anything is signed.
fn refused_by_consumer() -> Vec<Case> {
    let cases = vec![
        soap("soap/body-does-not-match", "getRandom")
            .changed(|soap| Soap { wrapper: "somethingElse", ..soap })
            .refused("client.inconsistent_headers")
            .saying("Malformed SOAP message: service code does not match in header and body"),
        soap("soap/client-unknown", "getRandom")
            .client(Some("INST/GOV/1111/NOBODY"))
            .refused("server.clientproxy.unknown_member"),
        soap("soap/provider-unknown", "getRandom")
            .changed(|soap| Soap { provider: "INST/GOV/2222/NOBODY", ..soap })
            .refused("server.clientproxy.unknown_member"),
        soap("soap/soap-action-malformed", "getRandom")
            .changed(|soap| Soap { action: Some("unquoted"), ..soap })
            .refused("client.invalid_soap_action"),
        Case { verb: "PUT", ..soap("soap/not-posted", "getRandom").refused("client.invalid_http_method") },
        // What begins neither with /r1/ nor is posted is taken for SOAP.
        Case { client: None, gives_query_id: false, ..case_at("soap/get", "GET", "/r2/INST") }
            .refused("client.invalid_http_method")
            .answered(200, Wanted::Anything),
    ];
    cases.into_iter().map(|case| case.only_as(Role::Ss1)).collect()
}
