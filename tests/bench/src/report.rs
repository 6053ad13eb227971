//! Everything that a run found: measurements, ratios, bars; as a file and back.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context as _, Result};
use serde::{Deserialize, Serialize};

use crate::bars::{self, Judgement};
use crate::cases::{Case, RATIOS, Rate, Subject};
use crate::load::Outcome;
use crate::machine::Machine;
use crate::message::bytes_of_a_round_trip;
use crate::probes::Probes;
use crate::processes::Used;
use crate::profile::Profile;
use crate::table;

/// Share of the machine's CPU from which on other programs disturb a measurement.
const DISTURBED: f64 = 0.05;

/// One measurement.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Row {
    #[serde(flatten)]
    pub(crate) case: Case,
    pub(crate) subject: Subject,
    pub(crate) round_trips: u64,
    pub(crate) round_trips_per_second: f64,
    /// What an open loop wanted.
    pub(crate) wanted_per_second: Option<f64>,
    /// Bodies of both directions.
    pub(crate) megabytes_per_second: f64,
    pub(crate) p50_ms: f64,
    pub(crate) p90_ms: f64,
    pub(crate) p99_ms: f64,
    pub(crate) p999_ms: f64,
    pub(crate) longest_ms: f64,
    pub(crate) errors: u64,
    pub(crate) first_error: Option<String>,
    /// Of each process, milliseconds for each round trip.
    pub(crate) cpu_ms: BTreeMap<String, f64>,
    /// Resident memory before it.
    pub(crate) resident_before_kb: BTreeMap<String, u64>,
    /// Most memory while it went on.
    pub(crate) resident_peak_kb: BTreeMap<String, u64>,
    /// The consumer's journal, for each of its records (two in a round trip).
    pub(crate) journal_bytes_per_record: Option<f64>,
    /// Share of the machine's CPU time that programs other than those of the measurement took, 0 to 1.
    pub(crate) cpu_of_others: f64,
}

impl Row {
    /// From what was measured.
    #[expect(clippy::cast_precision_loss, reason = "rates and averages")]
    pub(crate) fn new(case: Case, subject: Subject, outcome: &Outcome, used: &Used, cores: usize) -> Self {
        let count = outcome.latencies.count();
        let (rate, each) = (outcome.rate(), count.max(1) as f64);
        let at = |of_thousand| outcome.latencies.millis(of_thousand);
        let machine_ms = outcome.elapsed.as_secs_f64() * 1_000.0 * cores as f64;
        Self {
            case,
            subject,
            round_trips: count,
            round_trips_per_second: rate,
            wanted_per_second: None,
            megabytes_per_second: rate * bytes_of_a_round_trip(&case) / 1e6,
            p50_ms: at(500),
            p90_ms: at(900),
            p99_ms: at(990),
            p999_ms: at(999),
            longest_ms: at(1_000),
            errors: outcome.errors,
            first_error: outcome.first_error.clone(),
            cpu_ms: used.each.iter().map(|(name, millis)| (name.clone(), *millis as f64 / each)).collect(),
            resident_before_kb: BTreeMap::new(),
            resident_peak_kb: BTreeMap::new(),
            journal_bytes_per_record: None,
            cpu_of_others: used.others as f64 / machine_ms.max(1.0),
        }
    }

    /// Did other programs take part in it? Of another server's processes nothing is known: they may be here.
    pub(crate) fn is_disturbed(&self) -> bool {
        self.cpu_of_others > DISTURBED && self.subject != Subject::Other
    }

    /// Of all processes, the clients and the service among them, milliseconds for each round trip.
    pub(crate) fn whole_cpu_ms(&self) -> f64 {
        self.cpu_ms.values().sum()
    }

    /// As a line of the table.
    pub(crate) fn line(&self) -> String {
        table::line(self)
    }
}

/// Everything that a run found.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Report {
    /// The version that was measured, as git names it.
    pub(crate) version: String,
    pub(crate) machine: Machine,
    /// Without load, keys RSA-2048.
    pub(crate) probes: Option<Probes>,
    /// Every measurement, in the order of time.
    pub(crate) rows: Vec<Row>,
    pub(crate) profiles: Vec<Profile>,
    /// Round trips a second by round trips a second, medians of the undisturbed rounds.
    pub(crate) ratios: BTreeMap<String, f64>,
    /// The same by the CPU time of a round trip, all processes together: what the ratio is where CPU is the limit and
    /// nobody disturbs.
    pub(crate) ratios_by_cpu: BTreeMap<String, f64>,
    pub(crate) bars: Vec<Judgement>,
    /// Pairs that did not start or did not come to the end of their cases, and why.
    pub(crate) failures: Vec<String>,
}

