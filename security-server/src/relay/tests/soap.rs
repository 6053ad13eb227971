//! The captured SOAP exchanges: our provider side in the place of SS2, our consumer side in that of SS1, and both.

use std::sync::{Arc, Mutex};

use protocol::names::mime;
use service_kit::http::{Request, Response};

use super::captured::{Http, SIGNATURE, VARIANTS, between, read, request_bytes};
use super::compare::{
    Ids, assert_same_answer, assert_same_form, assert_same_head, assert_same_message, without_uuids,
};
use super::place::{Keys, Pair, Place, Role, time_of};
use super::provider::exchange;
use super::stock;

const PLAIN: &str = "20-soap-plain";
const ATTACHMENTS: &str = "21-soap-attachments";
const FAULT: &str = "22-soap-fault";
const DENIED: &str = "23-soap-access-denied";
const LIST: &str = "24-soap-listMethods";
const INCONSISTENT: &str = "25-soap-unknown-service";

/// What the captured service answered: the captured response without what the security server put into it.
pub(super) fn service_answer(variant: &str, service: &str) -> Response {
    if service == "getFault" {
        let message = Http::captured(variant, FAULT, "5500-response").message();
        return Response::with(500, "text/xml; charset=UTF-8", message.parts[0].content.clone());
    }
    let message = Http::captured(variant, PLAIN, "5500-response").message();
    let text = String::from_utf8(message.part(mime::TEXT_XML_UTF8).unwrap().to_vec()).unwrap();
    let hash = between(&text, "<xroad:requestHash", "</xroad:requestHash>");
    let hash = format!("<xroad:requestHash{hash}</xroad:requestHash>");
    Response::with(200, "text/xml; charset=UTF-8", text.replace(&hash, ""))
}

