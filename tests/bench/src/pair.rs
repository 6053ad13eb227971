//! The pair under load: the demo town, with a service that answers as much as it is asked for.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use demo_town::town::Town;
use demo_town::town::names::{CONSUMER, PROVIDER, SERVICE};
use demo_town::town::ports::Ports;
use sekisho_tests::keeper::Keeper;
use sekisho_tests::{binaries, overlay};
use tokio::net::TcpStream;
use tokio::process::{Child, Command};

use crate::cases::{Bodies, Keys};
use crate::hop::HopPorts;
use crate::message::{REST_SERVICE, SOAP_SERVICE};
use crate::person;
use crate::processes::Processes;

/// Ports that the town leaves free begin so many after its first.
const FREE: u16 = 5;

/// Ports of a town.
const PORTS: u16 = 32;

/// A running pair.
pub(crate) struct Pair {
    pub(crate) town: Town,
    pub(crate) ports: HopPorts,
    /// From the start of the pair's programs until all were ready.
    pub(crate) started_in: Duration,
    service: Child,
    /// Ends everything with this program, and removes the folder.
    _keeper: Keeper,
}

impl Pair {
    /// Makes keys and starts everything, in an empty folder.
    ///
    /// # Errors
    /// Something does not start; the error shows the end of its log.
    pub(crate) async fn start(folder: &Path, keys: Keys, bodies: Bodies) -> Result<Self> {
        Town::forget(folder)?;
        let base = free_ports()?;
        let mut town = Town::with_binaries(folder, Ports::from(base), &binaries::folder()?)?;
        let keeper = Keeper::start(&town.folder)?;
        town.key_type = keys.word();
        let ports = HopPorts { service: base + FREE, provider: base + FREE + 1, consumer: base + FREE + 2 };
        let service = service(ports.service, &keeper).await?;
        town.prepare().await?;
        configure(&town, ports.service, bodies)?;
        let began = Instant::now();
        town.start().await?;
        let started_in = began.elapsed();
        for program in town.programs() {
            if let Some(pid) = program.pid() {
                keeper.process(pid, Path::new(&format!("/proc/{pid}/exe")));
            }
        }
        person::agrees(&town).await?;
        Ok(Self { town, ports, started_in, service, _keeper: keeper })
    }

    /// Where the consumer's system sends.
    pub(crate) fn address(&self) -> String {
        format!("127.0.0.1:{}", self.town.ports.support_centre().information_systems)
    }

    /// The two security servers.
    pub(crate) fn processes(&self, processes: &mut Processes) {
        for program in self.town.programs() {
            let name = match program.name() {
                "support-centre" => "consumer",
                "municipality" => "provider",
                _ => continue,
            };
            if let Some(pid) = program.pid() {
                processes.add(name, pid);
            }
        }
    }

    /// The service, which the pair and the hop have in common.
    pub(crate) fn service(&self, processes: &mut Processes) {
        if let Some(pid) = self.service.id() {
            processes.add("service", pid);
        }
    }

    /// Bytes of the consumer's journal, without what is only on its way into it.
    pub(crate) fn journal_bytes(&self) -> u64 {
        let folder = self.town.folder.join("support-centre/state/message-log");
        let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
        let kept = entries.filter(|entry| {
            let name = entry.file_name();
            !name.to_string_lossy().ends_with("-wal") && !name.to_string_lossy().ends_with("-shm")
        });
        kept.filter_map(|entry| entry.metadata().ok()).map(|metadata| metadata.len()).sum()
    }

    /// Stops everything in order.
    ///
    /// # Errors
    /// Something had to be killed.
    pub(crate) async fn stop(mut self) -> Result<()> {
        self.town.stop().await?;
        self.service.kill().await?;
        Ok(())
    }
}

/// Starts the service and waits until it listens.
async fn service(port: u16, keeper: &Keeper) -> Result<Child> {
    let own = std::env::current_exe()?;
    let mut child = Command::new(&own)
        .args(["service", "--listen", &format!("127.0.0.1:{port}")])
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .context("cannot start the service")?;
    if let Some(pid) = child.id() {
        keeper.process(pid, &own);
    }
    while TcpStream::connect(("127.0.0.1", port)).await.is_err() {
        if let Some(status) = child.try_wait()? {
            bail!("the service ended at once: {status}");
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    Ok(child)
}

fn configure(town: &Town, service: u16, bodies: Bodies) -> Result<()> {
    let allow = format!("allow = [{{ client = \"{CONSUMER}\" }}]\n");
    let url = format!("http://127.0.0.1:{service}");
    let declared = format!(
        "[[subsystem]]\nid = \"{PROVIDER}\"\n\
         [[subsystem.service]]\ncode = \"{REST_SERVICE}\"\nkind = \"REST\"\nurl = \"{url}\"\n{allow}\
         [[subsystem.service]]\ncode = \"{SOAP_SERVICE}\"\nkind = \"WSDL\"\nurl = \"{url}/soap\"\n{allow}\
         [[subsystem.service]]\ncode = \"{SERVICE}\"\nurl = \"{url}\"\n{allow}"
    );
    overlay::lay(&town.folder.join("municipality/subsystems.toml"), &declared)?;
    let keep = bodies == Bodies::Full;
    // Bodies that wait for their signature go to the disk of the journal, not to a folder that may be memory.
    let server = format!("[message_log]\nkeep_bodies = {keep}\n[limits]\nspool_folder = \"state\"\n");
    for side in ["municipality", "support-centre"] {
        overlay::lay(&town.folder.join(side).join("security-server.toml"), &server)?;
    }
    Ok(())
}

/// The first place where all ports of a town are free.
fn free_ports() -> Result<u16> {
    let free = |port: u16| std::net::TcpListener::bind(("127.0.0.1", port)).is_ok();
    let places = (0..16_u16).map(|place| 23_000 + place * PORTS);
    let mut places = places.filter(|first| (*first..*first + PORTS).all(free));
    places.next().with_context(|| format!("no {PORTS} ports in a row are free from 23000 on"))
}

/// The folder of the pair of these keys below the folder of all runs; runs do not meet.
pub(crate) fn folder(below: &Path, keys: Keys) -> PathBuf {
    below.join(format!("{}-{}", keys.word(), std::process::id()))
}
