//! Where the CPU time of the pair goes.
//!
//! What a process uses in all is told by proc(5). How it divides is told by `perf`, where that is installed and allowed:
//! it looks some hundred times a second what each process is doing, and [`activity`] gives each look to one activity.
//! Without it the threads' clocks tell what the signing and the journal's threads use; the rest stays one.

mod activity;
mod sampler;

pub(crate) use activity::Activity;
pub(crate) use sampler::Sampler;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::cases::Case;
use crate::load::Outcome;
use crate::processes::{Processes, Used};

/// How long is looked.
pub(crate) const LENGTH: Duration = Duration::from_secs(4);

/// What that takes with all around it, about.
pub(crate) const TAKES: Duration = Duration::from_secs(12);

/// How much of each process's time each activity has.
type Shares = BTreeMap<String, BTreeMap<Activity, u64>>;

/// How the time was divided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Method {
    /// Looks by `perf`.
    Perf,
    /// The clocks of the threads.
    Threads,
}

/// The result.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Profile {
    pub(crate) case: String,
    pub(crate) method: Method,
    pub(crate) looks: u64,
    /// Of each process and activity, milliseconds of CPU for each round trip.
    pub(crate) cpu_ms: BTreeMap<String, BTreeMap<Activity, f64>>,
}

impl Profile {
    /// From what was measured, the threads' clocks before it, and the looks, if there are any.
    #[expect(clippy::cast_precision_loss, reason = "averages")]
    pub(crate) fn new(
        case: &Case,
        processes: &Processes,
        (outcome, used): (&Outcome, &Used),
        (threads, looks): (&BTreeMap<(String, String), u64>, Option<Shares>),
    ) -> Self {
        let (method, shares) = match looks {
            Some(shares) => (Method::Perf, shares),
            None => (Method::Threads, by_threads(processes, threads)),
        };
        let count = outcome.latencies.count().max(1) as f64;
        let divide = |(process, millis): (&String, &u64)| {
            let each = *millis as f64 / count;
            let shares = shares.get(process).cloned().unwrap_or_default();
            let whole = shares.values().sum::<u64>().max(1) as f64;
            let part = |share: u64| each * share as f64 / whole;
            let parts: BTreeMap<Activity, f64> = match activity::of_process(process) {
                Some(activity) => BTreeMap::from([(activity, each)]),
                None => shares.into_iter().map(|(activity, share)| (activity, part(share))).collect(),
            };
            (process.clone(), parts)
        };
        let cpu_ms = used.each.iter().map(divide).collect();
        let looks = if method == Method::Perf { shares.values().flat_map(BTreeMap::values).sum() } else { 0 };
        Self { case: case.name.to_owned(), method, looks, cpu_ms }
    }

    /// As lines of the report.
    pub(crate) fn lines(&self) -> String {
        let mut lines = match self.method {
            Method::Perf => format!("   CPU time, ms for a round trip, by {} looks of perf:", self.looks),
            Method::Threads => "   CPU time, ms for a round trip, by the clocks of threads:".to_owned(),
        };
        for (process, parts) in &self.cpu_ms {
            // Writing to a string cannot fail.
            let _ = write!(lines, "\n   {process:<9}");
            for (activity, millis) in parts.iter().filter(|(_, millis)| **millis >= 0.001) {
                let _ = write!(lines, " {} {millis:.3}", activity.word());
            }
        }
        lines
    }
}

fn by_threads(processes: &Processes, before: &BTreeMap<(String, String), u64>) -> Shares {
    let mut shares = Shares::new();
    for ((process, thread), nanos) in processes.thread_times() {
        let then = before.get(&(process.clone(), thread.clone())).copied().unwrap_or_default();
        let activity = activity::of_thread(&thread).unwrap_or(Activity::Rest);
        let parts = shares.entry(process).or_default();
        *parts.entry(activity).or_default() += nanos.saturating_sub(then);
    }
    shares
}
