//! What is counted: the work between two marks.

use anyhow::Result;
use micro_benchmarks::Case;

/// Pattern by which valgrind knows [`mark`].
pub(crate) const MARK: &str = "*instructions::region::mark*";

/// What is made at the first time only (blinding of a key, a dictionary, a cache) is not counted.
const BEFORE: u32 = 3;

/// Does the work of a case as often as is counted, between two marks.
pub(crate) fn run(case: &Case) -> Result<()> {
    let mut work = (case.prepare)()?;
    for _ in 0..BEFORE {
        work()?;
    }
    mark(1);
    for _ in 0..case.times {
        work()?;
    }
    mark(2);
    Ok(())
}

/// When it is called, callgrind writes what it has counted since the last time.
#[inline(never)]
fn mark(number: u32) {
    std::hint::black_box(number);
}
