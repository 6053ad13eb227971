//! SOAP messages of a peer that holds the captured keys and says what it should not.

use std::sync::Arc;

use evidence::signature::{SigningContext, SigningMaterial, seal};
use protocol::names::mime;
use protocol::{PartDigest, PartName, sha512};
use service_kit::clock::Clock;
use service_kit::http::Request;

use super::captured::{Http, REQUEST, SIGNATURE, between};
use super::errors;
use super::place::{Keys, Pair, Place, Role, ocsp_response, time_of};
use super::provider::exchange;
use super::stock;

const PLAIN: &str = "20-soap-plain";
const XML: &str = mime::TEXT_XML_UTF8;

/// A message with another SOAP part, and signed by SS1 or SS2 in the name of its member.
fn signed(captured: &Http, role: Role, change: impl Fn(String) -> String) -> Http {
    let mut message = captured.message();
    let soap = message.parts.iter_mut().find(|part| part.content_type == XML).unwrap();
    soap.content = change(String::from_utf8(soap.content.clone()).unwrap()).into_bytes();
    let digest = PartDigest { name: PartName::Message, sha512: sha512(&soap.content) };
    let key = Keys::of("rsa", role).sign;
    let material = SigningMaterial {
        certificate: key.certificate(),
        intermediates: &[],
        ocsp_responses: &[ocsp_response("rsa", role, "sign")],
        algorithm: key.key().message_algorithm(),
    };
    let context = SigningContext::new(&material).unwrap();
    let sign = |data: &[u8]| key.key().sign_xmldsig(context.algorithm(), data);
    let now = Clock::from_setting(Some(&time_of("rsa", PLAIN))).unwrap().now();
    let seal = seal(&[&[digest]], &context, now, &sign).unwrap().remove(0);
    let signature = message.parts.iter_mut().find(|part| part.content_type == SIGNATURE).unwrap();
    signature.content = seal.signature.to_vec();
    Http { body: message.encode(), ..captured.clone() }
}

fn with_header(mut http: Http, name: &str, value: Option<&str>) -> Http {
    http.headers.retain(|(known, _)| known != name);
    http.headers.extend(value.map(|value| (name.to_owned(), value.to_owned())));
    http
}

fn without_part(mut http: Http, kind: &str) -> Http {
    let mut message = http.message();
    message.parts.retain(|part| part.content_type != kind);
    http.body = message.encode();
    http
}

fn replacing_part(mut http: Http, kind: &str, with: &str) -> Http {
    let mut message = http.message();
    message.parts.iter_mut().filter(|part| part.content_type == kind).for_each(|part| {
        with.clone_into(&mut part.content_type);
    });
    http.body = message.encode();
    http
}

fn fault_code(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body).into_owned();
    if text.contains("<faultcode>") {
        between(&text, "<faultcode>", "</faultcode>").to_owned()
    } else {
        "no fault".to_owned()
    }
}

