//! SOAP: what goes through, how it arrives, and what the asking side is told otherwise.

use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use futures_util::stream;
use security_server::message_log::{Direction, RecordSummary, Side};
use service_kit::http::{Body, BodyError, Request, Response};
use service_kit::http_client::{ClientSettings, HttpClient};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::errors;
use crate::town::{CONSUMER, PROVIDER, Town, Twin, Wishes, plain};

const XML: &str = "text/xml; charset=UTF-8";
const RELATED: &str = "Multipart/Related; type=\"text/xml\"; start=\"<r>\"; boundary=\"b:1\"";
const FAULT: &str = "<?xml version='1.0'?><e:Envelope xmlns:e='http://schemas.xmlsoap.org/soap/envelope/'><e:Body>\
    <e:Fault><faultcode>e:Server</faultcode><faultstring>sorry</faultstring></e:Fault></e:Body></e:Envelope>";

/// A message to a service of the provider.
fn message(code: &str, id: &str, more: &str) -> String {
    let client = components(CONSUMER);
    let service = components(PROVIDER);
    format!(
        "<e:Envelope xmlns:e=\"http://schemas.xmlsoap.org/soap/envelope/\" \
         xmlns:x=\"http://x-road.eu/xsd/xroad.xsd\" xmlns:i=\"http://x-road.eu/xsd/identifiers\">\n \
         <e:Header>\n  <x:client i:objectType=\"SUBSYSTEM\">{client}</x:client>\n  \
         <x:service i:objectType=\"SERVICE\">{service}<i:serviceCode>{code}</i:serviceCode></x:service>\n  \
         {more}<x:id>{id}</x:id>\n  <x:protocolVersion>4.0</x:protocolVersion>\n </e:Header>\n \
         <e:Body><x:{code}>&lt;\u{5e02}&gt;<!-- kept --></x:{code}></e:Body>\n</e:Envelope>"
    )
}

fn components(path: &str) -> String {
    let names = ["xRoadInstance", "memberClass", "memberCode", "subsystemCode"];
    let component = |(name, value)| format!("<i:{name}>{value}</i:{name}>");
    names.into_iter().zip(path.split('/')).map(component).collect()
}

fn request(content_type: &str, body: impl Into<Body>) -> Request {
    Request::post("/", content_type, body)
}

fn to(code: &str) -> Request {
    request(XML, message(code, "q", ""))
}

/// A container whose boundary needs quotes.
fn container(soap: &str, attachments: &[(&str, &[u8])]) -> Vec<u8> {
    let mut out = format!("--b:1\r\nContent-Type: {XML}\r\nContent-ID: <r>\r\n\r\n{soap}").into_bytes();
    for (headers, content) in attachments {
        out.extend_from_slice(format!("\r\n--b:1\r\n{headers}\r\n\r\n").as_bytes());
        out.extend_from_slice(content);
    }
    out.extend_from_slice(b"\r\n--b:1--\r\n");
    out
}

/// The code of a documented error; other texts are the code already.
fn told(name: &str) -> String {
    let documented = errors::rows().into_iter().find(|row| row.name == name);
    documented.map_or_else(|| name.to_owned(), |row| row.code)
}

/// The code of a fault, or `no fault`.
async fn code(town: &Town, request: Request) -> String {
    let (response, body) = town.ask_whole(request).await;
    assert_eq!(response.status, 200);
    let text = String::from_utf8_lossy(&body).into_owned();
    let Some((_, rest)) = text.split_once("<faultcode>") else { return "no fault".to_owned() };
    assert_eq!(response.headers.get("content-type"), Some("text/xml;charset=utf-8"));
    assert_eq!(response.headers.get("soapaction"), Some(""));
    rest.split_once('<').unwrap().0.to_owned()
}

/// What a service answers to `body` with, by its name.
pub(crate) fn service_answer(service: &str, request: &Request, body: Bytes) -> Response {
    let text = String::from_utf8_lossy(&body).into_owned();
    if service == "broken" {
        let pieces = stream::iter([Ok(body), Err(BodyError::Truncated)]);
        return Response::with(200, XML, Body::stream(pieces, Some(1_000_000)));
    }
    if let Some((_, change, _)) = ANSWERS.iter().find(|(name, _, _)| *name == service) {
        let (status, content_type, answer) = change(text);
        return match content_type {
            "" => Response::new(status).body(answer),
            _ => Response::with(status, content_type, answer),
        };
    }
    let content_type = request.headers.get("content-type").unwrap_or_default().to_owned();
    Response::with(200, &content_type, body)
}

