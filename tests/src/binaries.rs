//! Where the programs are: beside the test executables, built by `cargo build --workspace --bins`.

use std::path::PathBuf;

use anyhow::{Context as _, Result, bail};

/// The programs of the town.
const PROGRAMS: [&str; 5] =
    ["security-server", "central-registry", "trust-services", "evidence-verify", "demo-town"];

/// The folder of the programs, `target/<profile>`.
///
/// # Errors
/// One of them is not there; the error says what to do.
pub fn folder() -> Result<PathBuf> {
    let own = std::env::current_exe()?;
    let mut folder = own.parent().context("an executable has a folder")?;
    if folder.ends_with("deps") {
        folder = folder.parent().context("`deps` has a parent")?;
    }
    for program in PROGRAMS {
        if !folder.join(program).is_file() {
            bail!(
                "{program} is not in {}: run `cargo build --workspace --bins` first (scripts/check does it)",
                folder.display()
            );
        }
    }
    Ok(folder.to_owned())
}
