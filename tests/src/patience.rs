//! Waiting for a state. How long it takes never decides a test: the limit is only there so that a test ends.

use std::time::{Duration, Instant};

/// Far longer than anything takes on a machine that is not broken.
pub const PATIENCE: Duration = Duration::from_secs(90);

/// Asks again and again until there is an answer that counts; an error is what there is in its place.
///
/// # Panics
/// After [`PATIENCE`].
pub async fn until<T>(what: &str, mut look: impl AsyncFnMut() -> Result<T, String>) -> T {
    let began = Instant::now();
    loop {
        match look().await {
            Ok(found) => return found,
            Err(instead) => {
                assert!(began.elapsed() < PATIENCE, "{what}: not after {PATIENCE:?}, but {instead}")
            }
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