/// The code of a documented error, or of words after the side that finds them.
fn code(side: &str, expected: &str) -> String {
    let documented = errors::rows().into_iter().find(|row| row.name == expected);
    match (documented, expected) {
        (Some(row), _) => row.code,
        (None, "no fault") => expected.to_owned(),
        (None, words) => format!("{side}.{words}"),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_consumer_is_told_its_mistakes() {
    let pair = Pair::start("rsa").await;
    let captured = Http::captured("rsa", PLAIN, "5500-request");
    let replacing = |from: &str, to: &str| signed(&captured, Role::Ss1, |soap| soap.replace(from, to));
    let field = |name, value| with_header(captured.clone(), name, value);
    let wanted = |server: &str| {
        let id = "<id:xRoadInstance>INST</id:xRoadInstance><id:memberClass>GOV</id:memberClass>";
        let field = format!(
            "<xroad:securityServer id:objectType=\"SERVER\">{id}<id:memberCode>2222</id:memberCode>\
             <id:serverCode>{server}</id:serverCode></xroad:securityServer><xroad:id>"
        );
        replacing("<xroad:id>", &field)
    };
    let header = |soap: String| soap.replace("Header>", "Heading>");
    let cases = [
        ("the same, signed anew", replacing("-", "-"), "no fault"),
        ("this server", wanted("SS2"), "no fault"),
        ("another server", wanted("SS1"), "request-for-another-server"),
        ("SOAPAction", field("x-original-soapaction", Some("unquoted")), "request-soap-action"),
        ("no form", field("x-original-content-type", None), "service_failed.internal_error"),
        ("a form", field("x-original-content-type", Some("blah")), "service_failed.invalid_content_type"),
        ("not REST", field("x-road-message-type", Some("REST")), "request-without-parts"),
        ("not SOAP", replacing_part(captured.clone(), XML, REQUEST), "request-not-of-its-kind"),
        ("no part", without_part(captured.clone(), XML), "service_failed.invalid_content_type"),
        ("no signature", without_part(captured.clone(), SIGNATURE), "missing_signature"),
        ("unknown provider", replacing(">2222<", ">9999<"), "request-provider-not-hosted"),
        ("not its client", replacing(">1111<", ">2222<"), "service_failed.ssl_authentication_failed"),
        ("unknown service", replacing("getRandom", "getNothing"), "unknown_service"),
        ("unknown version", replacing(">v1<", ">v2<"), "unknown_service"),
        ("no version", replacing("<id:serviceVersion>v1</id:serviceVersion>", ""), "unknown_service"),
        (
            "a REST service",
            signed(&captured, Role::Ss1, |soap| {
                soap.replace("getRandom", "svc").replace("<id:serviceVersion>v1</id:serviceVersion>", "")
            }),
            "service_type",
        ),
        ("no right", replacing("SUB1", "NORIGHTS"), "access_denied"),
        (
            "a document type",
            replacing("<SOAP-ENV:Env", "<!DOCTYPE a><SOAP-ENV:Env"),
            "service_failed.invalid_soap",
        ),
        ("no header", signed(&captured, Role::Ss1, header), "service_failed.missing_header"),
        ("no id", replacing("xroad:id>", "xroad:Id>"), "service_failed.missing_header_field"),
        ("version", replacing(">4.0<", ">5.0<"), "service_failed.invalid_protocol_version"),
        ("body", replacing("p:getRandom", "p:random"), "service_failed.inconsistent_headers"),
        ("two bodies", replacing("<SOAP-ENV:Body>", "<SOAP-ENV:Body><a/>"), "service_failed.invalid_body"),
        ("object type", replacing("\"SERVICE\"", "\"SERVER\""), "service_failed.invalid_xml"),
    ];
    let mut wrong = Vec::new();
    for (what, request, expected) in cases {
        let response = exchange("rsa", &pair, request.to_wire()).await;
        let expected = code("server.serverproxy", expected);
        wrong.extend(Some((what, fault_code(&response.body))).filter(|(_, found)| *found != expected));
    }
    assert!(wrong.is_empty(), "{wrong:?}");
    assert_eq!(pair.backend.calls.lock().unwrap().len(), 2);
    pair.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_provider_is_not_believed_its_mistakes() {
    let pair = Pair::start("rsa").await;
    let captured = Http::captured("rsa", PLAIN, "5500-response");
    let replacing = |from: &str, to: &str| signed(&captured, Role::Ss2, |soap| soap.replace(from, to));
    let field = |name, value| with_header(captured.clone(), name, value);
    let hash = |soap: String| {
        let element = between(&soap, "<xroad:requestHash", "</xroad:requestHash>").to_owned();
        soap.replace(&format!("<xroad:requestHash{element}</xroad:requestHash>"), "")
    };
    let status = Http { start: "HTTP/1.1 502 Bad Gateway".to_owned(), ..captured.clone() };
    let fault = |body: &str| Http {
        body: body.as_bytes().to_vec(),
        ..with_header(field("Content-Type", None), "Content-Type", Some("text/xml"))
    };
    let mut unsigned = captured.clone();
    let at = super::captured::find(&unsigned.body, b"<xroad:userId>").expect("a user");
    unsigned.body[at + "<xroad:userId>".len()] ^= 1;
    let cases = [
        ("the same, signed anew", replacing("-", "-"), "no fault"),
        ("status", status, "response-http-status"),
        ("no hash algorithm", field("x-hash-algorithm", None), "internal_error"),
        ("no content type", field("Content-Type", None), "invalid_content_type"),
        ("content type", field("Content-Type", Some("oih")), "service_failed.invalid_content_type"),
        ("no form", field("x-original-content-type", None), "service_failed.internal_error"),
        ("a form", field("x-original-content-type", Some("a/b")), "service_failed.invalid_content_type"),
        ("changed", unsigned, "signature_verification.invalid_signature_value"),
        (
            "signed by another",
            signed(&captured, Role::Ss1, |soap| soap),
            "signature_verification.incorrect_certificate",
        ),
        ("no signature", without_part(captured.clone(), SIGNATURE), "missing_signature"),
        ("no part", without_part(captured.clone(), XML), "service_failed.invalid_content_type"),
        (
            "REST",
            replacing_part(captured.clone(), XML, super::captured::RESPONSE),
            "response-not-of-its-kind",
        ),
        ("no request hash", signed(&captured, Role::Ss2, hash), "inconsistent_response"),
        ("another request hash", replacing("sha512\">", "sha512\">AAAA"), "inconsistent_response"),
        ("another id", replacing("4894e35d", "4894e35e"), "service_failed.inconsistent_response"),
        ("no header", replacing("Header>", "Heading>"), "service_failed.missing_header"),
        ("no fault", fault("<a/>"), "service_failed.invalid_soap"),
        ("nothing", fault(""), "service_failed.invalid_soap"),
    ];
    let sent = Http::captured("rsa", PLAIN, "is-request").body;
    let mut wrong = Vec::new();
    for (what, response, expected) in cases {
        let answer = response.to_wire();
        let provider =
            stock::serve(&Keys::of("rsa", Role::Ss2).auth, Arc::new(move |_: &[u8]| answer.clone()));
        let ss1 = Place::ss1("rsa", provider, pair.ss2.ocsp(), &time_of("rsa", PLAIN)).await;
        let (_, body) = ss1.ask(Request::post("/", XML, sent.clone())).await;
        let expected = code("server.clientproxy", expected);
        wrong.extend(Some((what, fault_code(&body))).filter(|(_, found)| *found != expected));
        ss1.end().await;
    }
    assert!(wrong.is_empty(), "{wrong:?}");
    pair.end().await;
}
