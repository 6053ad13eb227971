//! Our provider side in the place of the captured SS2.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use evidence::asic::{self, AsicLimits};
use protocol::Limits;
use protocol::rest::{RestRequest, RestResponse};
use service_kit::http::{Request, Response};
use service_kit::http_server::{Server, ServerSecurity, ServerSettings};
use service_kit::shutdown::Shutdown;

use super::captured::{
    ANSWERED, BODY, CHAIN, Http, METADATA, OCSP, Part, REFUSED, REQUEST, RESPONSE, RESULT, SIGNATURE,
    VARIANTS, all, read, request_bytes,
};
use super::compare::{Ids, assert_same_answer, assert_same_head, assert_same_message, without_uuids};
use super::consumer::answer;
use super::place::{Keys, Pair, Place, Role, ocsp_response};
use super::{soap, stock};
use crate::message_log::ExportQuery;

/// What the captured service answered in an exchange, and its body.
pub(super) fn service_answer(variant: &str, exchange: &str) -> (RestResponse, Option<Vec<u8>>) {
    let message = Http::captured(variant, exchange, "5500-response").message();
    let mut answer = RestResponse::decode(message.part(RESPONSE).unwrap(), &Limits::default()).unwrap();
    // The last five are the provider's security server's.
    answer.headers.truncate(answer.headers.len() - 5);
    (answer, message.part(BODY).map(<[u8]>::to_vec))
}

/// The captured service, and the requests that reach it.
pub(super) struct Backend {
    pub(super) at: SocketAddr,
    pub(super) calls: Arc<Mutex<Vec<(Request, Bytes)>>>,
    shutdown: Shutdown,
}

impl Backend {
    pub(super) async fn start(variant: &'static str) -> Self {
        let server =
            Server::bind("127.0.0.1:0", ServerSecurity::Plain, ServerSettings::default()).await.unwrap();
        let (at, shutdown) = (server.local_address(), Shutdown::new());
        let calls: Arc<Mutex<Vec<(Request, Bytes)>>> = Arc::default();
        let kept = Arc::clone(&calls);
        let handler = move |mut request: Request| {
            let kept = Arc::clone(&kept);
            async move {
                let body = std::mem::take(&mut request.body).read_all(u64::MAX).await.unwrap();
                let answer = Self::answer(variant, &request);
                kept.lock().unwrap().push((request, body));
                answer
            }
        };
        shutdown.spawn(server.serve(handler, shutdown.clone()));
        Self { at, calls, shutdown }
    }

    /// The captured answer to this very request.
    fn answer(variant: &str, request: &Request) -> Response {
        if let Some(service) = request.target.strip_prefix("/soap/") {
            return soap::service_answer(variant, service);
        }
        let id = request.headers.get("x-road-request-id").unwrap_or_default();
        let is_meant = |exchange: &&str| {
            Http::captured(variant, exchange, "5500-request").header("x-road-request-id") == id
        };
        let Some(exchange) = ANSWERED.into_iter().find(is_meant) else {
            return Response::text(200, "another");
        };
        let (answer, body) = service_answer(variant, exchange);
        let mut response = Response::new(answer.status);
        response.reason = answer.reason;
        response.headers = answer.headers.into();
        match body {
            Some(body) => response.body(body),
            None => response,
        }
    }

    pub(super) fn stop(&self) {
        self.shutdown.request();
    }
}

