//! One network for all tests of a file: most look at it at the same time, some must have it for themselves.

use std::ops::Deref;
use std::sync::{LazyLock, PoisonError, RwLock};

use anyhow::Result;
use tokio::runtime::Runtime;

use crate::world::World;

/// All tests of a program run on it, so that processes and connections outlive a single test.
#[expect(clippy::expect_used, reason = "without a runtime there are no tests")]
static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    builder.worker_threads(2).enable_all().build().expect("a runtime")
});

/// Runs a test that has its own network, or none.
pub fn run<T>(test: impl AsyncFnOnce() -> T) -> T {
    RUNTIME.block_on(test())
}

/// The network of a file; started by the first test that wants it.
pub struct SharedWorld {
    world: LazyLock<Result<RwLock<World>, String>>,
}

impl SharedWorld {
    /// A network that `start` starts.
    #[must_use]
    pub const fn new(start: fn() -> Result<RwLock<World>, String>) -> Self {
        Self { world: LazyLock::new(start) }
    }

    /// Runs a test that leaves the network as it is.
    pub fn beside_others(&self, test: impl AsyncFnOnce(&World)) {
        let world = Watched(self.get().read().unwrap_or_else(PoisonError::into_inner));
        RUNTIME.block_on(test(&world.0));
    }

    /// Runs a test that changes the network, and puts it back as it was.
    pub fn alone(&self, test: impl AsyncFnOnce(&mut World)) {
        let mut world = Watched(self.get().write().unwrap_or_else(PoisonError::into_inner));
        RUNTIME.block_on(test(&mut world.0));
    }

    #[expect(clippy::panic, reason = "tests only")]
    fn get(&self) -> &RwLock<World> {
        match &*self.world {
            Ok(world) => world,
            Err(error) => panic!("the town does not start: {error}"),
        }
    }
}

/// Starts the network of a [`SharedWorld`].
///
/// # Errors
/// Why it did not start, with causes.
pub fn start(world: impl AsyncFnOnce() -> Result<World>) -> Result<RwLock<World>, String> {
    RUNTIME.block_on(world()).map(RwLock::new).map_err(|error| format!("{error:#}"))
}

/// A test that fails says where the logs are, and they stay.
struct Watched<G: Deref<Target = World>>(G);

impl<G: Deref<Target = World>> Drop for Watched<G> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.keep_folder();
            eprintln!("the logs are in {}", self.0.town.logs().display());
        }
    }
}
