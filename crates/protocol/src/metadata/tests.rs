use super::*;
use crate::Limits;
use crate::xml::{Scanner, Token};

fn clients() -> Vec<ClientEntry> {
    vec![
        ClientEntry {
            id: ClientId::from_path("EE/GOV/1").unwrap(),
            name: "A & B".into(),
            subsystem_name: None,
        },
        ClientEntry {
            id: ClientId::from_path("EE/GOV/1/s%3C").unwrap(),
            name: "市".into(),
            subsystem_name: Some("\"sub\"".into()),
        },
    ]
}

#[test]
fn clients_in_json() {
    assert_eq!(
        client_list_json(&clients()),
        r#"{"member":[{"id":{"member_class":"GOV","member_code":"1","object_type":"MEMBER","xroad_instance":"EE"},"name":"A & B"},"#
            .to_owned()
            + r#"{"id":{"member_class":"GOV","member_code":"1","object_type":"SUBSYSTEM","subsystem_code":"s<","xroad_instance":"EE"},"name":"市","subsystem_name":"\"sub\""}]}"#
    );
    assert_eq!(client_list_json(&[]), r#"{"member":[]}"#);
}

#[test]
fn clients_in_xml() {
    let xml = client_list_xml(&clients());
    let mut scanner = Scanner::new(&xml, &[xmlns::XROAD, xmlns::IDENTIFIERS], &Limits::default()).unwrap();
    let mut found = String::new();
    while let Some(token) = scanner.next_token().unwrap() {
        match token {
            Token::Start(name) => {
                assert!(name.is(xmlns::XROAD, name.local) || name.is(xmlns::IDENTIFIERS, name.local));
                found.push_str(&format!("<{}", name.local));
                found.push_str(scanner.attribute(Some(xmlns::IDENTIFIERS), "objectType").unwrap_or_default());
            }
            Token::Text(text) if !text.trim().is_empty() => found.push_str(&format!("={text}")),
            _ => {}
        }
    }
    assert_eq!(
        found,
        "<clientList<member<idMEMBER<xRoadInstance=EE<memberClass=GOV<memberCode=1<name=A =&= B\
         <member<idSUBSYSTEM<xRoadInstance=EE<memberClass=GOV<memberCode=1<subsystemCode=s=<<name=市\
         <subsystemName=\"=sub=\""
    );
}

#[test]
fn services_in_json() {
    let services = [RestServiceEntry {
        id: ServiceId::from_path("EE/GOV/1/sub/svc").unwrap(),
        service_type: RestServiceType::OpenApi,
        endpoints: vec![Endpoint { method: "GET".into(), path: "/pets/*".into() }],
    }];
    assert_eq!(
        rest_service_list(&services),
        r#"{"service":[{"member_class":"GOV","member_code":"1","subsystem_code":"sub","service_code":"svc","endpoint_list":[{"method":"GET","path":"/pets/*"}],"object_type":"SERVICE","service_type":"OPENAPI","xroad_instance":"EE"}]}"#
    );
}

#[test]
fn negotiation() {
    for (accept, json) in [
        (&[][..], false),
        (&["*/*"], false),
        (&["text/xml"], false),
        (&["application/json"], true),
        (&["text/xml;q=1.0, Application/JSON;q=0.1"], true),
        (&["text/xml", "a/b ,application/json ; charset=x"], true),
        (&["application/jsonp"], false),
    ] {
        assert_eq!(accepts_json(accept.iter().copied()), json, "{accept:?}");
    }
}

#[test]
fn query_parameters() {
    for (query, expected) in [
        ("", None),
        ("serviceCode", Some("")),
        ("serviceCode=a+b%2Fc%C3%A4", Some("a b/cä")),
        ("x=1&SERVICEcode=a&servicecode=b", Some("b")),
        ("service%43ode=a", Some("a")),
        ("serviceCode=%zz%4", Some("%zz%4")),
    ] {
        assert_eq!(query_parameter(query, "serviceCode", true).as_deref(), expected, "{query}");
    }
    assert_eq!(query_parameter("xroadinstance=a", "xRoadInstance", false), None);
    assert_eq!(query_parameter("xRoadInstance=EE", "xRoadInstance", false).as_deref(), Some("EE"));
}
