//! Metadata services: MetadataServiceHandlerTest, RestMetadataServiceHandlerTest and MetaserviceTest of X-Road's suite.

use super::case::{Case, Expect, rest_at, soap};
use crate::input::{Edit, Input, Source};

/// All of them.
#[must_use]
pub fn cases() -> Vec<Case> {
    [over_soap(), over_rest(), clients()].concat()
}

fn over_soap() -> Vec<Case> {
    let asked = |name, file, words| soap(name).query(file).expecting(Expect::Metadata(words));
    vec![
        asked(
            "metadata/listMethods",
            "listMethods.query",
            &[
                "listMethodsResponse",
                "serviceCode>getState<",
                "serviceCode>testQuery<",
                "serviceVersion>disabled<",
            ],
        ),
        asked(
            "metadata/allowedMethods",
            "allowedMethods.query",
            &["allowedMethodsResponse", "serviceCode>test<"],
        ),
        // no right is needed to ask, and none is listed
        soap("metadata/allowedMethods-of-nobody")
            .query("allowedMethods.query")
            .edit(Edit::Client("norights"))
            .expecting(Expect::Metadata(&["allowedMethodsResponse"])),
        soap("metadata/getWsdl-without-service")
            .body(Input::from(Source::Query("listMethods.query")).replace("listMethods", "getWsdl"))
            .refused("server.serverproxy.invalid_request"),
        soap("metadata/getWsdl-of-unknown-service")
            .body(get_wsdl("none"))
            .refused("server.serverproxy.unknown_service"),
        soap("metadata/getWsdl-of-rest-service")
            .body(get_wsdl("rest"))
            .edit(Edit::ProviderSubsystem("sub"))
            .refused("server.serverproxy.service_type"),
    ]
}

fn over_rest() -> Vec<Case> {
    let asked = |name, below: &str, words| {
        rest_at(name, "GET", &format!("/r1/EE/BUSINESS/producer/sub/{below}"))
            .expecting(Expect::RestMetadata(words))
    };
    let refused = |name, below: &str, code| {
        rest_at(name, "GET", &format!("/r1/EE/BUSINESS/producer/sub/{below}")).rest_refused(code)
    };
    vec![
        asked("metadata/rest-listMethods", "listMethods", LISTED),
        asked("metadata/rest-allowedMethods", "allowedMethods", &["\"service_code\":\"rest\""]),
        refused("metadata/getOpenAPI-without-service", "getOpenAPI", "server.serverproxy.invalid_request"),
        refused(
            "metadata/getOpenAPI-of-unknown-service",
            "getOpenAPI?serviceCode=none",
            "server.serverproxy.internal_error",
        ),
        // only GET is special
        rest_at("metadata/rest-listMethods-by-post", "POST", "/r1/EE/BUSINESS/producer/sub/listMethods")
            .rest_refused("server.serverproxy.unknown_service"),
    ]
}

/// `GET /listClients`, answered by the consumer's server itself.
fn clients() -> Vec<Case> {
    let asked = |name, target: &str, words| {
        rest_at(name, "GET", target).without("X-Road-Client").expecting(Expect::Clients(words))
    };
    vec![
        asked(
            "metadata/listClients",
            "/listClients",
            &["clientList", "memberCode>producer<", "subsystemCode>sub<"],
        ),
        asked(
            "metadata/listClients-json",
            "/listClients",
            &["\"member_code\":\"producer\"", "\"object_type\":\"SUBSYSTEM\""],
        )
        .header("Accept", "application/json"),
        asked("metadata/listClients-of-instance", "/listClients?xRoadInstance=EE", &["clientList"]),
        rest_at("metadata/listClients-of-unknown-instance", "GET", "/listClients?xRoadInstance=XX")
            .without("X-Road-Client")
            .refused_as("server.clientproxy."),
    ]
}

const LISTED: &[&str] = &[
    "\"service_code\":\"rest\"",
    "\"service_type\":\"REST\"",
    "\"object_type\":\"SERVICE\"",
    "\"xroad_instance\":\"EE\"",
    "\"method\":\"GET\",\"path\":\"/open/*\"",
];

fn get_wsdl(code: &'static str) -> Input {
    let element = match code {
        "rest" => "<xroad:getWsdl><xroad:serviceCode>rest</xroad:serviceCode></xroad:getWsdl>",
        _ => "<xroad:getWsdl><xroad:serviceCode>none</xroad:serviceCode></xroad:getWsdl>",
    };
    Input::from(Source::Query("listMethods.query"))
        .replace("<xroad:listMethods />", element)
        .replace("<id:serviceCode>listMethods<", "<id:serviceCode>getWsdl<")
}
