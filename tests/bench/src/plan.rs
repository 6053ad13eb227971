//! How much, how long, with what.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use crate::cases::{CASES, Case, Sampling};

/// The plan of a run.
pub(crate) struct Plan {
    pub(crate) quick: bool,
    /// Beginnings of the names of the wanted cases; empty: all.
    pub(crate) only: Vec<String>,
    pub(crate) warm_up: Duration,
    pub(crate) measured: Duration,
    /// Longest measurement of large bodies, which may fill the disk.
    pub(crate) longest_bulk: Duration,
    /// How often a case is measured, in turn with what it is compared with.
    pub(crate) rounds: usize,
    /// Whether the pair is looked at without load.
    pub(crate) probes: bool,
    /// How long it is then watched.
    pub(crate) watched: Duration,
    /// Whether some cases are sampled.
    pub(crate) profile: bool,
    pub(crate) folder: PathBuf,
    pub(crate) beside: Option<Beside>,
    pub(crate) began: Instant,
    /// Nothing begins that would end later.
    pub(crate) longest: Option<Duration>,
}

/// Another consumer's security server.
pub(crate) struct Beside {
    /// `host:port`.
    pub(crate) address: String,
    /// Target of the requests.
    pub(crate) target: String,
    /// `X-Road-Client` of the requests.
    pub(crate) client: String,
    /// How long it is warmed before its first measurement ...
    pub(crate) warm_up: Duration,
    /// ... and with how many messages at least.
    pub(crate) warm_up_messages: u64,
}

impl Plan {
    /// A whole name means that case alone, a beginning all that begin so.
    pub(crate) fn wants(&self, case: &Case) -> bool {
        let exact = |name: &String| CASES.iter().any(|case| case.name == name);
        let means = |name: &String| {
            if exact(name) { case.name == name } else { case.name.starts_with(name.as_str()) }
        };
        if self.only.is_empty() { !self.quick || case.quick } else { self.only.iter().any(means) }
    }

    /// How often the case is measured.
    pub(crate) fn rounds_of(&self, case: &Case) -> usize {
        match case.seconds {
            Some(_) => 1,
            // The most important ratios rest on these.
            None if self.quick && case.hop && case.clients == 64 => self.rounds.max(2),
            None => self.rounds,
        }
    }

    /// Is it sampled?
    pub(crate) fn samples(&self, case: &Case) -> bool {
        let wanted = match case.sampling {
            Sampling::Never => false,
            Sampling::Full => !self.quick,
            Sampling::Always => true,
        };
        self.profile && wanted
    }

    /// Seconds since the run began.
    pub(crate) fn elapsed(&self) -> u64 {
        self.began.elapsed().as_secs()
    }

    /// May something begin that takes so long?
    pub(crate) fn has_time_for(&self, length: Duration) -> bool {
        self.longest.is_none_or(|longest| self.began.elapsed() + length < longest)
    }
}
