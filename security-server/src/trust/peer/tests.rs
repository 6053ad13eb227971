//! Who a peer is: the captured pair at its own time, then everything that must be refused.

use pki::issue::IssueProfile;
use pki::ocsp::CertStatus;
use service_kit::clock::Clock;
use service_kit::http::Request;
use service_kit::http_server::{Server, ServerSecurity, ServerSettings};
use service_kit::shutdown::Shutdown;
use time::{Duration, OffsetDateTime};

use super::*;
use crate::trust::testing::{
    CAPTURED, World, captured_certificate, captured_conf, captured_file, ocsp_store, registration,
};
use crate::trust::{GlobalConfStore, OcspResponder};

fn client(path: &str) -> ClientId {
    ClientId::from_path(path).unwrap()
}

fn presented(certificate: &Certificate) -> Presented {
    Presented::from_der(&[certificate.der()]).unwrap()
}

/// Peer trust that has no response at hand and reaches nobody.
fn peer_trust(conf: &GlobalConf) -> (Arc<PeerTrust>, tempfile::TempDir) {
    let (ocsp, folder) =
        ocsp_store(Vec::new(), &GlobalConfStore::fixed(conf.clone()), &Clock::manual(CAPTURED));
    (PeerTrust::new(ocsp), folder)
}

/// The code that a refused consumer sees, or the server.
fn consumer_verdict(
    certificate: &Certificate,
    ocsp: &[Bytes],
    consumer: &str,
    conf: &GlobalConf,
    now: OffsetDateTime,
) -> Result<String, (String, String)> {
    let (trust, _folder) = peer_trust(conf);
    let conf = conf.valid_at(now).unwrap();
    match trust.verify_consumer(&presented(certificate), ocsp, &client(consumer), &conf) {
        Ok(verified) => Ok(verified.server().to_string()),
        Err(refusal) => {
            let fault = refusal.into_fault(Origin::ServerProxy);
            Err((fault.code.to_string(), fault.text))
        }
    }
}

#[test]
fn the_captured_consumer_is_known_at_its_time_only() {
    for variant in ["rsa", "ec"] {
        let conf = captured_conf(variant);
        let ss1 = captured_certificate(variant, "ss1-auth");
        let ocsp = [Bytes::from(captured_file(variant, &format!("ocsp/{}.ocsp", hex::encode(ss1.sha1()))))];
        let verdict = |consumer: &str, now| consumer_verdict(&ss1, &ocsp, consumer, &conf, now);
        assert_eq!(verdict("INST/GOV/1111/SUB1", CAPTURED).unwrap(), "SERVER:INST/GOV/1111/SS1", "{variant}");
        assert!(verdict("INST/GOV/1111", CAPTURED).is_ok(), "the owner is a client of its server");
        let (code, text) = verdict("INST/GOV/2222/SUB2", CAPTURED).unwrap_err();
        assert_eq!(code, "server.serverproxy.service_failed.ssl_authentication_failed");
        assert_eq!(
            text,
            "Client 'SUBSYSTEM:INST/GOV/2222/SUB2' is not registered at security server SERVER:INST/GOV/1111/SS1"
        );
        let (code, text) = verdict("INST/GOV/1111/SUB1", CAPTURED + Duration::hours(3)).unwrap_err();
        assert_eq!(code, "server.serverproxy.service_failed.ssl_authentication_failed");
        assert!(text.contains("too old"), "{text}");
    }
}

#[tokio::test]
async fn the_captured_provider_is_known_at_its_time_only() {
    for variant in ["rsa", "ec"] {
        let conf = captured_conf(variant);
        let (trust, _folder) = peer_trust(&conf);
        let ss2 = captured_certificate(variant, "ss2-auth");
        let response = captured_file(variant, &format!("ocsp/{}.ocsp", hex::encode(ss2.sha1())));
        trust.ocsp.put_for_tests(&ss2, response);
        let (peer, provider, other) =
            (presented(&ss2), client("INST/GOV/2222/SUB2"), client("INST/GOV/1111/SUB1"));
        let nowhere = ("127.0.0.1", 1);
        let now = conf.valid_at(CAPTURED).unwrap();
        let verified = trust.verify_provider(&peer, nowhere, &provider, &now).await.unwrap();
        assert_eq!(verified.server().to_string(), "SERVER:INST/GOV/2222/SS2", "{variant}");
        assert!(trust.verify_provider(&peer, nowhere, &other, &now).await.is_err());
        let later = conf.valid_at(CAPTURED + Duration::hours(3)).unwrap();
        assert!(trust.verify_provider(&peer, nowhere, &provider, &later).await.is_err());
    }
}

