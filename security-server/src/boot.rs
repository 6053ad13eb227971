//! Wiring: each dependency is built once, listeners are opened before anything is served, and the end is in order.

mod listeners;
mod peers;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use arc_swap::ArcSwap;
use keys::Identity;
use protocol::Limits;
use service_kit::clock::Clock;
use service_kit::peer_tls::{PeerAcceptor, PeerConnector};
use service_kit::readiness::Readiness;
use service_kit::shutdown::Shutdown;
use service_kit::spool::{SpoolRoom, SpoolSettings};
use service_kit::tls::TlsIdentity;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::Mutex;

use self::listeners::Listeners;
use crate::access_rights::Declarations;
use crate::admin::{ReadinessWatch, Reload};
use crate::config::Config;
use crate::consent_replica::{self, ConsentGate, ConsentSetup};
use crate::identities::renewal::{InUse, Renewal};
use crate::identities::{self, KeySource, Standing};
use crate::internal_tls;
use crate::message_log::MessageLog;
use crate::relay::peers::PeerLinks;
use crate::relay::refusals::Refusals;
use crate::relay::sealer::Sealer;
use crate::relay::services::ServiceLinks;
use crate::relay::{Relay, RelayParts};
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
    let running = start(&config, &shutdown).await?;
    running.reload_on_hangup(&shutdown)?;
    tracing::info!(server = %config.server.id, "the security server is running");
    running.finished(&shutdown).await;
    Ok(())
}

/// A server at work.
pub struct Running {
    addresses: Addresses,
    relay: Arc<Relay>,
    journal: MessageLog,
    reload: Reload,
}

/// Where a server listens, with the real ports.
#[derive(Debug, Clone, Copy)]
pub struct Addresses {
    /// Information systems, plain.
    pub http: Option<SocketAddr>,
    /// Information systems, TLS.
    pub https: Option<SocketAddr>,
    /// Other security servers.
    pub peers: SocketAddr,
    /// Their questions about our OCSP responses.
    pub ocsp: SocketAddr,
    /// Administration.
    pub admin: SocketAddr,
}

/// Starts a server and returns as soon as it listens. It ends when the shutdown is requested.
///
/// # Errors
/// What prevents the server from starting, in words for the administrator.
pub async fn start(config: &Config, shutdown: &Shutdown) -> anyhow::Result<Running> {
    let readiness = Readiness::new();
    let built = build(config, shutdown).await?;
    let listeners = Listeners::open(config, &built).await?;
    let addresses = listeners.addresses();
    built.start_background(shutdown, &readiness);
    listeners.serve(config, &built, shutdown, readiness);
    let Built { relay, journal, reload, .. } = built;
    Ok(Running { addresses, relay, journal, reload })
}

impl Running {
    /// Where the server listens.
    #[must_use]
    pub fn addresses(&self) -> Addresses {
        self.addresses
    }

    /// Its relay.
    #[must_use]
    pub fn relay(&self) -> &Arc<Relay> {
        &self.relay
    }

    /// Its journal.
    #[must_use]
    pub fn journal(&self) -> &MessageLog {
        &self.journal
    }

    /// Waits for the end, and closes journal and refusals after the last exchange.
    pub async fn finished(self, shutdown: &Shutdown) {
        if !shutdown.finished(PATIENCE).await {
            tracing::warn!("some exchanges were broken off");
        }
        self.relay.refusals().written().await;
        self.journal.close().await;
    }

    fn reload_on_hangup(&self, shutdown: &Shutdown) -> anyhow::Result<()> {
        let mut hangups = signal(SignalKind::hangup())?;
        let (reload, ending) = (self.reload.clone(), shutdown.clone());
        shutdown.spawn(async move {
            loop {
                tokio::select! {
                    () = ending.requested() => return,
                    _ = hangups.recv() => match reload.reload().await {
                        Ok(summary) => tracing::info!(summary, "applied"),
                        Err(error) => {
                            let error = format!("{error:#}");
                            tracing::error!(error, "not applied; what was in use stays");
                        }
                    },
                }
            }
        });
        Ok(())
    }
}

/// Everything that is built once.
struct Built {
    clock: Clock,
    relay: Arc<Relay>,
    reload: Reload,
    global_conf: Arc<GlobalConfStore>,
    ocsp: Arc<OcspStore>,
    journal: MessageLog,
    consent: ConsentGate,
    acceptor: PeerAcceptor,
    renewal: Arc<Renewal>,
    internal: TlsIdentity,
}

