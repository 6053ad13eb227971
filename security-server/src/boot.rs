//! Wiring: each dependency is built once, listeners are opened before anything is served, and the end is in order.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use arc_swap::ArcSwap;
use globalconf::GlobalConf;
use keys::Identity;
use pki::Certificate;
use protocol::Limits;
use service_kit::clock::Clock;
use service_kit::http_server::{Server, ServerSecurity, ServerSettings};
use service_kit::peer_tls::{PeerAcceptor, PeerConnector};
use service_kit::readiness::Readiness;
use service_kit::shutdown::Shutdown;
use service_kit::spool::{SpoolRoom, SpoolSettings};
use service_kit::tls::{ClientCertificates, TlsIdentity, TlsServer};
use tokio::signal::unix::{SignalKind, signal};

use crate::access_rights::Declarations;
use crate::admin::{Admin, Reload};
use crate::config::Config;
use crate::consent_replica::{self, ConsentGate, ConsentSetup};
use crate::identities;
use crate::internal_tls;
use crate::message_log::MessageLog;
use crate::relay::peers::PeerLinks;
use crate::relay::sealer::Sealer;
use crate::relay::services::ServiceLinks;
use crate::relay::{Relay, RelayParts, serve_information_system, serve_peer};
use crate::trust::responder::OcspResponder;
use crate::trust::tsa::TsaClient;
use crate::trust::{GlobalConfStore, OcspStore, PeerTrust};

/// How long exchanges under way may take to end after the end was asked for.
const PATIENCE: Duration = Duration::from_secs(30);

/// Runs the server until SIGTERM or SIGINT.
///
/// # Errors
/// What prevents the server from starting, in words for the administrator.
pub async fn run(config: Config) -> anyhow::Result<()> {
    let shutdown = Shutdown::on_signals()?;
    let readiness = Readiness::new();
    let server = build(&config, &shutdown).await?;
    let listeners = Listeners::open(&config, &server).await?;
    server.start_background(&shutdown, &readiness);
    server.reload_on_hangup(&shutdown)?;
    listeners.serve(&config, &server, &shutdown, readiness);
    tracing::info!(server = %config.server.id, "the security server is running");
    if !shutdown.finished(PATIENCE).await {
        tracing::warn!("some exchanges were broken off");
    }
    server.journal.close().await;
    Ok(())
}

/// Everything that is built once.
struct Built {
    clock: Clock,
    relay: Arc<Relay>,
    reload: Reload,
    global_conf: Arc<GlobalConfStore>,
    ocsp: Arc<OcspStore>,
    peer_trust: Arc<PeerTrust>,
    journal: MessageLog,
    consent: ConsentGate,
    auth: TlsIdentity,
    auth_chain: Vec<Certificate>,
    internal: TlsIdentity,
}

