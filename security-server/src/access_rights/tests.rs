//! Decisions, against the captured global configuration.

use std::path::Path;

use super::*;

fn conf() -> GlobalConf {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/vectors/x-road-7.8-live/rsa/globalconf");
    crate::trust::globalconf::read_stored(Path::new(folder)).unwrap()
}

fn declarations() -> Declarations {
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
        code = "owners"
        kind = "OPENAPI3"
        url = "http://h/"
        [[subsystem.service.allow]]
        global_group = "INST/security-server-owners"
        [[subsystem.service.allow]]
        client = "INST/GOV/1111"
        path = "/own"

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
    Declarations::from_file(file, Path::new(".")).unwrap()
}

fn decided(client: &str, service: &str, operation: Operation<'_>) -> Result<(), Word> {
    let (client, service) = (ClientId::from_path(client).unwrap(), ServiceId::from_path(service).unwrap());
    let permit = decide(&declarations(), &conf(), &client, &service, operation);
    permit.map(|permit| assert_eq!(permit.client(), &client)).map_err(|refusal| refusal.word())
}

fn rest(path: &'static str) -> Operation<'static> {
    Operation::Rest { method: "GET", path }
}

#[test]
fn rights_are_exact() {
    let (sub1, norights, member) = ("INST/GOV/1111/SUB1", "INST/GOV/1111/NORIGHTS", "INST/GOV/1111");
    let (svc, owners) = ("INST/GOV/2222/SUB2/svc", "INST/GOV/2222/SUB2/owners");
    let post = |path| Operation::Rest { method: "POST", path };
    for (client, service, operation, expected) in [
        (sub1, svc, rest("/anything"), Ok(())),
        (sub1, svc, rest("/a/../b"), Ok(())),
        (sub1, svc, rest("/../svc/x"), Err(Word::AccessDenied)),
        (sub1, svc, rest("/a/..%2F../x"), Err(Word::AccessDenied)),
        (norights, svc, rest("/../open/x"), Err(Word::AccessDenied)),
        (norights, svc, rest("/open/x"), Ok(())),
        (norights, svc, rest("/open/../x"), Err(Word::AccessDenied)),
        (norights, svc, post("/open/x"), Err(Word::AccessDenied)),
        (norights, svc, rest("/x"), Err(Word::AccessDenied)),
        (member, svc, rest("/open/x"), Err(Word::AccessDenied)),
        (member, owners, rest("/x"), Ok(())),
        (sub1, owners, rest("/x"), Err(Word::AccessDenied)),
        (sub1, svc, Operation::Soap, Err(Word::ServiceType)),
        (sub1, "INST/GOV/2222/SUB2/soap/v1", rest("/"), Err(Word::ServiceType)),
        (sub1, "INST/GOV/2222/SUB2/soap/v1", Operation::Soap, Ok(())),
        (sub1, "INST/GOV/2222/SUB2/soap/v2", Operation::Soap, Err(Word::ServiceDisabled)),
        (norights, "INST/GOV/2222/SUB2/soap/v2", Operation::Soap, Err(Word::AccessDenied)),
        (sub1, "INST/GOV/2222/SUB2/soap", Operation::Soap, Err(Word::UnknownService)),
        (sub1, "INST/GOV/2222/SUB2/SVC", rest("/"), Err(Word::UnknownService)),
        (sub1, "INST/GOV/2222/NORIGHTS/svc", rest("/"), Err(Word::UnknownMember)),
    ] {
        assert_eq!(decided(client, service, operation), expected, "{client} {service} {operation:?}");
    }
}

#[test]
fn everybody_may_ask_what_there_is() {
    let asked = |code: &str, operation| {
        let client = ClientId::from_path("INST/GOV/1111/NORIGHTS").unwrap();
        let service = ServiceId::from_path(&format!("INST/GOV/2222/SUB2/{code}")).unwrap();
        match decide(&declarations(), &conf(), &client, &service, operation) {
            Ok(permit) => match permit.target() {
                Target::Metadata(asked) => Ok(*asked),
                Target::Service(_) => panic!("not a metadata service"),
            },
            Err(refusal) => Err(refusal.word()),
        }
    };
    let post = Operation::Rest { method: "POST", path: "" };
    for (code, operation, expected) in [
        ("listMethods", rest(""), Ok(MetadataService::ListMethods)),
        ("allowedMethods", rest(""), Ok(MetadataService::AllowedMethods)),
        ("getOpenAPI", rest(""), Ok(MetadataService::GetOpenApi)),
        ("getWsdl", rest(""), Err(Word::UnknownService)),
        ("listMethods", post, Err(Word::UnknownService)),
        ("listMethods", Operation::Soap, Ok(MetadataService::ListMethods)),
        ("getWsdl/v9", Operation::Soap, Ok(MetadataService::GetWsdl)),
        ("getOpenAPI", Operation::Soap, Err(Word::UnknownService)),
    ] {
        assert_eq!(asked(code, operation), expected, "{code} {operation:?}");
    }
}
