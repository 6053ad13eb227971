//! What stands at the other server's address, and the services around the pair; what is missing is played by the
//! foreign peer.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};

use crate::cases::Case;
use crate::exchange::{self, Places, Systems};
use crate::http::{self, Request};
use crate::place::{PEER_PORT, Role, SERVICES_HOST, SERVICES_PORTS, SYSTEM_PORT, address};
use crate::process::{Running, listens};
use crate::surroundings::{Surroundings, succeed};

/// How long a played program may take to start.
const START_PATIENCE: Duration = Duration::from_secs(30);

/// Who is on the other side.
#[derive(Debug)]
pub enum Partner {
    /// Somebody else's security server.
    Real,
    /// The foreign peer, which we start.
    Foreign,
}

impl Partner {
    /// Looks at the other server's address: of the port that we will use.
    #[must_use]
    pub fn find(ours: Role, given: Option<&str>) -> Self {
        let port = port(ours);
        let (host, port) = address(given.unwrap_or(ours.other().host()), port);
        if given.is_some() || listens(&host, port) { Self::Real } else { Self::Foreign }
    }

    /// Whether it can be told to misbehave.
    #[must_use]
    pub fn plays(&self) -> bool {
        matches!(self, Self::Foreign)
    }
}

/// The port of the partner that is used from outside: of the consumer that for information systems.
fn port(ours: Role) -> u16 {
    match ours {
        Role::Ss1 => PEER_PORT,
        Role::Ss2 => SYSTEM_PORT,
    }
}

/// Where the cases are sent: our own port as SS1, the partner's as SS2.
#[must_use]
pub fn systems(ours: Role, given: Option<&str>) -> Systems {
    match ours {
        Role::Ss1 => (ours.host().to_owned(), SYSTEM_PORT),
        Role::Ss2 => address(given.unwrap_or(Role::Ss1.host()), SYSTEM_PORT),
    }
}

/// Whether the backend describes its SOAP services where the captured configuration says: who runs a backend of his own
/// need not.
#[must_use]
pub fn is_described() -> bool {
    let answer = http::send(SERVICES_HOST, SERVICES_PORTS[2], &Request::get("/wsdl"));
    answer.is_ok_and(|answer| answer.status == 200 && answer.text().contains("definitions"))
}

/// Plays of one captured pair.
#[derive(Debug)]
pub struct Stage<'s> {
    /// Where things are.
    pub surroundings: &'s Surroundings,
    /// The captured pair.
    pub captured: &'s Path,
    /// The folder of the run.
    pub run: &'s Path,
}

impl Stage<'_> {
    /// OCSP responder, TSA and backend, unless they run already.
    ///
    /// # Errors
    /// They cannot be started, or only some of them run.
    pub fn services(&self) -> Result<Option<Running>> {
        let running = SERVICES_PORTS.map(|port| listens(SERVICES_HOST, port));
        if running == [true; 3] {
            return Ok(None);
        }
        if running != [false; 3] {
            bail!("of the ports {SERVICES_PORTS:?} on {SERVICES_HOST} only some are in use: {running:?}");
        }
        let mut started = self.play("services", self.captured)?;
        started.wait(START_PATIENCE, |_| SERVICES_PORTS.iter().all(|port| listens(SERVICES_HOST, *port)))?;
        Ok(Some(started))
    }

    /// Writes the global configuration with the additional certificates of the peer; gives its folder.
    ///
    /// # Errors
    /// The peer's own script fails.
    pub fn describe(&self) -> Result<PathBuf> {
        let script = self.surroundings.shared.join("peer/captured/describe.py");
        succeed(Command::new(self.surroundings.python()?).arg(script).arg(self.captured).arg(self.run))?;
        Ok(self.run.join("globalconf"))
    }

    /// The peer in the place of `role`.
    ///
    /// # Errors
    /// It cannot be started.
    pub fn peer(&self, role: Role) -> Result<Running> {
        let world = self.run.join(format!("as-{}.json", role.name()));
        let mut started = self.play(role.name(), &world)?;
        // That somebody listens there would not say who.
        started.wait(START_PATIENCE, |peer| peer.has_printed("playing"))?;
        Ok(started)
    }

    fn play(&self, role: &'static str, argument: &Path) -> Result<Running> {
        let mut command = Command::new(self.surroundings.python()?);
        command.arg("-B").arg(self.surroundings.play_script());
        command.arg("--shared").arg(&self.surroundings.shared).arg(role).arg(argument);
        Running::start(role, &command, &self.run.join(format!("{role}.log")))
    }
}

/// Waits until an exchange with a partner that somebody else started comes through; says what it waits for.
pub fn wait_for(probe: &Case, places: &Places<'_>, patience: Duration) {
    let start = Instant::now();
    let mut said = String::new();
    loop {
        let carried = exchange::carry_out(probe, places, "interop-probe");
        let state = match carried.exchanges.first() {
            Some(Ok(exchange)) if exchange.response.status == probe.status => return,
            Some(Ok(exchange)) => {
                let code = exchange.response.header("X-Road-Error").unwrap_or_default();
                format!("status {} {code}", exchange.response.status)
            }
            Some(Err(error)) => format!("{error:#}"),
            None => return,
        };
        if start.elapsed() > patience {
            println!(
                "no exchange came through within {} s ({state}); the cases are tried all the same",
                patience.as_secs()
            );
            return;
        }
        if state != said {
            let (host, port) = places.consumer;
            println!("waiting up to {} s for an exchange through {host}:{port}: {state}", patience.as_secs());
            said = state;
        }
        std::thread::sleep(Duration::from_secs(1));
    }
}