async fn build(config: &Config, shutdown: &Shutdown) -> anyhow::Result<Built> {
    let clock = Clock::from_setting(config.server.clock.as_deref())?;
    if config.server.clock.is_some() {
        tracing::warn!(now = %clock.now(), "the clock is set for a replay; do not use this with real messages");
    }
    let state = &config.server.state_folder;
    std::fs::create_dir_all(state).with_context(|| format!("the state folder {} cannot be made", state.display()))?;
    let declarations = Declarations::load(&config.server.declarations)?;
    let identities = identities::load(&config.keys)?;

    let global_conf = GlobalConfStore::open(&config.global_configuration, clock.clone())?;
    if let Err(error) = global_conf.refresh().await {
        tracing::warn!(error = format!("{error:#}"), "the global configuration could not be read yet");
    }
    let current = global_conf.current();
    let auth_identity = identities::authentication(&identities, &config.server.id, current.as_ref())?;
    let auth_chain = chain_of(auth_identity);
    let auth = identities::to_tls(auth_identity)?;
    let internal = internal_tls::load_or_make(&config.information_systems, state, &clock)?;

    let own = identities.iter().flat_map(chain_of).collect();
    let ocsp = OcspStore::open(
        &state.join(&config.ocsp.folder),
        config.ocsp.clone(),
        own,
        Arc::clone(&global_conf),
        clock.clone(),
    )?;
    if let Err(error) = ocsp.refresh().await {
        tracing::warn!(error = format!("{error:#}"), "OCSP responses of our own certificates are missing");
    }
    let peer_trust = PeerTrust::new(Arc::clone(&ocsp));
    let tsa = TsaClient::new(
        Arc::clone(&global_conf),
        Duration::from_secs(config.message_log.timestamp.timeout_seconds),
    );
    let folder = state.join(&config.message_log.folder);
    let journal = MessageLog::open(&folder, &config.message_log, tsa, clock.clone())?;
    let consent = consent_replica::start(ConsentSetup {
        config: config.consent.as_ref(),
        state_folder: state,
        identity: &auth,
        clock: clock.clone(),
        shutdown: shutdown.clone(),
    })?;

    let services = ServiceLinks::new(Some(internal.clone()), Duration::from_secs(config.information_systems.idle_seconds))?;
    services.apply(&declarations)?;
    let connector = PeerConnector::new(&auth, config.peers.tls)?;
    let relay = Arc::new(Relay::new(RelayParts {
        server: config.server.id.clone(),
        clock: clock.clone(),
        limits: Limits::default(),
        max_body_bytes: config.limits.max_body_bytes,
        declarations: Arc::new(ArcSwap::from_pointee(declarations)),
        global_conf: Arc::clone(&global_conf),
        ocsp: Arc::clone(&ocsp),
        auth_chain: auth_chain.clone(),
        peer_trust: Arc::clone(&peer_trust),
        sealer: Sealer::start(&identities, Arc::clone(&ocsp), &clock, config.limits.max_signature_batch),
        journal: journal.clone(),
        consent: consent.clone(),
        peers: PeerLinks::new(connector, config.peers.clone(), config.ocsp.peer_port),
        services,
        spool: spool(config),
        internal_certificate: internal.certificates().first().cloned(),
        enforce_client_certificate_validity: config.information_systems.enforce_certificate_validity,
        min_client_version: config.min_client_version(),
    }));
    let reload = Reload::new(config.server.declarations.clone(), Arc::clone(&relay));
    Ok(Built {
        clock,
        relay,
        reload,
        global_conf,
        ocsp,
        peer_trust,
        journal,
        consent,
        auth,
        auth_chain,
        internal,
    })
}

fn chain_of(identity: &Identity) -> Vec<Certificate> {
    std::iter::once(identity.certificate()).chain(identity.chain()).cloned().collect()
}

fn spool(config: &Config) -> SpoolRoom {
    let defaults = SpoolSettings::default();
    SpoolRoom::new(SpoolSettings {
        folder: config.limits.spool_folder.clone().unwrap_or(defaults.folder),
        memory_each: config.limits.spool_memory_bytes,
        memory_total: config.limits.spool_total_memory_bytes,
    })
}

impl Built {
    fn start_background(&self, shutdown: &Shutdown, readiness: &Readiness) {
        let until_the_end = |task: std::pin::Pin<Box<dyn Future<Output = ()> + Send>>| {
            let ending = shutdown.clone();
            shutdown.spawn(async move {
                tokio::select! {
                    () = ending.requested() => {}
                    () = task => {}
                }
            });
        };
        until_the_end(Box::pin(Arc::clone(&self.global_conf).run()));
        until_the_end(Box::pin(Arc::clone(&self.ocsp).run()));
        let journal = self.journal.clone();
        until_the_end(Box::pin(async move { journal.run_stamper().await }));
        let watch = crate::admin::ReadinessWatch {
            readiness: readiness.clone(),
            relay: Arc::clone(&self.relay),
            consent: self.consent.clone(),
        };
        until_the_end(Box::pin(watch.run()));
    }

    fn reload_on_hangup(&self, shutdown: &Shutdown) -> anyhow::Result<()> {
        let mut hangups = signal(SignalKind::hangup())?;
        let (reload, ending) = (self.reload.clone(), shutdown.clone());
        shutdown.spawn(async move {
            loop {
                tokio::select! {
                    () = ending.requested() => return,
                    _ = hangups.recv() => match reload.reload() {
                        Ok(summary) => tracing::info!(summary, "declarations applied"),
                        Err(error) => tracing::error!(error = format!("{error:#}"), "declarations not applied; the running ones stay"),
                    },
                }
            }
        });
        Ok(())
    }
}

/// The open ports.
struct Listeners {
    http: Option<Server>,
    https: Option<Server>,
    peers: Server,
    ocsp: Server,
    admin: Server,
}

