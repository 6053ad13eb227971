//! The world of these tests, made at run time: nothing in it expires or is shared with another test.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use globalconf::metadata::Metadata;
use globalconf::shared_params::{AuthCertHash, Maintenance};
use globalconf::{FormatVersion, SharedParams};
use keys::{KeyType, SigningKey};
use pki::Certificate;
use pki::csr::{Subject, SubjectAttribute};
use pki::issue::{CertificateParameters, IssueProfile, issue, self_signed};
use pki::ocsp::{CertStatus, OcspRequest, OcspResponseBuilder};
use security_server::boot::{self, Running};
use security_server::config::Config;
use security_server::message_log::{ExportQuery, RecordSummary};
use service_kit::clock::Clock;
use service_kit::files::{Readers, write_atomically};
use service_kit::http::{Request, Response};
use service_kit::http_client::{ClientSecurity, ClientSettings, Destination, HttpClient};
use service_kit::shutdown::Shutdown;
use service_kit::tls::TlsIdentity;

use crate::service::{self, Calls, serve};

/// The service's subsystem.
pub(crate) const PROVIDER: &str = "INST/GOV/2222/SUB2";
/// The subsystem that may call it.
pub(crate) const CONSUMER: &str = "INST/GOV/1111/SUB1";

/// One server's keys.
pub(crate) struct Keys {
    pub(crate) auth: (SigningKey, Certificate),
    sign: (SigningKey, Certificate),
}

/// Everything.
pub(crate) struct Town {
    folder: tempfile::TempDir,
    shutdown: Shutdown,
    pub(crate) consumer_keys: Keys,
    pub(crate) provider_keys: Keys,
    pub(crate) consumer: Running,
    pub(crate) provider: Running,
    /// The provider's second server.
    pub(crate) twin: Option<Running>,
    /// Requests that reached the service.
    pub(crate) calls: Calls,
    service: SocketAddr,
    client: HttpClient,
}

/// What a test wants to be different.
#[derive(Default)]
pub(crate) struct Wishes {
    /// Members whose signing certificate is revoked from the start, by code.
    pub(crate) revoked: BTreeSet<&'static str>,
    /// Further lines for the consumer's `[[subsystem]]`.
    pub(crate) consumer_subsystem: String,
    /// The global configuration has expired.
    pub(crate) expired: bool,
    /// Where the consumer's server finds the provider's, instead of where it is.
    pub(crate) detour: Option<SocketAddr>,
    /// A second server of the provider.
    pub(crate) twin: Option<Twin>,
    /// The provider's first server is in maintenance, with this message.
    pub(crate) maintenance: Option<&'static str>,
    /// Where the consumer's server finds the provider's second, instead of where it is.
    pub(crate) twin_detour: Option<SocketAddr>,
    /// Further lines for `[peers]` of the consumer's server.
    pub(crate) peers: &'static str,
}

/// How a second server of the provider is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Twin {
    /// It works like the first.
    Up,
    /// Nobody listens.
    Down,
    /// Somebody listens who does not speak TLS.
    Garbled,
}

impl Town {
    pub(crate) async fn new() -> Self {
        Self::with(Wishes::default()).await
    }

    pub(crate) async fn with(wishes: Wishes) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let shutdown = Shutdown::new();
        let authority = Authority::new();
        let consumer_keys = authority.server("SS1", "1111");
        let provider_keys = authority.server("SS2", "2222");
        let revoked = [("1111", &consumer_keys), ("2222", &provider_keys)]
            .into_iter()
            .filter(|(code, _)| wishes.revoked.contains(code))
            .map(|(_, keys)| keys.sign.1.serial().to_vec())
            .collect();
        let ocsp = authority.serve_status(revoked, &shutdown).await;
        let until = Clock::system().now() + time::Duration::days(if wishes.expired { -1 } else { 1 });
        let twin_keys = Keys { auth: authority.server("SS3", "2222").auth, sign: provider_keys.sign.clone() };
        let changed = Changed {
            twin: wishes.twin.is_some().then_some(&twin_keys),
            maintenance: wishes.maintenance,
            until,
        };
        authority.publish(folder.path(), ocsp, &[&consumer_keys, &provider_keys], &changed);
        let (calls, service) = service::start(&shutdown).await;

        let provider_file = folder.path().join("ss2");
        write_server(&provider_file, "INST/GOV/2222/SS2", &provider_keys, "");
        write(&provider_file.join("subsystems.toml"), service::declarations(service));
        let provider = boot::start(&load(&provider_file), &shutdown).await.unwrap();

