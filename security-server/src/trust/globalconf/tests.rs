//! Download from an anchor against a local web server, and folders that another program keeps.

use std::sync::atomic::{AtomicU16, Ordering};

use globalconf::anchor::AnchorSource as Place;
use globalconf::content::ContentIdentifier::{PrivateParameters, SharedParameters};
use globalconf::signed_directory::{DirectoryDraft, DraftPart, SigningInstructions};
use globalconf::{FormatVersion, PrivateParams};
use keys::{KeyType, SigningKey};
use pki::csr::{Subject, SubjectAttribute};
use pki::issue::{CertificateParameters, IssueProfile, self_signed};
use service_kit::http::{Request, Response};
use service_kit::http_server::{Server, ServerSecurity, ServerSettings};
use service_kit::shutdown::Shutdown;
use time::macros::datetime;

use super::*;
use crate::trust::testing::{CAPTURED, World, captured_file};

/// A web server whose pages the test changes, and what was asked of it.
struct Web {
    pages: Mutex<HashMap<String, Vec<u8>>>,
    asked: Mutex<Vec<String>>,
    /// Status of unknown pages.
    otherwise: AtomicU16,
    address: String,
    shutdown: Shutdown,
}

impl Web {
    async fn start() -> Arc<Self> {
        let server =
            Server::bind("127.0.0.1:0", ServerSecurity::Plain, ServerSettings::default()).await.unwrap();
        let web = Arc::new(Self {
            pages: Mutex::default(),
            asked: Mutex::default(),
            otherwise: AtomicU16::new(404),
            address: server.local_address().to_string(),
            shutdown: Shutdown::new(),
        });
        let shared = Arc::clone(&web);
        let handler = move |request: Request| {
            shared.asked.lock().unwrap().push(request.target.clone());
            let page = shared.pages.lock().unwrap().get(&request.target).cloned();
            let otherwise = shared.otherwise.load(Ordering::Relaxed);
            async move {
                page.map_or_else(|| Response::new(otherwise), |page| Response::with(200, "text/plain", page))
            }
        };
        tokio::spawn(server.serve(handler, web.shutdown.clone()));
        web
    }

    fn put(&self, target: &str, content: Vec<u8>) {
        self.pages.lock().unwrap().insert(target.to_owned(), content);
    }

    /// What was asked since the last look.
    fn asked(&self) -> Vec<String> {
        std::mem::take(&mut self.asked.lock().unwrap())
    }

    fn url(&self) -> String {
        format!("http://{}/internalconf", self.address)
    }
}

/// A central server that signs what it is given.
struct Central {
    key: SigningKey,
    certificate: Vec<u8>,
}

impl Central {
    fn new() -> Self {
        let key = SigningKey::generate(KeyType::P256).unwrap();
        let name = Subject::new().with(SubjectAttribute::CommonName, "internalSigningKey");
        let validity = datetime!(1970-01-01 0:00 UTC)..=datetime!(2038-01-01 0:00 UTC);
        let parameters =
            CertificateParameters::new(name, IssueProfile::Ca { path_len: None }, &[1], validity);
        let certificate = self_signed(&parameters, &key).unwrap().der().to_vec();
        Self { key, certificate }
    }

    /// Publishes a configuration under a version and a directory named by `round`.
    fn publish(&self, web: &Web, version: FormatVersion, round: &str, conf: &Conf) {
        let location = |name: &str| format!("/V{version}/{round}/{name}");
        let parts = [
            (SharedParameters, location("shared-params.xml"), conf.shared.write(version).unwrap()),
            (PrivateParameters, location("private-params.xml"), conf.private.write().unwrap()),
        ];
        let draft = DirectoryDraft {
            expires: conf.expires,
            version,
            instance: conf.shared.instance.clone(),
            parts: parts
                .iter()
                .map(|(content, at, file)| DraftPart::new(content.clone(), at.clone(), file))
                .collect(),
        };
        let instructions = SigningInstructions {
            boundaries: ["outerBoundary", "innerBoundary"],
            certificate: &self.certificate,
            algorithm: self.key.message_algorithm(),
        };
        let signed = draft.sign(&instructions, |bytes| self.key.sign(instructions.algorithm, bytes)).unwrap();
        for (_, at, file) in parts {
            web.put(&at, file);
        }
        web.put(&format!("/internalconf?version={version}"), signed);
    }

    fn anchor(&self, instance: &str, urls: &[String]) -> Anchor {
        let place = |url: &String| Place {
            download_url: url.clone(),
            verification_certs: vec![self.certificate.clone()],
        };
        Anchor {
            generated_at: None,
            instance: instance.to_owned(),
            sources: urls.iter().map(place).collect(),
        }
    }
}