#[test]
fn consumers_are_refused_with_the_reason() {
    let mut world = World::new();
    let good = |world: &World, certificate: &Certificate| {
        Bytes::from(world.status(certificate, CertStatus::Good, CAPTURED - Duration::minutes(10)))
    };
    let stranger = world.authentication("stranger");
    let sign_key = keys::SigningKey::generate(keys::KeyType::P256).unwrap();
    let signing = world.issue("sign", IssueProfile::Signing, &sign_key);
    let other = World::new();
    world.shared.servers[0].auth_certs.extend([registration(&signing), registration(&other.ss1)]);
    let conf = world.conf();
    let ss1 = world.ss1.clone();
    let at = CAPTURED - Duration::minutes(10);
    let revoked = world.status(&ss1, CertStatus::Revoked { at, reason: None }, at).into();
    let unknown = world.status(&ss1, CertStatus::Unknown, at).into();
    let old = world.status(&ss1, CertStatus::Good, CAPTURED - Duration::hours(2)).into();
    let forged = other.status(&ss1, CertStatus::Good, at).into();
    let plain = "server.serverproxy.service_failed.ssl_authentication_failed";
    let table: Vec<(&str, &Certificate, Vec<Bytes>, &str, &str)> = vec![
        ("no OCSP part", &ss1, vec![], plain, "corresponding OCSP response is missing"),
        ("about another", &ss1, vec![good(&world, &world.ss2)], plain, "no OCSP response for"),
        ("not OCSP at all", &ss1, vec![Bytes::from_static(b"x")], plain, "no OCSP response for"),
        ("revoked", &ss1, vec![revoked], plain, "revoked"),
        ("unknown to the responder", &ss1, vec![unknown], plain, "unknown"),
        ("too old", &ss1, vec![old], plain, "too old"),
        ("by another responder", &ss1, vec![forged], plain, "OCSP"),
        (
            "not registered",
            &stranger,
            vec![good(&world, &stranger)],
            plain,
            "is not associated with any security server",
        ),
        (
            "a signing certificate",
            &signing,
            vec![good(&world, &signing)],
            plain,
            "not an authentication certificate",
        ),
        (
            "of another CA of that name",
            &other.ss1,
            vec![good(&world, &other.ss1)],
            plain,
            "signature of certificate",
        ),
    ];
    for (name, certificate, ocsp, code, text) in table {
        let (found, reason) =
            consumer_verdict(certificate, &ocsp, "INST/GOV/1111/SUB1", &conf, CAPTURED).unwrap_err();
        assert_eq!(found, code, "{name}");
        assert!(reason.contains(text), "{name}: {reason}");
    }
    let foreign =
        consumer_verdict(&ss1, &[good(&world, &ss1)], "OTHER/GOV/1111/SUB1", &conf, CAPTURED).unwrap_err();
    assert_eq!(foreign.0, "server.serverproxy.service_failed.internal_error");
    assert_eq!(foreign.1, NO_ISSUER);
    assert!(consumer_verdict(&ss1, &[good(&world, &ss1)], "INST/GOV/1111/SUB1", &conf, CAPTURED).is_ok());
}

