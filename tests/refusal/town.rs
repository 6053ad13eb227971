//! Two networks: one that stays as it is, with services for every refusal, and one whose parts fail.

use demo_town::town::names::{CONSUMER, PROVIDER};
use demo_town::town::ports::Ports;
use sekisho_tests::errors::row;
use sekisho_tests::patience::until;
use sekisho_tests::service::Service;
use sekisho_tests::shared::{self, SharedWorld};
use sekisho_tests::world::{Overlay, World};
use service_kit::http::Request;

/// Nothing of it fails.
pub(crate) static STEADY: SharedWorld =
    SharedWorld::new(|| shared::start(async || World::start("refusal", 20_000, steady).await));

/// Everything of it may fail, one at a time. What is renewed is renewed every second.
pub(crate) static FAILING: SharedWorld =
    SharedWorld::new(|| shared::start(async || World::start("outage", 20_300, failing).await));

/// A subsystem of the consumer whose information systems must use TLS.
pub(crate) const ENCRYPTED: &str = "SEKISHO-DEMO/ORG/700110/encrypted";

/// A subsystem of the consumer whose information systems must show a certificate.
pub(crate) const CERTIFIED: &str = "SEKISHO-DEMO/ORG/700110/certified";

/// The consumer's port for information systems over TLS.
pub(crate) const fn https_port(ports: Ports) -> u16 {
    ports.support_centre().information_systems + 4
}

fn steady(ports: Ports, service: &Service) -> Vec<Overlay> {
    vec![
        ("municipality/subsystems.toml", services(&service.url())),
        (
            "support-centre/subsystems.toml",
            format!(
                "[[subsystem]]\nid = \"{ENCRYPTED}\"\nconnection_type = \"SSLNOAUTH\"\n\
                 [[subsystem]]\nid = \"{CERTIFIED}\"\nconnection_type = \"SSLAUTH\"\n\
                 certificates = [\"auth.crt.pem\"]\n"
            ),
        ),
        (
            "support-centre/security-server.toml",
            format!(
                "[information_systems]\nhttps = \"127.0.0.1:{}\"\n[consent]\nlease_seconds = 30\n",
                https_port(ports)
            ),
        ),
        ("central-registry.toml", "[personal_link]\nlease_seconds = 30\n".to_owned()),
    ]
}

/// A service for each way in which the provider's side refuses.
fn services(url: &str) -> String {
    let everything = format!("allow = [{{ client = \"{CONSUMER}\" }}]");
    let service = |code: &str, more: &str| {
        format!("[[subsystem.service]]\ncode = \"{code}\"\nkind = \"REST\"\n{more}\n")
    };
    // The discard port: nothing listens there.
    let nobody = "http://127.0.0.1:9";
    [
        format!("[[subsystem]]\nid = \"{PROVIDER}\"\n"),
        service("echo", &format!("url = \"{url}\"\n{everything}")),
        service(
            "limited",
            &format!("url = \"{url}\"\nallow = [{{ client = \"{CONSUMER}\", method = \"GET\", path = \"/open/*\" }}]"),
        ),
        service("closed", &format!("url = \"{url}\"")),
        service("off", &format!("url = \"{url}\"\ndisabled = \"back on Monday\"\n{everything}")),
        service("gone", &format!("url = \"{nobody}\"\n{everything}")),
        service("nowhere", &format!("url = \"http://no-such-host.invalid\"\n{everything}")),
        service("hasty", &format!("url = \"{url}\"\ntimeout_seconds = 1\n{everything}")),
        service("unproven", &format!("url = \"{}\"\n{everything}", url.replace("http:", "https:"))),
        "[[subsystem.service]]\ncode = \"soap\"\nkind = \"WSDL\"\nurl = \"http://127.0.0.1:9\"\n".to_owned(),
    ]
    .concat()
}

fn failing(_ports: Ports, service: &Service) -> Vec<Overlay> {
    let often = "[global_configuration]\nrefresh_seconds = 1\n\
                 [ocsp]\nfetch_interval_seconds = 1\nretry_seconds = 1\n";
    let stamping =
        "[message_log.timestamp]\ninterval_seconds = 1\nretry_seconds = 1\nacceptable_failure_seconds = 1\n";
    vec![
        ("municipality/security-server.toml", often.to_owned()),
        ("support-centre/security-server.toml", format!("{often}{stamping}")),
        ("municipality/subsystems.toml", services(&service.url())),
        // Long enough for everything that still works without the registry, short enough to be waited for.
        (
            "central-registry.toml",
            "[global_configuration]\ngenerate_seconds = 2\nexpire_seconds = 30\n".to_owned(),
        ),
    ]
}

/// A request that the provider answers.
pub(crate) fn echo() -> Request {
    World::request("GET", "echo")
}

/// Asks until the answer is the documented one; until then it may be another refusal or an answer.
pub(crate) async fn until_refused(world: &World, request: impl Fn() -> Request, name: &str) {
    let row = row(name);
    let refused = until(name, async || {
        let answer = world.ask(request()).await;
        let code = answer.error.clone().unwrap_or_default();
        if code == row.code { Ok(answer) } else { Err(format!("{} {code}", answer.status)) }
    });
    refused.await.is(&row);
}

/// Asks until the provider answers.
pub(crate) async fn until_answered(world: &World, request: impl Fn() -> Request) {
    let answered = until("answered again", async || match world.ask(request()).await.error {
        None => Ok(()),
        Some(code) => Err(code),
    });
    answered.await;
}
