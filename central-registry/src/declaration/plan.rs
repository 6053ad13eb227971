//! What a change would do, line by line.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use globalconf::shared_params::{ApprovedCa, CaInfo};
use identifiers::ClientId;

use crate::registry::Registered;

/// The difference between what is registered and what would be: lines that start with `+`, `-` or `~`, in
/// the order of their subjects. Empty when nothing would change.
#[must_use]
pub fn difference(before: Option<&Registered>, after: &Registered) -> Vec<String> {
    let old = before.map(facts).unwrap_or_default();
    let new = facts(after);
    let subjects: std::collections::BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    let line = |subject: &String| match (old.get(subject), new.get(subject)) {
        (Some(old), Some(new)) if old == new => None,
        (Some(old), Some(new)) => Some(format!("~ {subject}: {old} -> {new}")),
        (None, Some(new)) if new.is_empty() => Some(format!("+ {subject}")),
        (None, Some(new)) => Some(format!("+ {subject}: {new}")),
        (Some(_), None) => Some(format!("- {subject}")),
        (None, None) => None,
    };
    subjects.into_iter().filter_map(line).collect()
}

/// Everything that is registered as a subject and what is said of it.
fn facts(registered: &Registered) -> BTreeMap<String, String> {
    let mut facts = BTreeMap::new();
    let mut state = |subject: String, text: String| {
        facts.insert(subject, text);
    };
    let membership = &registered.membership;
    let instance = &membership.instance;
    let name = &instance.identifier;
    state(format!("instance {name}"), format!("operated by {}", instance.operator.to_path()));
    state(format!("instance {name}, OCSP freshness"), format!("{} s", instance.ocsp_freshness_seconds));
    state(
        format!("instance {name}, timestamping interval"),
        format!("{} s", instance.timestamping_interval_seconds),
    );
    if let Some(address) = &instance.management_address {
        let certificate = instance.management_certificate.as_deref().map(short_hash).unwrap_or_default();
        state(
            format!("instance {name}, management service"),
            format!("{address} {certificate}").trim_end().to_owned(),
        );
    }
    for class in &membership.classes {
        state(format!("member class {}", class.code), class.description.clone());
    }
    for member in &membership.members {
        state(format!("member {}", member.id.to_path()), member.name.clone());
        for subsystem in &member.subsystems {
            let client = ClientId::new(member.id.clone(), Some(&subsystem.code));
            let path = client.map_or_else(|_| subsystem.code.clone(), |client| client.to_path());
            state(format!("subsystem {path}"), subsystem.name.clone().unwrap_or_default());
        }
    }
    for server in &membership.servers {
        let path = server.id.to_path();
        let mut text = server.address.clone().unwrap_or_default();
        if let Some(maintenance) = &server.maintenance {
            let message = maintenance.message.as_deref().unwrap_or_default();
            // Writing to a string does not fail.
            let _ = write!(text, " (maintenance {message:?})");
        }
        state(format!("server {path}"), text);
        for client in &server.clients {
            state(format!("server {path}, client {}", client.to_path()), String::new());
        }
        for certificate in &server.auth_certificates {
            let hash = hex::encode(&certificate.sha256()[..8]);
            state(
                format!("server {path}, authentication certificate {hash}"),
                certificate.subject().to_string(),
            );
        }
    }
    for group in &membership.groups {
        state(format!("global group {}", group.code), group.description.clone());
        for member in &group.members {
            state(format!("global group {}, member {}", group.code, member.to_path()), String::new());
        }
    }
    for service in &registered.services.certification {
        state(format!("certification service {}", service.name), service_facts(service));
    }
    for service in &registered.services.timestamping {
        let text = format!("{} {} {:?}", service.url, short_hash(&service.cert), service.cost_type);
        state(format!("timestamping service {}", service.name), text);
    }
    facts
}

fn service_facts(service: &ApprovedCa) -> String {
    let profile = service.certificate_profile_info.rsplit('.').next().unwrap_or_default();
    let mut text = profile.to_owned();
    if service.authentication_only == Some(true) {
        text.push_str(", authentication only");
    }
    for info in std::iter::once(&service.top_ca).chain(&service.intermediate_cas) {
        text.push_str(", ");
        text.push_str(&authority_facts(info));
    }
    if let Some(acme) = &service.acme_server {
        let _ = write!(text, ", ACME {} {:?}", acme.directory_url, acme);
    }
    if let Some(format) = service.default_csr_format {
        let _ = write!(text, ", {format:?}");
    }
    text
}

fn authority_facts(info: &CaInfo) -> String {
    let mut text = format!("CA {}", short_hash(&info.cert));
    for ocsp in &info.ocsp {
        let certificate = ocsp.cert.as_deref().map(short_hash).unwrap_or_default();
        let _ = write!(text, ", OCSP {} {certificate}", ocsp.url);
        if let Some(cost) = ocsp.cost_type {
            let _ = write!(text, " {cost:?}");
        }
    }
    text
}

/// The start of the SHA-256 of a certificate, enough for eyes.
fn short_hash(der: &[u8]) -> String {
    hex::encode(&pki::digest::sha256(der)[..8])
}
