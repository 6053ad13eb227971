//! Looks at running processes, by `perf`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::{Context as _, Result};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

use super::activity::{Frame, of_process, of_stack};
use super::{LENGTH, Shares};
use crate::processes::Processes;

/// Looks in a second of CPU time.
const FREQUENCY: &str = "397";

/// Bytes of the stack that are kept of each look.
const STACK: &str = "dwarf,16384";

/// `perf` at work.
pub(crate) struct Sampler {
    names: BTreeMap<u32, String>,
    file: PathBuf,
    perf: Child,
}

impl Sampler {
    /// Begins to look at processes that do several things; what it sees goes to a file in `folder`. `None` where `perf`
    /// is not installed.
    ///
    /// # Errors
    /// The folder cannot be made.
    pub(crate) fn start(processes: &Processes, folder: &Path) -> Result<Option<Self>> {
        std::fs::create_dir_all(folder)?;
        let file = folder.join(format!("perf-{}", std::process::id()));
        let several = processes.pids().filter(|(_, name)| of_process(name).is_none());
        let names: BTreeMap<u32, String> = several.map(|(pid, name)| (pid, name.to_owned())).collect();
        let pids: Vec<String> = names.keys().map(u32::to_string).collect();
        let mut command = Command::new("perf");
        command.args(["record", "-q", "-e", "cpu-clock", "-F", FREQUENCY, "--call-graph", STACK]);
        command.args(["-p", &pids.join(","), "-o"]).arg(&file);
        command.args(["--", "sleep", &LENGTH.as_secs().to_string()]);
        let quiet = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        Ok(quiet.kill_on_drop(true).spawn().ok().map(|perf| Self { names, file, perf }))
    }

    /// How often each process was seen at each activity. `None` where `perf` is not allowed to look, or gave up: it does
    /// when a thread ends while it begins.
    ///
    /// # Errors
    /// Its output cannot be read.
    pub(crate) async fn finish(self) -> Result<Option<Shares>> {
        let output = self.perf.wait_with_output().await?;
        let mut counts = Counts { names: &self.names, shares: Shares::new(), look: None };
        if output.status.success() {
            counts.read(&self.file).await?;
        } else {
            println!("   perf does not look: {}", String::from_utf8_lossy(&output.stderr).trim());
        }
        // Nobody needs it any more; it is there only if perf could write it.
        let _ = std::fs::remove_file(&self.file);
        Ok(Some(counts.shares).filter(|shares| !shares.is_empty()))
    }
}

/// Looks, as they are read.
struct Counts<'a> {
    names: &'a BTreeMap<u32, String>,
    shares: Shares,
    look: Option<Look>,
}

struct Look {
    pid: u32,
    thread: String,
    stack: Vec<Frame>,
}

impl Counts<'_> {
    async fn read(&mut self, file: &Path) -> Result<()> {
        let mut script = Command::new("perf");
        script.args(["script", "-F", "comm,pid,ip,sym", "--no-inline", "-i"]).arg(file);
        let quiet = script.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut script = quiet.kill_on_drop(true).spawn()?;
        let mut lines = BufReader::new(script.stdout.take().context("perf has an output")?).split(b'\n');
        while let Some(line) = lines.next_segment().await? {
            self.line(&String::from_utf8_lossy(&line));
        }
        self.count();
        script.wait().await?;
        Ok(())
    }

    /// A look is a line with thread and process, one line for each function, and an empty one.
    fn line(&mut self, line: &str) {
        if line.trim().is_empty() {
            self.count();
        } else if let Some(look) = &mut self.look {
            look.stack.extend(frame(line));
        } else {
            self.look = head(line);
        }
    }

    fn count(&mut self) {
        let Some(look) = self.look.take() else { return };
        let Some(process) = self.names.get(&look.pid) else { return };
        let activity = of_stack(&look.thread, &look.stack);
        *self.shares.entry(process.clone()).or_default().entry(activity).or_default() += 1;
    }
}

/// `tokio-rt-worker   4711`
fn head(line: &str) -> Option<Look> {
    let (thread, pid) = line.trim().rsplit_once(char::is_whitespace)?;
    let pid = pid.split('/').next()?.parse().ok()?;
    Some(Look { pid, thread: thread.trim().to_owned(), stack: Vec::new() })
}

/// `   55d0c1a2b3c4 rustls::conn::process`
fn frame(line: &str) -> Option<Frame> {
    let (address, name) = line.trim().split_once(char::is_whitespace)?;
    Some(Frame { address: u64::from_str_radix(address, 16).ok()?, name: name.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::Activity;

    #[test]
    fn looks_are_counted_by_process_and_activity() {
        let names = BTreeMap::from([(7, "consumer".to_owned()), (8, "provider".to_owned())]);
        let mut counts = Counts { names: &names, shares: Shares::new(), look: None };
        let output = "tokio-rt-worker     7 \n\t  55d0 memcpy\n\t  55d1 rustls::conn::write\n\n\
                      sealing     7 \n\t  55d0 bn_mul\n\ntokio     8 \n\t ffffffff81000000 [unknown]\n\n\
                      other  9 \n\t 1 x\n\nsealing 7 \n\t 2 y";
        output.split('\n').for_each(|line| counts.line(line));
        counts.count();
        let consumer = BTreeMap::from([(Activity::Tls, 1), (Activity::Sign, 2)]);
        let provider = BTreeMap::from([(Activity::System, 1)]);
        let expected = BTreeMap::from([("consumer".to_owned(), consumer), ("provider".to_owned(), provider)]);
        assert_eq!(counts.shares, expected);
    }
}
