//! The command line. Every command works on the state folder and is safe beside a running server.

use std::fs;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::{Args, Parser, Subcommand};
use pki::Certificate;
use service_kit::clock::Clock;
use service_kit::files::{Readers, write_atomically};
use service_kit::shutdown::Shutdown;

use crate::config::Config;
use crate::init::{self, Outcome};
use crate::issuing::{AlternativeNames, Issuer, Profile};
use crate::server::TrustServices;
use crate::state::{Reason, Register, Revocation, Role, StateFolder, Status};

/// Development CA, OCSP responder and TSA. For development and pilots only.
#[derive(Debug, Parser)]
#[command(name = "trust-services", version, about, long_about = None)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
enum Command {
    /// Make the keys and certificates of the authorities; what is there stays.
    Init(ConfigFile),
    /// Run OCSP responder, TSA and the rest until SIGTERM or SIGINT.
    Serve(ConfigFile),
    /// Issue a certificate for a certificate request.
    Issue(IssueArguments),
    /// Revoke a certificate; the responder says so from now on.
    Revoke {
        #[command(flatten)]
        config: ConfigFile,
        /// File of the certificate, or its serial number in hexadecimal or decimal digits.
        certificate: String,
        /// Why; only certificate-hold can be taken back.
        #[arg(long, value_enum, default_value = "unspecified")]
        reason: Reason,
    },
    /// Take a certificate-hold back.
    Reinstate {
        #[command(flatten)]
        config: ConfigFile,
        /// File of the certificate, or its serial number in hexadecimal or decimal digits.
        certificate: String,
    },
    /// List what was issued, one line a certificate: serial number, status, end of validity, subject.
    List(ConfigFile),
    /// Export the certificates of the authorities.
    Certificates {
        #[command(flatten)]
        config: ConfigFile,
        /// Folder that gets ca.pem, ocsp.pem and tsa.pem; without it they are printed.
        #[arg(long)]
        out: Option<PathBuf>,
    },
}

/// Where the configuration is.
#[derive(Debug, Args)]
struct ConfigFile {
    /// The configuration file.
    #[arg(long, default_value = "trust-services.toml")]
    config: PathBuf,
}

#[derive(Debug, Args)]
struct IssueArguments {
    #[command(flatten)]
    config: ConfigFile,
    /// What the certificate is for.
    #[arg(long, value_enum)]
    profile: Profile,
    /// PKCS#10 request, PEM or DER.
    #[arg(long)]
    csr: PathBuf,
    /// File for the certificate, PEM; without it the certificate is printed.
    #[arg(long)]
    out: Option<PathBuf>,
    /// DNS name to be added; may be repeated. Not for signing certificates.
    #[arg(long)]
    dns: Vec<String>,
    /// IP address to be added; may be repeated. Not for signing certificates.
    #[arg(long)]
    ip: Vec<IpAddr>,
}

/// Does what the command line asks for.
///
/// # Errors
/// What failed, in words for the administrator.
pub fn run(arguments: Arguments) -> anyhow::Result<()> {
    match arguments.command {
        Command::Init(file) => initialise(&Opened::read(&file)?),
        Command::Serve(file) => serve(&Opened::read(&file)?),
        Command::Issue(arguments) => issue(&Opened::read(&arguments.config)?, &arguments),
        Command::Revoke { config, certificate, reason } => {
            revoke(&Opened::read(&config)?, &certificate, reason)
        }
        Command::Reinstate { config, certificate } => reinstate(&Opened::read(&config)?, &certificate),
        Command::List(file) => list(&Opened::read(&file)?),
        Command::Certificates { config, out } => certificates(&Opened::read(&config)?, out.as_deref()),
    }
}

/// What every command begins with.
struct Opened {
    config: Config,
    clock: Clock,
}

impl Opened {
    fn read(file: &ConfigFile) -> anyhow::Result<Self> {
        let config = Config::load(&file.config)?;
        let clock = Clock::from_setting(config.clock.as_deref())?;
        Ok(Self { config, clock })
    }

    fn folder(&self) -> StateFolder {
        StateFolder::at(&self.config.state_folder)
    }
}

