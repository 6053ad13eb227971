//! The table and the JSON file.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use anyhow::{Context as _, Result};
use serde::Serialize;

use crate::cases::{Case, RATIOS, Subject};
use crate::load::Outcome;
use crate::machine::Machine;
use crate::processes::Used;

/// Share of the machine's CPU from which on other programs disturb a measurement.
const DISTURBED: f64 = 0.05;

/// One measurement.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Row {
    #[serde(flatten)]
    pub(crate) case: Case,
    pub(crate) subject: Subject,
    pub(crate) round_trips: u64,
    pub(crate) round_trips_per_second: f64,
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
    /// Most memory while it went on.
    pub(crate) resident_peak_kb: BTreeMap<String, u64>,
    /// The consumer's journal, for each of its records (two in a round trip).
    pub(crate) journal_bytes_per_record: Option<f64>,
    /// Share of the machine's CPU time that programs other than those of the measurement took, 0 to 1.
    pub(crate) cpu_of_others: f64,
}

/// Everything that a run found.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    machine: Machine,
    /// Seconds from start to readiness, memory and CPU without load; by kind of keys.
    pub(crate) idle: BTreeMap<String, Idle>,
    /// Every measurement, in the order of time.
    pub(crate) rows: Vec<Row>,
    ratios: BTreeMap<&'static str, f64>,
}

/// A pair that nobody uses.
#[derive(Debug, Serialize)]
pub(crate) struct Idle {
    pub(crate) whole_network_ready_after_seconds: f64,
    pub(crate) resident_kb: BTreeMap<String, u64>,
    /// Share of one core.
    pub(crate) cpu_share: BTreeMap<String, f64>,
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
            megabytes_per_second: rate * (case.request_bytes + case.answer_bytes) as f64 / 1e6,
            p50_ms: at(500),
            p90_ms: at(900),
            p99_ms: at(990),
            p999_ms: at(999),
            longest_ms: at(1_000),
            errors: outcome.errors,
            first_error: outcome.first_error.clone(),
            cpu_ms: used.each.iter().map(|(name, millis)| (name.clone(), *millis as f64 / each)).collect(),
            resident_peak_kb: BTreeMap::new(),
            journal_bytes_per_record: None,
            cpu_of_others: used.others as f64 / machine_ms.max(1.0),
        }
    }

    /// As a line of the table.
    pub(crate) fn line(&self) -> String {
        let cpu = |name: &str| self.cpu_ms.get(name).map_or("-".to_owned(), |millis| format!("{millis:.2}"));
        let peak = |name: &str| {
            self.resident_peak_kb
                .get(name)
                .map_or("-".to_owned(), |kilobytes| format!("{}", kilobytes / 1_024))
        };
        let journal = self.journal_bytes_per_record.map_or("-".to_owned(), |bytes| format!("{bytes:.0}"));
        let subject = match self.subject {
            Subject::Pair => "pair",
            Subject::Hop => "nginx",
            Subject::Other => "other",
        };
        let mut line = format!(
            "{:<19} {subject:<5} {:>8.1} {:>7.1} {:>8.2} {:>8.2} {:>8.2} {:>8.2} {:>7} {:>7} {:>7} {:>7} {:>4}/{:<4} {journal:>7} {:>5.0} %",
            self.case.name,
            self.round_trips_per_second,
            self.megabytes_per_second,
            self.p50_ms,
            self.p90_ms,
            self.p99_ms,
            self.p999_ms,
            cpu("consumer"),
            cpu("provider"),
            cpu("service"),
            cpu("load"),
            peak("consumer"),
            peak("provider"),
            self.cpu_of_others * 100.0,
        );
        if self.cpu_of_others > DISTURBED {
            line.push_str("  disturbed");
        }
        if self.errors > 0 {
            let first = self.first_error.as_deref().unwrap_or_default();
            // Writing to a string cannot fail.
            let _ = write!(line, "  {} ERRORS, first: {first}", self.errors);
        }
        line
    }
}

/// The head of the table.
pub(crate) fn head() -> String {
    format!(
        "{:<19} {:<5} {:>8} {:>7} {:>8} {:>8} {:>8} {:>8} {:>7} {:>7} {:>7} {:>7} {:>9} {:>7} {:>7}\n\
         {:<19} {:<5} {:>8} {:>7} {:>8} {:>8} {:>8} {:>8} {:^31} {:>9} {:>7} {:>7}",
        "case",
        "who",
        "round",
        "MB/s",
        "p50",
        "p90",
        "p99",
        "p99.9",
        "consum.",
        "provid.",
        "service",
        "load",
        "MB peak",
        "journal",
        "others'",
        "",
        "",
        "trips/s",
        "",
        "ms",
        "ms",
        "ms",
        "ms",
        "ms of CPU for a round trip",
        "cons/prov",
        "B/rec.",
        "CPU",
    )
}

impl Report {
    /// Of this machine.
    pub(crate) fn new(machine: Machine) -> Self {
        Self { machine, idle: BTreeMap::new(), rows: Vec::new(), ratios: BTreeMap::new() }
    }

    /// The rate that a case has reached: the median of its rounds.
    pub(crate) fn rate(&self, name: &str, subject: Subject) -> Option<f64> {
        self.median(name, subject).map(|row| row.round_trips_per_second)
    }

    /// Of the rounds of a case the one in the middle, by rate; those that others disturbed count only if all were.
    fn median(&self, name: &str, subject: Subject) -> Option<&Row> {
        let of_case = self.rows.iter().filter(|row| row.case.name == name && row.subject == subject);
        let (mut rounds, disturbed): (Vec<&Row>, Vec<&Row>) =
            of_case.partition(|row| row.cpu_of_others <= DISTURBED);
        if rounds.is_empty() {
            rounds = disturbed;
        }
        rounds.sort_by(|a, b| a.round_trips_per_second.total_cmp(&b.round_trips_per_second));
        rounds.get(rounds.len() / 2).copied()
    }

    /// Prints the median of each case, and the ratios.
    pub(crate) fn print(&mut self) {
        println!("\n{}\n\n{}", self.machine.line(), head());
        let mut told = Vec::new();
        for row in &self.rows {
            if !told.contains(&(row.case.name, row.subject)) {
                told.push((row.case.name, row.subject));
                if let Some(median) = self.median(row.case.name, row.subject) {
                    println!("{}", median.line());
                }
            }
        }
        for (ratio, above, below) in RATIOS {
            if let (Some(above), Some(below)) = (self.rate(above.0, above.1), self.rate(below.0, below.1)) {
                self.ratios.insert(ratio, above / below);
            }
        }
        println!();
        for (ratio, value) in &self.ratios {
            println!("{ratio:<28} {value:>7.3}");
        }
    }

    /// Writes everything.
    ///
    /// # Errors
    /// The file cannot be written.
    pub(crate) fn write(&self, file: &Path) -> Result<()> {
        let text = serde_json::to_string_pretty(self)?;
        std::fs::write(file, text + "\n").with_context(|| format!("cannot write {}", file.display()))
    }
}
