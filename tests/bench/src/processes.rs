//! What processes use, from proc(5).

use std::collections::BTreeMap;
use std::fs;

use anyhow::{Context as _, Result};

/// Length of a tick of `/proc/<pid>/stat` and `/proc/stat`; the same on all architectures of Linux that we know.
const TICK_MILLIS: u64 = 10;

/// The processes that carry messages, by what they are.
#[derive(Clone, Debug, Default)]
pub(crate) struct Processes(Vec<(String, Vec<u32>)>);

/// CPU time at one moment, milliseconds.
#[derive(Debug)]
pub(crate) struct CpuTime {
    each: BTreeMap<String, u64>,
    machine: u64,
}

/// What they used in between, milliseconds of CPU.
pub(crate) struct Used {
    /// Each process.
    pub(crate) each: BTreeMap<String, u64>,
    /// All other processes of the machine.
    pub(crate) others: u64,
}

impl Processes {
    /// Adds a process.
    pub(crate) fn add(&mut self, name: &str, pid: u32) {
        self.0.push((name.to_owned(), vec![pid]));
    }

    /// Adds a process and the processes that it started.
    pub(crate) fn add_family(&mut self, name: &str, pid: u32) {
        let mut pids = vec![pid];
        pids.extend(children(pid));
        self.0.push((name.to_owned(), pids));
    }

    /// Reads the clocks.
    ///
    /// # Errors
    /// A process has ended.
    pub(crate) fn cpu_time(&self) -> Result<CpuTime> {
        let of = |(name, pids): &(String, Vec<u32>)| {
            let times: Result<u64> = pids.iter().map(|pid| cpu_millis(*pid)).sum();
            Ok((name.clone(), times.with_context(|| format!("{name} has ended"))?))
        };
        let each = self.0.iter().map(of).collect::<Result<_>>()?;
        Ok(CpuTime { each, machine: machine_millis()? })
    }

    /// Lets the high-water marks begin anew.
    pub(crate) fn forget_peaks(&self) {
        for pid in self.0.iter().flat_map(|(_, pids)| pids) {
            // Where that is not allowed, the marks are those since the start.
            let _ = fs::write(format!("/proc/{pid}/clear_refs"), "5");
        }
    }

    /// Most memory since then, kB resident (`VmHWM:`), or memory now (`VmRSS:`).
    pub(crate) fn memory_kb(&self, field: &str) -> BTreeMap<String, u64> {
        let of = |pid: &u32| status_field(*pid, field).unwrap_or_default();
        self.0.iter().map(|(name, pids)| (name.clone(), pids.iter().map(of).sum())).collect()
    }
}

impl CpuTime {
    /// What was used since `before`.
    pub(crate) fn since(&self, before: &Self) -> Used {
        let each: BTreeMap<String, u64> = self
            .each
            .iter()
            .map(|(name, now)| {
                let then = before.each.get(name).copied().unwrap_or_default();
                (name.clone(), now.saturating_sub(then))
            })
            .collect();
        let ours: u64 = each.values().sum();
        Used { each, others: self.machine.saturating_sub(before.machine).saturating_sub(ours) }
    }
}

/// User and system time of a process.
fn cpu_millis(pid: u32) -> Result<u64> {
    let fields = stat(pid)?;
    // utime and stime are fields 14 and 15; what follows the name begins with field 3.
    let ticks = |at: usize| fields.get(at).and_then(|field| field.parse::<u64>().ok());
    let (user, system) = ticks(11).zip(ticks(12)).context("no times")?;
    Ok((user + system) * TICK_MILLIS)
}

/// What follows the name of the program, which may itself contain spaces.
fn stat(pid: u32) -> Result<Vec<String>> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat"))?;
    let (_, after) = text.rsplit_once(')').context("no name")?;
    Ok(after.split_whitespace().map(str::to_owned).collect())
}

fn children(parent: u32) -> Vec<u32> {
    let Ok(entries) = fs::read_dir("/proc") else { return Vec::new() };
    let pids = entries.flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    let is_child =
        |pid: &u32| stat(*pid).is_ok_and(|fields| fields.get(1).is_some_and(|id| *id == parent.to_string()));
    pids.filter(is_child).collect()
}

fn status_field(pid: u32, field: &str) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(field))?;
    line.split_whitespace().next()?.parse().ok()
}

/// User, nice and system time of all processes (fields 1 to 3 of the line `cpu`).
fn machine_millis() -> Result<u64> {
    let text = fs::read_to_string("/proc/stat")?;
    let line = text.lines().next().context("no line cpu")?;
    let ticks: u64 =
        line.split_whitespace().skip(1).take(3).filter_map(|field| field.parse::<u64>().ok()).sum();
    Ok(ticks * TICK_MILLIS)
}
