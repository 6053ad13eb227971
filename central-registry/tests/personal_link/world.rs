//! A registry and its network, in this process.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use central_registry::personal_link::network::Network;
use central_registry::personal_link::{PersonalLink, PersonalLinkConfig, tls};
use central_registry::store::Store;
use consent::device_key::DeviceKey;
use consent::flow::Flow;
use consent::frame::Frame;
use consent::lease::Moment;
use consent::opaque::Nonce;
use consent::replica::{Applied, Replica};
use identifiers::{BaseId, ClientId, LinkHandle, PurposeId, ServerId};
use keys::{KeyType, SigningKey};
use pki::Certificate;
use pki::csr::{Subject, SubjectAttribute};
use pki::issue::{CertificateParameters, IssueProfile};
use registry_api::citizen_client::Validity;
use registry_api::node::{Ack, Redeem};
use registry_api::{CitizenClient, ClientError, FrameStream, NodeClient};
use service_kit::clock::Clock;
use service_kit::random;
use service_kit::shutdown::Shutdown;
use service_kit::tls::TlsIdentity;
use time::OffsetDateTime;

pub(crate) const PROVIDER: &str = "T/GOV/1/children";
pub(crate) const CONSUMER: &str = "T/COM/2/coupons";
pub(crate) const THIRD: &str = "T/COM/3/shop";

pub(crate) fn subsystem(path: &str) -> ClientId {
    path.parse().unwrap()
}

pub(crate) fn flow() -> Flow {
    Flow {
        provider: subsystem(PROVIDER),
        service: "residents".into(),
        consumer: subsystem(CONSUMER),
        purpose: PurposeId::new("child-support-coupon").unwrap(),
    }
}

/// Which certificate is whose, and who hosts what; changed by tests.
#[derive(Default)]
pub(crate) struct Registrations {
    pub(crate) certificates: Mutex<BTreeMap<Vec<u8>, ServerId>>,
    pub(crate) subsystems: Mutex<BTreeMap<ServerId, BTreeSet<ClientId>>>,
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

/// A running registry.
pub(crate) struct World {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) registrations: Arc<Registrations>,
    pub(crate) clock: Clock,
    pub(crate) config: PersonalLinkConfig,
    shutdown: Shutdown,
    certificate: Vec<u8>,
    citizens: SocketAddr,
    nodes: SocketAddr,
}

impl World {
    /// With answers that do not wait long for servers that are not there.
    pub(crate) async fn start() -> Self {
        Self::start_waiting(300).await
    }

    /// With answers that wait so many milliseconds for acknowledgements.
    pub(crate) async fn start_waiting(acknowledge_wait_millis: u64) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let any = "127.0.0.1:0".to_owned();
        let config = PersonalLinkConfig {
            citizen_listen: any.clone(),
            node_listen: any.clone(),
            acknowledge_wait_millis,
            ..PersonalLinkConfig::default()
        };
        let unset = any.parse().unwrap();
        let mut world = Self {
            folder,
            registrations: Arc::default(),
            clock: Clock::system(),
            config,
            shutdown: Shutdown::new(),
            certificate: Vec::new(),
            citizens: unset,
            nodes: unset,
        };
        world.serve().await;
        world
    }

    async fn serve(&mut self) {
        let store = Store::in_folder(self.folder.path()).unwrap();
        let identity = tls::identity(&self.config, self.folder.path(), self.clock.now()).unwrap();
        self.certificate = identity.certificates()[0].clone();
        let network = self.registrations.clone();
        let link = PersonalLink::open(self.config.clone(), &store, network, self.clock.clone()).unwrap();
        self.shutdown = Shutdown::new();
        let ports = link.serve(&identity, &self.shutdown).await.unwrap();
        (self.citizens, self.nodes) = (ports.citizens, ports.nodes);
        (self.config.citizen_listen, self.config.node_listen) =
            (ports.citizens.to_string(), ports.nodes.to_string());
    }

    pub(crate) async fn stop(&self) {
        self.shutdown.request();
        assert!(self.shutdown.finished(Duration::from_secs(10)).await);
    }

    /// The registry's certificate, DER.
    pub(crate) fn certificate(&self) -> Vec<u8> {
        self.certificate.clone()
    }

    /// Stops the registry and starts it again at the same ports.
    pub(crate) async fn restart(&mut self) {
        self.stop().await;
        self.serve().await;
    }

    pub(crate) fn database_file(&self) -> std::path::PathBuf {
        self.folder.path().join("personal-link.sqlite")
    }

    /// A security server that hosts this subsystem, with a registered certificate.
    pub(crate) fn server(&self, name: &str, hosted: &str) -> Server {
        let id: ServerId = name.parse().unwrap();
        let server = self.stranger(id.clone());
        let certificate = server.identity.certificates()[0].clone();
        self.registrations.certificates.lock().unwrap().insert(certificate, id.clone());
        self.registrations.subsystems.lock().unwrap().insert(id, BTreeSet::from([subsystem(hosted)]));
        server
    }

    /// A security server whose certificate nobody has registered.
    pub(crate) fn stranger(&self, id: ServerId) -> Server {
        let identity = make_identity(self.clock.now());
        let address = format!("https://{}", self.nodes);
        let client = NodeClient::new(&address, vec![self.certificate.clone()], &identity).unwrap();
        Server { id, identity, client, clock: self.clock.clone() }
    }

    /// A citizen's device with a new key.
    pub(crate) fn device(&self) -> CitizenClient {
        let (key, _) = DeviceKey::generate().unwrap();
        self.device_with(key)
    }

    pub(crate) fn device_with(&self, key: DeviceKey) -> CitizenClient {
        CitizenClient::new(&self.citizen_address(), None, key, self.clock.clone()).unwrap()
    }

    pub(crate) fn citizen_address(&self) -> String {
        format!("http://{}", self.citizens)
    }

    /// A person who is linked at both servers.
    pub(crate) async fn linked_person(&self, provider: &Server, consumer: &Server) -> Person {
        let device = self.device();
        let base_id = device.enrol().await.unwrap().base_id;
        let person = Person { device, base_id };
        person.link(provider, PROVIDER).await;
        person.link(consumer, CONSUMER).await;
        person
    }
}

