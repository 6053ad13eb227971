//! The command line.

use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::{Parser, Subcommand};
use service_kit::http::Request;
use service_kit::http_client::{ClientSecurity, ClientSettings, Destination, HttpClient};

use crate::access_rights::Declarations;
use crate::boot;
use crate::config::Config;
use crate::identities::{self, KeySource, Standing};
use crate::keys_command::{self, KeysArguments};

/// The security server of one organisation.
#[derive(Debug, Parser)]
#[command(name = "security-server", version, about, long_about = None)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
enum Command {
    /// Run the server until SIGTERM or SIGINT; SIGHUP reads declarations, keys and certificates again.
    Serve {
        /// The configuration file.
        #[arg(long, default_value = "security-server.toml")]
        config: PathBuf,
    },
    /// Read the configuration, the declarations and the keys, and say what is wrong with them.
    CheckConfig {
        /// The configuration file.
        config: PathBuf,
    },
    /// Let the running server read its declarations, keys and certificates again.
    Apply {
        /// The configuration file of the running server.
        #[arg(long, default_value = "security-server.toml")]
        config: PathBuf,
    },
    /// Say what happened to a message: which stages it passed, and which hop refused it, by which rule, and what helps.
    Explain {
        /// Query id, request id, or the detail of a fault.
        message_id: String,
        /// The configuration file of the running server.
        #[arg(long, default_value = "security-server.toml")]
        config: PathBuf,
    },
    /// Private keys, certificate requests, certificates.
    Keys(Box<KeysArguments>),
}

/// Does what the command line asks for.
///
/// # Errors
/// What failed, in words for the administrator.
pub fn run(arguments: Arguments) -> anyhow::Result<()> {
    match arguments.command {
        Command::Serve { config } => serve(&config),
        Command::CheckConfig { config } => check_config(&config),
        Command::Apply { config } => apply(&config),
        Command::Explain { message_id, config } => explain(&message_id, &config),
        Command::Keys(arguments) => keys_command::run(&arguments),
    }
}

fn serve(path: &Path) -> anyhow::Result<()> {
    let config = Config::load(path)?;
    service_kit::telemetry::init(config.server.log_format);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(config.server.worker_threads)
        .max_blocking_threads(16)
        .enable_all()
        .build()
        .context("the runtime cannot be started")?;
    runtime.block_on(boot::run(config))
}

fn check_config(path: &Path) -> anyhow::Result<()> {
    let config = Config::load(path)?;
    let declarations = Declarations::load(&config.server.declarations)?;
    let identities = KeySource::new(config.keys.clone())?.load()?;
    let auth = identities::authentication(&identities, None, |_| Standing::Unregistered)?;
    println!("{}: in order", path.display());
    println!("server {}", config.server.id);
    println!("authentication certificate {}", auth.certificate().subject());
    for identity in identities.iter().filter(|identity| identity.certificate().is_signing_cert()) {
        println!("signing certificate {}", identity.certificate().subject());
    }
    for subsystem in declarations.subsystems() {
        println!("{}: {:?}, {} services", subsystem.id, subsystem.connection, subsystem.services.len());
    }
    Ok(())
}

fn apply(path: &Path) -> anyhow::Result<()> {
    let (status, text) = ask_running(path, Request::new("POST", "/apply"))?;
    anyhow::ensure!(status == 200, "not applied: {}", text.trim());
    println!("{}", text.trim());
    Ok(())
}

fn explain(message_id: &str, path: &Path) -> anyhow::Result<()> {
    let id: String = message_id.bytes().map(|byte| format!("%{byte:02X}")).collect();
    let (status, text) = ask_running(path, Request::get(format!("/explain?id={id}")))?;
    anyhow::ensure!(status == 200, "{}", text.trim());
    println!("{}", text.trim());
    Ok(())
}

/// Asks the running server on its administration port; gives status and text of the answer.
fn ask_running(path: &Path, request: Request) -> anyhow::Result<(u16, String)> {
    let listen = Config::load(path)?.admin.listen;
    let destination =
        Destination { host: listen.ip().to_string(), port: listen.port(), security: ClientSecurity::Plain };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let answer = runtime.block_on(async {
        let client = HttpClient::new(ClientSettings::default());
        let response = client.send(&destination, request).await?;
        let status = response.status;
        let text = response.body.read_all(1024 * 1024).await?;
        anyhow::Ok((status, String::from_utf8_lossy(&text).into_owned()))
    });
    answer.with_context(|| format!("the server does not answer on {listen}; is it running?"))
}
