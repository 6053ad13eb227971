//! What the journal asks of timestamping services.

use std::future::Future;
use std::pin::Pin;

use time::Duration;

/// The future of a [`TimestampAuthority`].
pub type Stamping<'a> = Pin<Box<dyn Future<Output = Result<Vec<u8>, TimestampFailure>> + Send + 'a>>;

/// No service gave a usable timestamp; the text tells what each of them did.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct TimestampFailure(pub String);

/// Gives RFC 3161 timestamps. The server's implementation asks the approved services of the global
/// configuration one after the other (`trust::tsa`).
pub trait TimestampAuthority: Send + Sync {
    /// The interval between batches that the global configuration asks for.
    fn interval(&self) -> Option<Duration>;

    /// A token (DER) over the SHA-512 digest of `data`, verified, with its signer's certificate inside.
    fn stamp<'a>(&'a self, data: &'a [u8]) -> Stamping<'a>;
}
