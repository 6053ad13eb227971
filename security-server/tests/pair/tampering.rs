//! Somebody on the way who holds both servers' TLS keys, but not their signing keys.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, OnceLock};

use bytes::Bytes;
use service_kit::http::{Body, Request, Response};
use service_kit::http_client::{ClientSecurity, ClientSettings, Destination, HttpClient};
use service_kit::http_server::{Server, ServerSecurity, ServerSettings};
use service_kit::peer_tls::{PeerAcceptor, PeerConnector, PeerTlsMode};
use service_kit::shutdown::Shutdown;

use crate::town::{Town, Wishes, tls};

/// Changes bytes; the same function sees requests and responses, one of them is the identity.
type Change = Arc<dyn Fn(Vec<u8>) -> Vec<u8> + Send + Sync>;

/// What is done to the next messages.
#[derive(Clone)]
struct Plan {
    request: Change,
    response: Change,
}

/// A server in the middle.
struct Middle {
    plan: Arc<Mutex<Plan>>,
    town: Town,
    shutdown: Shutdown,
}

impl Middle {
    async fn new() -> Self {
        // The port must be known before the consumer's server starts, the keys only exist afterwards.
        let shutdown = Shutdown::new();
        let reserved = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let at = reserved.local_addr().unwrap();
        drop(reserved);
        let town = Town::with(Wishes { detour: Some(at), ..Wishes::default() }).await;
        let plan = Arc::new(Mutex::new(Plan { request: unchanged(), response: unchanged() }));
        serve(at, &town, Arc::clone(&plan), &shutdown).await;
        Self { plan, town, shutdown }
    }

    async fn refused(&self, request: Change, response: Change) -> String {
        *self.plan.lock().unwrap() = Plan { request, response };
        self.town.refused(Town::request("POST", "svc/x").header("X-Road-Id", "q").body("the body")).await.1
    }

    async fn end(self) {
        self.shutdown.request();
        self.town.end().await;
    }
}

async fn serve(at: SocketAddr, town: &Town, plan: Arc<Mutex<Plan>>, shutdown: &Shutdown) {
    let acceptor =
        PeerAcceptor::new(&tls(&town.provider_keys.auth), Arc::new(|_| true), PeerTlsMode::Modern).unwrap();
    let connector = PeerConnector::new(&tls(&town.consumer_keys.auth), PeerTlsMode::Modern).unwrap();
    let onward = Destination {
        host: "127.0.0.1".to_owned(),
        port: town.provider.addresses().peers.port(),
        security: ClientSecurity::Peer(connector),
    };
    let client = HttpClient::new(ClientSettings::default());
    let handler = move |mut request: Request| {
        let (plan, client, onward) = (plan.lock().unwrap().clone(), client.clone(), onward.clone());
        async move {
            let body = std::mem::take(&mut request.body).read_all(u64::MAX).await.unwrap();
            let changed = (plan.request)(body.to_vec());
            let mut onwards = Request::new(request.method, request.target);
            onwards.headers = request.headers;
            for name in ["host", "transfer-encoding", "connection"] {
                onwards.headers.remove(name);
            }
            let mut response = client.send(&onward, onwards.body(chunked(changed))).await.unwrap();
            let body = std::mem::take(&mut response.body).read_all(u64::MAX).await.unwrap();
            let mut answer = Response::new(response.status);
            answer.headers = response.headers;
            for name in ["transfer-encoding", "connection", "content-length", "date"] {
                answer.headers.remove(name);
            }
            answer.body(chunked((plan.response)(body.to_vec())))
        }
    };
    let settings = ServerSettings::default();
    let server = Server::bind(&at.to_string(), ServerSecurity::Peers(acceptor), settings).await.unwrap();
    shutdown.spawn(server.serve(handler, shutdown.clone()));
}

fn chunked(bytes: Vec<u8>) -> Body {
    Body::stream(futures_util::stream::iter([Ok(Bytes::from(bytes))]), None)
}

fn unchanged() -> Change {
    Arc::new(|bytes| bytes)
}

/// Replaces the first occurrence.
fn replacing(from: &'static str, to: &'static str) -> Change {
    Arc::new(move |bytes| {
        let at = bytes.windows(from.len()).position(|window| window == from.as_bytes());
        let at = at.unwrap_or_else(|| panic!("{from} is not in the message"));
        [&bytes[..at], to.as_bytes(), &bytes[at + from.len()..]].concat()
    })
}

