//! Programs that run while the cases do, with their output in files.

use std::fs::File;
use std::net::{TcpStream, ToSocketAddrs};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

/// How long a program may take to end after SIGTERM.
const STOP_PATIENCE: Duration = Duration::from_secs(10);

/// A running program; it ends when this is dropped.
#[derive(Debug)]
pub struct Running {
    name: &'static str,
    log: PathBuf,
    child: Child,
}

impl Running {
    /// Starts a program. Its standard input stays open as long as it is wanted.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn start(name: &'static str, mut command: Command, log: &Path) -> Result<Self> {
        let output = File::create(log).with_context(|| log.display().to_string())?;
        command.stdin(Stdio::piped()).stdout(output.try_clone()?).stderr(output);
        let child = command.spawn().with_context(|| format!("{name}: {command:?}"))?;
        Ok(Self { name, log: log.to_owned(), child })
    }

    /// Waits until `ready` says so.
    ///
    /// # Errors
    /// The program ended, or it took too long; with the end of its output.
    pub fn wait(&mut self, patience: Duration, mut ready: impl FnMut() -> bool) -> Result<()> {
        let start = Instant::now();
        while !ready() {
            if let Some(status) = self.child.try_wait()? {
                bail!("{} ended at once ({status}):\n{}", self.name, self.tail());
            }
            if start.elapsed() > patience {
                bail!("{} is not ready after {patience:?}:\n{}", self.name, self.tail());
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        Ok(())
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
        Command::new("kill").args(["-TERM", &self.child.id().to_string()]).stderr(Stdio::null()).status()?;
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
