//! The lease: how long a node may go on deciding with what it has.
//!
//! The node sends a fresh nonce, the registry echoes it in a heartbeat that follows every change committed before.
//! The lease runs from the moment the nonce was **sent**, so the time the echo took can only shorten it, and no two
//! machines' clocks are compared. It is measured on the monotonic clock; the time of day is a second witness,
//! because the monotonic clock of Linux stands still while a machine is suspended.

use std::collections::VecDeque;
use std::time::Duration;

use time::OffsetDateTime;

use crate::opaque::Nonce;

/// Shortest lease that can be configured.
pub const MIN_LEASE: Duration = Duration::from_secs(1);
/// Default lease.
pub const DEFAULT_LEASE: Duration = Duration::from_secs(5);
/// Longest lease that can be configured; the registry takes this as the bound for a node it has not heard of.
pub const MAX_LEASE: Duration = Duration::from_secs(60);

/// Nonces that are remembered while their echo is out. At two a second this is more than a minute.
const MAX_OUTSTANDING: usize = 128;

/// One moment on both clocks of a machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// Time of day.
    pub wall: OffsetDateTime,
    /// Time since some fixed moment of this process; never goes back.
    pub monotonic: Duration,
}

impl Moment {
    /// How long ago `earlier` was, by the clock that says more.
    #[must_use]
    pub fn since(&self, earlier: &Self) -> Duration {
        let monotonic = self.monotonic.saturating_sub(earlier.monotonic);
        let wall = Duration::try_from(self.wall - earlier.wall).unwrap_or(Duration::ZERO);
        monotonic.max(wall)
    }
}

/// The nonces that are out, and the newest one that came back.
#[derive(Debug, Default)]
pub(crate) struct Lease {
    outstanding: VecDeque<(Nonce, Moment)>,
    confirmed: Option<Moment>,
}

impl Lease {
    /// A new connection: echoes of the last one no longer count, the lease itself runs on.
    pub(crate) fn begin_session(&mut self) {
        self.outstanding.clear();
    }

    /// The set of rows is no longer trusted: no lease until a new snapshot has been confirmed.
    pub(crate) fn end(&mut self) {
        self.outstanding.clear();
        self.confirmed = None;
    }

    pub(crate) fn sent(&mut self, nonce: Nonce, at: Moment) {
        if self.outstanding.len() == MAX_OUTSTANDING {
            self.outstanding.pop_front();
        }
        self.outstanding.push_back((nonce, at));
    }

    /// Takes an echo; true if it moved the lease forward. An unknown nonce is nobody's fault (it may be an echo of
    /// one that was forgotten) and changes nothing.
    pub(crate) fn echoed(&mut self, nonce: &Nonce) -> bool {
        let Some(position) = self.outstanding.iter().position(|(sent, _)| sent == nonce) else {
            return false;
        };
        self.confirmed = self.outstanding.drain(..=position).next_back().map(|(_, at)| at);
        true
    }

    /// Time since the confirmed nonce was sent.
    pub(crate) fn age(&self, now: &Moment) -> Option<Duration> {
        self.confirmed.map(|confirmed| now.since(&confirmed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    fn moment(millis: u64) -> Moment {
        let elapsed = Duration::from_millis(millis);
        Moment { wall: datetime!(2026-11-21 15:10 UTC) + elapsed, monotonic: elapsed }
    }

    fn nonce(n: u8) -> Nonce {
        Nonce::from_bytes([n; 16])
    }

    #[test]
    fn the_lease_runs_from_the_sending_of_the_echoed_nonce() {
        let mut lease = Lease::default();
        assert_eq!(lease.age(&moment(0)), None);
        lease.sent(nonce(1), moment(100));
        lease.sent(nonce(2), moment(600));
        assert_eq!(lease.age(&moment(700)), None, "nothing has come back yet");
        assert!(lease.echoed(&nonce(1)));
        assert_eq!(lease.age(&moment(900)), Some(Duration::from_millis(800)));
        assert!(lease.echoed(&nonce(2)));
        assert_eq!(lease.age(&moment(900)), Some(Duration::from_millis(300)));
    }

    #[test]
    fn an_echo_counts_once_and_never_moves_the_lease_back() {
        let mut lease = Lease::default();
        lease.sent(nonce(1), moment(100));
        lease.sent(nonce(2), moment(600));
        assert!(lease.echoed(&nonce(2)));
        assert!(!lease.echoed(&nonce(1)));
        assert!(!lease.echoed(&nonce(2)));
        assert!(!lease.echoed(&nonce(9)));
        assert_eq!(lease.age(&moment(1000)), Some(Duration::from_millis(400)));
    }

    #[test]
    fn echoes_of_another_session_do_not_count() {
        let mut lease = Lease::default();
        lease.sent(nonce(1), moment(100));
        lease.begin_session();
        assert!(!lease.echoed(&nonce(1)));
    }

    #[test]
    fn the_older_clock_counts() {
        let mut lease = Lease::default();
        lease.sent(nonce(1), moment(0));
        lease.echoed(&nonce(1));
        let suspended = Moment { monotonic: Duration::from_millis(10), ..moment(60_000) };
        assert_eq!(lease.age(&suspended), Some(Duration::from_secs(60)));
        let set_back = Moment { wall: datetime!(2026-11-21 15:00 UTC), ..moment(700) };
        assert_eq!(lease.age(&set_back), Some(Duration::from_millis(700)));
    }

    #[test]
    fn only_so_many_nonces_are_kept() {
        let mut lease = Lease::default();
        for n in 0..=MAX_OUTSTANDING {
            lease.sent(nonce(u8::try_from(n).unwrap()), moment(n as u64));
        }
        assert!(!lease.echoed(&nonce(0)));
        assert!(lease.echoed(&nonce(1)));
    }
}
