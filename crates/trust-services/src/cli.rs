//! The commands. All but `serve` work on the state folder alone and are safe beside a running server.

use std::net::IpAddr;
use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::{Args, Parser, Subcommand};
use pki::Certificate;
use service_kit::clock::Clock;
use service_kit::files::{Readers, write_atomically};

use crate::authority::{self, FurtherNames, Issuer, Outcome, Profile, Role};
use crate::config::Config;
use crate::register::Register;
use crate::revocation::{Reason, Revocation};

mod serve;

/// Development CA, OCSP responder and TSA. For development and pilots only.
#[derive(Debug, Parser)]
#[command(name = "trust-services", version, about, long_about = None)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Make keys and certificates of CA, OCSP responder and TSA; what is there stays
    Init(ConfigFile),
    /// Serve OCSP, timestamps and certificates until SIGTERM or SIGINT
    Serve(ConfigFile),
    /// Issue a certificate for a PKCS#10 request
    Issue(IssueArguments),
    /// Revoke a certificate; a running server says so from then on
    Revoke {
        #[command(flatten)]
        which: Which,
        /// Why; only certificate-hold can be taken back
        #[arg(long, value_enum, default_value = "unspecified")]
        reason: Reason,
    },
    /// Take a certificate-hold back
    Reinstate(Which),
    /// List what was issued: serial number, status, purpose, last day, subject
    List(ConfigFile),
    /// Export the certificates of CA, OCSP responder and TSA
    Certificates {
        #[command(flatten)]
        file: ConfigFile,
        /// Folder that gets ca.pem, ocsp.pem and tsa.pem; printed if absent
        #[arg(long)]
        out: Option<PathBuf>,
    },
}

#[derive(Debug, Args)]
struct ConfigFile {
    /// The configuration file
    #[arg(long, default_value = "trust-services.toml")]
    config: PathBuf,
}

#[derive(Debug, Args)]
struct IssueArguments {
    #[command(flatten)]
    file: ConfigFile,
    /// What the certificate is for
    #[arg(long, value_enum)]
    profile: Profile,
    /// The request, PEM or DER
    #[arg(long)]
    csr: PathBuf,
    /// Where to write the certificate (PEM); printed if absent
    #[arg(long)]
    out: Option<PathBuf>,
    /// DNS name that the certificate gets too (profiles auth and tls); may be repeated
    #[arg(long)]
    dns: Vec<String>,
    /// IP address that the certificate gets too (profiles auth and tls); may be repeated
    #[arg(long)]
    ip: Vec<IpAddr>,
}

#[derive(Debug, Args)]
struct Which {
    #[command(flatten)]
    file: ConfigFile,
    /// File of the certificate, or its serial number in hexadecimal digits, with or without colons
    certificate: String,
}

/// Does what the command line asks for.
///
/// # Errors
/// What failed, in words for the administrator.
pub fn run(arguments: Arguments) -> anyhow::Result<()> {
    match arguments.command {
        Command::Init(file) => init(&Opened::read(&file)?),
        Command::Serve(file) => serve::run(&Opened::read(&file)?),
        Command::Issue(arguments) => issue(&Opened::read(&arguments.file)?, &arguments),
        Command::Revoke { which, reason } => revoke(&Opened::read(&which.file)?, &which.certificate, reason),
        Command::Reinstate(which) => reinstate(&Opened::read(&which.file)?, &which.certificate),
        Command::List(file) => list(&Opened::read(&file)?),
        Command::Certificates { file, out } => certificates(&Opened::read(&file)?, out.as_deref()),
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
}

fn init(opened: &Opened) -> anyhow::Result<()> {
    for made in authority::init(&opened.config, opened.clock.now())? {
        let what = match made.outcome {
            Outcome::Kept => "was there and stays",
            Outcome::Made => "made",
            Outcome::Renewed => "certificate renewed",
        };
        let path = made.role.certificate_path(&opened.config.state_folder);
        let (subject, end) = (made.certificate.subject(), made.certificate.not_after().date());
        println!("{}: {what}; {subject}, until {end}, {}", made.role.name(), path.display());
    }
    Ok(())
}

fn issue(opened: &Opened, arguments: &IssueArguments) -> anyhow::Result<()> {
    let request = std::fs::read(&arguments.csr).with_context(|| arguments.csr.display().to_string())?;
    let names = FurtherNames { dns: arguments.dns.clone(), ip: arguments.ip.clone() };
    let certificate = Issuer::load(&opened.config)?
        .issue(arguments.profile, &request, &names, opened.clock.now())
        .with_context(|| arguments.csr.display().to_string())?;
    match &arguments.out {
        Some(out) => {
            write(out, &certificate)?;
            println!("{} {}", hex::encode(certificate.serial()), certificate.subject());
        }
        None => print!("{}", certificate.to_pem()),
    }
    Ok(())
}

fn revoke(opened: &Opened, which: &str, reason: Reason) -> anyhow::Result<()> {
    let serial = serial_of(opened, which)?;
    let revocation = Revocation { at: opened.clock.now(), reason };
    Register::new(&opened.config.state_folder).revoke(&serial, revocation)?;
    println!("{serial} is revoked");
    Ok(())
}

fn reinstate(opened: &Opened, which: &str) -> anyhow::Result<()> {
    let serial = serial_of(opened, which)?;
    Register::new(&opened.config.state_folder).reinstate(&serial)?;
    println!("{serial} is good again");
    Ok(())
}

/// The serial number of a certificate of ours. A file wins over digits.
fn serial_of(opened: &Opened, which: &str) -> anyhow::Result<String> {
    if !Path::new(which).is_file() {
        return Ok(which.trim_start_matches("0x").replace(':', "").to_ascii_lowercase());
    }
    let content = std::fs::read(which).with_context(|| which.to_owned())?;
    let certificate = Certificate::from_pem(&content).or_else(|_| Certificate::from_der(&content));
    let certificate = certificate.with_context(|| which.to_owned())?;
    let ca = Role::Ca.certificate(&opened.config.state_folder)?;
    certificate.verify_issued_by(&ca).with_context(|| format!("{which} was not issued here"))?;
    Ok(hex::encode(certificate.serial()))
}

fn list(opened: &Opened) -> anyhow::Result<()> {
    for entry in Register::new(&opened.config.state_folder).entries()?.iter() {
        let state = if entry.revoked.is_some() { "revoked" } else { "good" };
        let (purpose, end) = (format!("{:?}", entry.purpose).to_lowercase(), entry.not_after.date());
        println!("{} {state:7} {purpose:4} until {end} {}", entry.serial, entry.subject);
    }
    Ok(())
}

fn certificates(opened: &Opened, out: Option<&Path>) -> anyhow::Result<()> {
    for role in Role::ALL {
        let certificate = role.certificate(&opened.config.state_folder)?;
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

fn write(path: &Path, certificate: &Certificate) -> anyhow::Result<()> {
    write_atomically(path, certificate.to_pem().as_bytes(), Readers::Everybody)
        .with_context(|| path.display().to_string())
}
