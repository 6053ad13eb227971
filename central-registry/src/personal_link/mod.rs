//! Personal-LINK: persons, links and consents, served on two ports of its own.
//!
//! The registry knows a person by a random Base-ID and by nothing else: no name, no number, no attribute. In the order
//! in which a person meets it:
//!
//! - [`linking`]: a device enrols, applications are linked, pairs of applications get an exchange handle
//! - [`consent`]: signed events are checked and kept, the present state of each consent follows from them
//! - [`sync`]: each security server gets the rows that concern it, within milliseconds, and tells that it has them
//! - [`api`]: the HTTP side, for citizens and for security servers
//! - [`tls`]: how the ports are protected
//! - [`network`]: what Personal-LINK needs to know of the global configuration
//! - [`schema`], [`stored`], [`failure`], [`config`]: the database, what can go wrong, what can be set

pub mod api;
pub mod config;
pub mod consent;
pub mod failure;
pub mod linking;
pub mod network;
pub mod schema;
pub mod stored;
pub mod sync;
pub mod tls;

use std::sync::Arc;

use anyhow::Context as _;
use service_kit::clock::Clock;
use service_kit::http_server::{Server, ServerSecurity, ServerSettings};
use service_kit::shutdown::Shutdown;
use service_kit::tls::{ClientCertificates, TlsIdentity, TlsServer};

use crate::store::{Database, Store};
use crate::view::ConfigurationView;

pub use config::PersonalLinkConfig;
use network::Network;
use sync::Hub;

/// What the rest of the registry gives to Personal-LINK.
#[derive(Clone)]
pub struct Setup {
    /// Its part of the configuration file.
    pub config: PersonalLinkConfig,
    /// Opens its databases.
    pub store: Store,
    /// The global configuration in force: which server has which authentication certificate.
    pub configuration: ConfigurationView,
    /// The time.
    pub clock: Clock,
    /// The ordered end of the process; long tasks are started through it.
    pub shutdown: Shutdown,
}

/// Everything that the HTTP side works with. Clones share it.
#[derive(Clone)]
pub struct PersonalLink {
    pub(crate) config: Arc<PersonalLinkConfig>,
    pub(crate) database: Database,
    pub(crate) hub: Hub,
    pub(crate) network: Arc<dyn Network>,
    pub(crate) clock: Clock,
}

impl PersonalLink {
    /// Opens the database and begins a new epoch of the stream.
    ///
    /// # Errors
    /// The database cannot be opened.
    pub fn open(
        config: PersonalLinkConfig,
        store: &Store,
        network: Arc<dyn Network>,
        clock: Clock,
    ) -> anyhow::Result<Self> {
        config.check().context("personal_link")?;
        let database = store.open(schema::DATABASE, schema::MIGRATIONS)?;
        let epoch = sync::begin_epoch(&database, clock.now())?;
        let hub = Hub::new(epoch, config.lease(), clock.clone());
        Ok(Self { config: Arc::new(config), database, hub, network, clock })
    }

    /// Opens both ports, with the registry's TLS identity on the one for security servers, and starts serving.
    ///
    /// # Errors
    /// A port cannot be opened.
    pub async fn serve(&self, identity: &TlsIdentity, shutdown: &Shutdown) -> anyhow::Result<Ports> {
        let settings = ServerSettings { clock: self.clock.clone(), ..ServerSettings::default() };
        let security = if self.config.citizen_tls {
            ServerSecurity::Tls(TlsServer::new(identity, ClientCertificates::Ignored)?)
        } else {
            ServerSecurity::Plain
        };
        let citizens = Server::bind(&self.config.citizen_listen, security, settings.clone()).await?;
        let nodes = TlsServer::new(identity, ClientCertificates::Required(self.admission()))?;
        let nodes = Server::bind(&self.config.node_listen, ServerSecurity::Tls(nodes), settings).await?;
        let ports = Ports { citizens: citizens.local_address(), nodes: nodes.local_address() };
        let (citizen_side, node_side) = (self.clone(), self.clone());
        let answer_citizen = move |request| {
            let link = citizen_side.clone();
            async move { api::citizen::handle(&link, request).await }
        };
        let answer_node = move |request| {
            let link = node_side.clone();
            async move { api::node::handle(&link, request).await }
        };
        shutdown.spawn(citizens.serve(answer_citizen, shutdown.clone()));
        shutdown.spawn(nodes.serve(answer_node, shutdown.clone()));
        shutdown.spawn(sync::heartbeats(self.hub.clone(), self.network.clone(), shutdown.clone()));
        Ok(ports)
    }

    /// Refuses strangers at the handshake already; each request is checked again.
    fn admission(&self) -> service_kit::tls::Admission {
        let (network, clock) = (self.network.clone(), self.clock.clone());
        Arc::new(move |certificate| network.server_of_certificate(certificate, clock.now()).is_some())
    }
}

/// Where Personal-LINK listens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ports {
    /// For citizens.
    pub citizens: std::net::SocketAddr,
    /// For security servers.
    pub nodes: std::net::SocketAddr,
}

/// Opens the database and the ports and starts serving; returns once the ports are open. Does nothing when
/// Personal-LINK is switched off.
///
/// # Errors
/// The database or a port cannot be opened.
pub async fn start(setup: Setup) -> anyhow::Result<()> {
    if !setup.config.enabled {
        tracing::info!("Personal-LINK is switched off");
        return Ok(());
    }
    let identity = tls::identity(&setup.config, setup.store.folder(), setup.clock.now())?;
    let network = Arc::new(setup.configuration);
    let link = PersonalLink::open(setup.config, &setup.store, network, setup.clock)?;
    let ports = link.serve(&identity, &setup.shutdown).await?;
    tracing::info!(citizens = %ports.citizens, security_servers = %ports.nodes, "Personal-LINK is served");
    Ok(())
}
