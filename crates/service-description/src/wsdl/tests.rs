use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::*;
use crate::CodeError;

const HEAD: &str = "<w:definitions xmlns:w='http://schemas.xmlsoap.org/wsdl/' xmlns:s='http://schemas.xmlsoap.org/wsdl/soap/' \
    xmlns:s12='http://schemas.xmlsoap.org/wsdl/soap12/' xmlns:x='http://x-road.eu/xsd/xroad.xsd' \
    xmlns:xs='http://www.w3.org/2001/XMLSchema' xmlns:t='urn:t' targetNamespace='urn:t'>";

fn wsdl(inside: &str) -> String {
    format!("{HEAD}{inside}</w:definitions>")
}

fn binding(name: &str, soap: &str, operations: &str) -> String {
    format!(
        "<w:binding name='{name}' type='t:P'><{soap}:binding style='document' transport='http://schemas.xmlsoap.org/soap/http'/>\
         {operations}</w:binding>"
    )
}

fn operation(name: &str, version: &str) -> String {
    format!(
        "<w:operation name='{name}'><s:operation soapAction=''/>{version}<w:input><s:body/></w:input></w:operation>"
    )
}

fn port(binding: &str, soap: &str, address: &str) -> String {
    format!(
        "<w:service name='S'><w:port name='{binding}Port' binding='t:{binding}'><{soap}:address location='{address}'/></w:port></w:service>"
    )
}

fn simple(operations: &str) -> String {
    wsdl(&(binding("B", "s", operations) + &port("B", "s", "http://h/a")))
}

fn read(document: &str) -> Result<Wsdl, WsdlError> {
    Wsdl::read(document.as_bytes(), None, &DescriptionLimits::default())
}

/// Services as `code/version@url`.
fn services(document: &str) -> Vec<String> {
    let services = read(document).unwrap().services.into_iter();
    services.map(|s| format!("{}/{}@{}", s.code, s.version.unwrap_or_default(), s.url)).collect()
}

#[test]
fn operations_of_ports_are_services() {
    let version = "<x:version> v1\n</x:version>";
    let document =
        simple(&(operation("b", version) + &operation("a", "") + &operation("a", "<version>2</version>")));
    assert_eq!(services(&document), ["b/v1@http://h/a", "a/@http://h/a", "a/2@http://h/a"]);
    // A version anywhere else is not that of the service.
    let nested = operation("a", "<w:version>no</w:version><y><x:version>no</x:version></y>");
    assert_eq!(services(&simple(&nested)), ["a/@http://h/a"]);
    // Ports may come first, and bindings without HTTP do not count.
    let mail = binding("M", "s", &operation("m", "")).replace("soap/http", "soap/smtp");
    let rest = "<w:binding name='G'><w:operation name='g'/></w:binding>";
    let ports = port("B", "s", "https://h") + &port("M", "s", "mailto:x") + &port("G", "s", "x");
    let document = wsdl(&(ports + &mail + rest + &binding("B", "s", &operation("a", ""))));
    assert_eq!(services(&document), ["a/@https://h"]);
    assert_eq!(read(&wsdl("")), Ok(Wsdl::default()));
}

#[test]
fn titles() {
    let types = "<w:portType name='P'><w:operation name='a'><w:documentation><x:title>First</x:title>\
                 <x:title xml:lang='fi'>Second</x:title><x:notes>n</x:notes></w:documentation></w:operation>\
                 <w:operation name='b'><x:title>no</x:title></w:operation></w:portType>";
    let bindings = binding("B", "s", &(operation("a", "") + &operation("b", "")));
    let read = read(&wsdl(&(bindings + types + &port("B", "s", "http://h")))).unwrap();
    let titles: Vec<_> = read.services.iter().map(|service| service.title.as_deref()).collect();
    assert_eq!(titles, [Some("First"), None]);
}

#[test]
fn one_service_in_two_ports() {
    let both = binding("B12", "s12", &operation("a", ""))
        + &binding("B", "s", &operation("a", ""))
        + &port("B12", "s12", "http://h/12")
        + &port("B", "s", "http://h/11");
    let reversed = port("B", "s", "http://h/11") + &port("B12", "s12", "http://h/12");
    assert_eq!(services(&wsdl(&both)), ["a/@http://h/11"]);
    let bindings = binding("B12", "s12", &operation("a", "")) + &binding("B", "s", &operation("a", ""));
    assert_eq!(services(&wsdl(&(bindings + &reversed))), ["a/@http://h/11"]);
    let twice = binding("B", "s", &operation("a", ""))
        + &port("B", "s", "http://h/1")
        + &port("B", "s", "http://h/2");
    let read = read(&wsdl(&twice)).unwrap();
    assert_eq!((read.services.len(), read.services[0].url.as_str()), (1, "http://h/1"));
    assert_eq!(read.warnings, ["operation 'a' is at http://h/1 and at http://h/2; the first is taken"]);
}

