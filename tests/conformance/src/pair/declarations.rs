//! What each server hosts: its clients with their information systems, services and rights.

use anyhow::Result;

use super::Pair;
use super::files::put;
use crate::descriptions::Backend;
use crate::network::{
    CONSUMERS, Client, PROVIDERS, REST_CLIENT, Rights, SERVICES, Service, UNSIGNED_PROVIDER,
};

/// Writes the declarations of both servers.
///
/// # Errors
/// When a file cannot be written.
pub fn write(pair: &Pair) -> Result<()> {
    let consumers: String = CONSUMERS.iter().map(client).collect();
    put(&pair.folder.join("consumer/subsystems.toml"), &consumers)?;
    let mut providers = String::new();
    for provider in PROVIDERS.iter().chain([&UNSIGNED_PROVIDER]) {
        providers.push_str(&client(provider));
        let own = SERVICES.iter().filter(|service| service.provider == provider.id);
        providers.extend(own.map(|own| service(pair, own)));
    }
    put(&pair.folder.join("provider/subsystems.toml"), &providers)
}

fn client(client: &Client) -> String {
    let certificates: Vec<String> =
        client.certificates.iter().map(|name| format!("../material/{name}.crt.pem")).collect();
    format!(
        "[[subsystem]]\nid = \"{}\"\nconnection_type = \"{}\"\ncertificates = {certificates:?}\n",
        client.id, client.connection
    )
}

fn service(pair: &Pair, service: &Service) -> String {
    let url = pair.backend().url(service.at);
    let mut text = format!(
        "[[subsystem.service]]\ncode = \"{}\"\nkind = \"{}\"\nurl = \"{url}\"\nverify_tls = {}\n",
        service.code, service.kind, service.verified
    );
    if let Some(version) = service.version {
        text.push_str(&format!("version = \"{version}\"\n"));
    }
    if let Some(path) = Backend::path(service) {
        text.push_str(&format!("description = \"http://{}{path}\"\n", pair.backend().http));
    }
    if let Some(notice) = service.disabled {
        text.push_str(&format!("disabled = \"{notice}\"\n"));
    }
    let mut allow = |client: &str, method: &str, path: &str| {
        text.push_str(&format!(
            "[[subsystem.service.allow]]\nclient = \"{client}\"\nmethod = \"{method}\"\npath = \"{path}\"\n"
        ));
    };
    match service.rights {
        Rights::Everyone => {
            for client in CONSUMERS.iter().filter(|client| !client.id.ends_with("/norights")) {
                allow(client.id, "*", "**");
            }
        }
        Rights::Endpoints(endpoints) => {
            for (method, path) in endpoints {
                allow(REST_CLIENT, method, path);
            }
        }
        Rights::Nobody => {}
    }
    text
}