/// What a central server publishes.
struct Conf {
    shared: SharedParams,
    private: PrivateParams,
    expires: OffsetDateTime,
}

use globalconf::SharedParams;

fn conf() -> Conf {
    let mut shared = World::new().shared;
    shared.sources.clear();
    let source = globalconf::shared_params::ConfigurationSource {
        address: "127.0.0.1:1".to_owned(),
        ..Default::default()
    };
    shared.sources.push(source);
    let private =
        PrivateParams::parse(&captured_file("ec", "globalconf/INST/private-params.xml"), FormatVersion::V6);
    Conf { shared, private: private.unwrap(), expires: CAPTURED + time::Duration::minutes(10) }
}

/// A security server's store over a folder of its own.
struct Desk {
    folder: tempfile::TempDir,
    clock: Clock,
}

impl Desk {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), clock: Clock::manual(CAPTURED) }
    }

    fn config(&self, anchor: Option<&Anchor>) -> GlobalConfConfig {
        let path = self.folder.path().join("anchor.xml");
        if let Some(anchor) = anchor {
            std::fs::write(&path, anchor.write().unwrap()).unwrap();
        }
        GlobalConfConfig {
            anchor: anchor.map(|_| path),
            folder: self.folder.path().join("globalconf"),
            refresh_seconds: 60,
            federation: Vec::new(),
            https: false,
            https_certificates: Vec::new(),
            connect_timeout_seconds: 2,
            read_timeout_seconds: 2,
        }
    }

    fn open(&self, anchor: &Anchor) -> Arc<GlobalConfStore> {
        GlobalConfStore::open(&self.config(Some(anchor)), self.clock.clone()).unwrap()
    }

    fn names(&self) -> Vec<String> {
        folder::fingerprint(&self.folder.path().join("globalconf"))
            .unwrap()
            .into_iter()
            .map(|file| file.0)
            .collect()
    }
}

#[tokio::test]
async fn a_server_starts_from_an_anchor_and_needs_nothing_else() {
    let (web, central, desk) = (Web::start().await, Central::new(), Desk::new());
    central.publish(&web, FormatVersion::V6, "1", &conf());
    let anchor = central.anchor("INST", &[web.url()]);
    let store = desk.open(&anchor);
    assert_eq!(store.valid_at(CAPTURED).unwrap_err(), GlobalConfError::Absent);
    store.refresh().await.unwrap();
    assert_eq!(store.valid_at(CAPTURED).unwrap().instance(), "INST");
    assert_eq!(
        web.asked(),
        ["/internalconf?version=6", "/V6/1/shared-params.xml", "/V6/1/private-params.xml"]
    );
    assert_eq!(
        desk.names(),
        [
            "INST/private-params.xml",
            "INST/private-params.xml.metadata",
            "INST/shared-params.xml",
            "INST/shared-params.xml.metadata",
            "instance-identifier"
        ]
    );

    // A new round with the same files: only the directory is fetched, and the validity is renewed.
    let later = Conf { expires: CAPTURED + time::Duration::minutes(20), ..conf_of(&store) };
    central.publish(&web, FormatVersion::V6, "2", &later);
    store.refresh().await.unwrap();
    assert_eq!(web.asked(), ["/internalconf?version=6"]);
    assert!(store.valid_at(CAPTURED + time::Duration::minutes(19)).is_ok());

    // The network goes: a restart works from the folder until that has expired.
    web.shutdown.request();
    tokio::time::sleep(Duration::from_millis(100)).await;
    let restarted = desk.open(&anchor);
    assert!(restarted.refresh().await.is_err());
    assert!(restarted.last_error().is_some());
    assert!(restarted.valid_at(CAPTURED + time::Duration::minutes(19)).is_ok());
    let expired = restarted.valid_at(CAPTURED + time::Duration::minutes(21)).unwrap_err();
    assert!(matches!(expired, GlobalConfError::Outdated(_)));
}

/// What is in force, to be published again.
fn conf_of(store: &GlobalConfStore) -> Conf {
    let current = store.current().unwrap();
    Conf {
        shared: current.shared_params("INST").unwrap().clone(),
        private: current.private_params().unwrap().clone(),
        expires: CAPTURED,
    }
}

