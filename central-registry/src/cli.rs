//! The command line.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::{Parser, Subcommand, ValueEnum};
use identifiers::ServerId;
use service_kit::clock::Clock;
use service_kit::files::{Readers, write_atomically};
use service_kit::shutdown::Shutdown;

use crate::boot::{self, Parts};
use crate::config::Config;
use crate::declaration::{self, Declaration};
use crate::globalconf::generator::Outcome;
use crate::globalconf::{Source, anchor};
use crate::registry::{Registered, Registry};
use crate::store::Store;
use crate::view::ConfigurationView;

/// The central registry of one instance.
#[derive(Debug, Parser)]
#[command(name = "central-registry", version, about, long_about = None)]
pub struct Arguments {
    /// The configuration file.
    #[arg(long, global = true, default_value = "central-registry.toml")]
    config: PathBuf,
    #[command(subcommand)]
    command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
enum Command {
    /// Run until SIGTERM or SIGINT.
    Serve,
    /// Make databases and signing keys; does nothing where they are there already.
    Init,
    /// Read the configuration file and say what is wrong with it.
    CheckConfig {
        /// The configuration file.
        file: PathBuf,
    },
    /// Show what a membership file would change.
    Plan {
        /// The membership file.
        file: PathBuf,
    },
    /// Change what is registered to what a membership file says; a running registry publishes it at once.
    Apply {
        /// The membership file.
        file: PathBuf,
    },
    /// Register an authentication certificate of a server.
    RegisterAuthCert {
        /// The server: instance/class/member/server.
        server: String,
        /// The certificate, PEM or DER.
        certificate: PathBuf,
    },
    /// Publish the global configuration now, without a running registry.
    Publish,
    /// The anchor that security servers are given.
    #[command(subcommand)]
    Anchor(AnchorCommand),
    /// Members and subsystems.
    #[command(subcommand)]
    Members(ListCommand),
    /// Security servers with their clients and certificates.
    #[command(subcommand)]
    Servers(ListCommand),
}

#[derive(Debug, Subcommand)]
enum AnchorCommand {
    /// Write the anchor and show its hash.
    Export {
        /// For whom.
        #[arg(long, value_enum, default_value_t = Side::Internal)]
        source: Side,
        /// Where to write it.
        #[arg(long, default_value = "configuration-anchor.xml")]
        out: PathBuf,
    },
}

#[derive(Debug, Subcommand)]
enum ListCommand {
    /// One line each.
    List,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Side {
    /// For security servers of this instance.
    Internal,
    /// For federated instances.
    External,
}

/// Does what the command line asks for.
///
/// # Errors
/// What failed, in words for the administrator.
pub fn run(arguments: Arguments) -> anyhow::Result<()> {
    let file = match &arguments.command {
        Command::CheckConfig { file } => file,
        _ => &arguments.config,
    };
    let config = Config::load(file)?;
    let clock = Clock::from_setting(config.clock.as_deref())?;
    match arguments.command {
        Command::Serve => serve(config, clock),
        Command::CheckConfig { file } => {
            println!("{}: in order", file.display());
            Ok(())
        }
        Command::Init => init(&config, clock),
        Command::Plan { file } => plan(&registry(&config)?, &file),
        Command::Apply { file } => apply(&Parts::open(&config, clock.clone())?, &file, &clock),
        Command::RegisterAuthCert { server, certificate } => {
            register_auth_cert(&Parts::open(&config, clock.clone())?, &server, &certificate, &clock)
        }
        Command::Publish => publish(&Parts::open(&config, clock)?),
        Command::Anchor(AnchorCommand::Export { source, out }) => {
            export_anchor(&config, &Parts::open(&config, clock.clone())?, source, &out, &clock)
        }
        Command::Members(ListCommand::List) => list_members(&registry(&config)?),
        Command::Servers(ListCommand::List) => list_servers(&registry(&config)?),
    }
}

fn serve(config: Config, clock: Clock) -> anyhow::Result<()> {
    service_kit::telemetry::init(config.log_format);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(config.worker_threads)
        .max_blocking_threads(8)
        .enable_all()
        .build()
        .context("the runtime cannot be started")?;
    runtime.block_on(async { boot::serve(config, clock, Shutdown::on_signals()?).await })
}

fn init(config: &Config, clock: Clock) -> anyhow::Result<()> {
    let parts = Parts::open(config, clock)?;
    println!("state in {}", config.state_folder.display());
    for source in Source::ALL {
        let certificate = parts.keys.of(source).certificate();
        println!("{} is signed by {}", source.directory_name(), hex::encode(certificate.sha256()));
    }
    Ok(())
}

fn plan(registry: &Registry, file: &Path) -> anyhow::Result<()> {
    let present = registry.read()?;
    let wanted = Declaration::load(file)?.resolve(file, present.as_ref())?;
    show(&declaration::plan::difference(present.as_ref(), &wanted));
    Ok(())
}

fn apply(parts: &Parts, file: &Path, clock: &Clock) -> anyhow::Result<()> {
    let present = parts.registry.read()?;
    let wanted = Declaration::load(file)?.resolve(file, present.as_ref())?;
    let lines = declaration::plan::difference(present.as_ref(), &wanted);
    // A new description of a class is no line of its members, so equality decides.
    if present.as_ref() != Some(&wanted) {
        parts.registry.replace(&wanted, "apply", &lines, clock.now())?;
    }
    show(&lines);
    Ok(())
}

fn show(lines: &[String]) {
    if lines.is_empty() {
        println!("nothing changes");
    }
    lines.iter().for_each(|line| println!("{line}"));
}

fn register_auth_cert(parts: &Parts, server: &str, file: &Path, clock: &Clock) -> anyhow::Result<()> {
    let id = ServerId::from_path(server).with_context(|| format!("{server} is not a server identifier"))?;
    let certificate = declaration::certificate_from_file(file).map_err(anyhow::Error::msg)?;
    let present = registered(&parts.registry)?;
    let mut wanted = present.clone();
    let entry = wanted.membership.server_mut(&id).with_context(|| format!("there is no server {server}"))?;
    if entry.auth_certificates.contains(&certificate) {
        println!("{} is registered already", certificate.subject());
        return Ok(());
    }
    entry.auth_certificates.push(certificate);
    wanted.membership.sort();
    let problems = wanted.membership.problems();
    anyhow::ensure!(problems.is_empty(), "{}", problems.join("; "));
    let lines = declaration::plan::difference(Some(&present), &wanted);
    parts.registry.replace(&wanted, "register-auth-cert", &lines, clock.now())?;
    show(&lines);
    Ok(())
}

fn publish(parts: &Parts) -> anyhow::Result<()> {
    match parts.generator.generate(&ConfigurationView::new())? {
        Outcome::Published(stamp) => println!("{stamp} published in {}", parts.folder.root().display()),
        Outcome::NothingRegistered => anyhow::bail!("nothing is registered: central-registry apply FILE"),
    }
    Ok(())
}

fn export_anchor(
    config: &Config,
    parts: &Parts,
    side: Side,
    out: &Path,
    clock: &Clock,
) -> anyhow::Result<()> {
    let source = match side {
        Side::Internal => Source::Internal,
        Side::External => Source::External,
    };
    let instance = registered(&parts.registry)?.membership.instance.identifier;
    let conf = &config.global_configuration;
    let bytes = anchor::anchor(&instance, source, conf, &parts.keys, clock.now()).write()?;
    write_atomically(out, &bytes, Readers::Everybody)
        .with_context(|| format!("cannot write {}", out.display()))?;
    println!("{}\n{}", out.display(), ::globalconf::Anchor::hash_sha224_colon(&bytes));
    Ok(())
}

fn list_members(registry: &Registry) -> anyhow::Result<()> {
    for member in registered(registry)?.membership.members {
        println!("{}\t{}", member.id.to_path(), member.name);
        for subsystem in member.subsystems {
            let client = identifiers::ClientId::new(member.id.clone(), Some(&subsystem.code))?;
            println!("{}\t{}", client.to_path(), subsystem.name.unwrap_or_default());
        }
    }
    Ok(())
}

fn list_servers(registry: &Registry) -> anyhow::Result<()> {
    for server in registered(registry)?.membership.servers {
        println!("{}\t{}", server.id.to_path(), server.address.unwrap_or_default());
        server.clients.iter().for_each(|client| println!("  client\t{}", client.to_path()));
        for certificate in server.auth_certificates {
            println!("  certificate\t{}\t{}", hex::encode(certificate.sha256()), certificate.subject());
        }
    }
    Ok(())
}

/// The registry alone, for commands that sign nothing.
fn registry(config: &Config) -> anyhow::Result<Registry> {
    Ok(Registry::open(&Store::in_folder(&config.state_folder)?)?)
}

fn registered(registry: &Registry) -> anyhow::Result<Registered> {
    registry.read()?.context("nothing is registered: central-registry apply FILE")
}
