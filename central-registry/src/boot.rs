//! Wiring: the only file that sees every subject.

use service_kit::clock::Clock;
use service_kit::shutdown::Shutdown;

use crate::config::Config;
use crate::personal_link;
use crate::store::Store;
use crate::view::ConfigurationView;

/// Starts everything that the configuration asks for and runs until the shutdown is requested.
///
/// # Errors
/// Something cannot be started; the message says what.
pub async fn serve(config: Config, clock: Clock, shutdown: Shutdown) -> anyhow::Result<()> {
    let store = Store::in_folder(&config.state_folder)?;
    let configuration = ConfigurationView::new();
    personal_link::start(personal_link::Setup {
        config: config.personal_link,
        store,
        configuration,
        clock,
        shutdown,
    })
    .await
}