        let twin_file = folder.path().join("ss3");
        write_server(&twin_file, "INST/GOV/2222/SS3", &twin_keys, "");
        write(&twin_file.join("subsystems.toml"), service::declarations(service));
        let (twin, twin_at) = start_twin(wishes.twin, &twin_file, service, &shutdown).await;

        let at = wishes.detour.unwrap_or(provider.addresses().peers);
        // Well before the service gives up on a connection: one that speaks no TLS is the same as nobody.
        let address = format!(
            "connect_seconds = 10\n{}\n[peers.address.\"127.0.0.12\"]\nhost = \"127.0.0.1\"\nport = {}\nocsp_port = {}\n\
             [peers.address.\"127.0.0.13\"]\nhost = \"127.0.0.1\"\nport = {}\nocsp_port = {}\n",
            wishes.peers,
            at.port(),
            provider.addresses().ocsp.port(),
            wishes.twin_detour.map_or(twin_at.0, |at| at.port()),
            twin_at.1
        );
        let consumer_file = folder.path().join("ss1");
        write_server(&consumer_file, "INST/GOV/1111/SS1", &consumer_keys, &address);
        let subsystem = if wishes.consumer_subsystem.is_empty() {
            "connection_type = \"NOSSL\"".to_owned()
        } else {
            wishes.consumer_subsystem
        };
        let declarations = format!(
            "[[subsystem]]\nid = \"{CONSUMER}\"\n{subsystem}\n\
             [[subsystem]]\nid = \"INST/GOV/1111/NORIGHTS\"\nconnection_type = \"NOSSL\"\n"
        );
        write(&consumer_file.join("subsystems.toml"), &declarations);
        let consumer = boot::start(&load(&consumer_file), &shutdown).await.unwrap();
        let client = HttpClient::new(ClientSettings::default());
        Self {
            folder,
            shutdown,
            consumer_keys,
            provider_keys,
            consumer,
            provider,
            twin,
            calls,
            service,
            client,
        }
    }

    /// A request of the consumer's information system to `service` and what is below it.
    pub(crate) fn request(method: &str, below: &str) -> Request {
        Request::new(method, format!("/r1/{PROVIDER}/{below}")).header("X-Road-Client", CONSUMER)
    }

    /// Sends a request to the consumer's server, over plain HTTP.
    pub(crate) async fn ask(&self, request: Request) -> Response {
        let at = self.consumer.addresses().http.unwrap();
        self.client.send(&plain(at), request).await.unwrap()
    }

    /// As [`Town::ask`], with the answer's body.
    pub(crate) async fn ask_whole(&self, request: Request) -> (Response, Bytes) {
        let mut response = self.ask(request).await;
        let body = std::mem::take(&mut response.body).read_all(u64::MAX).await.unwrap();
        (response, body)
    }

    /// Sends a request and gives the fault code of the answer, with its status.
    pub(crate) async fn refused(&self, request: Request) -> (u16, String) {
        let response = self.ask(request).await;
        (response.status, response.headers.get("x-road-error").unwrap_or("no error").to_owned())
    }

    /// Records of an exchange, of the consumer and of the provider.
    pub(crate) async fn records(&self, query_id: &str) -> (Vec<RecordSummary>, Vec<RecordSummary>) {
        let query = ExportQuery { query_id: query_id.to_owned(), local: None, direction: None, force: false };
        let consumer = self.consumer.journal().find(&query).await.unwrap();
        (consumer, self.provider.journal().find(&query).await.unwrap())
    }

    /// Records of an exchange, of the provider's second server.
    pub(crate) async fn records_of_twin(&self, query_id: &str) -> Vec<RecordSummary> {
        let query = ExportQuery { query_id: query_id.to_owned(), local: None, direction: None, force: false };
        self.twin.as_ref().unwrap().journal().find(&query).await.unwrap()
    }

    /// Adds declarations of the provider.
    pub(crate) async fn declare(&self, more: &str) {
        let file = self.folder_of("ss2").join("subsystems.toml");
        let declared = std::fs::read_to_string(&file).unwrap() + more;
        std::fs::write(&file, declared).unwrap();
        let admin = plain(self.provider.addresses().admin);
        let response = self.client.send(&admin, Request::new("POST", "/apply")).await.unwrap();
        let (status, text) = (response.status, response.body.read_all(10_000).await.unwrap());
        assert_eq!(status, 200, "{text:?}");
    }

    /// Where the service is.
    pub(crate) fn service(&self) -> SocketAddr {
        self.service
    }

    /// The folder of a server's files.
    pub(crate) fn folder_of(&self, server: &str) -> PathBuf {
        self.folder.path().join(server)
    }

    /// Ends both servers.
    pub(crate) async fn end(self) {
        self.shutdown.request();
        self.consumer.finished(&self.shutdown).await;
        self.provider.finished(&self.shutdown).await;
        if let Some(twin) = self.twin {
            twin.finished(&self.shutdown).await;
        }
    }
}

