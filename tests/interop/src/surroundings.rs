//! Where things are on this machine.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};

/// What the foreign peer needs of a Python interpreter.
const MODULES: &str = "import cryptography, lxml, asn1crypto";

/// Folders and programs of a run.
#[derive(Debug, Clone)]
pub struct Surroundings {
    /// The checkout.
    pub checkout: PathBuf,
    /// The captures and the foreign peer, which are no part of the project.
    pub shared: PathBuf,
    /// Everything that runs leave behind; ignored by git.
    pub work: PathBuf,
    programs: PathBuf,
}

impl Surroundings {
    /// Of a checkout; `../shared` beside it need not exist.
    ///
    /// # Errors
    /// The checkout does not exist.
    pub fn of(checkout: &Path) -> Result<Self> {
        let checkout = checkout.canonicalize().with_context(|| checkout.display().to_string())?;
        let shared = checkout.parent().unwrap_or(&checkout).join("shared");
        let programs = std::env::current_exe()?.parent().context("this program has a folder")?.to_owned();
        Ok(Self { work: checkout.join(".interop"), shared, programs, checkout })
    }

    /// Whether the captures and the peer are there.
    #[must_use]
    pub fn has_shared(&self) -> bool {
        self.shared.join("peer/run.py").exists()
    }

    /// The folders of the captured pairs.
    #[must_use]
    pub fn materials(&self) -> [PathBuf; 2] {
        ["rsa", "ec"].map(|variant| self.shared.join("vectors/x-road-7.8-live").join(variant))
    }

    /// A program of ours, built beside this one.
    ///
    /// # Errors
    /// It was not built.
    pub fn program(&self, name: &str) -> Result<PathBuf> {
        let path = self.programs.join(name);
        ensure!(path.exists(), "{} is missing: build it, or use scripts/interop", path.display());
        Ok(path)
    }

    /// Our own scripts that drive the classes of the peer.
    #[must_use]
    pub fn play_script(&self) -> PathBuf {
        self.checkout.join("tests/interop/peer/play.py")
    }

    /// A Python that has the modules of the peer: the system's, or one in `.interop/venv`, which is made if need be.
    ///
    /// # Errors
    /// There is no Python, or the modules cannot be installed.
    pub fn python(&self) -> Result<PathBuf> {
        let made = self.work.join("venv/bin/python3");
        if let Some(found) =
            [PathBuf::from("python3"), made.clone()].into_iter().find(|python| has_modules(python))
        {
            return Ok(found);
        }
        println!("installing the Python modules of the foreign peer in {}", self.work.join("venv").display());
        std::fs::create_dir_all(&self.work)?;
        succeed(Command::new("python3").args(["-m", "venv"]).arg(self.work.join("venv")))
            .context("python3 with venv is needed for the foreign peer (scripts/install-packages --test)")?;
        let modules = ["--quiet", "cryptography", "lxml", "asn1crypto"];
        succeed(
            Command::new(&made).args(["-m", "pip", "--disable-pip-version-check", "install"]).args(modules),
        )?;
        ensure!(has_modules(&made), "the Python modules were installed, but cannot be imported");
        Ok(made)
    }
}

fn has_modules(python: &Path) -> bool {
    let mut command = Command::new(python);
    command.args(["-c", MODULES]).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

/// Runs a command to its end.
///
/// # Errors
/// It cannot be started, or fails; with what it printed.
pub fn succeed(command: &mut Command) -> Result<String> {
    let shown = format!("{command:?}");
    let output = command.stdin(Stdio::null()).output().with_context(|| shown.clone())?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
    ensure!(
        output.status.success(),
        "{shown}: {}\n{}{}",
        output.status,
        text(&output.stdout),
        text(&output.stderr)
    );
    Ok(text(&output.stdout))
}
