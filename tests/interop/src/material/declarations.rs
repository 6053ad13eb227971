//! A stock server's configuration as our declarations file.

use anyhow::Result;
use serde::Serialize;

use super::serverconf::{Client, Right, ServerConf, Service};

#[derive(Serialize)]
struct File<'c> {
    subsystem: Vec<Subsystem<'c>>,
}

#[derive(Serialize)]
struct Subsystem<'c> {
    id: &'c str,
    connection_type: &'c str,
    service: Vec<Offered<'c>>,
}

#[derive(Serialize)]
struct Offered<'c> {
    code: &'c str,
    version: Option<&'c str>,
    kind: &'c str,
    url: &'c str,
    description: Option<&'c str>,
    timeout_seconds: u64,
    verify_tls: bool,
    disabled: Option<&'static str>,
    allow: Vec<Allow<'c>>,
}

#[derive(Serialize)]
struct Allow<'c> {
    client: &'c str,
    method: &'c str,
    path: &'c str,
}

/// The text of `subsystems.toml`.
///
/// # Errors
/// Never in practice: the types are plain.
pub fn toml(conf: &ServerConf) -> Result<String> {
    let text = toml::to_string(&File { subsystem: conf.clients.iter().map(subsystem).collect() })?;
    Ok(format!("# From the captured configuration of {}.\n\n{text}", conf.server_id))
}

fn subsystem(client: &Client) -> Subsystem<'_> {
    Subsystem {
        id: &client.id,
        connection_type: &client.connection_type,
        service: client.services.iter().map(offered).collect(),
    }
}

fn offered(service: &Service) -> Offered<'_> {
    Offered {
        code: &service.code,
        version: service.version.as_deref(),
        kind: &service.kind,
        url: &service.url,
        description: service.description.as_deref(),
        timeout_seconds: service.timeout_seconds,
        verify_tls: service.verify_tls,
        disabled: service.disabled.then_some("switched off in the captured configuration"),
        allow: service.rights.iter().map(allow).collect(),
    }
}

fn allow(right: &Right) -> Allow<'_> {
    Allow { client: &right.client, method: &right.method, path: &right.path }
}
