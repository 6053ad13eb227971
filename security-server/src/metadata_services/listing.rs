//! `listMethods` and `allowedMethods`: the services of a provider. Each protocol lists its own.
//!
//! Endpoints of a REST service are those of its description and of its access rights; the right to the whole service
//! is not one.

use globalconf::GlobalConf;
use identifiers::{ClientId, ServiceId};
use protocol::metadata::{Endpoint, RestServiceEntry, RestServiceType};

use crate::access_rights::path_pattern::MatchablePath;
use crate::access_rights::{
    AccessRight, Description, Service, ServiceKind, Subsystem, is_given_to, rights_to,
};

/// Which services are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Listing {
    /// All, those that are switched off too.
    All,
    /// Those that the client may call.
    Allowed,
}

/// The SOAP services.
#[must_use]
pub fn soap_services(
    provider: &Subsystem,
    conf: &GlobalConf,
    client: &ClientId,
    listing: Listing,
) -> Vec<ServiceId> {
    let may_call = |service: &Service| {
        rights_to(provider, &service.id)
            .any(|right| is_whole_service(right) && is_given_to(&right.subject, client, provider, conf))
    };
    let services = provider.services.iter().filter(|service| service.kind == ServiceKind::Wsdl);
    let listed = services.filter(|service| listing == Listing::All || may_call(service));
    listed.map(|service| service.id.clone()).collect()
}

/// The REST services with their endpoints.
#[must_use]
pub fn rest_services(
    provider: &Subsystem,
    conf: &GlobalConf,
    client: &ClientId,
    listing: Listing,
) -> Vec<RestServiceEntry> {
    let services = provider.services.iter().filter(|service| service.kind != ServiceKind::Wsdl);
    let entries = services.filter_map(|service| {
        let given: Vec<_> = rights_to(provider, &service.id)
            .filter(|right| is_given_to(&right.subject, client, provider, conf))
            .collect();
        let endpoints = all_endpoints(provider, service);
        let endpoints = match listing {
            Listing::All => endpoints,
            Listing::Allowed if given.is_empty() => return None,
            Listing::Allowed => endpoints.into_iter().filter(|endpoint| allows(&given, endpoint)).collect(),
        };
        let service_type = match service.kind {
            ServiceKind::OpenApi3 => RestServiceType::OpenApi,
            ServiceKind::Rest | ServiceKind::Wsdl => RestServiceType::Rest,
        };
        Some(RestServiceEntry { id: service.id.clone(), service_type, endpoints })
    });
    entries.collect()
}

fn all_endpoints(provider: &Subsystem, service: &Service) -> Vec<Endpoint> {
    let mut endpoints: Vec<Endpoint> = Vec::new();
    if let Some(Description::File { endpoints: described, .. }) = &service.description {
        endpoints.extend(
            described.iter().map(|found| Endpoint { method: found.method.clone(), path: found.path.clone() }),
        );
    }
    for right in rights_to(provider, &service.id).filter(|right| !is_whole_service(right)) {
        let method = right.method.as_deref().unwrap_or("*").to_owned();
        let endpoint = Endpoint { method, path: right.path.to_string() };
        if !endpoints.contains(&endpoint) {
            endpoints.push(endpoint);
        }
    }
    endpoints
}

/// Whether one of the rights covers the whole of an endpoint: they say the same, or the right says more.
fn allows(given: &[&AccessRight], endpoint: &Endpoint) -> bool {
    given.iter().any(|right| {
        let method =
            right.method.as_deref().is_none_or(|method| method.eq_ignore_ascii_case(&endpoint.method));
        let path = right.path.is_everything()
            || right.path.to_string() == endpoint.path
            || MatchablePath::new(&endpoint.path).is_some_and(|path| right.path.matches(&path));
        method && path
    })
}

fn is_whole_service(right: &AccessRight) -> bool {
    right.method.is_none() && right.path.is_everything()
}

#[cfg(test)]
mod tests;
