//! The pair under load: the demo town in one of the settings, with a service that answers as much as it is asked for.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use demo_town::town::Town;
use demo_town::town::names::{CONSUMER, PROVIDER, SERVICE};
use demo_town::town::ports::Ports;
use sekisho_tests::keeper::Keeper;
use sekisho_tests::{binaries, overlay};
use tokio::net::TcpStream;
use tokio::process::{Child, Command};

use crate::cases::{Bodies, Journal, Link, Setting};
use crate::database::Database;
use crate::hop::HopPorts;
use crate::message::{REST_SERVICE, SOAP_SERVICE};
use crate::processes::Processes;
use crate::{person, talk_down};

/// Ports that the town leaves free begin so many after its first.
const FREE: u16 = 5;

/// Ports of a town.
const PORTS: u16 = 32;

/// The folder and program of the consumer's server in the town ...
pub(crate) const CONSUMER_SIDE: &str = "support-centre";

/// ... and of the provider's.
pub(crate) const PROVIDER_SIDE: &str = "municipality";

/// Longest body that a journal with whole bodies keeps; longer than that of any case.
const KEPT_BYTES: u64 = 200_000_000;

/// A running pair.
pub(crate) struct Pair {
    pub(crate) town: Town,
    pub(crate) ports: HopPorts,
    setting: Setting,
    began: Instant,
    service: Child,
    database: Option<Database>,
    /// Ends everything with this program, and removes the folder.
    keeper: Keeper,
}

impl Pair {
    /// Makes keys and starts everything, in an empty folder. `None` where the setting needs what is not installed.
    ///
    /// # Errors
    /// Something does not start; the error shows the end of its log.
    pub(crate) async fn start(folder: &Path, setting: Setting) -> Result<Option<Self>> {
        Town::forget(folder)?;
        let base = free_ports()?;
        let mut town = Town::with_binaries(folder, Ports::from(base), &binaries::folder()?)?;
        let keeper = Keeper::start(&town.folder)?;
        town.key_type = setting.keys.word();
        let ports = HopPorts { service: base + FREE, provider: base + FREE + 1, consumer: base + FREE + 2 };
        let database = match setting.journal {
            Journal::Sqlite => None,
            Journal::Postgresql => match Database::start(&town.folder).await? {
                Some(database) => Some(database),
                None => return Ok(None),
            },
        };
        let service = service(ports.service, &keeper).await?;
        town.prepare().await?;
        configure(&town, ports.service, setting, database.as_ref())?;
        if setting.link.is_cbc() {
            talk_down::start(&mut town, base + FREE + 3).await?;
        } else {
            town.start().await?;
        }
        let pair = Self { town, ports, setting, began: Instant::now(), service, database, keeper };
        pair.tell_keeper();
        person::agrees(&pair.town).await?;
        Ok(Some(pair))
    }

    /// Those that run now end with this program, whatever happens to it.
    pub(crate) fn tell_keeper(&self) {
        self.town.programs().filter_map(|program| program.pid()).for_each(|pid| self.keep(pid));
    }

    /// This process ends with this program.
    pub(crate) fn keep(&self, pid: u32) {
        self.keeper.process(pid, Path::new(&format!("/proc/{pid}/exe")));
    }

    /// Whether the two still speak what the setting says.
    ///
    /// # Errors
    /// Not any more.
    pub(crate) fn check_link(&self) -> Result<()> {
        let limit = talk_down::REMEMBERED;
        ensure!(
            !self.setting.link.is_cbc() || self.began.elapsed() < limit,
            "after {limit:?} a server tries TLS 1.3 again: measure these cases in fewer or shorter rounds"
        );
        Ok(())
    }

    /// Where the consumer's system sends.
    pub(crate) fn address(&self) -> String {
        format!("127.0.0.1:{}", self.town.ports.support_centre().information_systems)
    }

    /// The two security servers.
    pub(crate) fn processes(&self, processes: &mut Processes) {
        for program in self.town.programs() {
            let name = match program.name() {
                CONSUMER_SIDE => "consumer",
                PROVIDER_SIDE => "provider",
                _ => continue,
            };
            if let Some(pid) = program.pid() {
                processes.add(name, pid);
            }
        }
        if let Some(pid) = self.database.as_ref().and_then(Database::pid) {
            processes.add_family("database", pid);
        }
    }

    /// The service, which the pair and the hop have in common.
    pub(crate) fn service(&self, processes: &mut Processes) {
        if let Some(pid) = self.service.id() {
            processes.add("service", pid);
        }
    }

    /// Bytes of the consumer's journal, without what is only on its way into it.
    ///
    /// # Errors
    /// The database does not answer.
    pub(crate) async fn journal_bytes(&self) -> Result<u64> {
        if let Some(database) = &self.database {
            return database.bytes().await;
        }
        let folder = self.town.folder.join(CONSUMER_SIDE).join("state/message-log");
        let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
        let kept = entries.filter(|entry| {
            let name = entry.file_name();
            !name.to_string_lossy().ends_with("-wal") && !name.to_string_lossy().ends_with("-shm")
        });
        Ok(kept.filter_map(|entry| entry.metadata().ok()).map(|metadata| metadata.len()).sum())
    }

    /// Stops everything in order.
    ///
    /// # Errors
    /// Something had to be killed.
    pub(crate) async fn stop(mut self) -> Result<()> {
        self.town.stop().await?;
        self.service.kill().await?;
        match self.database {
            Some(database) => database.stop().await,
            None => Ok(()),
        }
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

fn configure(town: &Town, service: u16, setting: Setting, database: Option<&Database>) -> Result<()> {
    let allow = format!("allow = [{{ client = \"{CONSUMER}\" }}]\n");
    let url = format!("http://127.0.0.1:{service}");
    let declared = format!(
        "[[subsystem]]\nid = \"{PROVIDER}\"\n\
         [[subsystem.service]]\ncode = \"{REST_SERVICE}\"\nkind = \"REST\"\nurl = \"{url}\"\n{allow}\
         [[subsystem.service]]\ncode = \"{SOAP_SERVICE}\"\nkind = \"WSDL\"\nurl = \"{url}/soap\"\n{allow}\
         [[subsystem.service]]\ncode = \"{SERVICE}\"\nurl = \"{url}\"\n{allow}"
    );
    overlay::lay(&town.folder.join(PROVIDER_SIDE).join("subsystems.toml"), &declared)?;
    let keep = setting.bodies == Bodies::Full;
    let keep_alive = match setting.link {
        Link::Modern | Link::CbcClosing => "modern",
        Link::ModernClosing => "never",
        Link::CbcKept => "always",
    };
    for side in [PROVIDER_SIDE, CONSUMER_SIDE] {
        let journal = database.map(|database| database.lines(side)).unwrap_or_default();
        // Bodies that wait for their signature go to the disk of the journal, not to a folder that may be memory.
        let server = format!(
            "[peers]\nkeep_alive = \"{keep_alive}\"\n[limits]\nspool_folder = \"state\"\n\
             [message_log]\nkeep_bodies = {keep}\nmax_body_bytes = {KEPT_BYTES}\n{journal}"
        );
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

/// The folder of a pair below the folder of all runs; runs do not meet.
pub(crate) fn folder(below: &Path) -> PathBuf {
    below.join(format!("pair-{}", std::process::id()))
}
