//! Our own pair: trust services, registry, a consumer's and a provider's security server, as processes, with the network
//! that the cases need.
//!
//! - [`ports`]: who listens where
//! - [`files`]: configuration of the servers and of the network around them
//! - [`declarations`]: what each server hosts
//! - [`certificates`]: keys and certificates, made by the programs' own commands

pub mod certificates;
pub mod declarations;
pub mod files;
pub mod ports;

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use demo_town::town::process::{Program, Running};
use pki::Certificate;
use serde_json::Value;
use tokio::process::Command;

use self::ports::Ports;
use crate::cases::case::Setting;
use crate::descriptions::Backend;
use crate::material::Material;
use crate::mocks::system::{self, Outgoing, Request};
use crate::network::UNSIGNED;

/// The programs that must be beside the runner.
const PROGRAMS: [&str; 3] = ["security-server", "central-registry", "trust-services"];

/// How long a program may take until it is ready.
const PATIENCE: Duration = Duration::from_secs(60);

/// Between two looks.
const PAUSE: Duration = Duration::from_millis(200);

/// The pair and what stands around it.
pub struct Pair {
    /// Everything that it keeps.
    pub folder: PathBuf,
    /// Its ports.
    pub ports: Ports,
    /// Keys of the mock parts.
    pub material: Material,
    binaries: PathBuf,
    running: Vec<Running>,
}

impl Pair {
    /// Makes keys, certificates and configuration in an empty folder.
    ///
    /// # Errors
    /// When a program fails; the error shows what it said.
    pub async fn prepare(folder: &Path, ports: Ports) -> Result<Self> {
        let own = std::env::current_exe()?;
        let binaries = own.parent().context("the program has a folder")?.to_owned();
        for program in PROGRAMS {
            if !binaries.join(program).is_file() {
                bail!("{program} is not in {}: build it first, see scripts/conformance", binaries.display());
            }
        }
        for part in ["logs", "certificates"] {
            std::fs::create_dir_all(folder.join(part)).with_context(|| folder.display().to_string())?;
        }
        let folder = folder.canonicalize()?;
        let material = Material::open(&folder.join("material"))?;
        let pair = Self { folder, ports, material, binaries, running: Vec::new() };
        files::write(&pair, Setting::UnenforcedValidity)?;
        declarations::write(&pair)?;
        certificates::make(&pair).await?;
        Ok(pair)
    }

    /// Starts every program and waits until each is ready.
    ///
    /// # Errors
    /// When one is not ready in time; the error shows the end of its log.
    pub async fn start(&mut self) -> Result<()> {
        let ports = self.ports;
        self.serve(
            "trust-services",
            "trust-services",
            "trust-services.toml",
            (ports.trust_services(), "/health"),
        )
        .await?;
        let registry = (ports.registry(), "/ready");
        self.serve("central-registry", "central-registry", "central-registry.toml", registry).await?;
        self.serve_server("consumer", ports.consumer().admin).await?;
        self.serve_server("provider", ports.provider().admin).await
    }

    /// Starts the consumer's server again with another setting.
    ///
    /// # Errors
    /// It does not stop or start.
    pub async fn change(&mut self, setting: Setting) -> Result<()> {
        files::write(self, setting)?;
        let at = self.running.iter().position(|running| running.name() == "consumer");
        let consumer = self.running.remove(at.context("the consumer's server does not run")?);
        consumer.stop().await?;
        self.serve_server("consumer", self.ports.consumer().admin).await
    }

    /// Stops every program in order, last started first.
    ///
    /// # Errors
    /// When one had to be killed.
    pub async fn stop(&mut self) -> Result<()> {
        while let Some(program) = self.running.pop() {
            program.stop().await?;
        }
        Ok(())
    }

    /// Where the provider's information system is.
    #[must_use]
    pub fn backend(&self) -> Backend {
        let ports = self.ports;
        Backend {
            http: ports::at(ports.service()),
            https: ports::at(ports.service_https()),
            nobody: ports::at(ports.nobody()),
        }
    }

    /// The certification service, for those who ask for OCSP responses.
    ///
    /// # Errors
    /// Its certificate cannot be read.
    pub fn authority(&self) -> Result<Certificate> {
        Ok(Certificate::from_pem(&std::fs::read(self.folder.join("certificates/ca.pem"))?)?)
    }

    /// Starts a security server and waits until it can serve everyone but the members that must not be able to sign.
    async fn serve_server(&mut self, name: &'static str, admin: u16) -> Result<()> {
        self.serve(name, "security-server", &format!("{name}/security-server.toml"), (admin, "/health"))
            .await?;
        let (mut left, mut said) = (PATIENCE, String::new());
        while !left.is_zero() {
            let answer = system::over_http(ports::at(admin), &ready()).await?;
            said = String::from_utf8_lossy(&answer.body.bytes).into_owned();
            if answer.status == 200 || can_serve(&answer.body.bytes) {
                return Ok(());
            }
            tokio::time::sleep(PAUSE).await;
            left = left.saturating_sub(PAUSE);
        }
        bail!("{name} is not ready after {PATIENCE:?}: {said}")
    }

    async fn serve(
        &mut self,
        name: &'static str,
        binary: &str,
        config: &str,
        ready: (u16, &'static str),
    ) -> Result<()> {
        let config = self.folder.join(config).display().to_string();
        let arguments = vec!["serve".to_owned(), "--config".to_owned(), config];
        let program = Program { name, binary: self.binaries.join(binary), arguments, ready };
        let mut running = Running::start(program, &self.folder.join("logs"))?;
        let started = tokio::time::timeout(PATIENCE, running.ready()).await;
        started.with_context(|| format!("{name} is not ready after {PATIENCE:?}"))??;
        self.running.push(running);
        Ok(())
    }

    /// Runs a command of a program to its end and gives its output.
    ///
    /// # Errors
    /// When it fails; the error shows what it said.
    pub async fn command(&self, program: &str, arguments: &[&str]) -> Result<String> {
        let output = Command::new(self.binaries.join(program))
            .args(arguments)
            .current_dir(&self.folder)
            .stdin(Stdio::null())
            .output()
            .await
            .with_context(|| format!("cannot start {program}"))?;
        if !output.status.success() {
            bail!(
                "{program} {}:\n{}{}",
                arguments.join(" "),
                String::from_utf8_lossy(&output.stdout),
                String::from_utf8_lossy(&output.stderr)
            );
        }
        Ok(String::from_utf8(output.stdout)?)
    }
}

fn ready() -> Request {
    Request { method: "GET".into(), target: "/ready".into(), headers: Vec::new(), body: Outgoing::Nothing }
}

/// Whether nothing is missing but the signing certificates that the network must not have. The first member without one
/// is named, in the order of identifiers.
fn can_serve(report: &[u8]) -> bool {
    let report: Value = serde_json::from_slice(report).unwrap_or_default();
    let Some(conditions) = report["conditions"].as_object() else { return false };
    let expected =
        |name: &str, reason: &str| name == "signing" && UNSIGNED.iter().any(|member| reason.contains(member));
    let met = |(name, reason): (&String, &Value)| reason.as_str().is_none_or(|reason| expected(name, reason));
    conditions.contains_key("message log") && conditions.iter().all(met)
}
