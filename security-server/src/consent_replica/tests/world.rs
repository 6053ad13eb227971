//! A registry and the gates of two security servers, in this process.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use central_registry::personal_link::network::Network;
use central_registry::personal_link::{PersonalLink, PersonalLinkConfig, tls};
use central_registry::store::Store;
use consent::declaration::{LawfulBasis, SubjectPlacement};
use consent::device_key::DeviceKey;
use consent::flow::Flow;
use consent::headers::Headers;
use consent::{ConsentDeclaration, ConsentPermit, ConsentRefusal, DenyReason, Request};
use identifiers::{BaseId, ClientId, PurposeId, ServerId, ServiceId};
use keys::{KeyType, SigningKey};
use pki::csr::{Subject, SubjectAttribute};
use pki::issue::{CertificateParameters, IssueProfile};
use registry_api::CitizenClient;
use registry_api::citizen::Recorded;
use registry_api::citizen_client::Validity;
use service_kit::clock::Clock;
use service_kit::http::{Request as HttpRequest, Response};
use service_kit::shutdown::Shutdown;
use service_kit::tls::TlsIdentity;
use time::OffsetDateTime;

use crate::consent_replica::{ConsentConfig, ConsentGate, ConsentSetup, admin, start};

pub(super) const PROVIDER: &str = "T/GOV/1/children";
pub(super) const CONSUMER: &str = "T/COM/2/coupons";

#[derive(Default)]
struct Registrations {
    certificates: Mutex<BTreeMap<Vec<u8>, ServerId>>,
    subsystems: Mutex<BTreeMap<ServerId, BTreeSet<ClientId>>>,
}

impl Network for Registrations {
    fn server_of_certificate(&self, certificate: &[u8], _: OffsetDateTime) -> Option<ServerId> {
        self.certificates.lock().unwrap().get(certificate).cloned()
    }
    fn subsystems_of(&self, server: &ServerId) -> BTreeSet<ClientId> {
        self.subsystems.lock().unwrap().get(server).cloned().unwrap_or_default()
    }
    fn servers_of(&self, subsystem: &ClientId) -> Vec<ServerId> {
        let subsystems = self.subsystems.lock().unwrap();
        subsystems.iter().filter(|(_, hosted)| hosted.contains(subsystem)).map(|(id, _)| id.clone()).collect()
    }
    fn exists(&self, subsystem: &ClientId) -> bool {
        !self.servers_of(subsystem).is_empty()
    }
}

pub(super) struct Registry {
    pub(super) folder: tempfile::TempDir,
    registrations: Arc<Registrations>,
    config: PersonalLinkConfig,
    identity: TlsIdentity,
    shutdown: Shutdown,
    citizens: SocketAddr,
}

impl Registry {
    pub(super) async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let any = "127.0.0.1:0".to_owned();
        let citizens = any.parse().unwrap();
        let config = PersonalLinkConfig {
            citizen_listen: any.clone(),
            node_listen: any,
            ..PersonalLinkConfig::default()
        };
        let identity = tls::identity(&config, folder.path(), Clock::system().now()).unwrap();
        let (registrations, shutdown) = (Arc::default(), Shutdown::new());
        let mut registry = Self { folder, registrations, config, identity, shutdown, citizens };
        registry.serve().await;
        registry
    }

    pub(super) async fn serve(&mut self) {
        let store = Store::in_folder(self.folder.path()).unwrap();
        let network = self.registrations.clone();
        let link = PersonalLink::open(self.config.clone(), &store, network, Clock::system()).unwrap();
        self.shutdown = Shutdown::new();
        let ports = link.serve(&self.identity, &self.shutdown).await.unwrap();
        self.citizens = ports.citizens;
        self.config.citizen_listen = ports.citizens.to_string();
        self.config.node_listen = ports.nodes.to_string();
    }

    pub(super) async fn stop(&self) {
        self.shutdown.request();
        assert!(self.shutdown.finished(Duration::from_secs(10)).await);
    }

    /// The gate of a security server that hosts this subsystem.
    pub(super) fn gate(&self, name: &str, hosted: &str, lease_seconds: u64) -> Gate {
        let id: ServerId = name.parse().unwrap();
        let identity = make_identity();
        let certificate = identity.certificates()[0].clone();
        self.registrations.certificates.lock().unwrap().insert(certificate, id.clone());
        let hosted: ClientId = hosted.parse().unwrap();
        self.registrations.subsystems.lock().unwrap().insert(id, BTreeSet::from([hosted]));
        let folder = tempfile::tempdir().unwrap();
        let config = ConsentConfig {
            registry: format!("https://{}", self.config.node_listen),
            registry_certificate: self.folder.path().join(tls::CERTIFICATE_FILE),
            lease_seconds,
        };
        let gate = start(ConsentSetup {
            config: Some(&config),
            state_folder: folder.path(),
            identity: &identity,
            clock: Clock::system(),
            shutdown: Shutdown::new(),
        });
        Gate { gate: gate.unwrap(), _folder: folder }
    }

    pub(super) async fn person(&self) -> Person {
        let (key, _) = DeviceKey::generate().unwrap();
        let address = format!("http://{}", self.citizens);
        let device = CitizenClient::new(&address, None, key, Clock::system()).unwrap();
        let base_id = device.enrol().await.unwrap().base_id;
        Person { device, base_id }
    }
}