pub(crate) fn plain(at: SocketAddr) -> Destination {
    Destination { host: at.ip().to_string(), port: at.port(), security: ClientSecurity::Plain }
}

/// A server's key and certificate for TLS.
pub(crate) fn tls((key, certificate): &(SigningKey, Certificate)) -> TlsIdentity {
    TlsIdentity::new(vec![certificate.der().to_vec()], key.to_pkcs8().unwrap()).unwrap()
}

/// What is not as in the captured configuration.
struct Changed<'a> {
    twin: Option<&'a Keys>,
    maintenance: Option<&'static str>,
    until: time::OffsetDateTime,
}

/// The certification authority with its responder.
struct Authority {
    ca: (SigningKey, Certificate),
    ocsp: (SigningKey, Certificate),
}

impl Authority {
    fn new() -> Self {
        let key = SigningKey::generate(KeyType::P256).unwrap();
        let profile = IssueProfile::Ca { path_len: None };
        let certificate = self_signed(&parameters(subject("Test CA"), profile), &key).unwrap();
        let ca = (key, certificate);
        let ocsp = issued(&ca, subject("Test OCSP"), IssueProfile::OcspResponder);
        Self { ca, ocsp }
    }

    fn server(&self, server: &str, member: &str) -> Keys {
        // The profile of the captured configuration: FiVRK.
        let named =
            |name: &str| subject(name).with(SubjectAttribute::SerialNumber, format!("INST/{server}/GOV"));
        Keys {
            auth: issued(&self.ca, named(&format!("{server}.test")), IssueProfile::Authentication),
            sign: issued(&self.ca, named(member), IssueProfile::Signing),
        }
    }

    async fn serve_status(&self, revoked: BTreeSet<Vec<u8>>, shutdown: &Shutdown) -> SocketAddr {
        let (ocsp, revoked) = (Arc::new(self.ocsp.clone()), Arc::new(revoked));
        let handler = move |request: Request| {
            let (ocsp, revoked) = (Arc::clone(&ocsp), Arc::clone(&revoked));
            async move {
                let question = OcspRequest::parse(&request.body.read_all(10_000).await.unwrap()).unwrap();
                let (id, now) = (&question.cert_ids[0], Clock::system().now());
                let status = match revoked.contains(id.serial()) {
                    true => CertStatus::Revoked { at: now, reason: None },
                    false => CertStatus::Good,
                };
                let answer =
                    OcspResponseBuilder::new(now).status(id, status, now, None).sign(&ocsp.1, &ocsp.0);
                Response::with(200, "application/ocsp-response", answer.unwrap())
            }
        };
        serve(handler, shutdown).await
    }

    /// Writes the captured configuration with our keys in the place of the captured ones.
    fn publish(&self, folder: &Path, ocsp: SocketAddr, servers: &[&Keys], changed: &Changed<'_>) {
        let captured =
            Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/vectors/x-road-7.8-live/ec/globalconf/INST");
        let read = |name: &str| std::fs::read(captured.join(name)).unwrap();
        let mut shared = SharedParams::parse(&read("shared-params.xml"), FormatVersion::V6).unwrap();
        let top = &mut shared.approved_cas[0].top_ca;
        top.cert = self.ca.1.der().to_vec();
        top.ocsp[0].cert = Some(self.ocsp.1.der().to_vec());
        top.ocsp[0].url = format!("http://{ocsp}/");
        for (server, keys) in shared.servers.iter_mut().zip(servers) {
            server.auth_certs = vec![AuthCertHash { sha256: Some(*keys.auth.1.sha256()), sha1: None }];
        }
        if let Some(keys) = changed.twin {
            let mut twin = shared.servers[1].clone();
            twin.id = identifiers::ServerId::from_path("INST/GOV/2222/SS3").unwrap();
            twin.address = Some("127.0.0.13".to_owned());
            twin.auth_certs = vec![AuthCertHash { sha256: Some(*keys.auth.1.sha256()), sha1: None }];
            shared.servers.push(twin);
        }
        shared.servers[1].maintenance =
            changed.maintenance.map(|message| Maintenance { message: Some(message.to_owned()) });
        let folder = folder.join("globalconf/INST");
        write(&folder.join("../instance-identifier"), "INST");
        for (name, content, identifier) in [
            ("shared-params.xml", shared.write(FormatVersion::V6).unwrap(), "SHARED-PARAMETERS"),
            ("private-params.xml", read("private-params.xml"), "PRIVATE-PARAMETERS"),
        ] {
            let metadata = Metadata {
                content_identifier: Some(identifier.to_owned()),
                instance_identifier: Some("INST".to_owned()),
                expiration_date: Some(changed.until),
                configuration_version: Some(FormatVersion::V6),
                ..Metadata::default()
            };
            write(&folder.join(name), content);
            write(&folder.join(format!("{name}.metadata")), metadata.write());
        }
    }
}

