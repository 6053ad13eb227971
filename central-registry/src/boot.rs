//! Wiring of the running service: the only file that sees every subject.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use service_kit::clock::Clock;
use service_kit::http::Request;
use service_kit::http_server::{Server, ServerSecurity, ServerSettings};
use service_kit::readiness::Readiness;
use service_kit::shutdown::Shutdown;
use service_kit::tls::{ClientCertificates, TlsIdentity, TlsServer};

use crate::administration::Administration;
use crate::config::{Config, GlobalConfigurationConfig};
use crate::globalconf::download;
use crate::globalconf::generator::Generator;
use crate::globalconf::publish::PublicFolder;
use crate::globalconf::signing_keys::SigningKeys;
use crate::personal_link;
use crate::registry::Registry;
use crate::store::Store;
use crate::view::ConfigurationView;

/// How long requests that were begun may take after the end is requested.
const PATIENCE: Duration = Duration::from_secs(10);

/// Starts everything that the configuration asks for and runs until the shutdown is requested.
///
/// # Errors
/// Something cannot be started; the message says what.
pub async fn serve(config: Config, clock: Clock, shutdown: Shutdown) -> anyhow::Result<()> {
    let parts = Parts::open(&config, clock.clone())?;
    let (view, readiness) = (ConfigurationView::new(), Readiness::new());
    let settings = ServerSettings { clock: clock.clone(), ..ServerSettings::default() };
    let administration =
        Administration { readiness: readiness.clone(), view: view.clone(), clock: clock.clone() };
    serve_administration(&config.administration.listen, administration, &settings, &shutdown).await?;
    serve_downloads(&config.global_configuration, &parts.folder, &settings, &shutdown).await?;
    shutdown.spawn(parts.generator.run(view.clone(), readiness, shutdown.clone()));
    personal_link::start(personal_link::Setup {
        config: config.personal_link,
        store: parts.store,
        configuration: view,
        clock,
        shutdown: shutdown.clone(),
    })
    .await?;
    tracing::info!("the central registry is running");
    if !shutdown.finished(PATIENCE).await {
        tracing::warn!("some requests were still open at the end");
    }
    Ok(())
}

/// What the service and the commands both work with.
pub struct Parts {
    /// The databases.
    pub store: Store,
    /// What is registered.
    pub registry: Registry,
    /// The signing keys.
    pub keys: Arc<SigningKeys>,
    /// What is served.
    pub folder: PublicFolder,
    /// Makes generations.
    pub generator: Generator,
}

impl Parts {
    /// Opens databases and keys, making what is not there yet.
    ///
    /// # Errors
    /// A folder, a database or a key cannot be opened.
    pub fn open(config: &Config, clock: Clock) -> anyhow::Result<Self> {
        let store = Store::in_folder(&config.state_folder)?;
        let registry = Registry::open(&store)?;
        let keys = Arc::new(SigningKeys::open_or_make(&config.state_folder)?);
        let folder = PublicFolder::new(config.public_folder());
        let conf = config.global_configuration.clone();
        let generator = Generator::new(conf, registry.clone(), Arc::clone(&keys), folder.clone(), clock);
        Ok(Self { store, registry, keys, folder, generator })
    }
}

async fn serve_administration(
    address: &str,
    administration: Administration,
    settings: &ServerSettings,
    shutdown: &Shutdown,
) -> anyhow::Result<()> {
    let server = Server::bind(address, ServerSecurity::Plain, settings.clone()).await?;
    tracing::info!(address = %server.local_address(), "administration is served");
    let handler = move |request: Request| {
        let response = administration.answer(&request);
        async move { response }
    };
    shutdown.spawn(server.serve(handler, shutdown.clone()));
    Ok(())
}

async fn serve_downloads(
    config: &GlobalConfigurationConfig,
    folder: &PublicFolder,
    settings: &ServerSettings,
    shutdown: &Shutdown,
) -> anyhow::Result<()> {
    let mut listeners = vec![(config.listen.as_str(), ServerSecurity::Plain)];
    if let (Some(address), Some(certificate), Some(key)) =
        (&config.https_listen, &config.https_certificate, &config.https_key)
    {
        let identity = TlsIdentity::from_pem(&read(certificate)?, &read(key)?)?;
        listeners
            .push((address, ServerSecurity::Tls(TlsServer::new(&identity, ClientCertificates::Ignored)?)));
    }
    for (address, security) in listeners {
        let server = Server::bind(address, security, settings.clone()).await?;
        tracing::info!(address = %server.local_address(), "global configuration is served");
        let folder = folder.clone();
        let handler = move |request: Request| {
            let folder = folder.clone();
            async move { download::answer(&folder, request).await }
        };
        shutdown.spawn(server.serve(handler, shutdown.clone()));
    }
    Ok(())
}

fn read(path: &Path) -> anyhow::Result<Vec<u8>> {
    std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))
}
