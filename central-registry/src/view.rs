//! The configuration in force, for subjects that look something up in it.

use std::sync::Arc;

use arc_swap::ArcSwapOption;
use globalconf::GlobalConf;

/// The last configuration that was published and checked by our own reader. Clones share it.
#[derive(Clone, Default)]
pub struct ConfigurationView {
    current: Arc<ArcSwapOption<GlobalConf>>,
}

impl ConfigurationView {
    /// A view without a configuration.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The configuration in force; `None` until the first one is published.
    #[must_use]
    pub fn current(&self) -> Option<Arc<GlobalConf>> {
        self.current.load_full()
    }

    /// Puts a new configuration in force.
    pub fn replace(&self, conf: GlobalConf) {
        self.current.store(Some(Arc::new(conf)));
    }
}
