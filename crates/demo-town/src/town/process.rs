//! One running program of the town: started with its output in a file, watched until it is ready, stopped in order.

use std::fs::{File, OpenOptions};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use service_kit::http::Request;
use service_kit::http_client::{ClientSecurity, ClientSettings, Destination, HttpClient};
use tokio::process::{Child, Command};

/// How long a program may take until it is ready.
const START_PATIENCE: Duration = Duration::from_secs(60);

/// How long a program may take to stop after SIGTERM.
const STOP_PATIENCE: Duration = Duration::from_secs(15);

/// How to start a program.
#[derive(Clone, Debug)]
pub struct Program {
    /// The name in tables and of the log file.
    pub name: &'static str,
    /// The binary.
    pub binary: PathBuf,
    /// Its arguments.
    pub arguments: Vec<String>,
    /// Where it says that it is ready: port on loopback and target; status 200 means ready.
    pub ready: (u16, &'static str),
}

/// A program that runs.
#[derive(Debug)]
pub struct Running {
    program: Program,
    log: PathBuf,
    child: Child,
}

impl Running {
    /// Starts the program; its output goes to `<logs>/<name>.log`.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn start(program: Program, logs: &Path) -> Result<Self> {
        let log = logs.join(format!("{}.log", program.name));
        let output: File = OpenOptions::new().create(true).append(true).open(&log)?;
        let child = Command::new(&program.binary)
            .args(&program.arguments)
            .stdin(Stdio::null())
            .stdout(output.try_clone()?)
            .stderr(output)
            .kill_on_drop(true)
            .spawn()
            .with_context(|| format!("cannot start {}", program.binary.display()))?;
        Ok(Self { program, log, child })
    }

    /// Waits until the program says that it is ready.
    ///
    /// # Errors
    /// When it ends or is not ready in time; the error shows the end of its log.
    pub async fn ready(&mut self) -> Result<()> {
        let client =
            HttpClient::new(ClientSettings { keep_idle: Duration::ZERO, ..ClientSettings::default() });
        let (port, target) = self.program.ready;
        let destination = Destination { host: "127.0.0.1".into(), port, security: ClientSecurity::Plain };
        let asked = async {
            loop {
                if let Ok(response) = client.send(&destination, Request::get(target)).await
                    && response.is_success()
                {
                    return;
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::select! {
            () = asked => Ok(()),
            ended = self.child.wait() => bail!("{} ended at once ({}):\n{}", self.program.name, ended?, self.tail()),
            () = tokio::time::sleep(START_PATIENCE) => bail!("{} is not ready after {START_PATIENCE:?}:\n{}", self.program.name, self.tail()),
        }
    }

    /// The name in tables.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.program.name
    }

    /// The process id; none after it ended.
    #[must_use]
    pub fn pid(&self) -> Option<u32> {
        self.child.id()
    }

    /// Resident memory now, kB (`VmRSS` of proc(5)); none after it ended.
    #[must_use]
    pub fn resident_kb(&self) -> Option<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()?)).ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
        line.split_whitespace().next()?.parse().ok()
    }

    /// Kills the program as a power cut would, and starts it again.
    ///
    /// # Errors
    /// When it cannot be killed or started, or does not get ready.
    pub async fn kill_and_restart(&mut self) -> Result<()> {
        self.kill().await?;
        self.restart().await
    }

    /// Kills the program with SIGKILL and waits until it is gone.
    ///
    /// # Errors
    /// When it cannot be killed.
    pub async fn kill(&mut self) -> Result<()> {
        self.child.kill().await.with_context(|| format!("cannot kill {}", self.program.name))
    }

    /// Starts the program again after its end.
    ///
    /// # Errors
    /// When it cannot be started or does not get ready.
    pub async fn restart(&mut self) -> Result<()> {
        let logs = self.log.parent().context("the log file has a folder")?.to_owned();
        let mut next = Self::start(self.program.clone(), &logs)?;
        next.ready().await?;
        *self = next;
        Ok(())
    }

    /// Stops the program in order (SIGTERM), and with force if it does not obey.
    ///
    /// # Errors
    /// When it had to be killed.
    pub async fn stop(mut self) -> Result<()> {
        let Some(pid) = self.child.id() else { return Ok(()) };
        Command::new("kill").args(["-TERM", &pid.to_string()]).status().await?;
        if tokio::time::timeout(STOP_PATIENCE, self.child.wait()).await.is_err() {
            self.kill().await?;
            bail!("{} did not stop within {STOP_PATIENCE:?} and was killed", self.program.name);
        }
        Ok(())
    }

    /// The last lines of the log.
    fn tail(&self) -> String {
        let text = std::fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(20)..].join("\n")
    }
}
