//! Timestamps from a local service that says what the test wants.

use std::sync::Mutex;

use globalconf::shared_params::ApprovedTsa;
use pki::timestamp::{TimestampToken, TokenBuilder};
use service_kit::http::Response;
use service_kit::http_server::{Server, ServerSecurity, ServerSettings};
use service_kit::shutdown::Shutdown;
use time::OffsetDateTime;

use super::*;
use crate::trust::testing::{CAPTURED, World, captured_file};

/// A policy that only tests use (that of the samples of openssl).
const POLICY: &str = "1.2.3.4.1";

/// How the service behaves.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    Stamps,
    AnotherImprint,
    AnotherSigner,
    Rejects,
    Status500,
    Nonsense,
}

/// A timestamping service of a world.
pub(crate) struct Tsa {
    pub(crate) mode: Mutex<Mode>,
    pub(crate) time: Mutex<OffsetDateTime>,
    pub(crate) url: String,
    pub(crate) shutdown: Shutdown,
}

impl Tsa {
    pub(crate) async fn start(world: &World) -> Arc<Self> {
        let server =
            Server::bind("127.0.0.1:0", ServerSecurity::Plain, ServerSettings::default()).await.unwrap();
        let tsa = Arc::new(Self {
            mode: Mutex::new(Mode::Stamps),
            time: Mutex::new(CAPTURED),
            url: format!("http://{}/tsa", server.local_address()),
            shutdown: Shutdown::new(),
        });
        let stranger = World::new();
        let keys = [(world.tsa.clone(), world.tsa_key.clone()), (stranger.tsa, stranger.tsa_key)];
        let (state, keys) = (Arc::clone(&tsa), Arc::new(keys));
        let handler = move |request: Request| {
            let (state, keys) = (Arc::clone(&state), Arc::clone(&keys));
            async move { answer(&state, &keys, request).await }
        };
        tokio::spawn(server.serve(handler, tsa.shutdown.clone()));
        tsa
    }
}

async fn answer(tsa: &Tsa, keys: &[(Certificate, keys::SigningKey); 2], request: Request) -> Response {
    assert_eq!(request.headers.get("Content-Type"), Some("application/timestamp-query"));
    let body = request.body.read_all(10_000).await.unwrap();
    let mut question = TimeStampRequest::parse(&body).unwrap();
    assert!(question.nonce.is_none() && !question.cert_req, "as X-Road asks");
    let (mode, time) = (*tsa.mode.lock().unwrap(), *tsa.time.lock().unwrap());
    if mode == Mode::AnotherImprint {
        question.imprint = MessageImprint::of(DigestAlgorithm::Sha512, b"something else");
    }
    let (certificate, key) = &keys[usize::from(mode == Mode::AnotherSigner)];
    let builder = TokenBuilder { gen_time: time, serial: vec![7], policy: POLICY.parse().unwrap() };
    let token = builder.sign(&question, certificate, key).unwrap();
    let reply = match mode {
        Mode::Status500 => return Response::new(500),
        Mode::Nonsense => b"nonsense".to_vec(),
        Mode::Rejects => TimeStampResponse::encode_rejection(25, "out of order"),
        Mode::Stamps | Mode::AnotherImprint | Mode::AnotherSigner => {
            TimeStampResponse::encode_granted(&token)
        }
    };
    Response::with(200, "application/timestamp-reply", reply)
}

/// A client whose configuration approves services at these addresses, with the world's certificate.
fn client(world: &mut World, urls: &[&str]) -> Arc<TsaClient> {
    let approved = |url: &&str| ApprovedTsa {
        name: "TSA".to_owned(),
        url: (*url).to_owned(),
        cert: world.tsa.der().to_vec(),
        cost_type: None,
    };
    world.shared.approved_tsas = urls.iter().map(approved).collect();
    TsaClient::new(GlobalConfStore::fixed(world.conf()), Duration::from_secs(2))
}

#[tokio::test]
async fn a_token_carries_its_signer_and_covers_the_data() {
    let mut world = World::new();
    let tsa = Tsa::start(&world).await;
    let client = client(&mut world, &["http://127.0.0.1:1/gone", &tsa.url]);
    let token = client.stamp(b"data").await.unwrap();
    let token = TimestampToken::parse(&token).unwrap();
    assert_eq!(token.certificates(), [world.tsa.clone()]);
    assert_eq!(token.verify(b"data", std::slice::from_ref(&world.tsa)).unwrap().time(), CAPTURED);
    assert!(token.verify(b"other", &[world.tsa]).is_err());
    assert_eq!(client.interval(), Some(time::Duration::seconds(60)));
}

#[tokio::test]
async fn a_service_that_misbehaves_is_no_service() {
    let mut world = World::new();
    let (bad, good) = (Tsa::start(&world).await, Tsa::start(&world).await);
    let only = client(&mut world, &[&bad.url]);
    let both = client(&mut world, &[&bad.url, &good.url]);
    let table = [
        (Mode::AnotherImprint, "does not answer the request"),
        (Mode::AnotherSigner, "signed with another certificate"),
        (Mode::Rejects, "out of order"),
        (Mode::Status500, "status 500"),
        (Mode::Nonsense, "malformed"),
    ];
    for (mode, reason) in table {
        *bad.mode.lock().unwrap() = mode;
        let failure = only.stamp(b"data").await.unwrap_err().to_string();
        assert!(failure.to_lowercase().contains(reason), "{failure}");
        assert!(both.stamp(b"data").await.is_ok(), "{failure}");
    }
    let none = client(&mut world, &[]);
    assert_eq!(none.stamp(b"data").await.unwrap_err().to_string(), "no timestamping service is approved");
}

#[test]
fn questions_are_those_of_a_stock_server() {
    let captured = captured_file("rsa", "ocsp/q1795274478396652736");
    let question = TimeStampRequest::parse(&captured).unwrap();
    assert_eq!(TimeStampRequest::new(question.imprint).encode(), captured);
}
