//! What our server answers by itself on its port for information systems, in the form of a stock server.

use serde_json::{Value, json};

use super::table::{BEFORE, Case, Given, Wanted};
use super::words::{case, case_at};
use crate::place::Role;

/// What `/asic` says of a message that no timestamp covers yet.
const NOT_YET: &str = "has not been timestamped yet";

/// All of them.
#[must_use]
pub fn cases() -> Vec<Case> {
    [clients(), evidence()].concat()
}

fn own(name: &'static str, target: &str) -> Case {
    case_at(name, "GET", target).at_ours()
}

fn clients() -> Vec<Case> {
    let everybody = Wanted::Identifiers(
        "id",
        &[
            "INST/GOV/1111",
            "INST/GOV/1111/NORIGHTS",
            "INST/GOV/1111/SUB1",
            "INST/GOV/2222",
            "INST/GOV/2222/NORIGHTS",
            "INST/GOV/2222/SUB2",
        ],
    );
    let xml = "text/xml";
    vec![
        own("own/list-clients", "/listClients").wants(everybody.clone()).with("Content-Type", xml),
        own("own/list-clients-of-instance", "/listClients?xRoadInstance=INST").wants(everybody),
        own("own/list-clients-as-json", "/listClients")
            .header("Accept", "text/html;q=0.5, application/json")
            .wants(Wanted::Json(clients_as_json()))
            .with("Content-Type", "application/json"),
        own("own/list-clients-elsewhere", "/listClients?xRoadInstance=NOWHERE")
            .refused("server.clientproxy.internal_error")
            .answered(200, Wanted::Anything),
    ]
}

fn clients_as_json() -> Value {
    let entry = |member: &str, subsystem: Option<(&str, Option<&str>)>| {
        let mut id = json!({ "xroad_instance": "INST", "member_class": "GOV", "member_code": member,
            "object_type": "MEMBER" });
        let mut entry = json!({ "name": format!("Org{member}") });
        if let Some((code, name)) = subsystem {
            id["subsystem_code"] = json!(code);
            id["object_type"] = json!("SUBSYSTEM");
            if let Some(name) = name {
                entry["subsystem_name"] = json!(name);
            }
        }
        entry["id"] = id;
        entry
    };
    let no_rights = Some(("NORIGHTS", None));
    json!({ "member": [
        entry("1111", None), entry("1111", Some(("SUB1", Some("SUB1 name")))), entry("1111", no_rights),
        entry("2222", None), entry("2222", Some(("SUB2", Some("SUB2 name")))), entry("2222", no_rights),
    ] })
}

/// Each asks for the evidence of an exchange of its own.
fn evidence() -> Vec<Case> {
    let files = &[
        "verificationconf/INST/shared-params.xml",
        "verificationconf/INST/shared-params.xml.metadata",
        "verificationconf/instance-identifier",
    ];
    let mut cases = vec![
        own("own/verification-configuration", "/verificationconf")
            .wants(Wanted::Archive(files))
            .with("Content-Type", "application/zip")
            .with("Content-Disposition", "filename=\"verificationconf.zip\""),
        own("own/asic-without-parameters", "/asic").refused_as_http(400),
    ];
    let both = [
        (Role::Ss1, "memberCode=1111&subsystemCode=SUB1"),
        (Role::Ss2, "memberCode=2222&subsystemCode=SUB2"),
    ];
    for (role, subsystem) in both {
        let asic = |name, query_id: &str, flags: &str| {
            let target =
                format!("/asic?queryId={query_id}&xRoadInstance=INST&memberClass=GOV&{subsystem}{flags}");
            own(name, &target).only_as(role)
        };
        let container = "application/vnd.etsi.asic-e+zip";
        cases.extend([
            asic("own/asic", BEFORE, "")
                .after(posted(), Some(NOT_YET))
                .wants(Wanted::Containers(2))
                .with("Content-Type", "application/zip")
                .with("Content-Disposition", "attachment; filename=\"interop-"),
            asic("own/asic-of-request", BEFORE, "&requestOnly")
                .after(posted(), Some(NOT_YET))
                .wants(Wanted::Containers(1))
                .with("Content-Disposition", "-request.zip\""),
            asic("own/asic-unique", BEFORE, "&responseOnly&unique")
                .after(posted(), Some(NOT_YET))
                .wants(Wanted::Containers(1))
                .with("Content-Type", container)
                .with("Content-Disposition", ".asice\""),
            // Stamped at once.
            asic("own/asic-forced", BEFORE, "&requestOnly&unique&force")
                .after(posted(), None)
                .wants(Wanted::Containers(1))
                .with("Content-Type", container),
            asic("own/asic-of-nothing", "no-such-query", "").refused_as_http(404),
            asic("own/asic-contradictory", BEFORE, "&requestOnly&responseOnly")
                .after(posted(), None)
                .refused_as_http(400),
        ]);
    }
    cases
}

/// The exchange that is asked about.
fn posted() -> Case {
    case("own/exchange", "POST", "/hello").body(Given::Bytes(500))
}
