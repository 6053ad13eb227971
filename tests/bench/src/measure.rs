//! One measurement: warm-up, then load while clocks, memory and journal are watched.

use std::path::Path;
use std::time::Duration;

use anyhow::Result;

use crate::cases::{Case, Subject};
use crate::load::{Client, Outcome, Pace, run as load};
use crate::pair::Pair;
use crate::plan::Plan;
use crate::processes::Processes;
use crate::profile::{self, Profile};
use crate::report::Row;

/// How often a sampler may give up.
const SAMPLING_TRIES: u32 = 3;

/// Many clients need longer until each has its connections; large bodies run evenly from the start, and so does what
/// was measured a moment ago.
pub(crate) fn warm_up(plan: &Plan, case: &Case, first: bool) -> Duration {
    let crowd = u32::try_from(case.clients / 256).unwrap_or(u32::MAX);
    match first && !case.is_bulk() {
        true => plan.warm_up.saturating_mul(1 + crowd),
        false => plan.warm_up.saturating_mul(1 + crowd) / 2,
    }
}

/// What is measured.
pub(crate) struct Measured<'a> {
    pub(crate) case: &'a Case,
    pub(crate) subject: Subject,
    pub(crate) processes: Processes,
    /// The pair, if its journal takes the messages.
    pub(crate) journal: Option<&'a Pair>,
}

impl Measured<'_> {
    /// Clients come in one by one during the first half of the warm-up.
    ///
    /// # Errors
    /// A process has ended.
    pub(crate) async fn measure(
        &self,
        clients: &mut Vec<Client>,
        pace: Pace,
        warm_up: Duration,
        length: Duration,
    ) -> Result<Row> {
        let resident_before = self.processes.memory_kb("VmRSS:");
        let warmed = load(clients, pace, warm_up / 2, warm_up).await?;
        self.processes.forget_peaks();
        let journal_before = self.journal_bytes().await?;
        let before = self.processes.cpu_time()?;
        let mut outcome = load(clients, pace, Duration::ZERO, length).await?;
        let used = self.processes.cpu_time()?.since(&before);
        if outcome.errors == 0 && warmed.errors > 0 {
            outcome.errors = warmed.errors;
            outcome.first_error = warmed.first_error.map(|error| format!("while warming up: {error}"));
        }
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let mut row = Row::new(*self.case, self.subject, &outcome, &used, cores);
        row.resident_before_kb = resident_before;
        row.resident_peak_kb = self.processes.memory_kb("VmHWM:");
        let grown = self.journal_bytes().await?.zip(journal_before);
        row.journal_bytes_per_record =
            grown.and_then(|(now, before)| per_record(&outcome, now.saturating_sub(before)));
        if let Pace::Open(rate) = pace {
            row.wanted_per_second = Some(rate);
        }
        Ok(row)
    }

    async fn journal_bytes(&self) -> Result<Option<u64>> {
        match self.journal {
            Some(pair) => pair.journal_bytes().await.map(Some),
            None => Ok(None),
        }
    }

    /// Where the CPU time of the pair goes under this load.
    ///
    /// # Errors
    /// A process has ended.
    pub(crate) async fn profile(
        &self,
        clients: &mut Vec<Client>,
        pace: Pace,
        folder: &Path,
    ) -> Result<Profile> {
        let mut tries = 0;
        loop {
            tries += 1;
            let sampler = profile::Sampler::start(&self.processes, folder)?;
            let there_is_perf = sampler.is_some();
            let (before, threads) = (self.processes.cpu_time()?, self.processes.thread_times());
            let outcome = load(clients, pace, Duration::ZERO, profile::LENGTH).await?;
            let used = self.processes.cpu_time()?.since(&before);
            let looks = match sampler {
                Some(sampler) => sampler.finish().await?,
                None => None,
            };
            if looks.is_some() || !there_is_perf || tries == SAMPLING_TRIES {
                return Ok(Profile::new(self.case, &self.processes, (&outcome, &used), (&threads, looks)));
            }
        }
    }
}

/// The consumer's journal has two records of a round trip.
#[expect(clippy::cast_precision_loss, reason = "an average")]
fn per_record(outcome: &Outcome, grown: u64) -> Option<f64> {
    let records = outcome.latencies.count() * 2;
    (records > 0).then(|| grown as f64 / records as f64)
}
