//! The command `trust-services`: development CA, OCSP responder and TSA.

use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result};
use clap::{Parser, Subcommand};
use pki::Certificate;
use service_kit::clock::Clock;
use service_kit::files::{Readers, write_atomically};
use service_kit::http_server::{Server, ServerSecurity, ServerSettings};
use service_kit::shutdown::Shutdown;
use service_kit::telemetry;
use trust_services::WARNING;
use trust_services::authority::{Authority, Profile, certificate_path};
use trust_services::config::Config;
use trust_services::modes::{ModeSwitch, Modes};
use trust_services::register::Revocation;
use trust_services::routes::Services;

/// How long a shutdown waits for requests that were begun.
const PATIENCE: Duration = Duration::from_secs(5);

/// Development CA, OCSP responder and TSA. For development and pilots only.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Makes the authority: keys and certificates of CA, OCSP responder and TSA.
    Init {
        #[command(flatten)]
        file: ConfigFile,
    },
    /// Serves OCSP, timestamps and certificates; makes the authority first if there is none.
    Serve {
        #[command(flatten)]
        file: ConfigFile,
    },
    /// Issues a certificate for a PKCS#10 request.
    Issue {
        #[command(flatten)]
        file: ConfigFile,
        /// What the certificate is for.
        #[arg(long, value_enum)]
        profile: Profile,
        /// The request, PEM or DER.
        #[arg(long)]
        csr: PathBuf,
        /// IP addresses that the certificate names (profiles auth and tls).
        #[arg(long)]
        ip: Vec<IpAddr>,
        /// Where to write the certificate (PEM); standard output if absent.
        #[arg(long)]
        out: Option<PathBuf>,
    },
    /// Revokes a certificate.
    Revoke {
        #[command(flatten)]
        file: ConfigFile,
        /// Its serial number, hexadecimal.
        #[arg(long, conflicts_with = "certificate", required_unless_present = "certificate")]
        serial: Option<String>,
        /// The certificate itself (PEM).
        #[arg(long)]
        certificate: Option<PathBuf>,
        /// CRLReason: 0 unspecified, 1 keyCompromise, 4 superseded, 5 cessationOfOperation.
        #[arg(long, default_value_t = 0, value_parser = clap::value_parser!(u8).range(0..=10))]
        reason: u8,
    },
    /// Lists what was issued.
    List {
        #[command(flatten)]
        file: ConfigFile,
    },
}

#[derive(clap::Args)]
struct ConfigFile {
    /// The configuration file.
    #[arg(long)]
    config: PathBuf,
}

fn main() -> Result<()> {
    eprintln!("{WARNING}");
    match Arguments::parse().command {
        Command::Init { file } => init(&file.config),
        Command::Serve { file } => serve(&file.config),
        Command::Issue { file, profile, csr, ip, out } => {
            issue(&file.config, profile, &csr, &ip, out.as_deref())
        }
        Command::Revoke { file, serial, certificate, reason } => {
            revoke(&file.config, serial, certificate.as_deref(), reason)
        }
        Command::List { file } => list(&file.config),
    }
}

fn init(path: &Path) -> Result<()> {
    let config = Config::load(path)?;
    let clock = Clock::from_setting(config.clock.as_deref())?;
    if Authority::exists(&config) {
        println!("There is an authority in {} already; it stays.", config.state_folder.display());
    } else {
        Authority::create(&config, clock.now())?;
    }
    for name in ["ca", "ocsp", "tsa"] {
        println!("{}", certificate_path(&config.state_folder, name).display());
    }
    Ok(())
}

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn serve(path: &Path) -> Result<()> {
    let config = Config::load(path)?;
    telemetry::init(config.log_format);
    tracing::warn!("for development and pilots only");
    let clock = Clock::from_setting(config.clock.as_deref())?;
    if !Authority::exists(&config) {
        Authority::create(&config, clock.now())?;
        tracing::info!(folder = %config.state_folder.display(), "a new authority was made");
    }
    let authority = Authority::load(&config)?;
    let modes = ModeSwitch::load(&config.state_folder).context("modes.json in the state folder")?;
    if modes.now() != Modes::default() {
        tracing::warn!(modes = ?modes.now(), "answers are wrong on purpose, as they were left");
    }
    let shutdown = Shutdown::on_signals()?;
    let settings = ServerSettings { clock: clock.clone(), ..ServerSettings::default() };
    let server = Server::bind(&config.listen, ServerSecurity::Plain, settings).await?;
    tracing::info!(
        address = %server.local_address(),
        url = config.public_url(),
        signing_endpoint = config.signing_endpoint.enabled,
        test_modes = config.test_modes.enabled,
        "serving OCSP and timestamps"
    );
    let services = Services::new(&config, authority, modes, clock);
    let handler = move |request| {
        let services = services.clone();
        async move { services.handle(request).await }
    };
    server.serve(handler, shutdown.clone()).await;
    shutdown.finished(PATIENCE).await;
    Ok(())
}

fn issue(path: &Path, profile: Profile, csr: &Path, addresses: &[IpAddr], out: Option<&Path>) -> Result<()> {
    let config = Config::load(path)?;
    let clock = Clock::from_setting(config.clock.as_deref())?;
    let authority = Authority::load(&config)?;
    let request = std::fs::read(csr).with_context(|| csr.display().to_string())?;
    let pem = authority.issue(profile, &request, addresses, clock.now())?.to_pem();
    match out {
        Some(out) => write_atomically(out, pem.as_bytes(), Readers::Everybody)
            .with_context(|| out.display().to_string())?,
        None => print!("{pem}"),
    }
    Ok(())
}

fn revoke(path: &Path, serial: Option<String>, certificate: Option<&Path>, reason: u8) -> Result<()> {
    let config = Config::load(path)?;
    let clock = Clock::from_setting(config.clock.as_deref())?;
    let authority = Authority::load(&config)?;
    let serial = match (serial, certificate) {
        (Some(serial), _) => serial,
        (None, Some(file)) => {
            let pem = std::fs::read(file).with_context(|| file.display().to_string())?;
            hex::encode(Certificate::from_pem(&pem)?.serial())
        }
        (None, None) => anyhow::bail!("name the certificate by --serial or --certificate"),
    };
    authority.register().revoke(&serial, Revocation { at: clock.now(), reason })?;
    println!("{serial} is revoked");
    Ok(())
}

fn list(path: &Path) -> Result<()> {
    let authority = Authority::load(&Config::load(path)?)?;
    for entry in authority.register().entries()?.iter() {
        let state = if entry.revoked.is_some() { "revoked" } else { "good" };
        println!(
            "{} {state:7} {:?} until {} {}",
            entry.serial,
            entry.profile,
            entry.not_after.date(),
            entry.subject
        );
    }
    Ok(())
}
