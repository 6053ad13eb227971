//! Latencies, counted in cells whose width grows with the value: none is more than 1.6 % off.

use std::time::Duration;

/// Cells in each power of two.
const CELLS: u64 = 64;

/// Values below are counted exactly, microseconds.
const EXACT: u64 = 2 * CELLS;

/// A histogram of microseconds.
#[derive(Clone, Debug, Default)]
pub(crate) struct Histogram {
    cells: Vec<u64>,
    count: u64,
    longest: u64,
}

impl Histogram {
    /// Counts one.
    pub(crate) fn record(&mut self, latency: Duration) {
        let micros = u64::try_from(latency.as_micros()).unwrap_or(u64::MAX);
        let cell = usize::try_from(cell(micros)).unwrap_or(usize::MAX);
        if self.cells.len() <= cell {
            self.cells.resize(cell + 1, 0);
        }
        self.cells[cell] += 1;
        self.count += 1;
        self.longest = self.longest.max(micros);
    }

    /// Takes what another has counted.
    pub(crate) fn add(&mut self, other: &Self) {
        if self.cells.len() < other.cells.len() {
            self.cells.resize(other.cells.len(), 0);
        }
        for (own, more) in self.cells.iter_mut().zip(&other.cells) {
            *own += more;
        }
        self.count += other.count;
        self.longest = self.longest.max(other.longest);
    }

    /// How many were counted.
    pub(crate) const fn count(&self) -> u64 {
        self.count
    }

    /// The latency that so many of 1,000 do not exceed, milliseconds.
    #[expect(clippy::cast_precision_loss, reason = "shown with three digits")]
    pub(crate) fn millis(&self, of_thousand: u64) -> f64 {
        let wanted = (self.count * of_thousand).div_ceil(1_000).max(1);
        let mut seen = 0;
        for (cell, count) in (0_u64..).zip(&self.cells) {
            seen += count;
            if seen >= wanted {
                return upper(cell).min(self.longest) as f64 / 1_000.0;
            }
        }
        self.longest as f64 / 1_000.0
    }
}

fn cell(micros: u64) -> u64 {
    if micros < EXACT {
        return micros;
    }
    let shift = u64::from(micros.ilog2() - CELLS.ilog2());
    EXACT + (shift - 1) * CELLS + (micros >> shift) - CELLS
}

/// The largest value of a cell.
fn upper(cell: u64) -> u64 {
    if cell < EXACT {
        return cell;
    }
    let (shift, within) = ((cell - EXACT) / CELLS + 1, (cell - EXACT) % CELLS);
    ((CELLS + within + 1) << shift) - 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_in_the_cell_that_ends_at_most_two_hundredths_above_it() {
        for micros in (0..2_000).chain([4_095, 4_096, 1_000_000, 59_999_999, 1 << 40]) {
            let upper = upper(cell(micros));
            assert!(upper >= micros && upper - micros <= micros / 64, "{micros}: {upper}");
        }
    }

    #[test]
    fn shares_of_a_known_distribution() {
        let mut whole = Histogram::default();
        for half in [1..=500_u64, 501..=1_000] {
            let mut part = Histogram::default();
            half.for_each(|millis| part.record(Duration::from_millis(millis)));
            whole.add(&part);
        }
        assert_eq!(whole.count(), 1_000);
        for (of_thousand, millis) in [(500, 500.0), (900, 900.0), (999, 999.0), (1_000, 1_000.0)] {
            let found = whole.millis(of_thousand);
            assert!((found / millis - 1.0).abs() < 0.016, "{of_thousand}: {found}");
        }
        assert!(Histogram::default().millis(500) == 0.0, "of nothing");
    }
}