/// A person with a device.
pub(crate) struct Person {
    pub(crate) device: CitizenClient,
    pub(crate) base_id: BaseId,
}

impl Person {
    pub(crate) async fn link(&self, server: &Server, hosted: &str) -> LinkHandle {
        let token = self.device.link_token(&subsystem(hosted)).await.unwrap().token;
        server.redeem(&token, hosted).await.unwrap()
    }

    pub(crate) async fn grant(&self) -> Result<registry_api::citizen::Recorded, ClientError> {
        self.device.grant(self.base_id, flow(), self.validity()).await
    }

    pub(crate) fn validity(&self) -> Validity {
        Validity { from: None, until: None }
    }

    pub(crate) async fn withdraw(&self) -> Result<registry_api::citizen::Recorded, ClientError> {
        let newest = self.device.consents().await.unwrap().consents.remove(0);
        self.device.withdraw(self.base_id, &newest).await
    }
}

/// A security server, as far as Personal-LINK sees it.
pub(crate) struct Server {
    pub(crate) id: ServerId,
    pub(crate) client: NodeClient,
    identity: TlsIdentity,
    clock: Clock,
}

impl Server {
    pub(crate) async fn redeem(&self, token: &str, hosted: &str) -> Result<LinkHandle, ClientError> {
        self.redeem_as(token, hosted, Nonce::from_bytes(random::bytes().unwrap()), None).await
    }

    pub(crate) async fn redeem_as(
        &self,
        token: &str,
        hosted: &str,
        attempt: Nonce,
        expected: Option<LinkHandle>,
    ) -> Result<LinkHandle, ClientError> {
        let redeem = Redeem { token: token.to_owned(), subsystem: subsystem(hosted), attempt, expected };
        Ok(self.client.redeem(&redeem).await?.link)
    }

    pub(crate) async fn follow(&self) -> Follower {
        let mut follower = Follower {
            replica: Replica::default(),
            stream: self.client.open_stream().await.unwrap(),
            client: self.client.clone(),
            clock: self.clock.clone(),
        };
        follower.replica.begin_session();
        while follower.next().await != Some(Applied::Changed) {}
        follower
    }

    /// Follows and acknowledges until the stream ends; gives the number of changes.
    pub(crate) async fn follow_faithfully(&self) -> tokio::task::JoinHandle<usize> {
        let mut follower = self.follow().await;
        follower.acknowledge().await;
        tokio::spawn(async move {
            let mut changes = 0;
            while let Some(applied) = follower.next().await {
                if applied == Applied::Changed {
                    changes += 1;
                    follower.acknowledge().await;
                }
            }
            changes
        })
    }
}

/// A security server that reads its stream step by step.
pub(crate) struct Follower {
    pub(crate) replica: Replica,
    stream: FrameStream,
    client: NodeClient,
    clock: Clock,
}

impl Follower {
    /// Applies the next frame; `None` when the stream has ended.
    pub(crate) async fn next(&mut self) -> Option<Applied> {
        let frame = self.frame().await?;
        Some(self.replica.apply(frame).unwrap())
    }

    pub(crate) async fn frame(&mut self) -> Option<Frame> {
        let next = tokio::time::timeout(Duration::from_secs(5), self.stream.next()).await;
        next.expect("a frame within five seconds").ok().flatten()
    }

    /// Applies frames until a change has come.
    pub(crate) async fn change(&mut self) {
        while self.next().await.expect("the stream goes on") != Applied::Changed {}
    }

    /// Acknowledges; false when the session is over.
    pub(crate) async fn acknowledge(&mut self) -> bool {
        let state = self.replica.acknowledgement().unwrap();
        let nonce = Nonce::from_bytes(random::bytes().unwrap());
        self.replica.nonce_sent(nonce, self.moment());
        let (session, sequence, chain, digest) = (state.session, state.sequence, state.chain, state.digest);
        self.client.acknowledge(&Ack { session, sequence, chain, digest, nonce }).await.unwrap()
    }

    pub(crate) fn moment(&self) -> Moment {
        Moment { wall: self.clock.now(), monotonic: self.clock.monotonic() }
    }
}

fn make_identity(now: OffsetDateTime) -> TlsIdentity {
    let key = SigningKey::generate(KeyType::P256).unwrap();
    let subject = Subject::new().with(SubjectAttribute::CommonName, "ss");
    let validity = now - time::Duration::DAY..=now + time::Duration::DAY;
    let parameters = CertificateParameters::new(subject, IssueProfile::Authentication, &[1], validity);
    let certificate: Certificate = pki::issue::self_signed(&parameters, &key).unwrap();
    TlsIdentity::new(vec![certificate.der().to_vec()], key.to_pkcs8().unwrap()).unwrap()
}

/// Whether any file of the folder contains the text.
pub(crate) fn anything_contains(folder: &Path, text: &str) -> bool {
    std::fs::read_dir(folder).unwrap().any(|entry| {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap_or_default();
        bytes.windows(text.len()).any(|window| window == text.as_bytes())
    })
}
