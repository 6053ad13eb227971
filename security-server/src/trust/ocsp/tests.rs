//! Our own certificates' status: fetched from a responder, kept over a restart, gone when revoked.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use pki::ocsp::{CertStatus, OcspRequest};
use service_kit::http::{Request, Response};
use service_kit::http_server::{Server, ServerSecurity, ServerSettings};
use service_kit::shutdown::Shutdown;

use super::*;
use crate::trust::testing::{
    CAPTURED, World, captured_certificate, captured_conf, captured_file, ocsp_store,
};

/// A responder of the world's CA that says what it is told.
struct Responder {
    status: Mutex<CertStatus>,
    at: Mutex<OffsetDateTime>,
    asked: AtomicUsize,
}

/// Starts a responder; gives the world whose configuration names it.
async fn start() -> (Arc<World>, Arc<Responder>, Shutdown) {
    let mut world = World::new();
    let server = Server::bind("127.0.0.1:0", ServerSecurity::Plain, ServerSettings::default()).await.unwrap();
    let gone = "http://127.0.0.1:1/gone".to_owned();
    let url = format!("http://{}/ocsp", server.local_address());
    let listed = world.shared.approved_cas[0].top_ca.ocsp[0].clone();
    let with = |url: String| globalconf::shared_params::OcspInfo { url, ..listed.clone() };
    world.shared.approved_cas[0].top_ca.ocsp = vec![with(gone), with(url)];
    let world = Arc::new(world);
    let responder = Arc::new(Responder {
        status: Mutex::new(CertStatus::Good),
        at: Mutex::new(CAPTURED),
        asked: AtomicUsize::new(0),
    });
    let shutdown = Shutdown::new();
    let state = (Arc::clone(&world), Arc::clone(&responder));
    let handler = move |request: Request| {
        let (world, responder) = (Arc::clone(&state.0), Arc::clone(&state.1));
        async move { answer(&world, &responder, request).await }
    };
    tokio::spawn(server.serve(handler, shutdown.clone()));
    (world, responder, shutdown)
}

async fn answer(world: &World, responder: &Responder, request: Request) -> Response {
    responder.asked.fetch_add(1, Ordering::Relaxed);
    assert_eq!((request.method.as_str(), request.target.as_str()), ("POST", "/ocsp"));
    assert_eq!(request.headers.get("Content-Type"), Some("application/ocsp-request"));
    assert_eq!(request.headers.get("Accept"), Some("application/ocsp-response"));
    let body = request.body.read_all(10_000).await.unwrap();
    let asked = OcspRequest::parse(&body).unwrap();
    let certificates = [&world.ss1, &world.ss2];
    let about =
        certificates.iter().find(|certificate| OcspRequest::new(certificate, &world.ca).encode() == body);
    assert_eq!(asked.encode(), body);
    let (status, at) = (*responder.status.lock().unwrap(), *responder.at.lock().unwrap());
    Response::with(200, "application/ocsp-response", world.status(about.unwrap(), status, at))
}

