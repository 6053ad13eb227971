//! What our server answers by itself on its port for information systems.

use super::table::{Case, Wanted, case_at};
use crate::place::Role;

/// All of them.
#[must_use]
pub fn cases() -> Vec<Case> {
    let get = |name, target: &str, wanted| Case {
        wanted: Wanted::Containing(wanted),
        ..case_at(name, "GET", target).at_ours()
    };
    let asic = |name, role, subsystem: &str| {
        let target =
            format!("/asic?queryId={{run}}-verb-get-0&xRoadInstance=INST&memberClass=GOV{subsystem}");
        get(name, &target, "META-INF/signatures.xml").only_as(role)
    };
    vec![
        get("own/list-clients", "/listClients", "SUB2"),
        get("own/verification-configuration", "/verificationconf", "shared-params.xml"),
        asic("own/asic-of-consumer", Role::Ss1, "&memberCode=1111&subsystemCode=SUB1&requestOnly"),
        asic("own/asic-of-provider", Role::Ss2, "&memberCode=2222&subsystemCode=SUB2&requestOnly"),
    ]
}
