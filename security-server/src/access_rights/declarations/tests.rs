//! The samples, and what is refused.

use super::*;

fn conf(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../conf").join(name)
}

fn read(text: &str) -> Result<Declarations, DeclarationsError> {
    let file = service_kit::config::parse(text, Path::new("subsystems.toml"))?;
    Declarations::from_file(file, Path::new("."))
}

#[test]
fn the_samples_are_read() {
    let short = Declarations::load(&conf("subsystems.toml")).unwrap();
    let id = ClientId::from_path("TOWN/GOV/1001/child-support").unwrap();
    assert_eq!(short.subsystem(&id).unwrap().services[0].timeout, Duration::from_secs(60));
    assert_eq!(short.members().len(), 1);
    let full = Declarations::load(&conf("subsystems.full.toml")).unwrap();
    let service = &full.subsystem(&id).unwrap().services[0];
    assert_eq!(service.allow.len(), 3);
    assert!(service.consent.as_ref().unwrap().required);
}

#[test]
fn mistakes_are_named() {
    let subsystem = "[[subsystem]]\nid = \"I/C/M/S\"\nconnection_type = \"NOSSL\"\n";
    let service = |more: &str| {
        format!(
            "{subsystem}[[subsystem.service]]\ncode = \"s\"\nkind = \"REST\"\nurl = \"http://h/\"\n{more}\n"
        )
    };
    let allow = |more: &str| service(&format!("[[subsystem.service.allow]]\n{more}"));
    for (text, expected) in [
        (format!("{subsystem}{subsystem}"), "declared twice"),
        (subsystem.replace("I/C/M/S", "I/C"), "path segments"),
        (subsystem.replace("NOSSL", "HTTPS"), "connection_type"),
        (format!("{subsystem}certificates = [\"no-such.pem\"]\n"), "no-such.pem"),
        (service("version = \"v1\""), "no version"),
        (service("timeout_seconds = 0"), "at least 1"),
        (service("").replace("http://h/", "ftp://h/"), "begin with http"),
        (service("").replace("http://h/", "http://h/{subject}"), "needs a `consent` table"),
        (service("consent = { purposes = [], subject = { header = \"X\" } }"), "purposes"),
        (allow(""), "exactly one of"),
        (allow("client = \"I/C/M/T\"\nlocal_group = \"g\""), "exactly one of"),
        (allow("local_group = \"g\""), "not among the groups"),
        (allow("client = \"I/C/M/T\"\nmehtod = \"GET\""), "mehtod"),
    ] {
        let error = read(&text).unwrap_err().to_string();
        assert!(error.contains(expected), "{error:?} does not contain {expected:?}");
    }
}

const WSDL: &str = r#"<wsdl:definitions xmlns:wsdl="http://schemas.xmlsoap.org/wsdl/" xmlns:soap="http://schemas.xmlsoap.org/wsdl/soap/" xmlns:xroad="http://x-road.eu/xsd/xroad.xsd" name="n" targetNamespace="urn:n" xmlns:tns="urn:n">
<wsdl:binding name="b" type="tns:t"><soap:binding transport="http://schemas.xmlsoap.org/soap/http"/>
<wsdl:operation name="one"><soap:operation soapAction=""/><xroad:version>v1</xroad:version></wsdl:operation>
<wsdl:operation name="two"><soap:operation soapAction=""/></wsdl:operation></wsdl:binding>
<wsdl:service name="s"><wsdl:port name="p" binding="tns:b"><soap:address location="http://h/soap"/></wsdl:port></wsdl:service>
</wsdl:definitions>"#;

const API: &str = r#"{"openapi":"3.1.0","info":{"title":"t","version":"1"},"servers":[{"url":"http://h/api"}],
"paths":{"/a/{b}":{"get":{}}}}"#;

fn described(entries: &str) -> Result<Declarations, DeclarationsError> {
    let folder = tempfile::tempdir().unwrap();
    for (name, content) in [("a.wsdl", WSDL), ("a.json", API), ("bad.json", "{}")] {
        std::fs::write(folder.path().join(name), content).unwrap();
    }
    let text = format!("[[subsystem]]\nid = \"I/C/M/S\"\nconnection_type = \"NOSSL\"\n{entries}");
    let file = service_kit::config::parse(&text, Path::new("subsystems.toml"))?;
    Declarations::from_file(file, folder.path())
}

#[test]
fn services_are_taken_from_descriptions() {
    let declarations = described(
        r#"
        [[subsystem.service]]
        code = "*"
        kind = "WSDL"
        description = "a.wsdl"
        timeout_seconds = 5
        [[subsystem.service.allow]]
        client = "I/C/M/T"
        [[subsystem.service]]
        code = "two"
        kind = "WSDL"
        url = "http://other/"
        [[subsystem.service]]
        code = "api"
        kind = "OPENAPI3"
        description = "a.json"
        "#,
    );
    let declarations = declarations.unwrap();
    let subsystem = declarations.subsystem(&ClientId::from_path("I/C/M/S").unwrap()).unwrap();
    let seen: Vec<_> = subsystem
        .services
        .iter()
        .map(|service| (service.id.code(), service.id.version(), service.url.as_str(), service.allow.len()))
        .collect();
    assert_eq!(
        seen,
        [
            ("two", None, "http://other/", 0),
            ("api", None, "http://h/api", 0),
            ("one", Some("v1"), "http://h/soap", 1)
        ]
    );
    let Some(Description::File { endpoints, .. }) = &subsystem.services[1].description else {
        panic!("no description")
    };
    assert_eq!((endpoints[0].method.as_str(), endpoints[0].path.as_str()), ("GET", "/a/*"));
}

#[test]
fn descriptions_that_cannot_be_used_are_named() {
    let service = |code: &str, kind: &str, more: &str| {
        described(&format!("[[subsystem.service]]\ncode = \"{code}\"\nkind = \"{kind}\"\n{more}\n"))
    };
    for (code, kind, more, expected) in [
        ("s", "OPENAPI3", "description = \"bad.json\"", "bad.json"),
        ("s", "OPENAPI3", "description = \"none.json\"", "none.json"),
        ("s", "OPENAPI3", "description = \"http://h/x.json\"", "`url` is missing"),
        ("s", "REST", "description = \"a.json\"\nurl = \"http://h/\"", "no `description`"),
        ("s", "REST", "", "`url` is missing"),
        ("*", "WSDL", "description = \"http://h/a.wsdl\"", "needs `kind"),
        ("*", "OPENAPI3", "description = \"a.json\"", "needs `kind"),
    ] {
        let error = service(code, kind, more).unwrap_err().to_string();
        assert!(error.contains(expected), "{error:?} does not contain {expected:?}");
    }
}
