//! The server process.

use std::time::Duration;

use anyhow::Context;
use service_kit::http_server::{Server, ServerSecurity, ServerSettings};
use service_kit::shutdown::Shutdown;
use service_kit::telemetry;

use super::Opened;
use crate::modes::Modes;
use crate::routes::Services;

/// How long a shutdown waits for requests that were begun.
const PATIENCE: Duration = Duration::from_secs(5);
/// Most connections at once; the servers of a pilot use a handful.
const MAX_CONNECTIONS: usize = 256;

/// Serves on one thread: what is asked for takes milliseconds, and memory counts more.
pub(super) fn run(opened: &Opened) -> anyhow::Result<()> {
    telemetry::init(opened.config.log_format);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("the runtime cannot be started")?;
    runtime.block_on(serve(opened))
}

async fn serve(opened: &Opened) -> anyhow::Result<()> {
    let Opened { config, clock } = opened;
    tracing::warn!("FOR DEVELOPMENT AND PILOTS ONLY: keys lie in plain files, nobody's identity is checked");
    if config.signing.http {
        tracing::warn!("signing.http: whoever reaches this port gets certificates");
    }
    if config.test_modes.enabled {
        tracing::warn!(
            "test_modes.enabled: whoever reaches this port can make the services give wrong answers"
        );
    }
    let services = Services::load(config, clock.clone())?;
    if services.modes() != Modes::default() {
        tracing::warn!(modes = ?services.modes(), "answers are wrong on purpose, as they were left");
    }
    let shutdown = Shutdown::on_signals().context("signals cannot be handled")?;
    let settings = ServerSettings {
        clock: clock.clone(),
        max_connections: MAX_CONNECTIONS,
        ..ServerSettings::default()
    };
    let server = Server::bind(&config.listen, ServerSecurity::Plain, settings).await?;
    let (address, url) = (server.local_address(), config.public_url());
    tracing::info!(%address, url, "serving OCSP, timestamps and certificates");
    let handler = move |request| {
        let services = services.clone();
        async move { services.handle(request).await }
    };
    server.serve(handler, shutdown.clone()).await;
    if !shutdown.finished(PATIENCE).await {
        tracing::warn!("some requests were not finished");
    }
    Ok(())
}
