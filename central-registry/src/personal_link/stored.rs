//! How values are written into columns and read back.

use identifiers::ClientId;
use time::{Duration, OffsetDateTime};

use super::failure::Failure;

/// Milliseconds since 1970.
#[must_use]
pub fn millis(at: OffsetDateTime) -> i64 {
    // Years 0 to 9999 in milliseconds are far inside an i64.
    (at.unix_timestamp_nanos() / 1_000_000) as i64
}

/// The time with these milliseconds since 1970.
///
/// # Errors
/// [`Failure::Unreadable`] beyond the years 0 to 9999.
pub fn instant(millis: i64) -> Result<OffsetDateTime, Failure> {
    OffsetDateTime::UNIX_EPOCH.checked_add(Duration::milliseconds(millis)).ok_or(Failure::Unreadable("time"))
}

/// A subsystem from its path.
///
/// # Errors
/// [`Failure::Unreadable`].
pub fn subsystem(path: &str) -> Result<ClientId, Failure> {
    ClientId::from_path(path).map_err(|_| Failure::Unreadable("subsystem"))
}

/// A counter that SQLite keeps as a signed number.
///
/// # Errors
/// [`Failure::Unreadable`] when it is negative.
pub fn count(stored: i64) -> Result<u64, Failure> {
    u64::try_from(stored).map_err(|_| Failure::Unreadable("counter"))
}

/// A counter as SQLite keeps it.
///
/// # Errors
/// [`Failure::Internal`] beyond 2^63.
pub fn stored_count(count: u64) -> Result<i64, Failure> {
    i64::try_from(count).map_err(|_| Failure::Internal("a counter is too large".to_owned()))
}
