//! Metadata services: MetadataServiceHandlerTest, RestMetadataServiceHandlerTest and MetaserviceTest of X-Road's suite.

use super::case::{Case, Expect};
use super::words::{rest_at, soap};
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
        soap("metadata/getWsdl")
            .body(get_wsdl("getState"))
            .answers(200, Some("text/xml"), Source::Metadata("wsdl.wsdl"))
            .expecting(Expect::Metadata(WSDL))
            .calling(1),
        soap("metadata/getWsdl-not-found")
            .body(get_wsdl("getState"))
            .answers(404, Some("text/html"), Source::Text("nothing here"))
            .refused_later("server.serverproxy.internal_error"),
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
    let open_api = |name, below: &str, content_type| {
        rest_at(name, "GET", &format!("/r1/EE/BUSINESS/producer/sub/{below}"))
            .answers(200, content_type, Source::Metadata("petstore.yaml"))
            .calling(1)
    };
    let refused = |name, below: &str, code| {
        rest_at(name, "GET", &format!("/r1/EE/BUSINESS/producer/sub/{below}")).rest_refused(code)
    };
    vec![
        asked("metadata/rest-listMethods", "listMethods", LISTED),
        asked("metadata/rest-allowedMethods", "allowedMethods", &["\"service_code\":\"rest\""]),
        open_api("metadata/getOpenAPI", "getOpenAPI?serviceCode=openapi", Some("application/x-yaml"))
            .expecting(Expect::Description("application/x-yaml", OPEN_API)),
        // the name of the parameter may be written in any way, the last one counts
        open_api("metadata/getOpenAPI-untyped", "getOpenAPI?serviceCode=x&SERVICECODE=openapi", None)
            .expecting(Expect::Description("text/plain", OPEN_API)),
        open_api("metadata/getOpenAPI-of-rest", "getOpenAPI?serviceCode=rest", None)
            .rest_refused("server.serverproxy.internal_error"),
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

/// Of the description in the test data; the address of the service is replaced.
const WSDL: &[&str] = &[
    "getWsdlResponse",
    "serviceCode>getState<",
    "<wsdl=",
    "http://example.org/xroad-endpoint",
    "definitions",
];

/// Of the description in the test data; of the server's address the path remains.
const OPEN_API: &[&str] = &["Swagger Petstore", "/v1/cats", "/pets"];

const LISTED: &[&str] = &[
    "\"service_code\":\"rest\"",
    "\"service_type\":\"REST\"",
    "\"object_type\":\"SERVICE\"",
    "\"xroad_instance\":\"EE\"",
    "\"method\":\"GET\",\"path\":\"/open/*\"",
];

fn get_wsdl(code: &'static str) -> Input {
    Input::from(Source::Query("listMethods.query"))
        .replace(
            "<xroad:listMethods />",
            "<xroad:getWsdl><xroad:serviceCode>CODE</xroad:serviceCode></xroad:getWsdl>",
        )
        .replace("CODE", code)
        .replace("<id:serviceCode>listMethods<", "<id:serviceCode>getWsdl<")
}