#[tokio::test]
async fn the_newest_version_that_is_there_is_taken() {
    for version in FormatVersion::ALL {
        let (web, central, desk) = (Web::start().await, Central::new(), Desk::new());
        let mut published = conf();
        published.shared = published.shared.as_version(version);
        for server in &mut published.shared.servers {
            for hash in &mut server.auth_certs {
                *hash =
                    globalconf::shared_params::AuthCertHash { sha1: Some([1; 20]), sha256: Some([2; 32]) };
            }
        }
        central.publish(&web, version, "1", &published);
        let store = desk.open(&central.anchor("INST", &[web.url()]));
        store.refresh().await.unwrap();
        assert_eq!(store.current().unwrap().version(), version);
        let probes = web.asked().iter().filter(|target| target.starts_with("/internalconf")).count();
        assert_eq!(probes, usize::from(7 - version.number()), "{version}");
    }
}

#[tokio::test]
async fn a_place_that_fails_is_followed_by_the_next_and_the_good_one_is_remembered() {
    let (broken, web, central, desk) = (Web::start().await, Web::start().await, Central::new(), Desk::new());
    // Any status but 404 means that the version is there.
    broken.otherwise.store(500, Ordering::Relaxed);
    central.publish(&web, FormatVersion::V5, "1", &conf());
    let places = [broken.url(), web.url(), "http://127.0.0.1:1/internalconf".to_owned()];
    let store = desk.open(&central.anchor("INST", &places));
    store.refresh().await.unwrap();
    broken.asked();
    for _ in 0..5 {
        store.refresh().await.unwrap();
    }
    assert_eq!(broken.asked(), Vec::<String>::new());
}