#[test]
fn an_equal_question_needs_no_cryptography_until_something_changes() {
    let mut world = World::new();
    let conf = world.conf();
    let (trust, _folder) = peer_trust(&conf);
    let at = |seconds: i64| conf.valid_at(CAPTURED + Duration::seconds(seconds)).unwrap();
    let ss1 = presented(&world.ss1);
    let ocsp = [Bytes::from(world.status(&world.ss1, CertStatus::Good, CAPTURED - Duration::minutes(59)))];
    let consumer = client("INST/GOV/1111/SUB1");
    trust.verify_consumer(&ss1, &ocsp, &consumer, &at(0)).unwrap();
    let key = verdicts::key(ss1.certificates(), &ocsp, "INST");
    let holds = |seconds: i64, conf: &ValidGlobalConf| {
        assert_eq!(conf.at(), CAPTURED + Duration::seconds(seconds));
        trust.verdicts.holds(&key, &world.ss1, "INST", conf)
    };
    assert!(holds(0, &at(0)) && holds(59, &at(59)));
    assert!(!holds(61, &at(61)), "a minute at most, and the response is too old by now");
    assert!(!holds(-1, &at(-1)), "a verdict says nothing about the time before it");
    let newer = [Bytes::from(world.status(&world.ss1, CertStatus::Good, CAPTURED))];
    assert_ne!(verdicts::key(ss1.certificates(), &newer, "INST"), key);
    // The configuration takes the responder away: the verdict is void at once, the registration too.
    world.shared.approved_cas[0].top_ca.ocsp[0].cert = None;
    assert!(!trust.verdicts.holds(&key, &world.ss1, "INST", &world.conf().valid_at(CAPTURED).unwrap()));
    world.shared.servers[0].auth_certs.clear();
    let without = world.conf();
    let refused =
        trust.verify_consumer(&ss1, &newer, &consumer, &without.valid_at(CAPTURED).unwrap()).unwrap_err();
    assert_eq!(refused.words(), [Word::ServiceFailed, Word::SslAuthenticationFailed]);
}

#[test]
fn a_resumed_session_that_shows_the_leaf_only_is_judged_by_the_known_chain() {
    let world = World::new();
    let conf = world.conf();
    let (trust, _folder) = peer_trust(&conf);
    let length = |certificate: &Certificate| trust.whole_chain(&presented(certificate), "INST", &conf).len();
    // Any certificate stands for an intermediate here; the trust anchor behind it is not part of the path.
    let sent = [world.ss1.der(), world.ocsp.der(), world.ca.der()];
    let whole = Presented::from_der(&sent).unwrap();
    assert_eq!(trust.whole_chain(&whole, "INST", &conf).len(), 2);
    assert_eq!(length(&world.ss1), 1);
    trust.remember(&trust.whole_chain(&whole, "INST", &conf));
    assert_eq!(length(&world.ss1), 2);
    assert_eq!(length(&world.ss2), 1);
}

#[test]
fn certificates_that_were_read_before_are_told_apart_by_the_whole_chain() {
    let world = World::new();
    let (trust, _folder) = peer_trust(&world.conf());
    let chain = |certificates: &[&Certificate]| -> Vec<Vec<u8>> {
        certificates.iter().map(|certificate| certificate.der().to_vec()).collect()
    };
    for sent in [
        chain(&[&world.ss1, &world.ca]),
        chain(&[&world.ss1]),
        chain(&[&world.ss1, &world.ocsp]),
        chain(&[&world.ss2]),
        chain(&[&world.ss1, &world.ca]),
    ] {
        for _ in 0..2 {
            let read = trust.presented(&sent).unwrap();
            assert!(read.certificates().iter().map(Certificate::der).eq(sent.iter().map(Vec::as_slice)));
        }
    }
    assert!(trust.presented(&[world.ss1.der().to_vec(), b"no certificate".to_vec()]).is_err());
    assert!(trust.presented(&[]).is_err());
}

#[test]
fn handshakes_admit_registered_certificates_only() {
    let mut world = World::new();
    let conf = world.conf();
    let (trust, _folder) = peer_trust(&conf);
    assert_eq!(trust.admit(&world.ss2, &conf).unwrap().to_string(), "SERVER:INST/GOV/2222/SS2");
    let stranger = world.authentication("stranger");
    assert_eq!(trust.admit(&stranger, &conf).unwrap_err().words(), [Word::SslAuthenticationFailed]);
    assert!(Presented::from_der(&[] as &[Vec<u8>]).is_err());
    assert!(Presented::from_der(&[b"no certificate"]).is_err());
}

/// The provider SS2 with its port 5577, and the consumer's view of it.
struct Pair {
    world: World,
    store: Arc<GlobalConfStore>,
    provider: Arc<OcspStore>,
    consumer: Arc<PeerTrust>,
    port: u16,
    shutdown: Shutdown,
    _folders: [tempfile::TempDir; 2],
}