fn subject(name: &str) -> Subject {
    Subject::new()
        .with(SubjectAttribute::Country, "FI")
        .with(SubjectAttribute::Organization, "Test")
        .with(SubjectAttribute::CommonName, name)
}

fn parameters(subject: Subject, profile: IssueProfile) -> CertificateParameters {
    let now = Clock::system().now();
    let mut serial = service_kit::random::bytes::<8>().unwrap();
    serial[0] |= 0x40;
    serial[0] &= 0x7f;
    CertificateParameters::new(
        subject,
        profile,
        &serial,
        now - time::Duration::days(1)..=now + time::Duration::days(30),
    )
}

fn issued(
    ca: &(SigningKey, Certificate),
    subject: Subject,
    profile: IssueProfile,
) -> (SigningKey, Certificate) {
    let key = SigningKey::generate(KeyType::P256).unwrap();
    let public = pki::PublicKey::from_spki(key.public_key_der()).unwrap();
    let certificate = issue(&parameters(subject, profile), &public, &ca.1, &ca.0).unwrap();
    (key, certificate)
}

fn write(path: &Path, content: impl AsRef<[u8]>) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    write_atomically(path, content.as_ref(), Readers::Owner).unwrap();
}

/// Configuration and keys of one server; every port is a free one.
fn write_server(folder: &Path, id: &str, keys: &Keys, more: &str) {
    let mut config = format!(
        "[server]\nid = \"{id}\"\nstate_folder = \"state\"\ndeclarations = \"subsystems.toml\"\n\
         [global_configuration]\nfolder = \"../globalconf\"\n\
         [information_systems]\nhttp = \"127.0.0.1:0\"\nhttps = \"127.0.0.1:0\"\n\
         [admin]\nlisten = \"127.0.0.1:0\"\n\
         [peers]\nlisten = \"127.0.0.1:0\"\nocsp_listen = \"127.0.0.1:0\"\n{more}\n"
    );
    for (name, (key, certificate)) in [("auth", &keys.auth), ("sign", &keys.sign)] {
        write(&folder.join(format!("{name}.key.pem")), pem("PRIVATE KEY", &key.to_pkcs8().unwrap()));
        write(&folder.join(format!("{name}.crt.pem")), certificate.to_pem());
        config
            .push_str(&format!("[[keys.pem]]\nkey = \"{name}.key.pem\"\ncertificate = \"{name}.crt.pem\"\n"));
    }
    write(&folder.join("security-server.toml"), config);
}

fn pem(label: &str, der: &[u8]) -> String {
    use base64::Engine as _;
    let text = base64::engine::general_purpose::STANDARD.encode(der);
    format!("-----BEGIN {label}-----\n{text}\n-----END {label}-----\n")
}

fn load(folder: &Path) -> Config {
    Config::load(&folder.join("security-server.toml")).unwrap()
}

/// A second server of the provider, and where it is to be found: ports for messages and for OCSP responses.
async fn start_twin(
    twin: Option<Twin>,
    folder: &Path,
    service: SocketAddr,
    shutdown: &Shutdown,
) -> (Option<Running>, (u16, u16)) {
    match twin {
        Some(Twin::Up) => {
            let running = boot::start(&load(folder), shutdown).await.unwrap();
            let at = running.addresses();
            (Some(running), (at.peers.port(), at.ocsp.port()))
        }
        Some(Twin::Garbled) => (None, (service.port(), 1)),
        Some(Twin::Down) | None => (None, (unused_address().port(), 1)),
    }
}

/// An address where nobody listens: a free port could be taken by another test a moment later.
pub(crate) fn unused_address() -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], 1))
}
