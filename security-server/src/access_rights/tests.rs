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

fn listed(client: &str, code: &str) -> String {
    let client = ClientId::from_path(client).unwrap();
    let service = ServiceId::from_path(&format!("INST/GOV/2222/SUB2/{code}")).unwrap();
    let permit = decide(&declarations(), &conf(), &client, &service, rest("")).unwrap();
    let Target::Metadata(json) = permit.target() else { panic!("not a metadata service") };
    String::from_utf8(json.to_vec()).unwrap()
}

#[test]
fn everybody_may_ask_what_there_is() {
    let head = r#"{"member_class":"GOV","member_code":"2222","subsystem_code":"SUB2","service_code":"#;
    let svc = |endpoints: &str| {
        format!(
            r#"{head}"svc","endpoint_list":[{endpoints}],"object_type":"SERVICE","service_type":"REST","xroad_instance":"INST"}}"#
        )
    };
    let open = r#"{"method":"get","path":"/open/*"}"#;
    let all = listed("INST/GOV/1111/NORIGHTS", "listMethods");
    assert!(all.contains(&svc(open)) && all.contains(r#""owners""#) && !all.contains("soap"), "{all}");
    assert_eq!(
        listed("INST/GOV/1111/NORIGHTS", "allowedMethods"),
        format!(r#"{{"service":[{}]}}"#, svc(open))
    );
    assert_eq!(listed("INST/GOV/1111/SUB1", "allowedMethods"), format!(r#"{{"service":[{}]}}"#, svc(open)));
    assert_eq!(listed("INST/GOV/2222/SUB2", "allowedMethods"), r#"{"service":[]}"#);
    let post = Operation::Rest { method: "POST", path: "" };
    assert_eq!(
        decided("INST/GOV/1111/SUB1", "INST/GOV/2222/SUB2/listMethods", post),
        Err(Word::UnknownService)
    );
}
