//! `security-server keys`: private keys, certificate requests and certificates of this server.

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// Arguments of `security-server keys`.
#[derive(Debug, Args)]
pub struct KeysArguments {
    #[command(subcommand)]
    command: KeysCommand,
}

/// What to do with the keys.
#[derive(Debug, Subcommand)]
enum KeysCommand {
    /// Create an empty token.
    Init {
        /// Folder of the token.
        #[arg(long)]
        token: PathBuf,
    },
}

/// Runs the command; output goes to standard output.
///
/// # Errors
/// What failed, in words for the administrator.
pub fn run(arguments: &KeysArguments) -> anyhow::Result<()> {
    let _ = arguments;
    anyhow::bail!("not available yet")
}
