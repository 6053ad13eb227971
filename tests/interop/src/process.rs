//! Programs that run while the cases do, with their output in files.

use std::fs::File;
use std::net::{TcpStream, ToSocketAddrs};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

/// How long a program may take to end after SIGTERM.
const STOP_PATIENCE: Duration = Duration::from_secs(10);

/// Runs a program that is ended when standard input ends, which it does even if we are killed: nobody must be left
/// behind at the addresses of the pair.
const WITH_US: &str = "exec 3<&0; (cat <&3 >/dev/null; kill $$ 2>/dev/null) & exec \"$@\" 3<&- </dev/null";

/// A running program; it ends when this is dropped, and when this process ends.
#[derive(Debug)]
pub struct Running {
    name: &'static str,
    log: PathBuf,
    child: Child,
}

impl Running {
    /// Starts a program.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn start(name: &'static str, program: &Command, log: &Path) -> Result<Self> {
        let output = File::create(log).with_context(|| log.display().to_string())?;
        let mut command = Command::new("sh");
        command.args(["-c", WITH_US, "sh"]).arg(program.get_program()).args(program.get_args());
        command.stdin(Stdio::piped()).stdout(output.try_clone()?).stderr(output);
        let child = command.spawn().with_context(|| format!("{name}: {program:?}"))?;
        Ok(Self { name, log: log.to_owned(), child })
    }

    /// Waits until `ready` says so.
    ///
    /// # Errors
    /// The program ended, or it took too long; with the end of its output.
    pub fn wait(&mut self, patience: Duration, mut ready: impl FnMut(&Self) -> bool) -> Result<()> {
        let start = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait()? {
                bail!("{} ended at once ({status}):\n{}", self.name, self.tail());
            }
            if ready(self) {
                return Ok(());
            }
            if start.elapsed() > patience {
                bail!("{} is not ready after {patience:?}:\n{}", self.name, self.tail());
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Whether it has printed this.
    #[must_use]
    pub fn has_printed(&self, text: &str) -> bool {
        std::fs::read_to_string(&self.log).is_ok_and(|printed| printed.contains(text))
    }

    /// The last lines of its output.
    #[must_use]
    pub fn tail(&self) -> String {
        let text = std::fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(15)..].join("\n")
    }

    fn end(&mut self) -> std::io::Result<()> {
        drop(self.child.stdin.take());
        let start = Instant::now();
        while self.child.try_wait()?.is_none() {
            if start.elapsed() > STOP_PATIENCE {
                self.child.kill()?;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Err(error) = self.end() {
            eprintln!("interop: {} could not be ended: {error}", self.name);
        }
    }
}

/// Whether somebody listens there.
#[must_use]
pub fn listens(host: &str, port: u16) -> bool {
    let Ok(addresses) = (host, port).to_socket_addrs() else { return false };
    let mut addresses = addresses;
    addresses.any(|address| TcpStream::connect_timeout(&address, Duration::from_secs(2)).is_ok())
}
