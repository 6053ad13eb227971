//! Our server: its configuration, start and readiness.

use std::fs;
use std::net::SocketAddr;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result};
use serde::Serialize;
use toml::{Table, Value};

use crate::http::{self, Request};
use crate::material::Material;
use crate::place::{ADMIN_PORT, PEER_PORT, Role, SYSTEM_PORT, address};
use crate::process::Running;

/// How long our server may take until it can serve messages.
const PATIENCE: Duration = Duration::from_secs(60);
/// Pause between timestamps of the journal, so that the evidence is complete soon after the cases. Seconds.
const STAMPING_SECONDS: i64 = 2;

/// What the configuration is made of.
#[derive(Debug)]
pub struct Plan<'p> {
    /// Our place.
    pub role: Role,
    /// Identity, keys, declarations.
    pub material: &'p Material,
    /// The global configuration folder.
    pub global_conf: &'p Path,
    /// Where the partner's port for security servers is, if not where the captures say.
    pub partner: Option<&'p str>,
    /// The folder of the run.
    pub run: &'p Path,
}

/// Writes `security-server.toml` and gives its path.
///
/// # Errors
/// The file cannot be written.
pub fn configure(plan: &Plan<'_>) -> Result<PathBuf> {
    let path = plan.run.join("security-server.toml");
    fs::write(&path, toml::to_string(&configuration(plan)?)?).with_context(|| path.display().to_string())?;
    Ok(path)
}

fn configuration(plan: &Plan<'_>) -> Result<Table> {
    let at = |port: u16| format!("{}:{port}", plan.role.host());
    let Material { server_id, token, pin, declarations } = plan.material;
    let mut peers = table(&[("listen", at(PEER_PORT)), ("ocsp_listen", at(5577))])?;
    if let Some(partner) = plan.partner.filter(|_| plan.role == Role::Ss1) {
        let (host, port) = address(partner, PEER_PORT);
        let place =
            Table::from_iter([("host".to_owned(), host.into()), ("port".to_owned(), i64::from(port).into())]);
        let places = Table::from_iter([(plan.role.other().host().to_owned(), Value::Table(place))]);
        peers.insert("address".to_owned(), Value::Table(places));
    }
    let run = |path: &Path| path.display().to_string();
    let server = [
        ("id", server_id.clone()),
        ("state_folder", run(&plan.run.join("state"))),
        ("declarations", run(declarations)),
    ];
    let mut keys = table(&[("token", run(token))])?;
    keys.insert("pin".to_owned(), Value::Table(table(&[("file", run(pin))])?));
    let stamping = table(&[("interval_seconds", STAMPING_SECONDS), ("retry_seconds", STAMPING_SECONDS)])?;
    let sections = [
        ("server", table(&server)?),
        ("keys", keys),
        ("global_configuration", table(&[("folder", run(plan.global_conf))])?),
        ("information_systems", table(&[("http", at(SYSTEM_PORT)), ("https", at(8443))])?),
        ("peers", peers),
        ("ocsp", table(&[("retry_seconds", 2)])?),
        ("message_log", Table::from_iter([("timestamp".to_owned(), Value::Table(stamping))])),
        ("admin", table(&[("listen", at(ADMIN_PORT))])?),
    ];
    Ok(sections.into_iter().map(|(name, section)| (name.to_owned(), Value::Table(section))).collect())
}

fn table<V: Serialize>(entries: &[(&str, V)]) -> Result<Table> {
    let entry = |(name, value): &(&str, V)| Ok(((*name).to_owned(), Value::try_from(value)?));
    entries.iter().map(entry).collect()
}

/// Starts our server and waits until it can serve messages.
///
/// # Errors
/// It does not get ready; with the end of its log.
pub fn start(binary: &Path, configuration: &Path, role: Role, log: &Path) -> Result<Running> {
    let mut running = Running::start("our security server", &command(binary, configuration), log)?;
    let probe = Request::get("/ready");
    let mut last = String::new();
    let waited = running.wait(PATIENCE, |_| match http::send(role.host(), ADMIN_PORT, &probe) {
        Ok(answer) => {
            last = String::from_utf8_lossy(&answer.body).into_owned();
            answer.status == 200
        }
        Err(_) => false,
    });
    waited.with_context(|| format!("readiness: {last}"))?;
    Ok(running)
}

/// Becomes our server: from here on there is nothing but it, so that signals reach it directly.
///
/// # Errors
/// It cannot be started. Never returns otherwise.
pub fn hold(binary: &Path, configuration: &Path) -> Result<()> {
    let error = command(binary, configuration).exec();
    Err(error).with_context(|| binary.display().to_string())
}

fn command(binary: &Path, configuration: &Path) -> Command {
    let mut command = Command::new(binary);
    command.arg("serve").arg("--config").arg(configuration);
    command
}

/// Our administration port.
#[must_use]
pub fn admin(role: Role) -> SocketAddr {
    SocketAddr::from((role.host().parse().unwrap_or(std::net::Ipv4Addr::LOCALHOST), ADMIN_PORT))
}
