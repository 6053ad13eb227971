//! The journals' PostgreSQL server, started by `scripts/dev-db` for one pair: durable as a real one, a database for each
//! of the two security servers.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::{Context as _, Result, bail, ensure};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

use crate::pair::CONSUMER_SIDE;

/// The program that starts it, from the folder of this package.
const PROGRAM: &str = "../../scripts/dev-db";

/// Exit status of the program where PostgreSQL is not installed.
const NOT_INSTALLED: i32 = 3;

/// Lines that the program prints for the configuration of a journal.
const LINES: usize = 3;

/// A running server; it ends with this value.
pub(crate) struct Database {
    /// Waits for the end of its input, which comes with the end of this program, then removes everything.
    program: Child,
    folder: PathBuf,
    consumer: String,
    provider: String,
}

impl Database {
    /// Starts it below `folder`, or, where its user may not go there, among the temporary files. `None` where PostgreSQL
    /// is not installed.
    ///
    /// # Errors
    /// It is installed, but does not start.
    pub(crate) async fn start(folder: &Path) -> Result<Option<Self>> {
        let temporary = std::env::temp_dir().join(format!("sekisho-bench-db-{}", std::process::id()));
        for place in [folder.join("database"), temporary] {
            std::fs::create_dir_all(&place)?;
            let mut program = Command::new(path())
                .arg("run")
                .arg(&place)
                .stdin(Stdio::piped())
                .stdout(Stdio::piped())
                .spawn()
                .context("cannot start scripts/dev-db")?;
            let consumer = lines_of(&mut program).await?;
            if consumer.lines().count() == LINES {
                let provider = run(&["database".as_ref(), place.as_os_str(), "provider".as_ref()]).await?;
                return Ok(Some(Self { program, folder: place, consumer, provider }));
            }
            if program.wait().await?.code() == Some(NOT_INSTALLED) {
                return Ok(None);
            }
        }
        bail!("scripts/dev-db does not start a server")
    }

    /// The lines for `[message_log]` of this side.
    pub(crate) fn lines(&self, side: &str) -> &str {
        if side == CONSUMER_SIDE { &self.consumer } else { &self.provider }
    }

    /// The server's first process.
    pub(crate) fn pid(&self) -> Option<u32> {
        let text = std::fs::read_to_string(self.folder.join("data/postmaster.pid")).ok()?;
        text.lines().next()?.trim().parse().ok()
    }

    /// Bytes of the consumer's journal.
    ///
    /// # Errors
    /// The server does not answer.
    pub(crate) async fn bytes(&self) -> Result<u64> {
        let port = std::fs::read_to_string(self.folder.join("port"))?;
        let output = Command::new("psql")
            .env("PGPASSFILE", self.folder.join("pgpass"))
            .arg("-h")
            .arg(self.folder.join("socket"))
            .args(["-p", port.trim(), "-U", "journal", "-d", "journal", "-qAtX", "-c"])
            .arg("SELECT pg_database_size(current_database())")
            .output()
            .await?;
        ensure!(output.status.success(), "psql: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).trim().parse().context("no size")
    }

    /// Ends it and removes its folder.
    ///
    /// # Errors
    /// The program cannot be waited for.
    pub(crate) async fn stop(mut self) -> Result<()> {
        drop(self.program.stdin.take());
        self.program.wait().await?;
        Ok(())
    }
}

fn path() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(PROGRAM)
}

/// What the program prints when its server runs; less when it does not come to that.
async fn lines_of(program: &mut Child) -> Result<String> {
    let output = program.stdout.take().context("it has an output")?;
    let (mut lines, mut text) = (BufReader::new(output).lines(), String::new());
    for _ in 0..LINES {
        let Some(line) = lines.next_line().await? else { break };
        text.push_str(&line);
        text.push('\n');
    }
    Ok(text)
}

async fn run(arguments: &[&std::ffi::OsStr]) -> Result<String> {
    let output = Command::new(path()).args(arguments).stderr(Stdio::inherit()).output().await?;
    ensure!(output.status.success(), "scripts/dev-db failed");
    Ok(String::from_utf8(output.stdout)?)
}