/// Services that answer in another way than to give back what they got: status, content type, body, and what the
/// consumer is told (a documented error by its name, or the code itself).
type Answer = (&'static str, fn(String) -> (u16, &'static str, String), &'static str);

const ANSWERS: &[Answer] = &[
    ("fault", |_| (500, XML, FAULT.to_owned()), "e:Server"),
    (
        "boxedFault",
        |_| (200, RELATED, String::from_utf8(container(FAULT, &[("Content-Type: a/b", b"x")])).unwrap()),
        "e:Server",
    ),
    ("status", |m| (502, XML, m), "soap-answer-status"),
    ("created", |m| (201, XML, m), "soap-answer-status"),
    ("untyped", |m| (200, "", m), "soap-answer-type"),
    ("blah", |m| (200, "blah", m), "soap-answer-type"),
    ("html", |m| (200, "text/html", m), "soap-answer-type"),
    ("empty", |_| (200, XML, String::new()), "soap-answer-malformed"),
    ("dtd", |m| (200, XML, format!("<!DOCTYPE x []>{m}")), "soap-answer-malformed"),
    ("headless", |m| (200, XML, cut(&m, "<e:Header>", "</e:Header>")), "soap-answer-header-missing"),
    ("nameless", |m| (200, XML, cut(&m, "<x:id>", "</x:id>")), "soap-answer-field-missing"),
    ("version", |m| (200, XML, m.replace(">4.0<", ">3.0<")), "soap-answer-version"),
    ("bodiless", |m| (200, XML, cut(&m, "<e:Body>", "</e:Body>")), "soap-answer-body-missing"),
    ("hollow", |m| (200, XML, cut(&m, "<x:hollow>", "</x:hollow>")), "soap-answer-body-count"),
    ("renamed", |m| (200, XML, m.replace("x:renamed", "x:other")), "soap-answer-of-another-service"),
    (
        "twice",
        |m| (200, XML, m.replace("<x:id>q</x:id>", "<x:id>q</x:id><x:id>q</x:id>")),
        "soap-answer-field-twice",
    ),
    ("noParts", |_| (200, RELATED, "--b:1--\r\n".to_owned()), "soap-answer-empty-container"),
    (
        "untypedPart",
        |m| (200, RELATED, String::from_utf8(container(&m, &[("Content-ID: <a>", b"x")])).unwrap()),
        "soap-answer-type",
    ),
    ("mime", |m| (200, RELATED, format!("--b:1\r\nno header\r\n\r\n{m}")), "soap-answer-malformed-container"),
    ("otherId", |m| (200, XML, m.replace("<x:id>q<", "<x:id>p<")), "soap-answer-to-another-request"),
    ("otherClient", |m| (200, XML, m.replacen("SUB1", "SUB3", 1)), "soap-answer-to-another-request"),
    ("hashed", |m| (200, XML, m.replace("<x:id>", "<x:requestHash>AAAA</x:requestHash><x:id>")), "no fault"),
    ("answered", |m| (500, XML, m.replace("x:answered", "x:answeredResponse")), "no fault"),
];

fn cut(text: &str, from: &str, to: &str) -> String {
    let (before, rest) = text.split_once(from).unwrap();
    let (_, after) = rest.split_once(to).unwrap();
    format!("{before}{after}")
}

