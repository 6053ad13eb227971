//! What a provider's server answers in the place of a service, asked like any service, and signed.

use service_kit::http::Request;

use crate::errors::row;
use crate::town::{CONSUMER, PROVIDER, Town, Wishes};

/// A description that imports a schema from the Internet.
pub(crate) const WSDL: &str = r#"<wsdl:definitions xmlns:wsdl="http://schemas.xmlsoap.org/wsdl/" xmlns:soap="http://schemas.xmlsoap.org/wsdl/soap/" xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:n" xmlns:tns="urn:n">
<wsdl:types><xs:schema targetNamespace="urn:n"><xs:import namespace="http://x-road.eu/xsd/xroad.xsd" schemaLocation="http://x-road.eu/xsd/xroad.xsd"/></xs:schema></wsdl:types>
<wsdl:binding name="b" type="tns:t"><soap:binding transport="http://schemas.xmlsoap.org/soap/http"/>
<wsdl:operation name="one"><soap:operation soapAction=""/></wsdl:operation></wsdl:binding>
<wsdl:service name="s"><wsdl:port name="p" binding="tns:b"><soap:address location="http://internal.example/soap"/></wsdl:port></wsdl:service>
</wsdl:definitions>"#;

const API: &str = "openapi: 3.0.3\ninfo: { title: Pets, version: '1' }\nservers: [{ url: 'http://internal.example/api' }]\npaths:\n  /pets/{id}:\n    get: {}\n";

/// One SOAP request to the provider.
fn soap(service: &str, body: &str) -> Request {
    let document = format!(
        r#"<?xml version="1.0" encoding="UTF-8"?><SOAP-ENV:Envelope xmlns:SOAP-ENV="http://schemas.xmlsoap.org/soap/envelope/" xmlns:xroad="http://x-road.eu/xsd/xroad.xsd" xmlns:id="http://x-road.eu/xsd/identifiers"><SOAP-ENV:Header><xroad:client id:objectType="SUBSYSTEM"><id:xRoadInstance>INST</id:xRoadInstance><id:memberClass>GOV</id:memberClass><id:memberCode>1111</id:memberCode><id:subsystemCode>SUB1</id:subsystemCode></xroad:client><xroad:service id:objectType="SERVICE"><id:xRoadInstance>INST</id:xRoadInstance><id:memberClass>GOV</id:memberClass><id:memberCode>2222</id:memberCode><id:subsystemCode>SUB2</id:subsystemCode><id:serviceCode>{service}</id:serviceCode></xroad:service><xroad:id>soap-1</xroad:id><xroad:userId>EE1</xroad:userId><xroad:protocolVersion>4.0</xroad:protocolVersion></SOAP-ENV:Header><SOAP-ENV:Body><xroad:{service}>{body}</xroad:{service}></SOAP-ENV:Body></SOAP-ENV:Envelope>"#
    );
    Request::post("/", "text/xml; charset=UTF-8", document).header("SOAPAction", "\"\"")
}

/// `GET /wsdl` for a service of the provider, in the name of `client`.
fn wsdl_by_address(code: &str, client: &str) -> Request {
    let service = "xRoadInstance=INST&memberClass=GOV&memberCode=2222&subsystemCode=SUB2";
    Request::get(format!("/wsdl?{service}&serviceCode={code}{client}")).header("Host", "ss1.example:8080")
}

