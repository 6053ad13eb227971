//! What processes use, from proc(5).

use std::collections::BTreeMap;
use std::fs;

use anyhow::{Context as _, Result, ensure};

/// Length of a tick of `/proc/<pid>/stat` and `/proc/stat`; the same on all architectures of Linux that we know.
const TICK_MILLIS: u64 = 10;

/// The processes that carry messages, by what they are.
#[derive(Clone, Debug, Default)]
pub(crate) struct Processes(Vec<(String, Vec<u32>)>);

/// CPU time at one moment, milliseconds.
#[derive(Debug)]
pub(crate) struct CpuTime {
    each: BTreeMap<String, BTreeMap<u32, u64>>,
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

    /// Reads the clocks. Of a family only the first process must still be there.
    ///
    /// # Errors
    /// A process has ended.
    pub(crate) fn cpu_time(&self) -> Result<CpuTime> {
        let of = |(name, pids): &(String, Vec<u32>)| {
            let times: BTreeMap<u32, u64> =
                pids.iter().filter_map(|pid| Some((*pid, cpu_millis(*pid).ok()?))).collect();
            ensure!(pids.first().is_none_or(|first| times.contains_key(first)), "{name} has ended");
            Ok((name.clone(), times))
        };
        let each = self.0.iter().map(of).collect::<Result<_>>()?;
        Ok(CpuTime { each, machine: machine_millis()? })
    }

    /// Processes by number, with their names.
    pub(crate) fn pids(&self) -> impl Iterator<Item = (u32, &str)> {
        self.0.iter().flat_map(|(name, pids)| pids.iter().map(move |pid| (*pid, name.as_str())))
    }

    /// CPU time of each thread of a process so far, nanoseconds, added up by the threads' names.
    pub(crate) fn thread_times(&self) -> BTreeMap<(String, String), u64> {
        let mut times = BTreeMap::new();
        for (pid, process) in self.pids() {
            for (thread, nanos) in threads(pid) {
                *times.entry((process.to_owned(), thread)).or_default() += nanos;
            }
        }
        times
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
        let used = |name: &String, now: &BTreeMap<u32, u64>| {
            let then =
                |pid| before.each.get(name).and_then(|times| times.get(pid)).copied().unwrap_or_default();
            now.iter().map(|(pid, millis)| millis.saturating_sub(then(pid))).sum::<u64>()
        };
        let each: BTreeMap<String, u64> =
            self.each.iter().map(|(name, now)| (name.clone(), used(name, now))).collect();
        let ours: u64 = each.values().sum();
        Used { each, others: self.machine.saturating_sub(before.machine).saturating_sub(ours) }
    }
}

/// Name and CPU time (nanoseconds, first field of `schedstat`) of each thread.
fn threads(pid: u32) -> Vec<(String, u64)> {
    let folder = format!("/proc/{pid}/task");
    let threads = fs::read_dir(folder).into_iter().flatten().flatten();
    let of = |folder: std::path::PathBuf| {
        let name = fs::read_to_string(folder.join("comm")).ok()?;
        let times = fs::read_to_string(folder.join("schedstat")).ok()?;
        Some((name.trim().to_owned(), times.split_whitespace().next()?.parse().ok()?))
    };
    threads.filter_map(|thread| of(thread.path())).collect()
}

/// Open sockets of a process.
pub(crate) fn sockets(pid: u32) -> usize {
    let files = fs::read_dir(format!("/proc/{pid}/fd")).into_iter().flatten().flatten();
    let is_socket = |file: &fs::DirEntry| {
        fs::read_link(file.path()).is_ok_and(|target| target.to_string_lossy().starts_with("socket:"))
    };
    files.filter(is_socket).count()
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
