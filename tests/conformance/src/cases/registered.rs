//! What the network and the servers know: members, addresses, services, access rights, signing keys.

use super::B1;
use super::case::{Case, soap};
use crate::input::Edit;

/// All of them.
#[must_use]
pub fn cases() -> Vec<Case> {
    [members(), services(), signing()].concat()
}

fn members() -> Vec<Case> {
    let attachment = |name| soap(name).query("attachm.query").typed(B1);
    vec![
        soap("MissingOrg").query("missing-org.query").refused("server.clientproxy.unknown_member"),
        // a member of the global configuration without a server
        attachment("InvalidProviderAddress3")
            .edit(Edit::Provider("nowhere"))
            .refused("server.clientproxy.unknown_member"),
        soap("members/unknown-provider")
            .edit(Edit::Provider("no-such-member"))
            .refused("server.clientproxy.unknown_member"),
        soap("ServerProxyMaintenanceMode")
            .edit(Edit::Provider("resting"))
            .refused("server.clientproxy.maintenance_mode"),
    ]
}

fn services() -> Vec<Case> {
    vec![
        soap("NotAllowed")
            .query("notAllowed.query")
            .edit(Edit::Client("norights"))
            .refused("server.serverproxy.access_denied"),
        soap("UnknownService").edit(Edit::Version("unknown")).refused("server.serverproxy.unknown_service"),
        soap("ServiceDisabled")
            .edit(Edit::Version("disabled"))
            .refused("server.serverproxy.service_disabled"),
        // a disabled service is told only to those who may call it
        soap("services/disabled-and-not-allowed")
            .edit(Edit::Version("disabled"))
            .edit(Edit::Client("norights"))
            .refused("server.serverproxy.access_denied"),
        soap("InvalidServiceAddress")
            .edit(Edit::Version("unresolvable"))
            .refused("server.serverproxy.service_failed.unknown_host"),
        soap("InvalidServiceAddress2")
            .query("attachm.query")
            .typed(B1)
            .edit(Edit::Version("unresolvable"))
            .refused("server.serverproxy.service_failed.unknown_host"),
        soap("services/nobody-listens")
            .edit(Edit::Version("unreachable"))
            .refused("server.serverproxy.service_failed.network_error"),
    ]
}

fn signing() -> Vec<Case> {
    vec![
        soap("SigningFailsInClientProxy")
            .edit(Edit::ClientMember("signing-error-request"))
            .refused("server.clientproxy.cannot_create_signature"),
        soap("SigningFailsInServerProxy")
            .edit(Edit::Provider("signing-error-response"))
            .refused("server.serverproxy.cannot_create_signature")
            .calling_or_not(),
    ]
}