#[tokio::test]
async fn nothing_wrong_replaces_what_is_good() {
    let (web, central, desk) = (Web::start().await, Central::new(), Desk::new());
    central.publish(&web, FormatVersion::V6, "1", &conf());
    let store = desk.open(&central.anchor("INST", &[web.url()]));
    store.refresh().await.unwrap();
    let good = desk.names();
    let pages = web.pages.lock().unwrap().clone();
    let directory = "/internalconf?version=6";
    let replaced = |from: &str, to: &str| {
        let text = String::from_utf8(pages[directory].clone()).unwrap();
        assert!(text.contains(from));
        text.replace(from, to).into_bytes()
    };
    let mut foreign = conf();
    foreign.shared.instance = "OTHER".to_owned();
    foreign.private.instance = "OTHER".to_owned();
    let expired = Conf { expires: CAPTURED - time::Duration::seconds(1), ..conf() };
    type Change<'a> = Box<dyn Fn() + 'a>;
    let bad: [(&str, Change<'_>); 7] = [
        ("no directory", Box::new(|| web.put(directory, Vec::new()))),
        ("not signed text", Box::new(|| web.put(directory, replaced("Version: 6", "Version: 5")))),
        ("another signer", Box::new(|| Central::new().publish(&web, FormatVersion::V6, "1", &conf()))),
        ("another instance", Box::new(|| central.publish(&web, FormatVersion::V6, "2", &foreign))),
        ("expired", Box::new(|| central.publish(&web, FormatVersion::V6, "2", &expired))),
        (
            "a part with other bytes",
            Box::new(|| {
                central.publish(&web, FormatVersion::V6, "3", &conf());
                web.put("/V6/3/shared-params.xml", b"<conf/>".to_vec());
            }),
        ),
        (
            "a part that is missing",
            Box::new(|| {
                central.publish(&web, FormatVersion::V6, "4", &conf());
                web.pages.lock().unwrap().remove("/V6/4/shared-params.xml");
            }),
        ),
    ];
    for (name, publish) in bad {
        publish();
        assert!(store.refresh().await.is_err(), "{name}");
        assert!(store.valid_at(CAPTURED).is_ok(), "{name}");
        assert_eq!(desk.names(), good, "{name}");
        *web.pages.lock().unwrap() = pages.clone();
        store.refresh().await.unwrap();
    }
}

#[tokio::test]
async fn federated_instances_are_downloaded_when_that_is_allowed() {
    let (web, other_web) = (Web::start().await, Web::start().await);
    let (central, other_central) = (Central::new(), Central::new());
    let mut own = conf();
    own.private.federation_anchors = vec![other_central.anchor("OTHER", &[other_web.url()])];
    central.publish(&web, FormatVersion::V6, "1", &own);
    let mut other = conf();
    other.shared = SharedParams {
        instance: "OTHER".to_owned(),
        sources: other.shared.sources,
        ..SharedParams::default()
    };
    other.shared.ocsp_freshness_seconds = 60;
    other.private.instance = "OTHER".to_owned();
    other_central.publish(&other_web, FormatVersion::V6, "1", &other);
    let anchor = central.anchor("INST", &[web.url()]);
    for (allowed, expected) in
        [(vec![], false), (vec!["other"], true), (vec!["*"], true), (vec!["THIRD"], false)]
    {
        let desk = Desk::new();
        let federation = allowed.iter().map(|name: &&str| (*name).to_owned()).collect();
        let config = GlobalConfConfig { federation, ..desk.config(Some(&anchor)) };
        let store = GlobalConfStore::open(&config, desk.clock.clone()).unwrap();
        store.refresh().await.unwrap();
        let known = store.current().unwrap().instances().any(|instance| instance == "OTHER");
        assert_eq!(known, expected, "{allowed:?}");
        if expected {
            // A foreign instance that fails is kept as it was, and the own one goes on.
            other_web.otherwise.store(500, Ordering::Relaxed);
            let pages = std::mem::take(&mut *other_web.pages.lock().unwrap());
            store.refresh().await.unwrap();
            assert!(store.current().unwrap().instances().any(|instance| instance == "OTHER"));
            *other_web.pages.lock().unwrap() = pages;
        }
    }
}

#[tokio::test]
async fn a_stock_central_server_is_read() {
    let read = |name: &str| {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/vectors/x-road-7.8/globalconf-signed/");
        std::fs::read(format!("{folder}{name}")).unwrap_or_else(|error| panic!("{name}: {error}"))
    };
    let (web, desk) = (Web::start().await, Desk::new());
    for directory in ["internalconf", "externalconf"] {
        web.put(&format!("/{directory}?version=6"), read(&format!("V6/{directory}")));
    }
    for part in
        ["/V6/20251110170000548026000/shared-params.xml", "/V6/20251110170000548026000/private-params.xml"]
    {
        web.put(part, read(&part[1..]));
    }
    // The stock anchor, with the test's server in the place of the central server.
    let anchor = String::from_utf8(read("configuration_anchor_CS_internal.xml")).unwrap();
    let anchor = Anchor::parse(anchor.replace("://cs/", &format!("://{}/", web.address)).as_bytes()).unwrap();
    let store = desk.open(&anchor);
    store.refresh().await.unwrap();
    let current = store.current().unwrap();
    assert_eq!((current.instance(), current.version()), ("DEV", FormatVersion::V6));

    // Its external configuration of that day names another hash than its file has.
    let external = anchor.sources[0].clone();
    let url = external.download_url.replace("internalconf", "externalconf");
    let wrong = Anchor { sources: vec![Place { download_url: url, ..external }], ..anchor };
    let error = Desk::new().open(&wrong).refresh().await.unwrap_err();
    assert!(!format!("{error:#}").is_empty());
}

#[tokio::test]
async fn a_folder_of_another_program_is_followed() {
    let desk = Desk::new();
    let config = desk.config(None);
    let write = |files: &[StoredFile]| folder::replace(&config.folder, files).unwrap();
    let store = GlobalConfStore::open(&config, desk.clock.clone()).unwrap();
    assert_eq!(store.valid_at(CAPTURED).unwrap_err(), GlobalConfError::Absent);
    let mut world = World::new();
    write(&world.files());
    store.refresh().await.unwrap();
    let freshness = |store: &GlobalConfStore| store.current().unwrap().ocsp_freshness().whole_seconds();
    assert_eq!(freshness(&store), 3_600);

    world.shared.ocsp_freshness_seconds = 600;
    write(&world.files());
    store.refresh().await.unwrap();
    assert_eq!(freshness(&store), 600);

    // Half of an update is not taken, and tried again until it is whole.
    std::fs::write(config.folder.join("INST/shared-params.xml"), "<half").unwrap();
    assert!(store.refresh().await.is_err());
    assert_eq!(freshness(&store), 600);
    world.shared.ocsp_freshness_seconds = 300;
    write(&world.files());
    store.refresh().await.unwrap();
    assert_eq!(freshness(&store), 300);
    assert!(GlobalConfStore::open(&config, desk.clock.clone()).unwrap().valid_at(CAPTURED).is_ok());
}

#[test]
fn an_anchor_that_cannot_be_read_stops_the_start() {
    let desk = Desk::new();
    let mut config = desk.config(None);
    config.anchor = Some(desk.folder.path().join("absent.xml"));
    assert!(GlobalConfStore::open(&config, desk.clock.clone()).is_err());
    std::fs::write(desk.folder.path().join("absent.xml"), "<!DOCTYPE x><x/>").unwrap();
    assert!(GlobalConfStore::open(&config, desk.clock).is_err());
}
