//! From what is registered to the two documents of the configuration. No I/O.

use std::collections::BTreeSet;

use globalconf::private_params::{ManagementService, PrivateParams};
use globalconf::shared_params::{
    AuthCertHash, ConfigurationSource, GlobalGroup, SecurityServer, SharedParams,
};
use identifiers::ClientId;

use super::Source;
use super::signing_keys::SigningKeys;
use crate::membership::{Membership, Server};
use crate::registry::Registered;

/// The global group of all owners of security servers, which X-Road's central server keeps by itself.
const OWNERS_GROUP: &str = "security-server-owners";

/// Shared parameters: what members and federated instances may know.
#[must_use]
pub fn shared_params(registered: &Registered, addresses: &[String], keys: &SigningKeys) -> SharedParams {
    let Registered { membership, services } = registered;
    let source = |address: &String| ConfigurationSource {
        address: address.clone(),
        internal_verification_certs: vec![keys.of(Source::Internal).certificate().der().to_vec()],
        external_verification_certs: vec![keys.of(Source::External).certificate().der().to_vec()],
    };
    let mut groups = membership.groups.clone();
    if !groups.iter().any(|group| group.code == OWNERS_GROUP) {
        groups.push(owners(membership));
    }
    SharedParams {
        instance: membership.instance.identifier.clone(),
        sources: addresses.iter().map(source).collect(),
        approved_cas: services.certification.clone(),
        approved_tsas: services.timestamping.clone(),
        members: membership.members.clone(),
        servers: membership.servers.iter().map(server).collect(),
        global_groups: groups,
        member_classes: membership.classes.clone(),
        ocsp_freshness_seconds: membership.instance.ocsp_freshness_seconds,
    }
}

/// Private parameters: what members only may know.
#[must_use]
pub fn private_params(membership: &Membership, addresses: &[String]) -> PrivateParams {
    let instance = &membership.instance;
    let address = instance.management_address.clone().unwrap_or_else(|| {
        let host = addresses.first().map_or("localhost", |address| host_of(address));
        format!("https://{host}:4001/managementservice/")
    });
    PrivateParams {
        instance: instance.identifier.clone(),
        federation_anchors: Vec::new(),
        management_service: ManagementService {
            auth_cert_reg_service_address: address,
            auth_cert_reg_service_cert: instance.management_certificate.clone(),
            service_provider: instance.operator.clone(),
        },
        timestamping_interval_seconds: instance.timestamping_interval_seconds,
    }
}

fn owners(membership: &Membership) -> GlobalGroup {
    let owners: BTreeSet<ClientId> =
        membership.servers.iter().map(|server| ClientId::from(server.id.member().clone())).collect();
    GlobalGroup {
        code: OWNERS_GROUP.to_owned(),
        description: "Security server owners".to_owned(),
        members: owners.into_iter().collect(),
    }
}

fn server(server: &Server) -> SecurityServer {
    let hash = |certificate: &pki::Certificate| AuthCertHash {
        sha1: Some(*certificate.sha1()),
        sha256: Some(*certificate.sha256()),
    };
    SecurityServer {
        id: server.id.clone(),
        address: server.address.clone(),
        auth_certs: server.auth_certificates.iter().map(hash).collect(),
        clients: server.clients.clone(),
        maintenance: server.maintenance.clone(),
    }
}

/// The address without its port.
fn host_of(address: &str) -> &str {
    match address.rsplit_once(':') {
        // A bare IPv6 address in brackets ends with one.
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        _ => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_port_of_downloads_is_not_that_of_registration() {
        for (address, host) in [("cs", "cs"), ("cs:8081", "cs"), ("[::1]:8081", "[::1]"), ("[::1]", "[::1]")]
        {
            assert_eq!(host_of(address), host);
        }
    }
}