/// Leaves out the part with this content type.
fn without_part(content_type: &'static str) -> Change {
    Arc::new(move |bytes| {
        let text = |from: usize, what: &[u8]| {
            bytes[from..].windows(what.len()).position(|window| window == what).map(|at| from + at)
        };
        let head = text(0, format!("content-type: {content_type}").as_bytes()).expect("the part is there");
        let start = bytes[..head].windows(4).rposition(|window| window == b"\r\n--").map_or(0, |at| at + 2);
        let end = text(head, b"\r\n--xtop").expect("another delimiter") + 2;
        [&bytes[..start], &bytes[end..]].concat()
    })
}

fn cut(keep: fn(usize) -> usize) -> Change {
    Arc::new(move |mut bytes| {
        bytes.truncate(keep(bytes.len()));
        bytes
    })
}

/// Every change of a request or a response, with the words that follow the side.
fn changes(message_type: &'static str) -> Vec<(&'static str, Change, &'static str)> {
    vec![
        ("message", replacing("x-road-id:q", "x-road-id:p"), "signature_verification"),
        ("body", replacing("the body", "The body"), "signature_verification"),
        (
            "signature value",
            replacing(
                "<ds:SignatureValue Id=\"signature-value\">\n",
                "<ds:SignatureValue Id=\"signature-value\">\nAAAA",
            ),
            "signature_verification",
        ),
        ("hash chain", without_part("application/hash-chain\r\n"), "signature_verification"),
        ("no body", without_part("application/x-road-rest-body"), "signature_verification"),
        ("no signature", without_part("signature/bdoc-1.0/ts"), "missing_signature"),
        ("no message", without_part(message_type), "service_failed.invalid_content_type"),
        ("cut in the body", cut(|length| length / 3), "service_failed.io_error"),
        ("cut before the closing delimiter", cut(|length| length - 8), "service_failed.io_error"),
        ("nothing", cut(|_| 0), "missing_rest"),
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_changed_request_is_refused() {
    let middle = Middle::new().await;
    assert_eq!(middle.refused(unchanged(), unchanged()).await, "no error");
    let replacing_case = |(what, change, words): (&'static str, Change, &'static str)| {
        // In a request the query id stands as the information system wrote it.
        let change = if what == "message" { replacing("X-Road-Id:q", "X-Road-Id:p") } else { change };
        (what, change, words)
    };
    for (what, change, words) in changes("application/x-road-rest-request").into_iter().map(replacing_case) {
        let code = middle.refused(change, unchanged()).await;
        assert!(code.starts_with(&format!("server.serverproxy.{words}")), "{what}: {code}");
    }
    let no_ocsp = middle.refused(without_part("application/ocsp-response"), unchanged()).await;
    assert_eq!(no_ocsp, "server.serverproxy.service_failed.ssl_authentication_failed");
    assert_eq!(middle.town.calls.lock().unwrap().len(), 1, "only the unchanged one reached the service");
    middle.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_changed_response_is_refused() {
    let middle = Middle::new().await;
    for (what, change, words) in changes("application/x-road-rest-response") {
        let code = middle.refused(unchanged(), change).await;
        assert!(code.starts_with(&format!("server.clientproxy.{words}")), "{what}: {code}");
    }
    middle.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_to_another_request_is_refused() {
    let middle = Middle::new().await;
    let first: Arc<OnceLock<Vec<u8>>> = Arc::default();
    let replay: Change = Arc::new(move |bytes| {
        // Boundaries differ: the old answer is read with the new one's.
        let boundary = |bytes: &[u8]| bytes[2..36].to_vec();
        let old = first.get_or_init(|| bytes.clone());
        let (from, to) = (boundary(old), boundary(&bytes));
        let mut out = Vec::new();
        let mut rest = old.as_slice();
        while let Some(at) = rest.windows(from.len()).position(|window| window == from) {
            out.extend_from_slice(&rest[..at]);
            out.extend_from_slice(&to);
            rest = &rest[at + from.len()..];
        }
        [out.as_slice(), rest].concat()
    });
    assert_eq!(middle.refused(unchanged(), Arc::clone(&replay)).await, "no error");
    assert_eq!(middle.refused(unchanged(), replay).await, "server.clientproxy.inconsistent_response");
    middle.end().await;
}
