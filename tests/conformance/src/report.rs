//! One line a case, and the sum.

use std::io::Write;

/// What came of the cases so far.
#[derive(Debug, Default)]
pub struct Report {
    passed: usize,
    failed: usize,
    skipped: usize,
}

impl Report {
    /// A case came out as it must.
    pub fn pass(&mut self, name: &str) {
        self.passed += 1;
        line("ok", name, "");
    }

    /// A case did not.
    pub fn fail(&mut self, name: &str, difference: &str) {
        self.failed += 1;
        line("FAILED", name, difference);
    }

    /// A case could not be tried.
    pub fn skip(&mut self, name: &str, reason: &str) {
        self.skipped += 1;
        line("skipped", name, reason);
    }

    /// Whether everything came out as it must.
    #[must_use]
    pub fn is_good(&self) -> bool {
        self.failed == 0 && self.passed > 0
    }

    /// The closing line.
    #[must_use]
    pub fn sum(&self) -> String {
        format!("{} passed, {} failed, {} skipped", self.passed, self.failed, self.skipped)
    }
}

fn line(verdict: &str, name: &str, detail: &str) {
    let mut out = std::io::stdout().lock();
    let text = format!("{verdict:<8}{name:<42} {detail}");
    // Nobody is left to be told that standard output is gone.
    let _ = writeln!(out, "{}", text.trim_end()).and_then(|()| out.flush());
}