async fn build(config: &Config, shutdown: &Shutdown) -> anyhow::Result<Built> {
    let clock = Clock::from_setting(config.server.clock.as_deref())?;
    if config.server.clock.is_some() {
        tracing::warn!(now = %clock.now(), "the clock is set for a replay; do not use this with real messages");
    }
    let state = &config.server.state_folder;
    std::fs::create_dir_all(state)
        .with_context(|| format!("the state folder {} cannot be made", state.display()))?;
    let declarations = Declarations::load(&config.server.declarations)?;
    let source = KeySource::new(config.keys.clone())?;
    let identities = source.load()?;
    let (global_conf, ocsp) = build_trust(config, &identities, &clock).await?;
    let authentication = choose_authentication(config, &identities, &global_conf, &ocsp, &clock)?;
    let auth = identities::to_tls(&authentication)?;
    let internal = internal_tls::load_or_make(&config.information_systems, state, &clock)?;
    let peer_trust = PeerTrust::new(Arc::clone(&ocsp));
    let admission = peers::admission(&global_conf, &peer_trust);
    let acceptor = PeerAcceptor::new(&auth, admission, config.peers.tls)?;
    let journal = open_journal(config, &global_conf, &clock).await?;
    let consent = consent_replica::start(ConsentSetup {
        config: config.consent.as_ref(),
        state_folder: state,
        identity: &auth,
        clock: clock.clone(),
        shutdown: shutdown.clone(),
    })?;
    let services = ServiceLinks::new(Some(internal.clone()))?;
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
        peer_trust,
        sealer: Sealer::start(&identities, Arc::clone(&ocsp), &clock, config.limits.max_signature_batch),
        journal: journal.clone(),
        consent: consent.clone(),
        peers: PeerLinks::new(
            connector,
            authentication.certificates().cloned().collect(),
            config.peers.clone(),
            config.ocsp.peer_port,
        ),
        services,
        spool: spool(config),
        refusals: Refusals::open(&state.join("refusals")).context("the refusals cannot be kept")?,
        internal_certificate: internal.certificates().first().cloned(),
        enforce_client_certificate_validity: config.information_systems.enforce_certificate_validity,
        allow_get_wsdl: config.information_systems.allow_get_wsdl,
        min_client_version: config.min_client_version(),
    }));
    let renewal = Arc::new(Renewal {
        source: Arc::new(source),
        relay: Arc::clone(&relay),
        acceptor: acceptor.clone(),
        ocsp: Arc::clone(&ocsp),
        global_conf: Arc::clone(&global_conf),
        in_use: Mutex::new(InUse { identities, authentication, announced: Vec::new() }),
    });
    let reload = Reload::new(config.server.declarations.clone(), Arc::clone(&relay), Arc::clone(&renewal));
    Ok(Built { clock, relay, reload, global_conf, ocsp, journal, consent, acceptor, renewal, internal })
}

/// The key that other servers see first. It may change as soon as more is known.
fn choose_authentication(
    config: &Config,
    identities: &[Identity],
    global_conf: &GlobalConfStore,
    ocsp: &OcspStore,
    clock: &Clock,
) -> anyhow::Result<Identity> {
    let conf = global_conf.valid_at(clock.now()).ok();
    let standing = |identity: &Identity| {
        conf.as_ref()
            .map_or(Standing::Unregistered, |conf| Standing::of(identity, &config.server.id, conf, ocsp))
    };
    let chosen = identities::authentication(identities, None, standing)?;
    if conf.is_some() && standing(chosen) == Standing::Unregistered {
        let server = &config.server.id;
        tracing::warn!(%server, "no authentication certificate of ours is registered in the global configuration yet");
    }
    Ok(chosen.clone())
}

/// The global configuration and our own revocation status; what cannot be had yet comes later.
async fn build_trust(
    config: &Config,
    identities: &[Identity],
    clock: &Clock,
) -> anyhow::Result<(Arc<GlobalConfStore>, Arc<OcspStore>)> {
    let global_conf = GlobalConfStore::open(&config.global_configuration, clock.clone())?;
    if let Err(error) = global_conf.refresh().await {
        tracing::warn!(error = format!("{error:#}"), "the global configuration could not be read yet");
    }
    let folder = config.server.state_folder.join(&config.ocsp.folder);
    let own = identities.iter().flat_map(Identity::certificates).cloned().collect();
    let ocsp = OcspStore::open(&folder, config.ocsp.clone(), own, Arc::clone(&global_conf), clock.clone())?;
    if let Err(error) = ocsp.refresh().await {
        tracing::warn!(error = format!("{error:#}"), "OCSP responses of our own certificates are missing");
    }
    Ok((global_conf, ocsp))
}

async fn open_journal(
    config: &Config,
    global_conf: &Arc<GlobalConfStore>,
    clock: &Clock,
) -> anyhow::Result<MessageLog> {
    let timeout = Duration::from_secs(config.message_log.timestamp.timeout_seconds);
    let tsa = TsaClient::new(Arc::clone(global_conf), timeout);
    let folder = config.server.state_folder.join(&config.message_log.folder);
    Ok(MessageLog::open(&folder, &config.message_log, tsa, clock.clone()).await?)
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
        let renewal = Arc::clone(&self.renewal);
        until_the_end(Box::pin(async move { renewal.follow().await }));
        let journal = self.journal.clone();
        until_the_end(Box::pin(async move { journal.run_stamper().await }));
        let watch = ReadinessWatch {
            readiness: readiness.clone(),
            relay: Arc::clone(&self.relay),
            consent: self.consent.clone(),
        };
        until_the_end(Box::pin(watch.run()));
    }
}
