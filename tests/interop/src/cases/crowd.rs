//! Many at once, so that several messages share one signature, and one after the other over resumed sessions.

use super::soap::{Form, packed, soap};
use super::table::{Case, Given, NUMBER, Wanted};
use super::words::case;
use crate::place::Role;

/// All of them.
#[must_use]
pub fn cases() -> Vec<Case> {
    let stock_tls = "TLSv1.2";
    vec![
        case("crowd/sixteen-gets", "GET", "/hello").at_once(16),
        case("crowd/sixteen-posts", "POST", "/hello").body(Given::Bytes(1_000)).at_once(16),
        case("crowd/sixteen-large", "POST", "/hello").body(Given::Bytes(300_000)).at_once(16),
        soap("crowd/sixteen-soap", "getRandom").at_once(16),
        two_hundred(),
        case("crowd/eight-refused", "GET", "/hello")
            .client(Some("INST/GOV/1111/NORIGHTS"))
            .at_once(8)
            .refused_later("server.serverproxy.access_denied"),
        case("crowd/eight-errors", "GET", "/status/500").at_once(8).answered(500, Wanted::Text("as asked")),
        // Each message has its own connection; the sessions of those before are resumed by ticket.
        case("connection/resumed-by-us", "GET", "/hello")
            .only_as(Role::Ss1)
            .played("report-tls")
            .with("X-Interop-Tls", "resumed=True")
            .with("X-Interop-Tls", stock_tls),
        case("connection/resumed-by-peer", "GET", "/hello")
            .only_as(Role::Ss2)
            .played("resume")
            .with("X-Interop-Tls", "resumed=True")
            .with("X-Interop-Tls", stock_tls),
    ]
}

/// Sixteen information systems without a pause, both protocols, with and without bodies: no request is like another,
/// so an answer that went to the wrong one would show.
fn two_hundred() -> Case {
    let get = format!("/hello?number={NUMBER}");
    case("crowd/two-hundred-mixed", "GET", &get).crowd(200, 16).turns([
        soap("crowd/two-hundred-mixed", "getRandom"),
        case("crowd/two-hundred-mixed", "POST", "/hello").body(Given::Bytes(1_000)),
        packed("crowd/two-hundred-mixed", Form::Attachments(1_000)),
        case("crowd/two-hundred-mixed", "PUT", "/hello").body(Given::Bytes(50_000)).chunked(),
    ])
}