impl Report {
    /// Of this machine.
    pub(crate) fn new(machine: Machine) -> Self {
        Self {
            version: version(),
            machine,
            probes: None,
            rows: Vec::new(),
            profiles: Vec::new(),
            ratios: BTreeMap::new(),
            ratios_by_cpu: BTreeMap::new(),
            bars: Vec::new(),
            failures: Vec::new(),
        }
    }

    /// The rate that a case has reached: the median of its rounds.
    pub(crate) fn rate(&self, name: &str, subject: Subject) -> Option<f64> {
        self.median(name, subject).map(|row| row.round_trips_per_second)
    }

    /// Of the rounds of a case the one in the middle, by rate; those that others disturbed count only if all were.
    pub(crate) fn median(&self, name: &str, subject: Subject) -> Option<&Row> {
        let of_case = self.rows.iter().filter(|row| row.case.name == name && row.subject == subject);
        let (mut rounds, disturbed): (Vec<&Row>, Vec<&Row>) = of_case.partition(|row| !row.is_disturbed());
        if rounds.is_empty() {
            rounds = disturbed;
        }
        rounds.sort_by(|a, b| a.round_trips_per_second.total_cmp(&b.round_trips_per_second));
        rounds.get(rounds.len() / 2).copied()
    }

    /// The median of each case and who carries it, in the order of time.
    pub(crate) fn medians(&self) -> Vec<&Row> {
        let mut told = Vec::new();
        let first = self.rows.iter().filter(|row| {
            let of = (row.case.name, row.subject);
            let new = !told.contains(&of);
            told.push(of);
            new
        });
        first.filter_map(|row| self.median(row.case.name, row.subject)).collect()
    }

    /// The two measurements of a ratio.
    pub(crate) fn rows_of(&self, ratio: &str) -> Option<(&Row, &Row)> {
        let (_, above, below) = RATIOS.iter().find(|(name, ..)| *name == ratio)?;
        let row = |(name, subject): &Rate| self.median(name, *subject);
        row(above).zip(row(below))
    }

    /// Computes ratios and bars.
    pub(crate) fn finish(&mut self) {
        for (ratio, ..) in RATIOS {
            let Some((above, below)) = self.rows_of(ratio) else { continue };
            let by_rate = above.round_trips_per_second / below.round_trips_per_second;
            // The clocks know nothing about another machine's processes.
            let by_cpu =
                (below.subject != Subject::Other).then(|| below.whole_cpu_ms() / above.whole_cpu_ms());
            self.ratios.insert(ratio.to_owned(), by_rate);
            if let Some(by_cpu) = by_cpu {
                self.ratios_by_cpu.insert(ratio.to_owned(), by_cpu);
            }
        }
        self.bars = bars::judge(self);
    }

    /// Prints the median of each case, the ratios and the bars.
    pub(crate) fn print(&self) {
        println!("\n{}\n{}\n\n{}", self.machine.line(), self.version, table::head());
        self.medians().iter().for_each(|row| println!("{}", row.line()));
        println!("\n{:<28} {:>8} {:>8}", "ratio", "by rate", "by CPU");
        for (ratio, value) in &self.ratios {
            let by_cpu = self.ratios_by_cpu.get(ratio).map_or("-".to_owned(), |value| format!("{value:.3}"));
            println!("{ratio:<28} {value:>8.3} {by_cpu:>8}");
        }
        println!("\n{:<66} {:>12} {:>14}", "bar", "figure", "wanted");
        self.bars.iter().for_each(|judgement| println!("{}", judgement.line()));
        self.failures.iter().for_each(|failure| println!("FAILED: {failure}"));
    }

    /// Was everything measured that was wanted, and every request answered as it must be?
    pub(crate) fn is_good(&self) -> bool {
        self.failures.is_empty() && self.rows.iter().all(|row| row.errors == 0)
    }

    /// Writes everything.
    ///
    /// # Errors
    /// The file cannot be written.
    pub(crate) fn write(&self, file: &Path) -> Result<()> {
        let text = serde_json::to_string_pretty(self)?;
        std::fs::write(file, text + "\n").with_context(|| format!("cannot write {}", file.display()))
    }

    /// Reads what [`Report::write`] wrote.
    ///
    /// # Errors
    /// The file cannot be read, or is of another version of this program.
    pub(crate) fn read(file: &Path) -> Result<Self> {
        let text =
            std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
        serde_json::from_str(&text).with_context(|| file.display().to_string())
    }
}

fn version() -> String {
    let git = |arguments: &[&str]| {
        let output = std::process::Command::new("git")
            .args(["-C", env!("CARGO_MANIFEST_DIR")])
            .args(arguments)
            .output()
            .ok()
            .filter(|output| output.status.success())?;
        Some(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    };
    let described = git(&["log", "-1", "--format=commit %h of %cs"]).unwrap_or_default();
    let changed =
        git(&["status", "--porcelain", "--untracked-files=no"]).is_some_and(|text| !text.is_empty());
    described + if changed { ", with changes" } else { "" }
}
