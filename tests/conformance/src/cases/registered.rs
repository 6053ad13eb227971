//! What the network and the servers know: members, addresses, services, access rights, signing keys.

use super::B1;
use super::case::Case;
use super::words::soap;
use crate::input::{Edit, Input, Source};

/// All of them.
#[must_use]
pub fn cases() -> Vec<Case> {
    [members(), targeted(), services(), signing()].concat()
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

/// The extension by which a consumer chooses the provider's server.
fn targeted() -> Vec<Case> {
    let to = |name, server: &'static str| {
        let header = Input::from(Source::Query("getstate.query")).replace("<xroad:userId>", TARGET);
        soap(name).body(header.replace("SERVER_OWNER", server))
    };
    vec![
        to("target/server", "producer"),
        to("target/unknown-server", "nowhere").refused("server.clientproxy.invalid_security_server"),
        to("target/server-of-another", "resting").refused("server.clientproxy.invalid_security_server"),
    ]
}

const TARGET: &str = "<xroad:securityServer id:objectType=\"SERVER\"><id:xRoadInstance>EE</id:xRoadInstance>\
                      <id:memberClass>BUSINESS</id:memberClass><id:memberCode>SERVER_OWNER</id:memberCode>\
                      <id:serverCode>server</id:serverCode></xroad:securityServer><xroad:userId>";

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
        // a SOAP request to a REST service
        soap("services/other-type")
            .body(Input::from(Source::Query("getstate.query")).replace("getState", "rest"))
            .edit(Edit::ProviderSubsystem("sub"))
            .refused("server.serverproxy.service_type"),
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