pub(super) struct Gate {
    pub(super) gate: ConsentGate,
    _folder: tempfile::TempDir,
}

impl Gate {
    /// What a member's application does: `PUT /consent/links`.
    pub(super) async fn put_link(&self, subsystem: &str, local_id: &str, token: &str) -> Response {
        let body = format!(r#"{{"subsystem":"{subsystem}","localId":"{local_id}","token":"{token}"}}"#);
        let request = HttpRequest::new("PUT", "/consent/links").body(body);
        admin::handle(&self.gate, request).await.unwrap()
    }

    pub(super) fn status(&self) -> admin::ConsentStatus {
        admin::status(&self.gate).unwrap()
    }

    /// Waits until the gate says so, at most ten seconds; gives how long it took.
    pub(super) async fn until(&self, wanted: impl Fn(&admin::ConsentStatus) -> bool) -> Duration {
        let begun = Instant::now();
        while !wanted(&self.status()) {
            assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", self.status());
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        begun.elapsed()
    }
}

pub(super) struct Person {
    pub(super) device: CitizenClient,
    pub(super) base_id: BaseId,
}

impl Person {
    pub(super) async fn link(&self, gate: &Gate, subsystem: &str, local_id: &str) {
        let token = self.device.link_token(&subsystem.parse().unwrap()).await.unwrap().token;
        assert_eq!(gate.put_link(subsystem, local_id, &token).await.status, 204);
    }

    pub(super) async fn grant(&self) -> Recorded {
        let validity = Validity { from: None, until: None };
        self.device.grant(self.base_id, flow(), validity).await.unwrap()
    }

    pub(super) async fn withdraw(&self) -> Recorded {
        let newest = self.device.consents().await.unwrap().consents.remove(0);
        self.device.withdraw(self.base_id, &newest).await.unwrap()
    }
}

pub(super) fn flow() -> Flow {
    Flow {
        provider: PROVIDER.parse().unwrap(),
        service: "residents".into(),
        consumer: CONSUMER.parse().unwrap(),
        purpose: PurposeId::new("child-support-coupon").unwrap(),
    }
}

pub(super) fn declaration() -> ConsentDeclaration {
    ConsentDeclaration {
        required: true,
        subject: SubjectPlacement::Header("X-Resident-Number".into()),
        purposes: vec![flow().purpose],
        basis: LawfulBasis::Consent69_2_1,
    }
}

/// Leg 1: what the application sends in, what goes out.
pub(super) fn consumer_side(gate: &Gate, local_id: &str) -> Result<Headers, ConsentRefusal> {
    let (consumer, service) = parties();
    let request = Request { message_id: "q-1", consumer: &consumer, service: &service };
    let mut headers = vec![("X-Road-Consent-Subject".to_owned(), local_id.to_owned())];
    gate.gate.check(&request, &headers)?.rewrite_request(&mut headers);
    Ok(headers)
}

/// Leg 2 and 3: what the service would get, and the decision in the response.
pub(super) fn provider_side(gate: &Gate, wire: &Headers) -> Result<(Headers, Headers), ConsentRefusal> {
    let permit = decide(gate, wire)?;
    let (mut url, mut delivered) = ("http://h/residents".to_owned(), wire.clone());
    gate.gate.place_subject(&permit, &mut url, &mut delivered)?;
    let mut response = Vec::new();
    gate.gate.release(&permit)?.rewrite_response(&mut response);
    Ok((delivered, response))
}

pub(super) fn decide(gate: &Gate, wire: &Headers) -> Result<ConsentPermit, ConsentRefusal> {
    let (consumer, service) = parties();
    let request = Request { message_id: "q-1", consumer: &consumer, service: &service };
    gate.gate.decide(Some(&declaration()), &request, wire)
}

pub(super) fn reason<T>(outcome: Result<T, ConsentRefusal>) -> Option<DenyReason> {
    outcome.err().map(|refusal| refusal.reason())
}

pub(super) fn value<'a>(headers: &'a Headers, name: &str) -> Option<&'a str> {
    headers.iter().find(|(other, _)| other == name).map(|(_, value)| value.as_str())
}

fn parties() -> (ClientId, ServiceId) {
    let service = ServiceId::new(PROVIDER.parse().unwrap(), "residents", None).unwrap();
    (CONSUMER.parse().unwrap(), service)
}

fn make_identity() -> TlsIdentity {
    let now = Clock::system().now();
    let key = SigningKey::generate(KeyType::P256).unwrap();
    let subject = Subject::new().with(SubjectAttribute::CommonName, "ss");
    let validity = now - time::Duration::DAY..=now + time::Duration::DAY;
    let parameters = CertificateParameters::new(subject, IssueProfile::Authentication, &[1], validity);
    let certificate = pki::issue::self_signed(&parameters, &key).unwrap();
    TlsIdentity::new(vec![certificate.der().to_vec()], key.to_pkcs8().unwrap()).unwrap()
}