/// Sends the bytes as SS1 would; gives the answer.
pub(super) async fn exchange(variant: &str, pair: &Pair, request: Vec<u8>) -> Http {
    Http::from_wire(&stock::exchange(&Keys::of(variant, Role::Ss1).auth, pair.ss2.peers(), request).await)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn captured_requests_are_answered_as_the_captured_server_did() {
    for variant in VARIANTS {
        let pair = Pair::start(variant).await;
        for name in all() {
            let what = format!("{variant} {name}");
            let request = Http::captured(variant, name, "5500-request");
            let response = exchange(variant, &pair, request_bytes(variant, name)).await;
            let theirs = Http::captured(variant, name, "5500-response");
            if REFUSED.contains(&name) {
                assert_same_head(&response, &theirs, &what);
                assert_eq!(without_uuids(&response.body), without_uuids(&theirs.body), "{what}");
            } else {
                assert_same_message(&response, &theirs, &what);
                assert_eq!(records(&pair.ss2, &request).await, 2, "{what}");
            }
            // And our consumer side takes it for what it is.
            let answered = answer(&pair.ss1, variant, &request, &response).await;
            let ids = if REFUSED.contains(&name) { Ids::New } else { Ids::Captured };
            assert_same_answer(answered, &Http::captured(variant, name, "is-response"), ids, &what).await;
        }
        assert_calls(variant, &pair);
        pair.end().await;
    }
}

/// Records of the exchange in the journal of a server.
async fn records(place: &Place, request: &Http) -> usize {
    let message = RestRequest::decode(request.message().part(REQUEST).unwrap(), &Limits::default()).unwrap();
    let query_id = message.query_id().unwrap().to_owned();
    let query = ExportQuery { query_id, local: None, direction: None, force: false };
    place.running.journal().find(&query).await.unwrap().len()
}

/// The service was called with what the information system had sent, and with nothing else.
fn assert_calls(variant: &str, pair: &Pair) {
    let calls = std::mem::take(&mut *pair.backend.calls.lock().unwrap());
    assert_eq!(calls.len(), ANSWERED.len(), "{variant}");
    for ((call, body), exchange) in calls.into_iter().zip(ANSWERED) {
        let sent = Http::captured(variant, exchange, "5500-request").message();
        let message = RestRequest::decode(sent.part(REQUEST).unwrap(), &Limits::default()).unwrap();
        assert_eq!(call.method, message.verb.as_str(), "{exchange}");
        let below = message.target.strip_prefix("/r1/INST/GOV/2222/SUB2/svc").unwrap();
        assert_eq!(call.target, format!("/rest{below}"), "{exchange}");
        assert_eq!(body, sent.part(BODY).unwrap_or_default(), "{exchange}");
        for (name, value) in &message.headers {
            assert!(call.headers.get_all(name).any(|found| found == value), "{exchange}: {name}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_under_a_captured_batch_signature_is_answered() {
    let pair = Pair::start("rsa").await;
    let bytes = read("rsa", "asic/ss2-batch2-requestOnly-batchts.asice");
    let container = asic::read(&bytes, &AsicLimits::default()).unwrap();
    let chain = container.hash_chain.unwrap();
    assert!(String::from_utf8_lossy(&chain).contains("STEP1"), "one of several messages under one signature");
    let mut request = Http::captured("rsa", "02-rest-post-json", "5500-request");
    let mut message = request.message();
    let part = |kind: &str, content: Vec<u8>| Part { content_type: kind.to_owned(), content };
    message.parts = vec![
        part(OCSP, ocsp_response("rsa", Role::Ss1, "auth")),
        part(REQUEST, container.message.clone()),
        part(BODY, container.attachments[0].1.clone()),
        part(RESULT, container.hash_chain_result.unwrap()),
        part(CHAIN, chain),
        part(SIGNATURE, container.signature),
    ];
    let decoded = RestRequest::decode(&container.message, &Limits::default()).unwrap();
    for (name, value) in &mut request.headers {
        if name == "x-road-request-id" {
            decoded.request_id().unwrap().clone_into(value);
        }
    }
    request.body = message.encode();
    let response = exchange("rsa", &pair, request.to_wire()).await;
    let mut answered = answer(&pair.ss1, "rsa", &request, &response).await;
    let body = std::mem::take(&mut answered.body).read_all(1_000).await.unwrap();
    assert_eq!((answered.status, &body[..]), (200, &b"another"[..]));
    assert_eq!(pair.backend.calls.lock().unwrap()[0].1, container.attachments[0].1);
    pair.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn at_another_time_nothing_is_answered() {
    for (time, reason) in [
        // The OCSP responses are older than an hour.
        ("2026-11-21T16:30:00Z", "service_failed.ssl_authentication_failed"),
        // The certificates are not valid yet.
        ("2026-11-20T12:00:00Z", "service_failed.ssl_authentication_failed"),
        // The global configuration has expired.
        ("2027-11-22T00:00:00Z", "global_conf_outdated"),
    ] {
        let pair = Pair::start_at("rsa", time).await;
        for name in ANSWERED.into_iter().chain(METADATA) {
            let response = exchange("rsa", &pair, request_bytes("rsa", name)).await;
            let code = format!("<faultcode>server.serverproxy.{reason}</faultcode>");
            assert!(String::from_utf8_lossy(&response.body).contains(&code), "{time} {name}: {response:?}");
        }
        assert!(pair.backend.calls.lock().unwrap().is_empty());
        pair.end().await;
    }
}