fn initialise(opened: &Opened) -> anyhow::Result<()> {
    for authority in init::run(&opened.config, opened.clock.now())? {
        let what = match authority.outcome {
            Outcome::Kept => "is there",
            Outcome::Made => "made",
            Outcome::Renewed => "certificate renewed",
        };
        let certificate = &authority.certificate;
        let (subject, end) = (certificate.subject(), certificate.not_after());
        println!("{}: {what}: {subject}, until {end}", authority.role.name());
    }
    println!("state folder: {}", opened.config.state_folder.display());
    Ok(())
}

fn serve(opened: &Opened) -> anyhow::Result<()> {
    service_kit::telemetry::init(opened.config.log_format);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("the runtime cannot be started")?;
    runtime.block_on(async {
        let shutdown = Shutdown::on_signals().context("signals cannot be handled")?;
        let services = TrustServices::bind(&opened.config, opened.clock.clone()).await?;
        services.run(shutdown).await;
        Ok(())
    })
}

fn issue(opened: &Opened, arguments: &IssueArguments) -> anyhow::Result<()> {
    let request = fs::read(&arguments.csr).with_context(|| arguments.csr.display().to_string())?;
    let names = AlternativeNames { dns: arguments.dns.clone(), ip: arguments.ip.clone() };
    let issuer = Issuer::open(&opened.config)?;
    let certificate = issuer
        .issue(&request, arguments.profile, &names, opened.clock.now())
        .with_context(|| format!("no certificate for {}", arguments.csr.display()))?;
    let Some(out) = &arguments.out else {
        print!("{}", certificate.to_pem());
        return Ok(());
    };
    write(out, &certificate)?;
    println!("{} {}: {}", hex::encode(certificate.serial()), certificate.subject(), out.display());
    Ok(())
}

fn revoke(opened: &Opened, which: &str, reason: Reason) -> anyhow::Result<()> {
    let register = opened.folder().register();
    let certificate = find(&register, which)?;
    register.revoke(&certificate, Revocation { at: opened.clock.now(), reason })?;
    println!("{} {}: revoked", hex::encode(certificate.serial()), certificate.subject());
    Ok(())
}

fn reinstate(opened: &Opened, which: &str) -> anyhow::Result<()> {
    let register = opened.folder().register();
    let certificate = find(&register, which)?;
    register.reinstate(&certificate)?;
    println!("{} {}: good again", hex::encode(certificate.serial()), certificate.subject());
    Ok(())
}

fn list(opened: &Opened) -> anyhow::Result<()> {
    for entry in opened.folder().register().entries()? {
        let status = match entry.status {
            Status::NotIssued | Status::Good => "good".to_owned(),
            Status::Revoked(revocation) => format!("revoked {} {:?}", revocation.at, revocation.reason),
        };
        let certificate = entry.certificate;
        let serial = hex::encode(certificate.serial());
        println!("{serial} {status} until {} {}", certificate.not_after(), certificate.subject());
    }
    Ok(())
}

fn certificates(opened: &Opened, out: Option<&Path>) -> anyhow::Result<()> {
    for role in Role::ALL {
        let certificate = opened.folder().certificate(role)?;
        let certificate = certificate
            .with_context(|| format!("no {} certificate: run `trust-services init`", role.name()))?;
        match out {
            Some(folder) => {
                let path = folder.join(role.certificate_file());
                write(&path, &certificate)?;
                println!("{}", path.display());
            }
            None => print!("{}: {}\n{}", role.name(), certificate.subject(), certificate.to_pem()),
        }
    }
    Ok(())
}

/// A file wins over a number: nobody calls a file like a serial number by accident.
fn find(register: &Register, which: &str) -> anyhow::Result<Certificate> {
    if !Path::new(which).is_file() {
        return Ok(register.find(which)?);
    }
    let content = fs::read(which).with_context(|| which.to_owned())?;
    let certificate = Certificate::from_pem(&content).or_else(|_| Certificate::from_der(&content));
    certificate.with_context(|| format!("{which} holds no certificate"))
}

fn write(path: &Path, certificate: &Certificate) -> anyhow::Result<()> {
    write_atomically(path, certificate.to_pem().as_bytes(), Readers::Everybody)
        .with_context(|| path.display().to_string())
}
