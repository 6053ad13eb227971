//! Lists of the services of one provider, against the captured global configuration.

use std::path::Path;

use protocol::metadata::rest_service_list;

use super::*;
use crate::access_rights::Declarations;

const PETS: &str = r#"
openapi: 3.0.3
info: { title: Pets, version: "1" }
servers: [{ url: "http://pets.internal/api" }]
paths:
  /pets: { get: {}, post: {} }
  /pets/{id}: { get: {} }
"#;

fn declarations(folder: &Path) -> Declarations {
    std::fs::write(folder.join("pets.yaml"), PETS).unwrap();
    let text = r#"
        [[subsystem]]
        id = "INST/GOV/2222/SUB2"
        connection_type = "NOSSL"
        groups = { friends = ["INST/GOV/1111/NORIGHTS"] }

        [[subsystem.service]]
        code = "svc"
        kind = "REST"
        url = "http://h/"
        [[subsystem.service.allow]]
        client = "INST/GOV/1111/SUB1"
        [[subsystem.service.allow]]
        local_group = "friends"
        method = "get"
        path = "/open/*"

        [[subsystem.service]]
        code = "pets"
        kind = "OPENAPI3"
        description = "pets.yaml"
        [[subsystem.service.allow]]
        local_group = "friends"
        method = "GET"
        path = "/pets/*"

        [[subsystem.service]]
        code = "soap"
        version = "v1"
        kind = "WSDL"
        url = "http://h/"
        [[subsystem.service]]
        code = "soap"
        version = "v2"
        kind = "WSDL"
        url = "http://h/"
        disabled = "moved"
        [[subsystem.service.allow]]
        client = "INST/GOV/1111/SUB1"
    "#;
    let file = service_kit::config::parse(text, Path::new("x")).unwrap();
    Declarations::from_file(file, folder).unwrap()
}

/// REST services as JSON, and the short names of SOAP services.
fn listed(client: &str, listing: Listing) -> (String, Vec<String>) {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/vectors/x-road-7.8-live/rsa/globalconf");
    let conf = crate::trust::globalconf::read_stored(Path::new(folder)).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let declarations = declarations(folder.path());
    let provider = declarations.subsystem(&ClientId::from_path("INST/GOV/2222/SUB2").unwrap()).unwrap();
    let client = ClientId::from_path(client).unwrap();
    let soap = soap_services(provider, &conf, &client, listing);
    let rest = rest_services(provider, &conf, &client, listing);
    (
        rest_service_list(&rest),
        soap.iter().map(|id| format!("{}.{}", id.code(), id.version().unwrap())).collect(),
    )
}

/// One service in the answer; the names of the fields and their order are those of a stock server.
fn entry(code: &str, endpoints: &str, kind: &str) -> String {
    format!(
        r#"{{"member_class":"GOV","member_code":"2222","subsystem_code":"SUB2","service_code":"{code}","endpoint_list":[{endpoints}],"object_type":"SERVICE","service_type":"{kind}","xroad_instance":"INST"}}"#
    )
}

const OPEN: &str = r#"{"method":"get","path":"/open/*"}"#;
const PET: &str = r#"{"method":"GET","path":"/pets/*"}"#;

#[test]
fn all_services_are_listed_to_everybody() {
    let described = format!(r#"{{"method":"GET","path":"/pets"}},{{"method":"POST","path":"/pets"}},{PET}"#);
    let (rest, soap) = listed("INST/GOV/2222/SUB2", Listing::All);
    let expected = [entry("svc", OPEN, "REST"), entry("pets", &described, "OPENAPI")].join(",");
    assert_eq!(rest, format!(r#"{{"service":[{expected}]}}"#));
    assert_eq!(soap, ["soap.v1", "soap.v2"]);
}

#[test]
fn allowed_services_are_those_of_the_client() {
    let (rest, soap) = listed("INST/GOV/1111/NORIGHTS", Listing::Allowed);
    let expected = [entry("svc", OPEN, "REST"), entry("pets", PET, "OPENAPI")].join(",");
    assert_eq!(rest, format!(r#"{{"service":[{expected}]}}"#));
    assert!(soap.is_empty());
    let (rest, soap) = listed("INST/GOV/1111/SUB1", Listing::Allowed);
    assert_eq!(rest, format!(r#"{{"service":[{}]}}"#, entry("svc", OPEN, "REST")));
    assert_eq!(soap, ["soap.v1", "soap.v2"]);
    assert_eq!(listed("INST/GOV/2222/SUB2", Listing::Allowed), (r#"{"service":[]}"#.to_owned(), Vec::new()));
}
