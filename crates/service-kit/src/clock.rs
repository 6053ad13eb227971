//! The time of day and the time that only moves forward.
//!
//! Pure crates take `now` as an argument. A process owns one [`Clock`], made at start and cloned
//! into whatever needs it. Three kinds exist: the system's, one that is shifted so that it starts
//! at a given moment (to replay recorded messages whose OCSP answers are old by now), and one that
//! a test moves by hand.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// A source of time. Clones share it: when a test moves one, all move.
#[derive(Clone, Debug)]
pub struct Clock {
    kind: Kind,
    /// Zero of [`Clock::monotonic`].
    origin: Instant,
}

#[derive(Clone, Debug)]
enum Kind {
    /// System time plus this offset (zero in production).
    Shifted(time::Duration),
    /// Moved only by [`Clock::advance`].
    Manual(Arc<Mutex<Manual>>),
}

#[derive(Debug)]
struct Manual {
    now: OffsetDateTime,
    elapsed: Duration,
}

/// A start time in the configuration that is not an RFC 3339 time.
#[derive(Debug, thiserror::Error)]
#[error("{0:?} is not a time: write it like 2026-11-21T15:10:00Z")]
pub struct NotATime(String);

impl Clock {
    /// The clock of the machine.
    #[must_use]
    pub fn system() -> Self {
        Self { kind: Kind::Shifted(time::Duration::ZERO), origin: Instant::now() }
    }

    /// A clock that shows `start` now and runs at the machine's speed from there.
    #[must_use]
    pub fn starting_at(start: OffsetDateTime) -> Self {
        Self { kind: Kind::Shifted(start - system_now()), origin: Instant::now() }
    }

    /// The clock that a configuration asks for: the machine's when `start` is absent, else one that
    /// starts at this RFC 3339 time.
    ///
    /// # Errors
    /// [`NotATime`] when the text is not a time.
    pub fn from_setting(start: Option<&str>) -> Result<Self, NotATime> {
        let Some(start) = start else { return Ok(Self::system()) };
        let parsed = OffsetDateTime::parse(start, &Rfc3339).map_err(|_| NotATime(start.to_owned()))?;
        Ok(Self::starting_at(parsed))
    }

    /// A clock for tests that stands still until [`Clock::advance`].
    #[must_use]
    pub fn manual(start: OffsetDateTime) -> Self {
        let manual = Manual { now: start, elapsed: Duration::ZERO };
        Self { kind: Kind::Manual(Arc::new(Mutex::new(manual))), origin: Instant::now() }
    }

    /// Date and time, UTC.
    #[must_use]
    pub fn now(&self) -> OffsetDateTime {
        match &self.kind {
            Kind::Shifted(offset) => system_now() + *offset,
            Kind::Manual(manual) => manual.lock().unwrap_or_else(PoisonError::into_inner).now,
        }
    }

    /// Time since this clock was made; never goes back when the time of day is corrected. Leases run
    /// on this one.
    #[must_use]
    pub fn monotonic(&self) -> Duration {
        match &self.kind {
            Kind::Shifted(_) => self.origin.elapsed(),
            Kind::Manual(manual) => manual.lock().unwrap_or_else(PoisonError::into_inner).elapsed,
        }
    }

    /// Moves a manual clock (both times) forward; has no effect on the others.
    pub fn advance(&self, by: Duration) {
        if let Kind::Manual(manual) = &self.kind {
            let mut manual = manual.lock().unwrap_or_else(PoisonError::into_inner);
            manual.now += by;
            manual.elapsed += by;
        }
    }

    /// How far this clock is from the machine's; zero in production. Shown by health pages, because a
    /// shifted clock accepts evidence of another time.
    #[must_use]
    pub fn offset(&self) -> time::Duration {
        match &self.kind {
            Kind::Shifted(offset) => *offset,
            Kind::Manual(_) => self.now() - system_now(),
        }
    }
}

impl Default for Clock {
    fn default() -> Self {
        Self::system()
    }
}

#[expect(clippy::disallowed_methods, reason = "the one place that asks the system for the time of day")]
fn system_now() -> OffsetDateTime {
    OffsetDateTime::now_utc()
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    #[test]
    fn a_shifted_clock_starts_at_the_given_moment_and_runs() {
        let clock = Clock::from_setting(Some("2026-11-21T15:10:00Z")).unwrap();
        let first = clock.now();
        assert!((first - datetime!(2026-11-21 15:10 UTC)).abs() < time::Duration::seconds(5));
        std::thread::sleep(Duration::from_millis(5));
        assert!(clock.now() > first);
    }

    #[test]
    fn clones_of_a_manual_clock_move_together() {
        let clock = Clock::manual(datetime!(2026-01-01 0:00 UTC));
        let other = clock.clone();
        clock.advance(Duration::from_secs(90));
        assert_eq!(other.now(), datetime!(2026-01-01 0:01:30 UTC));
        assert_eq!(other.monotonic(), Duration::from_secs(90));
    }

    #[test]
    fn a_start_that_is_no_time_is_refused_by_name() {
        let error = Clock::from_setting(Some("yesterday")).unwrap_err();
        assert!(error.to_string().contains("\"yesterday\" is not a time"));
    }
}