impl Listeners {
    async fn open(config: &Config, built: &Built) -> anyhow::Result<Self> {
        let systems = &config.information_systems;
        let settings = |idle: u64, connections: usize, stall: u64| ServerSettings {
            idle_timeout: Duration::from_secs(idle),
            stall_timeout: Duration::from_secs(stall),
            max_connections: connections,
            clock: built.clock.clone(),
            ..ServerSettings::default()
        };
        let for_systems = settings(systems.idle_seconds, config.limits.max_client_connections, systems.stall_seconds);
        let for_peers = settings(config.peers.idle_seconds, config.limits.max_peer_connections, config.peers.answer_seconds);
        let small = settings(30, 256, 30);
        let http = match systems.http {
            Some(at) => Some(Server::bind(&at.to_string(), ServerSecurity::Plain, for_systems.clone()).await?),
            None => None,
        };
        let https = match systems.https {
            Some(at) => {
                let tls = TlsServer::new(&built.internal, ClientCertificates::Requested)?;
                Some(Server::bind(&at.to_string(), ServerSecurity::Tls(tls), for_systems).await?)
            }
            None => None,
        };
        let acceptor = built.acceptor(config)?;
        let peers = Server::bind(&config.peers.listen.to_string(), ServerSecurity::Peers(acceptor), for_peers).await?;
        let ocsp = Server::bind(&config.peers.ocsp_listen.to_string(), ServerSecurity::Plain, small.clone()).await?;
        let admin = Server::bind(&config.admin.listen.to_string(), ServerSecurity::Plain, small).await?;
        Ok(Self { http, https, peers, ocsp, admin })
    }

    fn serve(self, config: &Config, built: &Built, shutdown: &Shutdown, readiness: Readiness) {
        for (name, server) in [("http", self.http), ("https", self.https)] {
            let Some(server) = server else { continue };
            tracing::info!(address = %server.local_address(), name, "listening for information systems");
            let relay = Arc::clone(&built.relay);
            let handler = move |request| {
                let relay = Arc::clone(&relay);
                async move { serve_information_system(&relay, request).await }
            };
            shutdown.spawn(server.serve(handler, shutdown.clone()));
        }
        tracing::info!(address = %self.peers.local_address(), "listening for security servers");
        let (relay, keep_alive) = (Arc::clone(&built.relay), config.peers.keep_alive);
        let peers = move |request| serve_peer(Arc::clone(&relay), request, keep_alive);
        shutdown.spawn(self.peers.serve(peers, shutdown.clone()));
        let responder = OcspResponder::new(Arc::clone(&built.ocsp), Arc::clone(&built.global_conf), built.clock.clone());
        let ocsp = move |request| {
            let responder = Arc::clone(&responder);
            async move { responder.respond(&request) }
        };
        shutdown.spawn(self.ocsp.serve(ocsp, shutdown.clone()));
        tracing::info!(address = %self.admin.local_address(), "administration port");
        let admin = Arc::new(Admin {
            readiness,
            reload: built.reload.clone(),
            journal: built.journal.clone(),
            consent: built.consent.clone(),
            relay: Arc::clone(&built.relay),
        });
        let admin = move |request| {
            let admin = Arc::clone(&admin);
            async move { admin.handle(request).await }
        };
        shutdown.spawn(self.admin.serve(admin, shutdown.clone()));
    }
}

/// Subject names of the approved authorities, which the legacy stack announces to its clients.
fn authority_names(conf: &GlobalConf) -> Vec<Vec<u8>> {
    let authorities = conf.approved_cas(conf.instance()).iter();
    authorities
        .flat_map(|approved| std::iter::once(&approved.top_ca).chain(&approved.intermediate_cas))
        .filter_map(|authority| Certificate::from_der(&authority.cert).ok())
        .map(|certificate| certificate.subject().der().to_vec())
        .collect()
}

impl Built {
    /// Lets in whom the global configuration registers; everything else is decided for each message.
    fn acceptor(&self, config: &Config) -> anyhow::Result<PeerAcceptor> {
        let (global_conf, trust, clock) = (Arc::clone(&self.global_conf), Arc::clone(&self.peer_trust), self.clock.clone());
        let admit = Arc::new(move |leaf: &[u8]| {
            let Ok(leaf) = Certificate::from_der(leaf) else { return false };
            global_conf.valid_at(clock.now()).is_ok_and(|conf| trust.admit(&leaf, &conf).is_ok())
        });
        let acceptor = PeerAcceptor::new(&self.auth, admit, config.peers.tls)?;
        let authorities = self.global_conf.current().map(|conf| authority_names(&conf)).unwrap_or_default();
        acceptor.replace(&self.auth, &authorities)?;
        tracing::debug!(certificates = self.auth_chain.len(), authorities = authorities.len(), "peer link set up");
        Ok(acceptor)
    }
}
