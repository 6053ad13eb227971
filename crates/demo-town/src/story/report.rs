//! What the story tells at its end: steps, memory, what to try by hand.

use std::fmt::Write as _;
use std::time::Duration;

use serde::Serialize;

/// One step and what came of it.
#[derive(Clone, Debug, Serialize)]
pub struct Step {
    /// What was done.
    pub name: String,
    /// How long it took, milliseconds.
    pub milliseconds: f64,
    /// What came of it.
    pub outcome: String,
    /// Whether that is what must come of it.
    pub passed: bool,
}

/// The resident memory of one program.
#[derive(Clone, Debug, Serialize)]
pub struct Memory {
    /// The program.
    pub program: String,
    /// `VmRSS`, kB.
    pub resident_kb: u64,
}

/// The whole report; `--json` writes it.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Report {
    /// The steps in order.
    pub steps: Vec<Step>,
    /// From sending the withdrawal to the first refusal, milliseconds.
    pub withdrawal_to_refusal_ms: Option<f64>,
    /// Every program of the town.
    pub memory: Vec<Memory>,
    /// Their sum, kB.
    pub resident_total_kb: u64,
    /// Lines to try by hand.
    pub try_by_hand: Vec<String>,
    /// Whether every step came out as it must.
    pub passed: bool,
}

impl Report {
    /// Notes a step and prints it at once.
    pub fn note(&mut self, name: &str, took: Duration, outcome: &str, passed: bool) {
        let milliseconds = took.as_secs_f64() * 1_000.0;
        let mark = if passed { "ok " } else { "BAD" };
        println!("  {mark} {milliseconds:>9.1} ms  {name}: {outcome}");
        self.steps.push(Step { name: name.to_owned(), milliseconds, outcome: outcome.to_owned(), passed });
    }

    /// Adds what is known at the end.
    pub fn close(&mut self, memory: Vec<Memory>, try_by_hand: Vec<String>) {
        self.resident_total_kb = memory.iter().map(|program| program.resident_kb).sum();
        self.memory = memory;
        self.try_by_hand = try_by_hand;
        self.passed = !self.steps.is_empty() && self.steps.iter().all(|step| step.passed);
    }

    /// The table that ends the story.
    #[must_use]
    pub fn table(&self) -> String {
        let mut text =
            String::from("\n  step                                                  milliseconds\n");
        for step in &self.steps {
            let mark = if step.passed { "" } else { "   <- not as it must be" };
            let _ = writeln!(text, "  {:<52} {:>13.1}{mark}", step.name, step.milliseconds);
        }
        if let Some(milliseconds) = self.withdrawal_to_refusal_ms {
            let _ = writeln!(text, "\n  from withdrawal to the first refusal: {milliseconds:.1} ms");
        }
        text.push_str("\n  program                        resident MB\n");
        for program in &self.memory {
            let _ = writeln!(text, "  {:<30} {:>11.1}", program.program, megabytes(program.resident_kb));
        }
        let _ = writeln!(text, "  {:<30} {:>11.1}", "together", megabytes(self.resident_total_kb));
        text
    }
}

#[expect(clippy::cast_precision_loss, reason = "shown with one digit after the point")]
fn megabytes(kilobytes: u64) -> f64 {
    kilobytes as f64 / 1_024.0
}
