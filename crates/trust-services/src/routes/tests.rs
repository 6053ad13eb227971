//! The services over HTTP, asked by the `openssl` command and by our own readers.

use std::path::Path;
use std::process::{Command, Output};

use keys::{KeyType, SigningKey};
use pki::Certificate;
use pki::csr::{CertificateUse, CsrParameters, Subject, SubjectAttribute};
use pki::ocsp::{OcspQuery, OcspRequest, OcspResponse};
use pki::timestamp::{MessageImprint, TimeStampRequest, TimeStampResponse};
use pki::{DigestAlgorithm, ocsp::OcspError};
use service_kit::http_client::{ClientSettings, Destination, HttpClient};
use service_kit::http_server::{Server, ServerSecurity, ServerSettings};
use service_kit::shutdown::Shutdown;
use tempfile::TempDir;

use super::*;

struct World {
    folder: TempDir,
    clock: Clock,
    port: u16,
    http: HttpClient,
    ca: Certificate,
}

impl World {
    async fn start(extra: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let text = format!("state_folder = {:?}\n{extra}", folder.path());
        let config: Config = service_kit::config::parse(&text, Path::new("test.toml")).unwrap();
        let clock = Clock::system();
        let ca = crate::authority::init(&config, clock.now()).unwrap()[0].certificate.clone();
        let services = Services::load(&config, clock.clone()).unwrap();
        let server =
            Server::bind("127.0.0.1:0", ServerSecurity::Plain, ServerSettings::default()).await.unwrap();
        let port = server.local_address().port();
        let handler = move |request| {
            let services = services.clone();
            async move { services.handle(request).await }
        };
        tokio::spawn(server.serve(handler, Shutdown::new()));
        Self { folder, clock, port, http: HttpClient::new(ClientSettings::default()), ca }
    }

    async fn open() -> Self {
        Self::start("[signing]\nhttp = true\n[test_modes]\nenabled = true\n").await
    }

    async fn send(&self, request: Request) -> (u16, Vec<u8>) {
        let response = self.http.send(&Destination::plain("127.0.0.1", self.port), request).await.unwrap();
        (response.status, response.body.read_all(MAX_REQUEST).await.unwrap().to_vec())
    }

    async fn post(&self, target: &str, body: Vec<u8>) -> (u16, Vec<u8>) {
        self.send(Request::post(target, "application/octet-stream", body)).await
    }

    async fn issued(&self) -> Certificate {
        let (status, pem) = self.post("/sign?profile=auth", csr(CertificateUse::Authentication)).await;
        assert_eq!(status, 200);
        Certificate::from_pem(&pem).unwrap()
    }

    async fn ocsp(&self, certificate: &Certificate) -> Result<(), OcspError> {
        let (_, answer) = self.post("/ocsp", OcspRequest::new(certificate, &self.ca).encode()).await;
        let query = OcspQuery {
            cert: certificate,
            issuer: &self.ca,
            responders: &[],
            now: self.clock.now(),
            freshness: Duration::hours(1),
            verify_next_update: true,
        };
        OcspResponse::parse(&answer)?.verify(&query).map(|_| ())
    }

    /// Runs the `openssl` command in the state folder.
    async fn openssl(&self, arguments: &str) -> Output {
        let mut command = Command::new("openssl");
        command.args(arguments.split_whitespace()).current_dir(self.folder.path());
        tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap()
    }
}

fn csr(usage: CertificateUse) -> Vec<u8> {
    let key = SigningKey::generate(KeyType::P256).unwrap();
    let subject = Subject::new()
        .with(SubjectAttribute::Country, "FI")
        .with(SubjectAttribute::Organization, "Town")
        .with(SubjectAttribute::SerialNumber, "TOWN/ss1/GOV")
        .with(SubjectAttribute::CommonName, "1001");
    pki::csr::build(&CsrParameters { subject, usage, dns_names: Vec::new() }, &key).unwrap()
}

