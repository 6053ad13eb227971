//! Who is let in at the port for security servers.

use keys::Identity;
use pki::Certificate;
use sekisho_tests::world::MUNICIPALITY;
use service_kit::tls::TlsIdentity;
use testkit::consumer::{Consumer, Verdict};
use testkit::tokens;

use crate::bench::{Bench, TOWN, call};

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// An honest request over a connection that shows `identity`: it does not get as far as HTTP.
async fn not_let_in(identity: &TlsIdentity) {
    let (bench, call) = (Bench::get(), call());
    let peer = Consumer::new(identity, bench.peers).unwrap();
    let verdict = peer.send(&bench.honest(&call), &call.request_id).await;
    assert!(matches!(verdict, Verdict::Nothing(_)), "{verdict:?}");
}

/// The authority has issued it, but it is registered for no security server.
#[test]
fn a_certificate_that_is_not_registered() {
    TOWN.beside_others(async |world| {
        #[rustfmt::skip]
        let issue = [
            "issue", "--config", "trust-services.toml", "--profile", "auth", "--csr", "support-centre/auth.csr.pem",
            "--out", "unregistered.crt.pem",
        ];
        world.town.command("trust-services", &issue).await.unwrap();
        let pem = std::fs::read(world.folder.join("unregistered.crt.pem")).unwrap();
        let certificate = Certificate::from_pem(&pem).unwrap();
        let key = Bench::get().consumer.token.authentication.key().clone();
        let identity = Identity::new(key, certificate, Vec::new()).unwrap();
        not_let_in(&tokens::tls(&identity).unwrap()).await;
        let hash = hex(identity.certificate().sha256());
        let log = std::fs::read_to_string(world.town.logs().join(format!("{MUNICIPALITY}.log"))).unwrap();
        let line = log.lines().find(|line| line.contains(&hash)).expect("the operator is told who was turned away");
        let serial = identity.certificate().serial_decimal();
        for part in ["turned away", "127.0.0.1:", "not associated with any security server", serial.as_str()] {
            assert!(line.contains(part), "{part} is not in {line}");
        }
    });
}

/// A signing certificate is a member's, not a server's.
#[test]
fn a_certificate_for_signing() {
    TOWN.beside_others(async |_| {
        let identity = tokens::tls(&Bench::get().consumer.token.signing).unwrap();
        not_let_in(&identity).await;
    });
}
