//! Metadata services of REST (`listMethods`, `allowedMethods`): answered by this server itself.
//!
//! X-Road: every client may ask, the answer is signed and recorded like any other. Endpoints are the method and path
//! patterns of the access rights; the right to a whole service is not one.

use globalconf::GlobalConf;
use identifiers::{ClientId, ServiceId};
use serde::Serialize;

use super::declarations::{AccessRight, Service, ServiceKind, Subsystem};
use super::{Operation, is_given_to};

/// Which services are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Listing {
    All,
    Allowed,
}

#[derive(Serialize)]
struct Services<'a> {
    service: Vec<Entry<'a>>,
}

/// Field names and their order are X-Road's.
#[derive(Serialize)]
struct Entry<'a> {
    member_class: &'a str,
    member_code: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    subsystem_code: Option<&'a str>,
    service_code: &'a str,
    endpoint_list: Vec<Endpoint>,
    object_type: &'static str,
    service_type: &'static str,
    xroad_instance: &'a str,
}

#[derive(Serialize, PartialEq, Eq)]
struct Endpoint {
    method: String,
    path: String,
}

/// The answer as JSON, if `service` is a metadata service asked for in the way it must be.
pub(super) fn answer(
    provider: &Subsystem,
    conf: &GlobalConf,
    client: &ClientId,
    service: &ServiceId,
    operation: Operation<'_>,
) -> Option<Vec<u8>> {
    let listing = match (service.code(), operation) {
        ("listMethods", Operation::Rest { method: "GET", .. }) => Listing::All,
        ("allowedMethods", Operation::Rest { method: "GET", .. }) => Listing::Allowed,
        _ => return None,
    };
    let given = |right: &&AccessRight| is_given_to(&right.subject, client, provider, conf);
    let services = provider.services.iter().filter(|service| service.kind != ServiceKind::Wsdl);
    let entries = services.filter_map(|service| {
        let rights: Vec<_> = match listing {
            Listing::All => service.allow.iter().collect(),
            Listing::Allowed => service.allow.iter().filter(given).collect(),
        };
        if listing == Listing::Allowed && rights.is_empty() {
            return None;
        }
        // Who may use the whole service sees all of its endpoints.
        let whole = listing == Listing::Allowed && rights.iter().any(|right| is_whole_service(right));
        let shown = if whole { service.allow.iter().collect() } else { rights };
        Some(entry(service, &shown))
    });
    serde_json::to_vec(&Services { service: entries.collect() }).ok()
}

fn is_whole_service(right: &AccessRight) -> bool {
    right.method.is_none() && right.path.is_everything()
}

fn entry<'a>(service: &'a Service, rights: &[&AccessRight]) -> Entry<'a> {
    let mut endpoints = Vec::new();
    for right in rights.iter().filter(|right| !is_whole_service(right)) {
        let method = right.method.clone().unwrap_or_else(|| "*".to_owned());
        let endpoint = Endpoint { method, path: right.path.to_string() };
        if !endpoints.contains(&endpoint) {
            endpoints.push(endpoint);
        }
    }
    let member = service.id.client().member();
    Entry {
        member_class: member.class(),
        member_code: member.code(),
        subsystem_code: service.id.client().subsystem(),
        service_code: service.id.code(),
        endpoint_list: endpoints,
        object_type: "SERVICE",
        service_type: if service.kind == ServiceKind::OpenApi3 { "OPENAPI" } else { "REST" },
        xroad_instance: member.instance(),
    }
}
