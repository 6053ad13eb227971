//! The whole network on one machine: its folder, its configuration, its keys, its processes.
//!
//! - [`names`], [`ports`]: who is who, who listens where
//! - [`settings`]: every configuration file, written anew at each start
//! - [`certificates`]: keys and certificates, made at the first start by the programs' own commands
//! - [`process`], [`http`]: running programs, and calls to them

pub mod certificates;
pub mod http;
pub mod names;
pub mod ports;
pub mod process;
pub mod settings;

use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::{Context, Result, bail};
use tokio::process::Command;

use http::Loopback;
use ports::Ports;
use process::{Program, Running};

/// The town.
pub struct Town {
    /// Everything that it keeps, absolute.
    pub folder: PathBuf,
    /// Its ports.
    pub ports: Ports,
    /// Calls to its programs.
    pub loopback: Loopback,
    /// Kind of both servers' keys, as `security-server keys generate --type` names it; counts when they are made.
    pub key_type: &'static str,
    binaries: PathBuf,
    first_start: bool,
    running: Vec<Running>,
}

impl Town {
    /// Opens the town in this folder, new or old; the other programs are taken from beside this one.
    ///
    /// # Errors
    /// When the folder cannot be made.
    pub fn open(folder: &Path, ports: Ports) -> Result<Self> {
        let own = std::env::current_exe()?;
        let beside = own.parent().context("the program has a folder")?;
        Self::with_binaries(folder, ports, beside)
    }

    /// As [`Town::open`], with the programs of this folder.
    ///
    /// # Errors
    /// When the folder cannot be made.
    pub fn with_binaries(folder: &Path, ports: Ports, binaries: &Path) -> Result<Self> {
        std::fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
        let folder = folder.canonicalize()?;
        for part in ["logs", "certificates", "residents", "coupons"] {
            std::fs::create_dir_all(folder.join(part))?;
        }
        let first_start = !certificates::are_complete(&folder);
        Ok(Self {
            folder,
            ports,
            loopback: Loopback::default(),
            key_type: "rsa2048",
            binaries: binaries.to_owned(),
            first_start,
            running: Vec::new(),
        })
    }

    /// Removes the folder of a town, if it is one.
    ///
    /// # Errors
    /// When the folder is something else, or cannot be removed.
    pub fn forget(folder: &Path) -> Result<()> {
        if !folder.exists() {
            return Ok(());
        }
        if !folder.join("logs").is_dir() {
            bail!("{} is not the folder of a demo town; nothing was removed", folder.display());
        }
        std::fs::remove_dir_all(folder).with_context(|| format!("cannot remove {}", folder.display()))
    }

    /// Writes the configuration and, at the first start, makes keys and certificates.
    ///
    /// # Errors
    /// When a command of a program fails; the error shows what it said.
    pub async fn prepare(&mut self) -> Result<()> {
        settings::write(self)?;
        if self.first_start {
            certificates::make(self).await?;
        }
        settings::apply_membership(self).await
    }