async fn declared() -> Town {
    let town = Town::new().await;
    std::fs::write(town.folder_of("ss2").join("pets.yaml"), API).unwrap();
    let at = format!("http://{}", town.service());
    let declarations = [
        ("one", "WSDL", format!("url = \"{at}/\"\ndescription = \"{at}/description.wsdl\"")),
        ("astray", "WSDL", format!("url = \"{at}/\"\ndescription = \"{at}/status/404\"")),
        ("pets", "OPENAPI3", "description = \"pets.yaml\"".to_owned()),
        ("bare", "OPENAPI3", format!("url = \"{at}/\"")),
    ];
    let mut more = String::new();
    for (code, kind, lines) in declarations {
        let head = format!("[[subsystem.service]]\ncode = \"{code}\"\nkind = \"{kind}\"\n{lines}\n");
        more.push_str(&format!("{head}[[subsystem.service.allow]]\nclient = \"{CONSUMER}\"\n"));
    }
    town.declare(&more).await;
    town
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn descriptions_and_lists_of_rest() {
    let town = declared().await;
    let (response, body) = town.ask_whole(Town::request("GET", "getOpenAPI?SERVICECODE=pets")).await;
    assert_eq!((response.status, response.headers.get("content-type")), (200, Some("application/x-yaml")));
    let text = String::from_utf8_lossy(&body);
    assert!(text.contains("\"/api\"") && !text.contains("internal"), "{text}");
    let service = format!("{PROVIDER}/getOpenAPI");
    assert_eq!(response.headers.get("x-road-service"), Some(service.as_str()), "an answer like any other");
    let missing = row("description-parameter-missing").code;
    for (below, code) in [
        ("getOpenAPI", missing.as_str()),
        ("getOpenAPI?serviceCode=none", "server.serverproxy.internal_error"),
        ("getOpenAPI?serviceCode=svc", "server.serverproxy.internal_error"),
        ("getOpenAPI?serviceCode=bare", "server.serverproxy.internal_error"),
    ] {
        assert_eq!(town.refused(Town::request("GET", below)).await.1, code, "{below}");
    }
    let (_, body) = town.ask_whole(Town::request("GET", "allowedMethods")).await;
    let listed = String::from_utf8_lossy(&body);
    assert!(
        listed.contains(r#"{"method":"GET","path":"/pets/*"}"#) && !listed.contains("closed"),
        "{listed}"
    );
    town.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn descriptions_and_lists_of_soap() {
    let town = declared().await;
    let ask = async |request: Request| {
        let (response, body) = town.ask_whole(request).await;
        let content_type = response.headers.get("content-type").unwrap_or_default().to_owned();
        (content_type, String::from_utf8_lossy(&body).into_owned())
    };
    let (_, all) = ask(soap("listMethods", "")).await;
    for code in ["one", "astray", "soap"] {
        assert!(all.contains(&format!("<id:serviceCode>{code}</id:serviceCode>")), "{all}");
    }
    assert!(all.contains("requestHash") && all.contains("listMethodsResponse"), "{all}");
    let (_, allowed) = ask(soap("allowedMethods", "")).await;
    assert!(allowed.contains(">one<") && !allowed.contains(">soap<"), "{allowed}");

    let wsdl = |code: &str| soap("getWsdl", &format!("<xroad:serviceCode>{code}</xroad:serviceCode>"));
    let (content_type, text) = ask(wsdl("one")).await;
    assert!(content_type.starts_with("multipart/related"), "{content_type}");
    assert!(
        text.contains("http://example.org/xroad-endpoint") && !text.contains("internal.example"),
        "{text}"
    );
    assert!(
        !text.contains("schemaLocation=\"http://x-road.eu/xsd/xroad.xsd\""),
        "schemas come along: {text}"
    );
    let missing = row("description-parameter-missing").code;
    for (request, code) in [
        (soap("getWsdl", ""), missing.as_str()),
        (wsdl("none"), "server.serverproxy.unknown_service"),
        (wsdl("svc"), "server.serverproxy.service_type"),
        (wsdl("astray"), "server.serverproxy.internal_error"),
    ] {
        let (_, fault) = ask(request).await;
        assert!(fault.contains(&format!(">{code}<")), "{code}: {fault}");
    }
    town.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn descriptions_by_address() {
    let town = declared().await;
    let client = format!("&client={CONSUMER}");
    let (response, body) = town.ask_whole(wsdl_by_address("one", &client)).await;
    let content_type = response.headers.get("content-type");
    assert_eq!((response.status, content_type), (200, Some("text/xml; charset=UTF-8")));
    let text = String::from_utf8_lossy(&body);
    assert!(text.contains("location=\"http://ss1.example:8080/\""), "our address: {text}");
    assert!(!text.contains("internal.example") && !text.contains("schemaLocation"), "{text}");
    assert_eq!(text.matches("targetNamespace=\"http://x-road.eu/xsd/xroad.xsd\"").count(), 1, "{text}");
    let id = response.headers.get("x-road-id").unwrap();
    let (consumer, provider) = town.records(id).await;
    assert_eq!((consumer.len(), provider.len()), (2, 2), "an exchange like any other");

    for (code, client, status, expected) in [
        ("none", client.as_str(), 500, ">server.serverproxy.unknown_service<"),
        ("svc", &client, 500, ">server.serverproxy.service_type<"),
        ("one&version=v9", &client, 500, ">server.serverproxy.unknown_service<"),
        ("astray", &client, 500, ">server.serverproxy.internal_error<"),
        // The owner of the server, who is no client of it.
        ("one", "", 500, ">server.clientproxy.unknown_member<"),
        ("one", "&client=INST/GOV/2222/SUB2", 500, ">server.clientproxy.unknown_member<"),
        ("one", "&client=INST/GOV", 400, "X-Road-Client"),
        ("", &client, 400, "serviceCode"),
    ] {
        let (response, body) = town.ask_whole(wsdl_by_address(code, client)).await;
        let text = String::from_utf8_lossy(&body);
        assert_eq!(response.status, status, "{code}{client}: {text}");
        assert!(text.contains(expected), "{code}{client}: {text}");
    }
    let (response, _) = town.ask_whole(Request::get("/wsdl?memberCode=2222")).await;
    assert_eq!(response.status, 400);
    town.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_description_by_address_is_for_who_may_speak_for_the_client() {
    let consumer_subsystem = "connection_type = \"SSLNOAUTH\"".to_owned();
    let town = Town::with(Wishes { consumer_subsystem, ..Wishes::default() }).await;
    let (response, body) = town.ask_whole(wsdl_by_address("soap", &format!("&client={CONSUMER}"))).await;
    let text = String::from_utf8_lossy(&body);
    assert_eq!(response.status, 500);
    assert!(text.contains(">server.clientproxy.ssl_authentication_failed<"), "{text}");
    town.end().await;
}