#[tokio::test]
async fn own_responses_are_fetched_kept_and_withdrawn() {
    let (world, responder, _shutdown) = start().await;
    let conf = GlobalConfStore::fixed(world.conf());
    let clock = Clock::manual(CAPTURED);
    let own = vec![world.ss1.clone(), world.ca.clone()];
    let (store, folder) = ocsp_store(own.clone(), &conf, &clock);
    assert_eq!(store.own_responses(&own), Err(OwnStatusMissing { subject: world.ss1.subject().to_string() }));

    store.refresh().await.unwrap();
    let responses = store.own_responses(&own).unwrap();
    assert_eq!(responses.len(), 1, "nobody tells the status of a root");
    let file = folder.path().join(format!("{}.ocsp", hex::encode(world.ss1.sha1())));
    assert_eq!(std::fs::read(&file).unwrap(), responses[0], "under the name that X-Road's signer uses");
    assert_eq!(store.own_status()[0].good_at, Some(CAPTURED));

    // A restart needs no responder.
    let config = OcspConfig::default();
    let restarted =
        OcspStore::open(folder.path(), config, own.clone(), Arc::clone(&conf), clock.clone()).unwrap();
    assert_eq!(restarted.own_responses(&own).unwrap(), responses);

    // Too old is as good as none, until a newer one comes.
    clock.advance(std::time::Duration::from_secs(3_601));
    assert!(restarted.own_responses(&own).is_err());
    *responder.at.lock().unwrap() = clock.now();
    restarted.refresh().await.unwrap();
    assert_ne!(restarted.own_responses(&own).unwrap(), responses);

    // Revoked: nothing may be signed with it any more, even though the old response is still fresh.
    *responder.status.lock().unwrap() = CertStatus::Revoked { at: clock.now(), reason: None };
    assert!(restarted.refresh().await.is_err());
    assert!(restarted.own_responses(&own).is_err());
    assert!(!file.exists());
    assert!(restarted.own_status()[0].error.as_ref().unwrap().contains("revoked"));
    assert!(responder.asked.load(Ordering::Relaxed) >= 3);
}

#[tokio::test]
async fn a_responder_that_is_gone_leaves_what_is_at_hand() {
    let (world, _responder, shutdown) = start().await;
    let conf = GlobalConfStore::fixed(world.conf());
    let clock = Clock::manual(CAPTURED);
    let own = vec![world.ss1.clone()];
    let (store, _folder) = ocsp_store(own.clone(), &conf, &clock);
    store.refresh().await.unwrap();
    shutdown.request();
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert!(store.refresh().await.is_err());
    assert!(store.own_responses(&own).is_ok());
}

#[tokio::test]
async fn the_cache_of_a_stock_signer_is_read() {
    for variant in ["rsa", "ec"] {
        let conf = GlobalConfStore::fixed(captured_conf(variant));
        let clock = Clock::manual(CAPTURED);
        let own = [captured_certificate(variant, "ss1-auth"), captured_certificate(variant, "ss1-sign")];
        let (store, folder) = ocsp_store(own.to_vec(), &conf, &clock);
        for certificate in &own {
            let name = format!("{}.ocsp", hex::encode(certificate.sha1()));
            std::fs::write(folder.path().join(&name), captured_file(variant, &format!("ocsp/{name}")))
                .unwrap();
            assert_eq!(store.own_responses(std::slice::from_ref(certificate)).unwrap().len(), 1, "{variant}");
        }
    }
}

#[test]
fn certificates_are_asked_about_as_x_road_asks() {
    let certificate = captured_certificate("rsa", "ss2-auth");
    let expected = format!(
        "/?cert={0}&cert={0}&cert_hash={1}&cert_hash={1}",
        hex::encode(certificate.sha1()),
        hex::encode(certificate.sha256())
    );
    assert_eq!(by_hash::target(&[certificate.clone(), certificate]), expected);
}

#[test]
fn answers_of_peers_are_taken_apart_strictly() {
    let responses = [Bytes::from_static(b"first\r\n--x"), Bytes::from_static(b"second")];
    let body = Bytes::from(answer_body(&responses));
    let content_type =
        "multipart/related; type=\"application/ocsp-response\"; charset=UTF-8; boundary=jettyB";
    assert_eq!(by_hash::parts(content_type, body.clone(), 2).unwrap(), responses);
    let table = [
        (content_type, body.clone(), 1, "2 OCSP responses for 1"),
        (content_type, body.clone(), 3, "2 OCSP responses for 3"),
        (content_type, body.slice(..body.len() - 5), 2, "unusable answer"),
        (content_type, Bytes::new(), 0, "unusable answer"),
        ("multipart/related", body, 2, "unusable answer"),
    ];
    for (content_type, body, expected, text) in table {
        let refused = by_hash::parts(content_type, body, expected).unwrap_err();
        assert!(refused.to_string().contains(text), "{refused}");
    }
}

fn answer_body(responses: &[Bytes]) -> Vec<u8> {
    super::answer(responses, "jettyB")
}