    /// What [`Town::prepare`] found.
    #[must_use]
    pub fn preparation(&self) -> &'static str {
        if self.first_start { "made" } else { "found from an earlier start" }
    }

    /// Starts every program and waits until each is ready.
    ///
    /// # Errors
    /// When one is not ready in time; the error shows the end of its log.
    pub async fn start(&mut self) -> Result<()> {
        // Each group needs the one before it.
        for group in settings::programs(self) {
            let from = self.running.len();
            for program in group {
                self.running.push(Running::start(program, &self.logs())?);
            }
            for program in &mut self.running[from..] {
                program.ready().await?;
            }
        }
        Ok(())
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

    /// The programs that run.
    pub fn programs(&self) -> impl Iterator<Item = &Running> {
        self.running.iter()
    }

    /// A program that runs.
    ///
    /// # Errors
    /// When there is none of this name.
    pub fn program(&mut self, name: &str) -> Result<&mut Running> {
        let found = self.running.iter_mut().find(|program| program.name() == name);
        found.with_context(|| format!("no program {name} runs"))
    }

    /// How often the story was told before; counts this time.
    ///
    /// # Errors
    /// When the count cannot be kept.
    pub fn telling(&self) -> Result<u32> {
        let file = self.folder.join("tellings");
        let before =
            std::fs::read_to_string(&file).ok().and_then(|text| text.trim().parse().ok()).unwrap_or(0);
        std::fs::write(&file, (before + 1).to_string())?;
        Ok(before)
    }

    /// Address of Personal-LINK for citizens.
    #[must_use]
    pub fn personal_link_address(&self) -> String {
        format!("https://127.0.0.1:{}", self.ports.citizens())
    }

    /// The registry's certificate (DER), which citizens' devices and security servers pin.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn registry_certificate(&self) -> Result<Vec<u8>> {
        let pem = std::fs::read(self.folder.join(settings::REGISTRY_CERTIFICATE))?;
        Ok(pki::Certificate::from_pem(&pem)?.der().to_vec())
    }

    /// The folder of the verified global configuration that a security server keeps, for the verifier.
    #[must_use]
    pub fn stored_global_configuration(&self) -> PathBuf {
        self.folder.join("municipality/state/global-configuration")
    }

    /// The log files.
    #[must_use]
    pub fn logs(&self) -> PathBuf {
        self.folder.join("logs")
    }

    /// A program of this workspace.
    #[must_use]
    pub fn binary(&self, name: &str) -> PathBuf {
        self.binaries.join(name)
    }

    /// Runs a command of a program to its end and gives its output.
    ///
    /// # Errors
    /// When it fails; the error shows what it said.
    pub async fn command(&self, program: &str, arguments: &[&str]) -> Result<String> {
        let output = Command::new(self.binary(program))
            .args(arguments)
            .current_dir(&self.folder)
            .stdin(Stdio::null())
            .output()
            .await
            .with_context(|| format!("cannot start {}", self.binary(program).display()))?;
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

    /// Lines to try by hand.
    #[must_use]
    pub fn try_by_hand(&self) -> Vec<String> {
        let (centre, registry) = (self.ports.support_centre(), self.ports.global_configuration());
        vec![
            format!(
                "curl -i -H 'X-Road-Client: {}' http://127.0.0.1:{}/r1/{}/{}/districts",
                names::CONSUMER,
                centre.information_systems,
                names::PROVIDER,
                names::STATISTICS
            ),
            format!(
                "curl -i -H 'X-Road-Client: {}' -H 'X-Road-Consent-Subject: c-00001' -H 'X-Road-Consent-Purpose: {}' \
                 http://127.0.0.1:{}/r1/{}/{}/eligibility",
                names::CONSUMER,
                names::PURPOSE,
                centre.information_systems,
                names::PROVIDER,
                names::SERVICE
            ),
            format!("curl -s http://127.0.0.1:{}/ready", self.ports.municipality().admin),
            format!("curl -s http://127.0.0.1:{}/consent/status", centre.admin),
            format!("curl -s 'http://127.0.0.1:{registry}/internalconf?version=6'"),
            format!("curl -s http://127.0.0.1:{}/openapi.json", self.ports.residents()),
        ]
    }
}

/// One member's side of the town, for loops over both.
pub(crate) struct Side {
    /// Folder and name of the program.
    pub(crate) name: &'static str,
    pub(crate) member: &'static str,
    pub(crate) subsystem: &'static str,
    pub(crate) server: &'static str,
    pub(crate) address: &'static str,
    pub(crate) organization: &'static str,
    pub(crate) ports: ports::ServerPorts,
}

impl Town {
    pub(crate) fn sides(&self) -> [Side; 2] {
        [
            Side {
                name: "municipality",
                member: names::MUNICIPALITY,
                subsystem: names::PROVIDER,
                server: names::MUNICIPALITY_SERVER,
                address: names::MUNICIPALITY_ADDRESS,
                organization: "Sekimoto Town",
                ports: self.ports.municipality(),
            },
            Side {
                name: "support-centre",
                member: names::SUPPORT_CENTRE,
                subsystem: names::CONSUMER,
                server: names::SUPPORT_CENTRE_SERVER,
                address: names::SUPPORT_CENTRE_ADDRESS,
                organization: "Consumer Support Centre",
                ports: self.ports.support_centre(),
            },
        ]
    }

    pub(crate) fn program_at(
        &self,
        name: &'static str,
        binary: &str,
        arguments: Vec<String>,
        ready: (u16, &'static str),
    ) -> Program {
        Program { name, binary: self.binary(binary), arguments, ready }
    }
}
