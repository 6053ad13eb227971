//! One running network: the demo town with what a test wants to be different.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use demo_town::town::Town;
use demo_town::town::names::{CONSUMER, PROVIDER};
use demo_town::town::ports::Ports;
use service_kit::http::Request;
use service_kit::http_client::{ClientSettings, Destination, HttpClient};

use crate::answer::Answer;
use crate::binaries;
use crate::keeper::Keeper;
use crate::overlay;
use crate::service::Service;

/// The provider's security server.
pub const MUNICIPALITY: &str = "municipality";

/// The consumer's.
pub const CENTRE: &str = "support-centre";

/// Ports that a town needs.
const PORTS: u16 = 32;

/// Where a town looks for free ports: so many places after the first.
const PLACES: u16 = 8;

/// What a test wants to be different: the file below the town's folder, and what is laid over it.
pub type Overlay = (&'static str, String);

/// A running network.
pub struct World {
    /// The town.
    pub town: Town,
    /// The provider's service that does what it is told.
    pub service: Service,
    /// The town's folder.
    pub folder: PathBuf,
    client: HttpClient,
    keeper: Keeper,
}

impl World {
    /// Prepares and starts a town. Its folder is a fresh one for `name`; its ports are the first free ones from
    /// `base`, which differs from file to file.
    ///
    /// # Errors
    /// Something does not start; the error shows the end of its log.
    pub async fn start(
        name: &str,
        base: u16,
        overlays: impl FnOnce(Ports, &Service) -> Vec<Overlay>,
    ) -> Result<Self> {
        let binaries = binaries::folder()?;
        let folder = std::env::temp_dir().join(format!("sekisho-{name}-{}", std::process::id()));
        let mut town = Town::with_binaries(&folder, free_ports(base)?, &binaries)?;
        let folder = town.folder.clone();
        let keeper = Keeper::start(&folder)?;
        let service = Service::start().await?;
        town.prepare().await?;
        for (file, text) in overlays(town.ports, &service) {
            overlay::lay(&folder.join(file), &text)?;
        }
        let client = HttpClient::new(ClientSettings {
            keep_idle: std::time::Duration::ZERO,
            response_timeout: Some(std::time::Duration::from_secs(120)),
            ..ClientSettings::default()
        });
        let mut world = Self { town, service, folder, client, keeper };
        world.apply_membership().await?;
        world.town.start().await?;
        world.tell_keeper();
        Ok(world)
    }

    /// Gives the registry the membership as it stands in its file.
    ///
    /// # Errors
    /// The registry does not take it.
    pub async fn apply_membership(&self) -> Result<()> {
        let apply = ["apply", "--config", "central-registry.toml", "membership.toml"];
        self.town.command("central-registry", &apply).await.map(drop)
    }

    /// Lays `text` over the membership and applies it; gives the membership as it was.
    ///
    /// # Errors
    /// The registry does not take it.
    pub async fn change_membership(&self, text: &str) -> Result<String> {
        let file = self.folder.join("membership.toml");
        let before = std::fs::read_to_string(&file)?;
        overlay::lay(&file, text)?;
        self.apply_membership().await?;
        Ok(before)
    }

    /// Applies this membership.
    ///
    /// # Errors
    /// The registry does not take it.
    pub async fn set_membership(&self, text: &str) -> Result<()> {
        std::fs::write(self.folder.join("membership.toml"), text)?;
        self.apply_membership().await
    }

    /// Folder of a security server.
    #[must_use]
    pub fn server(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// A request of the consumer's information system to a service of the provider and what is below it.
    #[must_use]
    pub fn request(method: &str, below: &str) -> Request {
        Request::new(method, format!("/r1/{PROVIDER}/{below}")).header("X-Road-Client", CONSUMER)
    }

    /// Sends a request to the consumer's security server.
    ///
    /// # Errors
    /// There is no whole answer.
    pub async fn try_ask(&self, request: Request) -> Result<Answer> {
        self.send(self.town.ports.support_centre().information_systems, request).await
    }

    /// As [`World::try_ask`].
    ///
    /// # Panics
    /// There is no whole answer.
    #[expect(clippy::expect_used, reason = "tests only")]
    pub async fn ask(&self, request: Request) -> Answer {
        self.try_ask(request).await.expect("an answer of the consumer's security server")
    }

    /// Sends a request to a port on loopback.
    ///
    /// # Errors
    /// There is no whole answer.
    pub async fn send(&self, port: u16, request: Request) -> Result<Answer> {
        let target = request.target.clone();
        let response = self.client.send(&Destination::plain("127.0.0.1", port), request).await;
        Answer::read(response.with_context(|| format!("port {port} {target}"))?).await
    }

    /// Switches what the trust services answer on purpose, `ocsp/revoked` for instance.
    ///
    /// # Errors
    /// They do not know the mode.
    pub async fn trust_services(&self, mode: &str) -> Result<()> {
        let request = Request::new("POST", format!("/mode/{mode}"));
        let answer = self.send(self.town.ports.trust_services(), request).await?;
        if answer.status != 200 {
            bail!("trust-services: {} {}", answer.status, answer.text());
        }
        Ok(())
    }

    /// Kills a program as a power cut would.
    ///
    /// # Errors
    /// No such program runs.
    pub async fn kill(&mut self, program: &str) -> Result<()> {
        self.town.program(program)?.kill().await
    }

    /// Starts a killed program again and waits until it is ready.
    ///
    /// # Errors
    /// It does not get ready.
    pub async fn restart(&mut self, program: &str) -> Result<()> {
        let restarted = self.town.program(program)?.restart().await;
        self.tell_keeper();
        restarted
    }

    /// The keeper ends these processes with the test program.
    fn tell_keeper(&self) {
        for program in self.town.programs() {
            if let Some(pid) = program.pid() {
                self.keeper.process(pid, Path::new(&format!("/proc/{pid}/exe")));
            }
        }
    }

    /// The folder with the logs stays after the test program.
    pub fn keep_folder(&self) {
        self.keeper.keep_folder();
    }
}

/// The first place from `base` on where all ports of a town are free.
fn free_ports(base: u16) -> Result<Ports> {
    let free = |port: u16| std::net::TcpListener::bind(("127.0.0.1", port)).is_ok();
    let places = (0..PLACES).map(|place| base + place * PORTS);
    let found = places.into_iter().find(|first| (*first..*first + PORTS).all(free));
    found.map(Ports::from).with_context(|| format!("no {PORTS} ports in a row are free from {base} on"))
}
