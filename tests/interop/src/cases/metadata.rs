//! The metadata services of both protocols: what a provider's server says of the captured services.
//!
//! The captured pair has no OpenAPI service. Where ours is the provider's server it describes one, in a subsystem that
//! has no service in the captures; of a provider's server that somebody else runs, only refusals can be asked.

use serde_json::{Value, json};

use super::soap::{Soap, soap};
use super::words::case_at;
use super::{Case, Needs, Wanted};
use crate::material::open_api;
use crate::place::{DESCRIBED, Role, SERVICE};

/// All of them.
#[must_use]
pub fn cases() -> Vec<Case> {
    [lists(), descriptions(), no_descriptions()].concat()
}

const SOAP_SERVICES: Wanted =
    Wanted::Identifiers("service", &["INST/GOV/2222/SUB2/getFault/v1", "INST/GOV/2222/SUB2/getRandom/v1"]);
const WSDL_OF: &str = "<xroad:serviceCode>getRandom</xroad:serviceCode>\
                       <xroad:serviceVersion>v1</xroad:serviceVersion>";

/// A SOAP metadata service. Its version is nobody's business.
fn soap_service(name: &'static str, service: &'static str, content: &'static str) -> Case {
    soap(name, service).changed(|soap| Soap { version: None, content, ..soap })
}

fn rest_service(name: &'static str, service: &str) -> Case {
    case_at(name, "GET", &SERVICE.replace("svc", service))
}

/// One service, as `listMethods` tells it.
fn listed(subsystem: &str, code: &str, kind: &str, endpoints: &Value) -> Wanted {
    let service = json!({
        "member_class": "GOV", "member_code": "2222", "subsystem_code": subsystem, "service_code": code,
        "endpoint_list": endpoints, "object_type": "SERVICE", "service_type": kind, "xroad_instance": "INST",
    });
    Wanted::Json(json!({ "service": [service] }))
}

fn lists() -> Vec<Case> {
    let rest_services = listed("SUB2", "svc", "REST", &json!([]));
    let no_rights = Some("INST/GOV/1111/NORIGHTS");
    let json = "application/json";
    vec![
        soap_service("metadata/soap-list-methods", "listMethods", "").wants(SOAP_SERVICES),
        soap_service("metadata/soap-list-methods-without-rights", "listMethods", "")
            .client(no_rights)
            .wants(SOAP_SERVICES),
        soap_service("metadata/soap-allowed-methods", "allowedMethods", "").wants(SOAP_SERVICES),
        soap_service("metadata/soap-allowed-methods-without-rights", "allowedMethods", "")
            .client(no_rights)
            .wants(Wanted::Identifiers("service", &[])),
        rest_service("metadata/rest-list-methods", "listMethods")
            .wants(rest_services.clone())
            .with("Content-Type", json),
        rest_service("metadata/rest-list-methods-without-rights", "listMethods")
            .client(no_rights)
            .wants(rest_services.clone()),
        // The header fields of the request come back.
        rest_service("metadata/rest-allowed-methods", "allowedMethods")
            .header("X-Custom-Header", "v1")
            .wants(rest_services.clone())
            .with("X-Custom-Header", "v1")
            .with("Content-Type", json),
        rest_service("metadata/rest-allowed-methods-without-rights", "allowedMethods")
            .client(no_rights)
            .wants(Wanted::Json(json!({ "service": [] }))),
        // Only GET is special.
        Case { verb: "POST", ..rest_service("metadata/rest-list-methods-posted", "listMethods") }
            .refused_later("server.serverproxy.unknown_service")
            .saying("Unknown service: SERVICE:INST/GOV/2222/SUB2/listMethods"),
    ]
}

fn descriptions() -> Vec<Case> {
    vec![
        soap_service("metadata/get-wsdl", "getWsdl", WSDL_OF)
            .needs(Needs::Description)
            .wants(Wanted::Wsdl(&["getRandom", "getFault"])),
        case_at("metadata/get-open-api", "GET", &format!("{DESCRIBED}/getOpenAPI?serviceCode=api"))
            .only_as(Role::Ss2)
            .wants(Wanted::Json(open_api::description("/rest"))),
        case_at("metadata/list-open-api", "GET", &format!("{DESCRIBED}/listMethods"))
            .only_as(Role::Ss2)
            .wants(listed("NORIGHTS", "api", "OPENAPI", &json!([{ "method": "GET", "path": "/pets/*" }]))),
    ]
}

/// The request is recorded before anybody looks what it asks for.
fn no_descriptions() -> Vec<Case> {
    let invalid = "server.serverproxy.invalid_request";
    let internal = "server.serverproxy.internal_error";
    let wsdl = |name, content| soap_service(name, "getWsdl", content);
    let open_api = |name, query: &str| rest_service(name, &format!("getOpenAPI{query}"));
    vec![
        wsdl("metadata/get-wsdl-of-nothing", "").faulted(invalid),
        wsdl("metadata/get-wsdl-of-unknown", "<xroad:serviceCode>noSuchService</xroad:serviceCode>")
            .faulted("server.serverproxy.unknown_service")
            .saying("Could not find wsdl URL for service SERVICE:INST/GOV/2222/SUB2/noSuchService"),
        wsdl("metadata/get-wsdl-of-rest", "<xroad:serviceCode>svc</xroad:serviceCode>")
            .faulted("server.serverproxy.service_type")
            .saying("Service is a REST service and does not have a WSDL"),
        open_api("metadata/get-open-api-of-nothing", "").faulted(invalid),
        open_api("metadata/get-open-api-of-unknown", "?serviceCode=nosvc")
            .faulted(internal)
            .saying("Service not found: SERVICE:INST/GOV/2222/SUB2/nosvc"),
        open_api("metadata/get-open-api-of-rest", "?serviceCode=svc")
            .faulted(internal)
            .saying("Invalid service type: REST"),
    ]
}