impl Pair {
    async fn start(status: Option<CertStatus>) -> Self {
        let world = World::new();
        let store = GlobalConfStore::fixed(world.conf());
        let clock = Clock::manual(CAPTURED);
        let (provider, folder) = ocsp_store(vec![world.ss2.clone()], &store, &clock);
        if let Some(status) = status {
            provider
                .put_for_tests(&world.ss2, world.status(&world.ss2, status, CAPTURED - Duration::minutes(1)));
        }
        let responder = OcspResponder::new(Arc::clone(&provider), Arc::clone(&store), clock.clone());
        let bound =
            Server::bind("127.0.0.1:0", ServerSecurity::Plain, ServerSettings::default()).await.unwrap();
        let port = bound.local_address().port();
        let shutdown = Shutdown::new();
        let handler = move |request: Request| {
            let response = responder.respond(&request);
            async move { response }
        };
        tokio::spawn(bound.serve(handler, shutdown.clone()));
        let (ocsp, other) = ocsp_store(Vec::new(), &store, &clock);
        Self {
            world,
            store,
            provider,
            consumer: PeerTrust::new(ocsp),
            port,
            shutdown,
            _folders: [folder, other],
        }
    }

    async fn verdict(&self, certificate: &Certificate, provider: &str) -> Result<String, String> {
        let conf = self.store.valid_at(CAPTURED).unwrap();
        let ocsp_at = ("127.0.0.1", self.port);
        let verdict =
            self.consumer.verify_provider(&presented(certificate), ocsp_at, &client(provider), &conf).await;
        let code = |refusal: PeerRefusal| refusal.into_fault(Origin::ClientProxy).code.to_string();
        verdict.map(|verified| verified.server().to_string()).map_err(code)
    }
}

#[tokio::test]
async fn a_provider_is_known_by_its_own_responses_which_are_fetched_once() {
    let pair = Pair::start(Some(CertStatus::Good)).await;
    let ss2 = pair.world.ss2.clone();
    assert_eq!(pair.verdict(&ss2, "INST/GOV/2222/SUB2").await.unwrap(), "SERVER:INST/GOV/2222/SS2");
    // The port may go: the responses are at hand.
    pair.shutdown.request();
    assert!(pair.verdict(&ss2, "INST/GOV/2222/SUB2").await.is_ok());
    let failed = "server.clientproxy.ssl_authentication_failed";
    assert_eq!(pair.verdict(&ss2, "INST/GOV/1111/SUB1").await.unwrap_err(), failed);
    let no_path = format!("{failed}.cannot_create_cert_path.internal_error");
    assert_eq!(pair.verdict(&ss2, "OTHER/GOV/2222/SUB2").await.unwrap_err(), no_path);
}

#[tokio::test]
async fn a_provider_without_a_good_status_is_refused() {
    let failed = "server.clientproxy.ssl_authentication_failed";
    let without = Pair::start(None).await;
    let ss2 = without.world.ss2.clone();
    assert_eq!(
        without.verdict(&ss2, "INST/GOV/2222/SUB2").await.unwrap_err(),
        format!("{failed}.internal_error")
    );

    // A response of an honest responder that says revoked, handed out by a peer that does not look.
    let pair = Pair::start(Some(CertStatus::Good)).await;
    let ss2 = pair.world.ss2.clone();
    let at = CAPTURED - Duration::minutes(1);
    for (status, at, word) in [
        (CertStatus::Revoked { at, reason: None }, at, "cert_validation"),
        (CertStatus::Good, CAPTURED - Duration::hours(2), "incorrect_validation_info"),
    ] {
        pair.consumer.ocsp.put_for_tests(&ss2, pair.world.status(&ss2, status, at));
        let conf = pair.store.valid_at(CAPTURED).unwrap();
        // Nothing listens there: what is at hand must not be used.
        let (peer, provider) = (presented(&ss2), client("INST/GOV/2222/SUB2"));
        assert!(pair.consumer.verify_provider(&peer, ("127.0.0.1", 1), &provider, &conf).await.is_err());
        let responses = [Bytes::from(pair.world.status(&ss2, status, at))];
        let refused =
            pair.consumer.verify(std::slice::from_ref(&ss2), &responses, "INST", &conf).unwrap_err();
        let code = path_refusal(&refused).into_fault(Origin::ClientProxy).code.to_string();
        assert_eq!(code, format!("{failed}.invalid_cert_path.{word}"));
        // With the port there, the useless response is replaced by a fetched one.
        assert!(pair.verdict(&ss2, "INST/GOV/2222/SUB2").await.is_ok());
    }
    drop(pair.provider);
}