fn text(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

#[tokio::test]
async fn openssl_asks_for_the_status_of_certificates() {
    let world = World::open().await;
    let certificate = world.issued().await;
    std::fs::write(world.folder.path().join("leaf.pem"), certificate.to_pem()).unwrap();
    let ask = format!(
        "ocsp -issuer certificates/ca.pem -cert leaf.pem -CAfile certificates/ca.pem \
         -url http://127.0.0.1:{}/ocsp",
        world.port
    );
    let good = text(&world.openssl(&ask).await);
    assert!(good.contains("Response verify OK") && good.contains("leaf.pem: good"), "{good}");
    let (status, _) = world.post(&format!("/revoke/{}", hex::encode(certificate.serial())), Vec::new()).await;
    assert_eq!(status, 204);
    let revoked = text(&world.openssl(&ask).await);
    assert!(revoked.contains("Response verify OK") && revoked.contains("leaf.pem: revoked"), "{revoked}");
    std::fs::write(world.folder.path().join("leaf.pem"), world.ca.to_pem()).unwrap();
    let unknown = text(&world.openssl(&ask).await);
    assert!(unknown.contains("leaf.pem: unknown"), "{unknown}");
}

#[tokio::test]
async fn a_request_may_come_by_get() {
    let world = World::open().await;
    let request = OcspRequest::new(&world.issued().await, &world.ca).encode();
    let encoded = STANDARD.encode(&request);
    let escaped = encoded.replace('/', "%2F").replace('+', "%2B").replace('=', "%3D");
    for encoded in [encoded, escaped] {
        let (status, answer) = world.send(Request::get(format!("/ocsp/{encoded}"))).await;
        assert_eq!(status, 200);
        OcspResponse::parse(&answer).unwrap();
    }
    assert_eq!(world.send(Request::get("/ocsp/!")).await.0, 400);
}

#[tokio::test]
async fn modes_change_the_answers_and_are_told() {
    let world = World::open().await;
    let certificate = world.issued().await;
    assert_eq!(world.ocsp(&certificate).await, Ok(()));
    for (mode, expected) in [("revoked", "revoked"), ("unknown", "unknown"), ("stale", "")] {
        assert_eq!(world.post(&format!("/mode/ocsp/{mode}"), Vec::new()).await.0, 200);
        let error = world.ocsp(&certificate).await.unwrap_err();
        assert!(error.to_string().contains(expected), "{mode}: {error}");
        assert_eq!(error.is_status(), mode != "stale", "{mode}: {error}");
    }
    world.post("/mode/ocsp/down", Vec::new()).await;
    assert_eq!(world.post("/ocsp", OcspRequest::new(&certificate, &world.ca).encode()).await.0, 503);
    world.post("/mode/tsa/down", Vec::new()).await;
    assert_eq!(world.post("/tsa", Vec::new()).await.0, 503);
    assert_eq!(world.send(Request::get("/mode/ocsp/good")).await.0, 405);
    let (_, modes) = world.send(Request::get("/mode")).await;
    assert_eq!(modes, br#"{"ocsp":"down","tsa":"down"}"#);
    assert_eq!(world.post("/mode/ocsp/nonsense", Vec::new()).await.0, 404);
}

#[tokio::test]
async fn openssl_verifies_timestamps() {
    let world = World::open().await;
    std::fs::write(world.folder.path().join("data"), "what is stamped").unwrap();
    for (number, options) in ["-sha512 -cert", "-sha256 -cert -no_nonce", "-sha512"].into_iter().enumerate() {
        let query = world.openssl(&format!("ts -query -data data {options} -out query")).await;
        assert!(query.status.success(), "{}", text(&query));
        let query = std::fs::read(world.folder.path().join("query")).unwrap();
        let (status, answer) = world.post("/tsa", query).await;
        assert_eq!(status, 200);
        std::fs::write(world.folder.path().join("answer"), answer).unwrap();
        let certificate = "-CAfile certificates/ca.pem -untrusted certificates/tsa.pem";
        let verified = world.openssl(&format!("ts -verify -queryfile query -in answer {certificate}")).await;
        assert!(text(&verified).contains("Verification: OK"), "{number}: {}", text(&verified));
    }
}

#[tokio::test]
async fn our_own_reader_accepts_timestamps_and_their_refusals() {
    let world = World::open().await;
    let request = TimeStampRequest::new(MessageImprint::of(DigestAlgorithm::Sha512, b"data"));
    let (_, answer) = world.post("/tsa", request.encode()).await;
    let response = TimeStampResponse::parse(&answer).unwrap();
    let token = response.token_for(&request).unwrap();
    let (_, tsa) = world.send(Request::get("/certificates/tsa.pem")).await;
    let tsa = Certificate::from_pem(&tsa).unwrap();
    let time = token.verify(b"data", &[tsa]).unwrap().time();
    assert!((world.clock.now() - time).abs() < Duration::minutes(1));
    let (status, refusal) = world.post("/tsa", b"nonsense".to_vec()).await;
    assert_eq!(status, 200);
    assert!(TimeStampResponse::parse(&refusal).unwrap().token_for(&request).is_err());
}

#[tokio::test]
async fn what_is_not_enabled_does_not_exist() {
    let world = World::start("").await;
    for target in ["/sign?profile=auth", "/mode/ocsp/down", "/revoke/01"] {
        assert_eq!(world.post(target, csr(CertificateUse::Authentication)).await.0, 404, "{target}");
    }
    assert_eq!(world.send(Request::get("/mode")).await.0, 404);
    assert_eq!(world.send(Request::get("/health")).await.0, 200);
    assert!(String::from_utf8(world.send(Request::get("/")).await.1).unwrap().contains("DEVELOPMENT"));
}

#[tokio::test]
async fn bad_requests_are_refused_with_the_reason() {
    let world = World::open().await;
    let (status, reason) = world.post("/sign?profile=auth", csr(CertificateUse::Signing)).await;
    assert_eq!(status, 400);
    assert!(String::from_utf8(reason).unwrap().contains("signing key"));
    assert_eq!(world.post("/sign?profile=ca", csr(CertificateUse::Tls)).await.0, 400);
    assert_eq!(world.post("/sign", Vec::new()).await.0, 400);
    assert_eq!(world.post("/revoke/01", Vec::new()).await.0, 404);
    let no_certificates = [0x30, 0x04, 0x30, 0x02, 0x30, 0x00].to_vec();
    for request in [no_certificates, b"nonsense".to_vec()] {
        let (status, refusal) = world.post("/ocsp", request).await;
        assert_eq!(status, 200);
        assert_eq!(OcspResponse::parse(&refusal).err(), Some(OcspError::Refused(1)));
    }
    assert_eq!(world.post("/ocsp", vec![0; 100_000]).await.0, 413);
}

#[tokio::test]
async fn answers_are_given_for_certificates_of_this_authority_only() {
    let (world, other) = (World::open().await, World::open().await);
    assert_eq!(world.ocsp(&other.issued().await).await, Err(OcspError::Unknown));
    let foreign = OcspRequest::new(&world.issued().await, &other.ca).encode();
    let (_, answer) = world.post("/ocsp", foreign).await;
    let shown = format!("{:?}", OcspResponse::parse(&answer).unwrap());
    assert!(shown.contains("status: Unknown"), "{shown}");
}

#[tokio::test]
async fn the_age_of_answers_is_configurable() {
    let settings =
        "[signing]\nhttp = true\n[ocsp]\nthis_update_age_seconds = 7200\nnext_update_seconds = 0\n";
    let world = World::start(settings).await;
    let error = world.ocsp(&world.issued().await).await.unwrap_err();
    assert!(matches!(error, OcspError::Stale(_)), "{error}");
}

#[tokio::test]
async fn timestamps_that_cannot_be_granted_are_rejected() {
    let world = World::open().await;
    let imprint = MessageImprint::of(DigestAlgorithm::Sha512, b"data");
    let with_policy = |policy: &str| {
        let policy = Some(ObjectIdentifier::new(policy).unwrap());
        TimeStampRequest { policy, ..TimeStampRequest::new(imprint.clone()) }
    };
    let token_for = async |request: &TimeStampRequest| {
        let (_, answer) = world.post("/tsa", request.encode()).await;
        TimeStampResponse::parse(&answer).unwrap().token_for(request).map(|_| ())
    };
    assert_eq!(token_for(&with_policy("1.3.6.1.4.1.32473.1")).await, Ok(()));
    let error = token_for(&with_policy("1.3.6.1.4.1.32473.2")).await.unwrap_err();
    assert!(error.to_string().contains("another policy"), "{error}");
    std::fs::write(world.folder.path().join("data"), "x").unwrap();
    world.openssl("ts -query -data data -sha1 -out query").await;
    let (_, answer) = world.post("/tsa", std::fs::read(world.folder.path().join("query")).unwrap()).await;
    let error = TimeStampResponse::parse(&answer).unwrap().token_for(&with_policy("1.2.3")).unwrap_err();
    assert!(error.to_string().contains("digest algorithm"), "{error}");
    assert_eq!(world.post("/mode/tsa/reject", Vec::new()).await.0, 200);
    let error = token_for(&TimeStampRequest::new(imprint.clone())).await.unwrap_err();
    assert!(error.to_string().contains("switched to rejections"), "{error}");
}

#[tokio::test]
async fn modes_of_an_earlier_start_count_only_where_test_modes_are_enabled() {
    let folder = tempfile::tempdir().unwrap();
    ModeSwitch::load(folder.path()).unwrap().switch("ocsp", "stale").unwrap();
    for (enabled, expected) in [(true, OcspMode::Stale), (false, OcspMode::Good)] {
        let text = format!("state_folder = {:?}\n[test_modes]\nenabled = {enabled}", folder.path());
        let config: Config = service_kit::config::parse(&text, Path::new("test.toml")).unwrap();
        crate::authority::init(&config, Clock::system().now()).unwrap();
        assert_eq!(Services::load(&config, Clock::system()).unwrap().modes().ocsp, expected);
    }
}

#[tokio::test]
async fn health_tells_what_this_is_and_who_is_valid() {
    let world = World::start("[authority]\nvalid_days = 1\n").await;
    let (status, health) = world.send(Request::get("/health")).await;
    let health: serde_json::Value = serde_json::from_slice(&health).unwrap();
    assert_eq!((status, &health["for_development_only"]), (200, &true.into()));
    assert_eq!(health["authorities"]["tsa"]["valid"], true);
    let text = format!("state_folder = {:?}", world.folder.path());
    let config: Config = service_kit::config::parse(&text, Path::new("test.toml")).unwrap();
    let late = Clock::starting_at(world.clock.now() + Duration::days(2));
    assert_eq!(Services::load(&config, late).unwrap().handle(Request::get("/health")).await.status, 503);
}
