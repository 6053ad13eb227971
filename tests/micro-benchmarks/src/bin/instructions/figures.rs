//! The figures that are kept in the repository.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context as _, Result};
use serde::{Deserialize, Serialize};

/// A count may be so many percent above the figure. Another place in memory or another order of optimisations moves a
/// count by one or two.
pub(crate) const TOLERANCE: u64 = 10;

/// And so many instructions, which matters where there are few.
const SLACK: u64 = 200;

/// The file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Figures {
    /// What the figures were counted on; see [`processor`].
    pub(crate) processor: String,
    /// By the name of the case.
    pub(crate) cases: BTreeMap<String, Cost>,
}

/// Instructions of one time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Cost {
    /// All but the next.
    pub(crate) ours: u64,
    /// Inside of the cryptographic library: how much it was given to do.
    pub(crate) cryptography: u64,
}

impl Default for Figures {
    fn default() -> Self {
        Self { processor: processor(), cases: BTreeMap::new() }
    }
}

impl Figures {
    pub(crate) fn read(file: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(file).with_context(|| file.display().to_string())?;
        serde_json::from_str(&text).with_context(|| file.display().to_string())
    }

    pub(crate) fn write(&self, file: &Path) -> Result<()> {
        let text = serde_json::to_string_pretty(self)? + "\n";
        std::fs::write(file, text).with_context(|| file.display().to_string())
    }
}

impl Cost {
    /// Whether neither part is too high.
    pub(crate) fn is_within(&self, figure: &Self) -> bool {
        let within = |now: u64, figure: u64| now <= figure + figure * TOLERANCE / 100 + SLACK;
        within(self.ours, figure.ours) && within(self.cryptography, figure.cryptography)
    }

    /// In words.
    pub(crate) fn beside(&self, figure: Option<&Self>) -> String {
        let Some(figure) = figure else { return "no figure".to_owned() };
        let percent = |now: u64, figure: u64| (now as f64 / figure.max(1) as f64 - 1.0) * 100.0;
        let ours = format!("{:+.1} %", percent(self.ours, figure.ours));
        if figure.cryptography == 0 && self.cryptography == 0 {
            return ours;
        }
        format!("{ours}, cryptography {:+.1} %", percent(self.cryptography, figure.cryptography))
    }
}

/// What valgrind shows to the program: on x86-64 one model of processor if the machine has AVX2, and poorer ones if not.
/// The cryptographic library and searches in memory choose their instructions by it.
pub(crate) fn processor() -> String {
    #[cfg(target_arch = "x86_64")]
    if std::arch::is_x86_feature_detected!("avx2") {
        return "x86_64 with AVX2".to_owned();
    }
    std::env::consts::ARCH.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tolerance() {
        let figure = Cost { ours: 100_000, cryptography: 0 };
        let with = |ours, cryptography| Cost { ours, cryptography }.is_within(&figure);
        assert!(with(110_000, 0) && with(50_000, 0) && with(110_200, 200));
        assert!(!with(110_201, 0) && !with(100_000, 201));
    }
}
