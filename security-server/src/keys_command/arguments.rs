//! The command line of `security-server keys`.

use std::path::PathBuf;

use anyhow::{Context, ensure};
use clap::{Args, Subcommand, ValueEnum};
use identifiers::{MemberId, ServerId};
use keys::{KeyType, Pin, SoftwareToken};
use pki::csr::CertificateUse;
use service_kit::secret::SecretSource;

use crate::config::Config;

/// Arguments of `security-server keys`.
#[derive(Debug, Args)]
pub struct KeysArguments {
    #[command(subcommand)]
    pub(super) command: KeysCommand,
}

/// What to do with the keys.
#[derive(Debug, Subcommand)]
pub(super) enum KeysCommand {
    /// Create an empty token: a folder of key files that the PIN protects.
    Init {
        #[command(flatten)]
        token: TokenArguments,
    },
    /// Generate a private key in the token and print its name.
    Generate {
        #[command(flatten)]
        token: TokenArguments,
        /// What the key is for: `auth` (this server towards others) or `sign` (messages of a member).
        #[arg(long, value_enum)]
        usage: Usage,
        /// Kind of key. Servers older than X-Road 7.6 read RSA only.
        #[arg(long = "type", value_enum, default_value_t = Kind::Rsa2048)]
        key_type: Kind,
        /// A name for people.
        #[arg(long, default_value = "")]
        label: String,
    },
    /// List the keys and their certificates.
    List {
        #[command(flatten)]
        token: TokenArguments,
    },
    /// Write a certificate request for a key, with the subject that the certificate profile asks for.
    Csr(#[command(flatten)] CsrArguments),
    /// Import a certificate (PEM or DER); intermediates may follow it in the same PEM file.
    Import {
        #[command(flatten)]
        token: TokenArguments,
        /// File of the certificate.
        certificate: PathBuf,
    },
    /// Show for each certificate whether it can be used now, and if not, why.
    Status {
        #[command(flatten)]
        token: TokenArguments,
        /// Folder of the global configuration: shows issuer and registration.
        #[arg(long)]
        global_conf: Option<PathBuf>,
        /// Folder of cached OCSP responses of the server: shows their age.
        #[arg(long)]
        ocsp: Option<PathBuf>,
    },
}

/// Which token, and where its PIN comes from.
#[derive(Debug, Args)]
pub(super) struct TokenArguments {
    /// Configuration file of the server; names token and PIN unless options below do.
    #[arg(long, default_value = "security-server.toml")]
    config: PathBuf,
    /// Folder of the token.
    #[arg(long)]
    token: Option<PathBuf>,
    /// File whose first line is the PIN.
    #[arg(long, conflicts_with = "pin_env")]
    pin_file: Option<PathBuf>,
    /// Name of the environment variable that holds the PIN. Without PIN options and configuration file
    /// the PIN is asked for.
    #[arg(long)]
    pin_env: Option<String>,
}

/// Arguments of `csr`.
#[derive(Debug, Args)]
pub(super) struct CsrArguments {
    #[command(flatten)]
    pub(super) token: TokenArguments,
    /// Name of the key, or enough of its start.
    pub(super) key: String,
    /// What the certificate is for; only needed for keys of another program's token.
    #[arg(long, value_enum)]
    pub(super) usage: Option<Usage>,
    /// This server: `instance/class/member/server`.
    #[arg(long)]
    pub(super) server: ServerId,
    /// Member that signs: `instance/class/member`. Absent: the owner of the server.
    #[arg(long)]
    pub(super) member: Option<MemberId>,
    /// Certificate profile of the certification service, as the global configuration names it
    /// (the end of the name is enough, e.g. `FiVRK`).
    #[arg(long, default_value = "FiVRK")]
    pub(super) profile: String,
    /// Name of the organisation.
    #[arg(long)]
    pub(super) organization: String,
    /// Two-letter country code, where the profile leaves it open.
    #[arg(long)]
    pub(super) country: Option<String>,
    /// DNS name of this server; becomes its name in authentication certificates and the alternative
    /// name. May be repeated.
    #[arg(long)]
    pub(super) dns: Vec<String>,
    /// Encoding of the request.
    #[arg(long, value_enum, default_value_t = RequestFormat::Pem)]
    pub(super) format: RequestFormat,
    /// File to write. Absent: standard output.
    #[arg(long)]
    pub(super) out: Option<PathBuf>,
}

/// What a key is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Usage {
    /// Authenticates this server.
    Auth,
    /// Signs messages.
    Sign,
}

/// Kinds of keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Kind {
    /// RSA, 2048 bits.
    Rsa2048,
    /// RSA, 3072 bits.
    Rsa3072,
    /// RSA, 4096 bits.
    Rsa4096,
    /// NIST P-256.
    P256,
    /// NIST P-384.
    P384,
}

/// Encodings of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum RequestFormat {
    /// Text.
    Pem,
    /// Binary.
    Der,
}

impl TokenArguments {
    /// The folder of the token.
    pub(super) fn folder(&self) -> anyhow::Result<PathBuf> {
        match &self.token {
            Some(folder) => Ok(folder.clone()),
            None => self.configured()?.keys.token.context("the configuration names no token: give --token"),
        }
    }

    /// The token, opened with its PIN.
    pub(super) fn open(&self) -> anyhow::Result<SoftwareToken> {
        let folder = self.folder()?;
        let token = SoftwareToken::open(&folder, &self.pin()?);
        token.with_context(|| format!("the token {} cannot be opened", folder.display()))
    }

    /// The PIN of an existing token.
    fn pin(&self) -> anyhow::Result<Pin> {
        read_pin(&self.pin_source()?, "PIN: ")
    }

    /// The PIN of a token that is to be created; a typed one is asked for twice.
    pub(super) fn new_pin(&self) -> anyhow::Result<Pin> {
        let source = self.pin_source()?;
        if source != SecretSource::Prompt {
            return read_pin(&source, "");
        }
        let (first, second) = (source.read("PIN of the new token")?, source.read("Once more")?);
        ensure!(first.reveal() == second.reveal(), "the two PINs differ");
        Ok(Pin::new(first.reveal().to_owned())?)
    }

    fn pin_source(&self) -> anyhow::Result<SecretSource> {
        if let Some(path) = &self.pin_file {
            return Ok(SecretSource::File(path.clone()));
        }
        if let Some(variable) = &self.pin_env {
            return Ok(SecretSource::Env(variable.clone()));
        }
        if self.token.is_some() || !self.config.exists() {
            return Ok(SecretSource::Prompt);
        }
        Ok(self.configured()?.keys.pin.unwrap_or(SecretSource::Prompt))
    }

    fn configured(&self) -> anyhow::Result<Config> {
        Config::load(&self.config).context("give --token, or the configuration file with --config")
    }
}

fn read_pin(source: &SecretSource, prompt: &str) -> anyhow::Result<Pin> {
    Ok(match source {
        SecretSource::File(path) => Pin::from_file(path)?,
        SecretSource::Env(variable) => Pin::from_env(variable)?,
        SecretSource::Prompt => Pin::from_prompt(prompt)?,
    })
}

impl From<Usage> for CertificateUse {
    fn from(usage: Usage) -> Self {
        match usage {
            Usage::Auth => Self::Authentication,
            Usage::Sign => Self::Signing,
        }
    }
}

impl From<Kind> for KeyType {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Rsa2048 => Self::Rsa2048,
            Kind::Rsa3072 => Self::Rsa3072,
            Kind::Rsa4096 => Self::Rsa4096,
            Kind::P256 => Self::P256,
            Kind::P384 => Self::P384,
        }
    }
}