#[test]
fn warnings() {
    let document = wsdl(
        &("<w:import namespace='urn:x' location='http://h/x.wsdl'/>".to_owned()
            + &port("Far", "s", "http://h")),
    );
    let read = read(&document).unwrap();
    assert!(read.services.is_empty());
    assert_eq!(read.warnings.len(), 2, "{:?}", read.warnings);
}

#[test]
fn refused_with_reason() {
    use WsdlError as E;
    let code = |code: &str, reason| E::Code {
        operation: code.to_owned(),
        what: "service code",
        code: code.to_owned(),
        reason,
    };
    let address = |address: &str| E::Address { port: "BPort".to_owned(), address: address.to_owned() };
    let with_address =
        |address: &str| wsdl(&(binding("B", "s", &operation("a", "")) + &port("B", "s", address)));
    for (document, reason) in [
        ("FooBar!".to_owned(), E::Xml(XmlError::NotWellFormed(0))),
        ("<definitions/>".to_owned(), E::NotWsdl),
        (wsdl("").replace("org/wsdl/'", "org/wsdl20/'"), E::NotWsdl),
        (
            "<!DOCTYPE x [<!ENTITY d SYSTEM 'file:x'>]>".to_owned() + &wsdl("&d;"),
            E::Xml(XmlError::DocumentType),
        ),
        (simple(&operation("a:b", "")), code("a:b", CodeError::Character(':'))),
        (simple(&operation("", "")), code("", CodeError::Empty)),
        (
            simple(&operation("a", "<x:version>1%2</x:version>")),
            E::Code {
                operation: "a".into(),
                what: "service version",
                code: "1%2".into(),
                reason: CodeError::Character('%'),
            },
        ),
        (simple(&operation("a", "").repeat(2)), E::DuplicateOperation("a".into())),
        (with_address("sftp://h/a"), address("sftp://h/a")),
        (with_address(""), address("")),
        (with_address("http://"), address("http://")),
        (with_address("http://h/a b"), address("http://h/a b")),
    ] {
        assert_eq!(read(&document).err(), Some(reason), "{document}");
    }
    let small = DescriptionLimits { bytes: 100, services: 2, ..DescriptionLimits::default() };
    assert_eq!(Wsdl::read(wsdl("").as_bytes(), None, &small), Err(E::TooLarge(100)));
    let few = DescriptionLimits { services: 2, ..DescriptionLimits::default() };
    let three: String = ["a", "b", "c"].map(|name| operation(name, "")).concat();
    assert_eq!(Wsdl::read(simple(&three).as_bytes(), None, &few), Err(E::TooManyServices(2)));
    assert_eq!(Wsdl::read(b"\xff", None, &few), Err(E::Encoding(EncodingError::Malformed)));
}

fn published(document: &str) -> String {
    publish(document.as_bytes(), None, ENDPOINT, &DescriptionLimits::default()).unwrap()
}

#[test]
fn addresses_are_replaced() {
    let document = "<?xml version='1.0'?><!-- kept -->\n".to_owned()
        + &wsdl(
            "<w:service name='S'><w:port><s:address  location = \"http://h/a\"/><s12:address location='http://h/b'/>\
                <x:address location='kept'/><s:address/><s:address s:location='kept'/></w:port></w:service>",
        );
    let expected = document
        .replace("\"http://h/a\"", "\"http://example.org/xroad-endpoint\"")
        .replace("'http://h/b'", "'http://example.org/xroad-endpoint'");
    assert_eq!(published(&document), expected);
    let limits = DescriptionLimits::default();
    let own = publish(document.as_bytes(), None, "http://ss/?a=1&b='<\">", &limits).unwrap();
    assert!(own.contains("\"http://ss/?a=1&amp;b=&apos;&lt;&quot;>\""), "{own}");
    assert_eq!(publish(b"<a/>", None, ENDPOINT, &limits), Err(WsdlError::NotWsdl));
}

