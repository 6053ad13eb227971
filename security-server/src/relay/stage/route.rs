//! From the service to the security servers that can take the request.

use globalconf::shared_params::SecurityServer;
use identifiers::ServerId;
use protocol::fault::{Origin, Word};

use crate::relay::Relay;
use crate::relay::stage::Refusal;
use crate::relay::state::{Candidate, Enveloped, Routed, ValidGlobalConf};

/// All servers at which the provider is registered, or the one that the consumer wants.
///
/// # Errors
/// `server.clientproxy.` and `unknown_member`, `invalid_security_server`, `maintenance_mode`, or `internal_error`
/// for an instance that nobody knows.
pub fn route(relay: &Relay, enveloped: Enveloped, conf: &ValidGlobalConf) -> Result<Routed, Refusal> {
    let provider = enveloped.message.exchange.service.client();
    if conf.shared_params(provider.instance()).is_none() {
        let text = format!("Unknown X-Road instance: {}", provider.instance());
        return Err(refuse(Word::InternalError, text));
    }
    let servers = conf.servers_of(provider);
    if servers.is_empty() {
        let service = &enveloped.message.exchange.service;
        let text = format!("Could not find addresses for service provider \"{service}\"");
        return Err(refuse(Word::UnknownMember, text));
    }
    let candidates = match &enveloped.message.wanted_server {
        Some(wanted) => vec![wanted_server(wanted, &servers, conf)?],
        None => all_in_service(&servers, &provider.to_string())?,
    };
    let mut candidates = candidates;
    relay.shuffle(&mut candidates);
    Ok(Routed { enveloped, candidates })
}

fn wanted_server(
    wanted: &ServerId,
    servers: &[&SecurityServer],
    conf: &ValidGlobalConf,
) -> Result<Candidate, Refusal> {
    if conf.server(wanted).is_none() {
        let text = format!("Could not find security server \"{wanted}\"");
        return Err(refuse(Word::InvalidSecurityServer, text));
    }
    let server = servers.iter().find(|server| server.id == *wanted);
    let server = server.ok_or_else(|| {
        refuse(Word::InvalidSecurityServer, format!("Invalid security server \"{wanted}\""))
    })?;
    if server.maintenance.is_some() {
        return Err(in_maintenance(server, true));
    }
    candidate(server)
        .ok_or_else(|| refuse(Word::InvalidSecurityServer, format!("\"{wanted}\" has no address")))
}

fn all_in_service(servers: &[&SecurityServer], provider: &str) -> Result<Vec<Candidate>, Refusal> {
    let in_service = servers.iter().filter(|server| server.maintenance.is_none());
    let candidates: Vec<_> = in_service.filter_map(|server| candidate(server)).collect();
    if !candidates.is_empty() {
        return Ok(candidates);
    }
    Err(match servers.iter().find(|server| server.maintenance.is_some()) {
        Some(server) => in_maintenance(server, false),
        None => {
            let text = format!("Could not find suitable address for service provider \"{provider}\"");
            refuse(Word::UnknownMember, text)
        }
    })
}

/// Servers without a usable address are passed over, as X-Road does.
fn candidate(server: &SecurityServer) -> Option<Candidate> {
    let address = server.address.as_deref().map(str::trim).filter(|address| is_host(address))?;
    Some(Candidate { server: server.id.clone(), address: address.to_owned() })
}

fn is_host(address: &str) -> bool {
    let host = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_' | b':' | b'[' | b']');
    !address.is_empty() && address.len() <= 253 && address.bytes().all(host)
}

/// X-Road's text; the server is named only to those who asked for it.
fn in_maintenance(server: &SecurityServer, named: bool) -> Refusal {
    let address = server.address.as_deref().unwrap_or_default();
    let id = if named { format!("\"{}\" ", server.id) } else { String::new() };
    let mut text = format!("Security server {id}with address \"{address}\" is in maintenance mode.");
    if let Some(message) = server.maintenance.as_ref().and_then(|maintenance| maintenance.message.as_deref())
    {
        let from = if named { server.id.to_string() } else { address.to_owned() };
        text.push_str(&format!(" Message from \"{from}\" administrator: {message}"));
    }
    refuse(Word::MaintenanceMode, text)
}

fn refuse(word: Word, text: String) -> Refusal {
    Refusal::new(Origin::ClientProxy, &[word], text)
}

#[cfg(test)]
mod tests {
    use globalconf::shared_params::Maintenance;

    use super::*;

    fn server(code: &str, address: Option<&str>, maintenance: Option<&str>) -> SecurityServer {
        SecurityServer {
            id: ServerId::from_path(&format!("I/GOV/1/{code}")).unwrap(),
            address: address.map(str::to_owned),
            auth_certs: Vec::new(),
            clients: Vec::new(),
            maintenance: maintenance.map(|text| Maintenance { message: Some(text.to_owned()) }),
        }
    }

    fn addresses(servers: &[SecurityServer]) -> Result<Vec<String>, (String, String)> {
        let servers: Vec<_> = servers.iter().collect();
        all_in_service(&servers, "SUBSYSTEM:I/GOV/1/s")
            .map(|found| found.into_iter().map(|candidate| candidate.address).collect())
            .map_err(|refusal| (refusal.code(), refusal.text().to_owned()))
    }

    #[test]
    fn servers_without_address_or_in_maintenance_are_passed_over() {
        let servers = [
            server("a", Some("a.example"), None),
            server("b", None, None),
            server("c", Some("http://c/"), None),
            server("d", Some("d.example"), Some("back soon")),
            server("e", Some(" 10.0.0.1 "), None),
        ];
        assert_eq!(addresses(&servers).unwrap(), ["a.example", "10.0.0.1"]);
        let (code, text) = addresses(&servers[3..4]).unwrap_err();
        assert_eq!(code, "server.clientproxy.maintenance_mode");
        assert_eq!(
            text,
            "Security server with address \"d.example\" is in maintenance mode. \
             Message from \"d.example\" administrator: back soon"
        );
        assert_eq!(addresses(&servers[1..3]).unwrap_err().0, "server.clientproxy.unknown_member");
    }

    #[test]
    fn a_server_that_was_asked_for_is_named() {
        let text = in_maintenance(&server("d", Some("d.example"), Some("x")), true).text().to_owned();
        assert_eq!(
            text,
            "Security server \"SERVER:I/GOV/1/d\" with address \"d.example\" is in maintenance mode. \
             Message from \"SERVER:I/GOV/1/d\" administrator: x"
        );
    }
}
