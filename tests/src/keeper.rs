//! Ends the processes of a town when the test program ends, however that happens.
//!
//! Statics are never dropped and a test program may be killed, so a shell waits for the end of a pipe that only the
//! test program holds open; then it kills what it was told about and removes the folder.

use std::io::Write as _;
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::{Mutex, PoisonError};

use anyhow::{Context as _, Result};

/// A process is killed only while it still runs the program that it was started with: numbers are used again.
const SCRIPT: &str = r#"
folder=$1; keep=; started=
while read -r what pid program; do
    case $what in
        process) started="$started $pid:$program" ;;
        keep) keep=yes ;;
    esac
done
for entry in $started; do
    pid=${entry%%:*}
    running=$(readlink "/proc/$pid/exe")
    if [ "${running% (deleted)}" = "${entry#*:}" ]; then kill -KILL "$pid"; fi
done
if [ -z "$keep" ]; then rm -rf "$folder"; fi
"#;

/// The shell that waits.
pub struct Keeper {
    orders: Mutex<Option<ChildStdin>>,
    shell: Mutex<Child>,
}

impl Keeper {
    /// Starts the shell for a town in this folder.
    ///
    /// # Errors
    /// There is no shell.
    pub fn start(folder: &Path) -> Result<Self> {
        let mut shell = Command::new("sh")
            .args(["-c", SCRIPT, "keeper"])
            .arg(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .context("cannot start a shell")?;
        let orders = shell.stdin.take();
        Ok(Self { orders: Mutex::new(orders), shell: Mutex::new(shell) })
    }

    /// This process belongs to the town.
    pub fn process(&self, pid: u32, program: &Path) {
        let program = program.canonicalize().unwrap_or_else(|_| program.to_owned());
        self.order(&format!("process {pid} {}\n", program.display()));
    }

    /// The folder stays, for someone to look at the logs.
    pub fn keep_folder(&self) {
        self.order("keep\n");
    }

    fn order(&self, line: &str) {
        let mut orders = self.orders.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(orders) = orders.as_mut() {
            // The shell is gone only if somebody killed it.
            let _ = orders.write_all(line.as_bytes());
        }
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        drop(self.orders.lock().unwrap_or_else(PoisonError::into_inner).take());
        let _ = self.shell.lock().unwrap_or_else(PoisonError::into_inner).wait();
    }
}