#[test]
fn schemas_come_along() {
    let import = "<xs:import namespace='http://x-road.eu/xsd/xroad.xsd' schemaLocation='http://x-road.eu/xsd/xroad.xsd'/>";
    let schema =
        |inside: &str| format!("<w:types><xs:schema targetNamespace='urn:t'>{inside}</xs:schema></w:types>");
    let text = published(&wsdl(&schema(import)));
    assert!(text.contains("<xs:import namespace='http://x-road.eu/xsd/xroad.xsd' />"), "{text}");
    assert!(!text.contains("schemaLocation"));
    for namespace in ["http://x-road.eu/xsd/xroad.xsd", "http://x-road.eu/xsd/identifiers"] {
        assert_eq!(text.matches(&format!("targetNamespace=\"{namespace}\"")).count(), 1, "{namespace}");
    }
    assert!(read(&text).is_ok(), "it is still a WSDL");
    assert_eq!(published(&text), text, "once is enough");
    // What the document has is not put in again, and foreign schemas are nobody's business.
    let own = wsdl(&format!(
        "<w:types><xs:schema targetNamespace='http://x-road.eu/xsd/identifiers'/><xs:schema>{import}</xs:schema></w:types>"
    ));
    assert!(!published(&own).contains("targetNamespace=\"http://x-road.eu/xsd/identifiers\""));
    let foreign = wsdl(&schema(
        "<xs:import namespace='urn:x' schemaLocation='x.xsd'/><xs:include schemaLocation='y'/>",
    ));
    assert_eq!(published(&foreign), foreign);
    let outside = wsdl(&format!("<w:types/>{import}"));
    assert_eq!(published(&outside), outside);
}

#[test]
fn other_encodings_become_utf8() {
    let document = "<?xml version='1.0' encoding='ISO-8859-1'?>".to_owned()
        + &wsdl("<!-- ä --><w:service><w:port><s:address location='x'/></w:port></w:service>");
    let latin: Vec<u8> = document.chars().map(|c| u8::try_from(c).unwrap()).collect();
    let text = publish(&latin, None, ENDPOINT, &DescriptionLimits::default()).unwrap();
    assert!(text.starts_with("<?xml version=\"1.0\" encoding=\"UTF-8\"?><w:definitions"), "{text}");
    assert!(text.contains("<!-- ä -->") && text.contains(ENDPOINT));
}

/// Every copy of a schema is a schema of its namespace.
#[test]
fn copies_are_complete() {
    use protocol::xml::{Scanner, Token};

    for schema in &schemas::SCHEMAS {
        let mut scanner = Scanner::new(schema.text, &[XSD], &xml_limits()).unwrap();
        let mut first = true;
        while let Some(token) = scanner.next_token().unwrap() {
            if let (true, Token::Start(name)) = (first, token) {
                assert!(name.is(XSD, "schema"));
                assert_eq!(scanner.attribute(None, "targetNamespace"), Some(schema.namespace));
                first = false;
            }
        }
        assert!(!schema.text.contains("schemaLocation"), "{}", schema.namespace);
    }
}

#[test]
fn hostile_documents_cost_little() {
    let many = operation("a", "<x:version>1</x:version>").repeat(4_000);
    let addresses = "<s:address location='x'/>".repeat(50_000);
    let deep = "<a>".repeat(100_000);
    for document in [
        simple(&many),
        wsdl(&format!("<w:service><w:port>{addresses}</w:port></w:service>")),
        wsdl(&deep),
        wsdl(&format!(
            "<w:types><xs:import namespace='http://x-road.eu/xsd/xroad.xsd'/>{}</w:types>",
            "<xs:schema/>".repeat(50_000)
        )),
    ] {
        let begun = Instant::now();
        let _ = read(&document);
        let _ = publish(document.as_bytes(), None, ENDPOINT, &DescriptionLimits::default());
        let taken = begun.elapsed();
        assert!(taken < Duration::from_secs(20), "{taken:?} for {} bytes", document.len());
    }
}

proptest! {
    #[test]
    fn no_input_panics(pieces in prop::collection::vec("(<w:types>|</w:types>|<w:types/>|<xs:import namespace='http://x-road.eu/xsd/xroad.xsd' schemaLocation='x'/>|<w:binding name='B'>|</w:binding>|<s:binding transport='http://schemas.xmlsoap.org/soap/http'/>|<w:operation name='a'>|</w:operation>|<x:version>|</x:version>|v|<w:service>|</w:service>|<w:port binding='B'>|</w:port>|<s:address location='http://h'/>)", 0..16)) {
        let document = wsdl(&pieces.concat());
        let _ = read(&document);
        if let Ok(text) = publish(document.as_bytes(), None, ENDPOINT, &DescriptionLimits::default()) {
            let again = publish(text.as_bytes(), None, ENDPOINT, &DescriptionLimits::default());
            prop_assert_eq!(again.unwrap(), text);
        }
    }
}