/// Declarations of the services above.
pub(crate) fn declarations(at: SocketAddr) -> String {
    let allow = format!("[[subsystem.service.allow]]\nclient = \"{CONSUMER}\"\n");
    let open = ANSWERS.iter().map(|(name, _, _)| *name).chain(["getRandom", "broken"]);
    let service = |name: &str, url: &str, more: &str| {
        format!("[[subsystem.service]]\ncode = \"{name}\"\nkind = \"WSDL\"\nurl = \"{url}\"\n{more}")
    };
    let mut text: String = open.map(|n| service(n, &format!("http://{at}/soap/{n}"), &allow)).collect();
    let echo = format!("http://{at}/soap/echo");
    text += &service("locked", &echo, "");
    text += &service("half", &echo, &format!("{allow}method = \"POST\"\n"));
    text += &service("shut", &echo, &format!("disabled = \"closed\"\n{allow}"));
    text += &service("lost", "http://no-such-host.invalid", &allow);
    text += &service("down", "http://127.0.0.1:1", &allow);
    let personal = "consent = { subject = { header = \"X-Nr\" }, purposes = [\"p\"] }\n";
    text + &service("person", &echo, &format!("{personal}{allow}"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_arrives_as_it_was_sent() {
    let town = Town::new().await;
    for (content_type, body) in [
        (XML, message("getRandom", "q1", "").into_bytes()),
        ("text/xml", [b"\xef\xbb\xbf".as_slice(), message("getRandom", "q2", "").as_bytes()].concat()),
        ("text/xml; charset=utf-16", utf16(&message("getRandom", "q3", ""))),
        (XML, message("getRandom", "q4", "<x:userId>EE1</x:userId><x:issue>4711</x:issue>").into_bytes()),
    ] {
        let sent =
            request(content_type, body.clone()).header("SOAPAction", "\"urn:a\"").header("Cookie", "c");
        let (response, answer) = town.ask_whole(sent).await;
        assert_eq!((response.status, response.headers.get("content-type")), (200, Some(XML)));
        let answer = String::from_utf8(answer.to_vec()).unwrap();
        assert_eq!(answer.matches("<x:requestHash").count(), 1, "{answer}");
        assert!(answer.contains("&lt;\u{5e02}&gt;<!-- kept -->"), "{answer}");
        let (call, called_with) = town.calls.lock().unwrap().pop().unwrap();
        assert_eq!((call.method.as_str(), call.target.as_str()), ("POST", "/soap/getRandom"));
        assert_eq!(called_with, body, "{content_type}");
        let field = |name: &str| call.headers.get(name);
        assert_eq!((field("content-type"), field("soapaction")), (Some(XML), Some("\"urn:a\"")));
        assert_eq!((field("cookie"), field("accept-encoding")), (None, Some("")));
    }
    let (consumer, provider) = town.records("q4").await;
    let seen = |records: &[RecordSummary]| records.iter().map(|r| (r.side, r.direction)).collect::<Vec<_>>();
    let both = |side| vec![(side, Direction::Request), (side, Direction::Response)];
    assert_eq!((seen(&consumer), seen(&provider)), (both(Side::Consumer), both(Side::Provider)));
    town.end().await;
}

fn utf16(text: &str) -> Vec<u8> {
    [0xfeff].into_iter().chain(text.encode_utf16()).flat_map(u16::to_be_bytes).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn attachments_arrive_as_they_were_sent() {
    let town = Town::new().await;
    let binary: Vec<u8> = (0..=255).cycle().take(70_000).collect();
    let large = vec![b'x'; 3_000_000];
    let soap = message("getRandom", "q", "");
    let cases: &[&[(&str, &[u8])]] = &[
        &[],
        &[("Content-Type: a/b; x=\"y\"\r\nContent-ID: <a>\r\nClient-Header: FooBar", b"one")],
        &[("Content-Type: a/b", b""), ("Content-Type: a/c\r\nContent-Transfer-Encoding: base64", b"AAA=")],
        &[("Content-Type: a/b", &binary), ("Content-Type: a/b", b"\r\n--b:"), ("Content-Type: a/b", &large)],
    ];
    for attachments in cases {
        let body = container(&soap, attachments);
        let (response, answer) = town.ask_whole(request(RELATED, body.clone())).await;
        let (call, called_with) = town.calls.lock().unwrap().pop().unwrap();
        assert_eq!(call.headers.get("content-type"), Some(RELATED));
        // X-Road's two ways to write a container.
        let colon = if attachments.is_empty() { "content-type: " } else { "content-type:" };
        let expected = replaced(&body, "Content-Type: ", colon);
        assert!(called_with == expected, "{}", String::from_utf8_lossy(&called_with));
        assert_eq!(response.headers.get("content-type"), Some(format!("{RELATED};charset=utf-8").as_str()));
        let without_hash = |bytes: &[u8]| match String::from_utf8_lossy(bytes) {
            text if text.contains("<x:requestHash") => cut(&text, "\n  <x:requestHash", "</x:requestHash>"),
            text => text.into_owned(),
        };
        assert!(without_hash(&answer) == without_hash(&expected), "{}", String::from_utf8_lossy(&answer));
    }
    town.end().await;
}

fn replaced(bytes: &[u8], from: &str, to: &str) -> Vec<u8> {
    let mut out = Vec::new();
    let mut rest = bytes;
    while let Some(at) = rest.windows(from.len()).position(|window| window == from.as_bytes()) {
        out.extend_from_slice(&rest[..at]);
        out.extend_from_slice(to.as_bytes());
        rest = &rest[at + from.len()..];
    }
    [out.as_slice(), rest].concat()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn mistakes_of_a_client_have_their_codes() {
    let town = Town::new().await;
    let good = || message("getRandom", "q", "");
    let changed = |from: &str, to: &str| request(XML, good().replace(from, to));
    let nested = container(&good(), &[("Content-Type: a/b", b"x")]);
    for (request, expected) in [
        (to("getRandom"), "no fault"),
        (request(RELATED, nested), "no fault"),
        (Request::new("GET", "/"), "soap-method"),
        (Request::new("PUT", "/anything").body(good()), "soap-method"),
        (to("getRandom").header("SOAPAction", "http://unquoted"), "soap-action"),
        (Request::new("POST", "/").body(good()), "soap-untyped"),
        (request("blah", good()), "soap-type"),
        (request("application/soap+xml", good()), "soap-type"),
        (request("multipart/related", good()), "soap-type"),
        (request(RELATED, "--b:1--\r\n"), "soap-empty-container"),
        (request(RELATED, "nothing"), "soap-empty-container"),
        (request(RELATED, format!("--b:1\r\nno header\r\n\r\n{}", good())), "soap-malformed-container"),
        (request(RELATED, container(&good(), &[("X: y", b"x")])), "soap-type"),
        (request(XML, ""), "soap-malformed"),
        (request(XML, "<a/>"), "soap-malformed"),
        (request(XML, format!("<!DOCTYPE x>{}", good())), "soap-malformed"),
        (request(XML, cut(&good(), "<e:Header>", "</e:Header>")), "soap-header-missing"),
        (changed("x:protocolVersion", "x:protocolversion"), "soap-field-missing"),
        (changed(">4.0<", ">foo<"), "soap-version"),
        (changed("<x:id>q</x:id>", "<x:id>q</x:id><x:id>q</x:id>"), "soap-field-twice"),
        (changed("i:objectType=\"SERVICE\"", ""), "soap-identifier-type"),
        (request(XML, cut(&good(), "<e:Body>", "</e:Body>")), "soap-body-missing"),
        (changed("<e:Body>", "<e:Body><x:getRandom/>"), "soap-body-count"),
        (changed("<x:getRandom>", "<x:getRandom"), "soap-malformed"),
        (request(XML, cut(&good(), "<x:getRandom>", "</x:getRandom>")), "soap-body-count"),
        (changed("x:getRandom", "x:random"), "soap-body-of-another-service"),
        (changed("<i:memberCode>1111<", "<i:memberCode> <"), "soap-identifier-blank"),
        (request(XML, FAULT), "client.e:server"),
        (changed("<i:memberCode>1111<", "<i:memberCode>1112<"), "client-unknown"),
        (changed("<i:memberCode>2222<", "<i:memberCode>9999<"), "provider-unknown"),
    ] {
        assert_eq!(code(&town, request).await, told(expected));
    }
    town.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_certain_security_server_can_be_asked_for() {
    let town = Town::new().await;
    for (server, expected) in [
        ("INST/GOV/2222/SS2", "no fault"),
        ("INST/GOV/1111/SS1", "server.clientproxy.invalid_security_server"),
        ("INST/GOV/2222/SS3", "server.clientproxy.invalid_security_server"),
    ] {
        let code = code(&town, to_server(server, "getRandom", "q")).await;
        assert_eq!(code, expected, "{server}");
    }
    town.end().await;
}

/// A message that only this security server may answer.
fn to_server(server: &str, service: &str, id: &str) -> Request {
    let named = components(server).replace("subsystemCode", "serverCode");
    let wanted = format!("<x:securityServer i:objectType=\"SERVER\">{named}</x:securityServer>");
    request(XML, message(service, id, &wanted))
}

/// Of two servers of the provider the one that is named gets each message, in turn, and no other instead of it: for
/// services and for what the server answers itself.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_security_servers_the_named_one_answers() {
    let town = Town::with(Wishes { twin: Some(Twin::Up), ..Wishes::default() }).await;
    let servers = [("INST/GOV/2222/SS2", false), ("INST/GOV/2222/SS3", true)];
    for (service, round) in [("getRandom", 1), ("getRandom", 2), ("listMethods", 1), ("listMethods", 2)] {
        for (server, second) in servers {
            let id = format!("{service}-{round}-{second}");
            let answered = to_server(server, service, &id);
            let (response, body) = town.ask_whole(answered).await;
            let text = String::from_utf8_lossy(&body);
            assert!(response.status == 200 && text.contains("<x:requestHash"), "{server} {service}: {text}");
            assert!(text.contains(&format!("<i:serverCode>{}<", &server[14..])), "{server}: {text}");
            let (_, first_has) = town.records(&id).await;
            let second_has = town.records_of_twin(&id).await;
            assert_eq!(
                (first_has.is_empty(), second_has.is_empty()),
                (second, !second),
                "{server} {service}"
            );
        }
    }
    // The fault of the named one comes back, too.
    assert_eq!(code(&town, to_server(servers[1].0, "locked", "q")).await, "server.serverproxy.access_denied");
    town.end().await;

    let town = Town::with(Wishes { twin: Some(Twin::Down), ..Wishes::default() }).await;
    let down = code(&town, to_server(servers[1].0, "getRandom", "q")).await;
    assert_eq!(down, "server.clientproxy.network_error", "the other one is up, and not asked");
    assert_eq!(code(&town, to_server(servers[0].0, "getRandom", "q")).await, "no fault");
    town.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn refusals_of_the_provider_have_their_codes() {
    let town = Town::new().await;
    for (service, expected) in [
        ("nosvc", "service-unknown"),
        // A REST service.
        ("svc", "service-type"),
        ("locked", "access-denied"),
        // A right to one method is not one to the service.
        ("half", "endpoint-denied"),
        ("shut", "service-disabled"),
        ("lost", "soap-service-host-unknown"),
        ("down", "soap-service-down"),
        // A SOAP message cannot name the person it is about.
        ("person", "subject-missing"),
    ] {
        assert_eq!(code(&town, to(service)).await, told(expected), "{service}");
    }
    let named = to("person").header("X-Road-Consent-Subject", "c-17");
    assert_eq!(code(&town, named).await, "server.serverproxy.subject_missing");
    let other = to("getRandom").header("X-Road-Client", "INST/GOV/1111/NORIGHTS");
    assert_eq!(code(&town, other).await, "no fault", "header fields of REST mean nothing here");
    let norights = message("getRandom", "q", "").replacen("SUB1", "NORIGHTS", 1);
    assert_eq!(code(&town, request(XML, norights)).await, "server.serverproxy.access_denied");
    assert_eq!(town.calls.lock().unwrap().len(), 1);
    town.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn answers_of_a_service_have_their_codes() {
    let town = Town::new().await;
    for (service, _, expected) in ANSWERS {
        assert_eq!(code(&town, to(service)).await, told(expected), "{service}");
    }
    // A fault goes through byte for byte.
    let (_, body) = town.ask_whole(to("fault")).await;
    assert_eq!(body, FAULT);
    let broken = request(XML, message("broken", "broken", ""));
    assert_eq!(code(&town, broken).await, told("soap-answer-breaks-off"));
    let (consumer, provider) = town.records("broken").await;
    assert_eq!((consumer.len(), provider.len()), (1, 1), "the request is recorded, the answer is not");
    town.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_that_breaks_off_is_nothing() {
    let town = Town::new().await;
    let whole = container(&message("getRandom", "q", ""), &[("Content-Type: a/b", &[b'x'; 500_000])]);
    // The container ends early, though HTTP does not.
    for keep in [whole.len() - 4, whole.len() - 20, 200_000, 100] {
        let found = code(&town, request(RELATED, whole[..keep].to_vec())).await;
        assert_eq!(found, told("soap-malformed-container"), "{keep}");
    }
    // HTTP ends early.
    let pieces = stream::iter([Ok(Bytes::from(whole.clone())), Err(BodyError::Truncated)]);
    let client = HttpClient::new(ClientSettings::default());
    let at = plain(town.consumer.addresses().http.unwrap());
    assert!(client.send(&at, request(RELATED, Body::stream(pieces, None))).await.is_err());
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert!(town.calls.lock().unwrap().is_empty());
    let (consumer, provider) = town.records("q").await;
    assert_eq!((consumer.len(), provider.len()), (0, 0));
    assert_eq!(code(&town, request(RELATED, whole)).await, "no fault");
    town.end().await;
}

/// The time is X-Road's half a minute, and is waited for: nothing depends on it but the end of this test.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_does_not_send_the_whole_message_is_given_up() {
    let town = Town::new().await;
    let whole = message("getRandom", "late", "");
    let head = format!(
        "POST / HTTP/1.1\r\nHost: here\r\nContent-Type: {XML}\r\nContent-Length: {}\r\n\r\n",
        whole.len()
    );
    let mut stream = TcpStream::connect(town.consumer.addresses().http.unwrap()).await.unwrap();
    stream.write_all((head + &whole[..whole.len() / 2]).as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    assert!(answer.contains(&format!("<faultcode>{}</faultcode>", told("soap-late"))), "{answer}");
    assert!(answer.contains("Reading SOAP from request timed out"), "{answer}");
    assert!(town.calls.lock().unwrap().is_empty());
    town.end().await;
}