/// What the captured information system sent.
fn of_information_system(variant: &str, exchange: &str) -> Request {
    let sent = Http::captured(variant, exchange, "is-request");
    Request::post("/", sent.header("content-type"), sent.body.clone())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn captured_requests_are_answered_as_the_captured_server_did() {
    for variant in VARIANTS {
        let pair = Pair::start(variant).await;
        for name in [PLAIN, ATTACHMENTS, LIST] {
            let response = exchange(variant, &pair, request_bytes(variant, name)).await;
            let theirs = Http::captured(variant, name, "5500-response");
            assert_same_message(&response, &theirs, &format!("{variant} {name}"));
        }
        // A fault of the service: without signature, in the place of the message.
        let response = exchange(variant, &pair, request_bytes(variant, FAULT)).await;
        let theirs = Http::captured(variant, FAULT, "5500-response");
        assert_same_head(&response, &theirs, variant);
        assert_eq!(response.message().parts, theirs.message().parts, "{variant}");
        let response = exchange(variant, &pair, request_bytes(variant, DENIED)).await;
        let theirs = Http::captured(variant, DENIED, "5500-response");
        assert_same_head(&response, &theirs, variant);
        assert_eq!(without_uuids(&response.body), without_uuids(&theirs.body), "{variant}");
        assert_calls(variant, &pair);
        pair.end().await;
    }
}

/// The service got the bytes of the information system, in the form that X-Road writes.
fn assert_calls(variant: &str, pair: &Pair) {
    let calls = std::mem::take(&mut *pair.backend.calls.lock().unwrap());
    assert_eq!(calls.len(), 3);
    for ((call, body), exchange) in calls.iter().zip([PLAIN, ATTACHMENTS, FAULT]) {
        let sent = Http::captured(variant, exchange, "is-request");
        assert_eq!((call.method.as_str(), call.headers.get("soapaction")), ("POST", Some("")));
        assert_eq!(call.headers.get("content-type"), Some(sent.header("content-type")), "{exchange}");
        let expected = String::from_utf8_lossy(&sent.body).replace("Content-Type: ", "content-type:");
        assert_eq!(String::from_utf8_lossy(body), expected, "{exchange}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn both_sides_together_answer_the_captured_information_system() {
    for variant in VARIANTS {
        let pair = Pair::start(variant).await;
        for name in [PLAIN, ATTACHMENTS, FAULT, DENIED, LIST] {
            let (mut response, body) = pair.ss1.ask(of_information_system(variant, name)).await;
            response.body = body.into();
            let expected = Http::captured(variant, name, "is-response");
            // The request hash is that of the same message; only refusals have something of their own.
            let ids = if name == DENIED { Ids::New } else { Ids::Captured };
            assert_same_answer(response, &expected, ids, &format!("{variant} {name}")).await;
        }
        pair.end().await;
    }
    // Our consumer side says this by itself.
    let pair = Pair::start("rsa").await;
    let (mut response, body) = pair.ss1.ask(of_information_system("rsa", INCONSISTENT)).await;
    response.body = body.into();
    let expected = Http::captured("rsa", INCONSISTENT, "is-response");
    assert_same_answer(response, &expected, Ids::New, INCONSISTENT).await;
    assert_eq!(pair.backend.calls.lock().unwrap().len(), 0);
    pair.end().await;
}

/// A SOAP response says which message it answers, not which transmission of it: what the captured provider said is
/// still true when the captured information system asks again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_captured_provider_answered_is_told() {
    for variant in VARIANTS {
        let pair = Pair::start(variant).await;
        for name in [PLAIN, ATTACHMENTS, FAULT, DENIED, LIST] {
            let what = format!("{variant} {name}");
            let requests: Arc<Mutex<Vec<Http>>> = Arc::default();
            let (seen, answer) =
                (Arc::clone(&requests), read(variant, &format!("messages/{name}.5500-response.http")));
            let answers = move |request: &[u8]| {
                seen.lock().unwrap().push(Http::from_wire(request));
                answer.clone()
            };
            let provider = stock::serve(&Keys::of(variant, Role::Ss2).auth, Arc::new(answers));
            let ss1 = Place::ss1(variant, provider, pair.ss2.ocsp(), &time_of(variant, name)).await;
            let (mut response, body) = ss1.ask(of_information_system(variant, name)).await;
            response.body = body.into();
            let expected = Http::captured(variant, name, "is-response");
            assert_same_answer(response, &expected, Ids::Captured, &what).await;
            let ours = requests.lock().unwrap().pop().expect("a request");
            let theirs = Http::captured(variant, name, "5500-request");
            assert_same_form(&with_boundary_of(&theirs, &ours), &theirs, &what);
            ss1.end().await;
        }
        pair.end().await;
    }
}

/// The message with the random letters of another one's boundaries.
fn with_boundary_of(theirs: &Http, ours: &Http) -> Http {
    let letters = |http: &Http| http.message().boundary.split_off("xtop".len());
    let (from, to) = (letters(ours), letters(theirs));
    let mut http = ours.clone();
    http.headers.iter_mut().for_each(|(_, value)| *value = value.replace(&from, &to));
    let mut at = 0;
    while let Some(found) = super::captured::find(&http.body[at..], from.as_bytes()) {
        http.body[at + found..at + found + from.len()].copy_from_slice(to.as_bytes());
        at += found + from.len();
    }
    http
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_to_another_message_is_refused() {
    let pair = Pair::start("rsa").await;
    let answer = read("rsa", &format!("messages/{PLAIN}.5500-response.http"));
    let provider = stock::serve(&Keys::of("rsa", Role::Ss2).auth, Arc::new(move |_: &[u8]| answer.clone()));
    let ss1 = Place::ss1("rsa", provider, pair.ss2.ocsp(), &time_of("rsa", PLAIN)).await;
    let sent = String::from_utf8(Http::captured("rsa", PLAIN, "is-request").body).unwrap();
    for (from, to, code) in [
        ("<data>a", "<data>b", "server.clientproxy.inconsistent_response"),
        (">EE1234567890<", ">EE1<", "server.clientproxy.service_failed.inconsistent_response"),
        ("getRandom", "getFault", "server.clientproxy.service_failed.inconsistent_response"),
    ] {
        let request = Request::post("/", "text/xml", sent.replace(from, to));
        let (response, body) = ss1.ask(request).await;
        let body = String::from_utf8(body.to_vec()).unwrap();
        assert_eq!((response.status, between(&body, "<faultcode>", "</faultcode>")), (200, code), "{to}");
    }
    ss1.end().await;
    pair.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn attachments_are_signed() {
    let pair = Pair::start("rsa").await;
    let captured = Http::captured("rsa", ATTACHMENTS, "5500-request");
    assert!(captured.message().part(SIGNATURE).is_some());
    for (from, to) in [("second ", "Second "), ("Content-ID: <att1@test>", "Content-ID: <att1@tesu>")] {
        let mut changed = captured.clone();
        let at = super::captured::find(&changed.body, from.as_bytes()).expect("it is in the message");
        changed.body[at..at + to.len()].copy_from_slice(to.as_bytes());
        let response = exchange("rsa", &pair, changed.to_wire()).await;
        let body = String::from_utf8_lossy(&response.body).into_owned();
        let refused = body.contains("<faultcode>server.serverproxy.signature_verification.");
        // The headers of an attachment are not signed, in X-Road's protocol.
        assert_eq!(refused, from.starts_with("second"), "{from}: {body}");
    }
    pair.end().await;
}
