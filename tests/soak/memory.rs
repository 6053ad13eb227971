//! Memory of the town's processes, from `/proc/<pid>/status` (proc(5)).

use std::fs;

use anyhow::{Context as _, Result};
use sekisho_tests::world::World;

/// Resident memory of each process at one moment, kB.
pub(crate) struct Memory(Vec<(&'static str, u64)>);

/// Resident memory before something, and the most while it went on, kB.
pub(crate) struct Peak {
    before: Memory,
    most: Memory,
}

impl Memory {
    /// Now.
    pub(crate) fn of(world: &World) -> Result<Self> {
        Self::read(world, "VmRSS:")
    }

    fn read(world: &World, field: &str) -> Result<Self> {
        let of = |program: &demo_town::town::process::Running| {
            let pid = program.pid().context("the program runs")?;
            let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
            let line =
                status.lines().find_map(|line| line.strip_prefix(field)).context("the field is there")?;
            let kilobytes = line.split_whitespace().next().context("a number")?.parse()?;
            anyhow::Ok((program.name(), kilobytes))
        };
        world.town.programs().map(of).collect::<Result<_>>().map(Self)
    }

    /// Prints both; false when a process grew by more than `bound` kB.
    pub(crate) fn compare(&self, before: &Self, bound: u64, what: &str) -> bool {
        println!("  {what} (at most {bound})");
        let mut kept = true;
        for ((program, before), (_, now)) in before.0.iter().zip(&self.0) {
            let growth = now.saturating_sub(*before);
            let mark = if growth > bound { "   <- TOO MUCH" } else { "" };
            kept &= growth <= bound;
            println!("    {program:<20} {before:>9} {now:>9} {growth:>9}{mark}");
        }
        kept
    }
}

impl Peak {
    /// Prints both; false when a process took more than `bound` kB more than before.
    pub(crate) fn compare(&self, what: &str, bound: u64) -> bool {
        self.most.compare(&self.before, bound, &format!("{what}; resident, kB: before, most, additional"))
    }
}

/// Watches the processes while `work` goes on.
pub(crate) async fn peak(world: &World, work: impl AsyncFnOnce() -> Result<()>) -> Result<Peak> {
    for program in world.town.programs() {
        let pid = program.pid().context("the program runs")?;
        // 5 makes the high-water mark begin anew at what is resident now.
        fs::write(format!("/proc/{pid}/clear_refs"), "5").context("the high-water mark cannot be reset")?;
    }
    let before = Memory::of(world)?;
    work().await?;
    Ok(Peak { before, most: Memory::read(world, "VmHWM:")? })
}
