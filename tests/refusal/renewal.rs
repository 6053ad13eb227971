//! Keys and certificates change while the programs run: no restart, and no exchange is lost.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use demo_town::town::certificates::certify;
use demo_town::town::names::MUNICIPALITY_SERVER;
use pki::Certificate;
use sekisho_tests::errors::row;
use sekisho_tests::patience::until;
use sekisho_tests::world::{CENTRE, MUNICIPALITY, World};
use service_kit::http::Request;
use service_kit::peer_tls::{PeerConnector, PeerTlsMode};
use testkit::tokens::Token;

use crate::town::{FAILING, echo, until_answered, until_refused};

/// Has the running server read its keys again.
async fn apply(world: &World, server: &str) -> String {
    let config = format!("{server}/security-server.toml");
    world.town.command("security-server", &["apply", "--config", &config]).await.unwrap()
}

/// Files of a server's token.
fn token(world: &World, server: &str) -> BTreeSet<PathBuf> {
    let folder = std::fs::read_dir(world.server(server).join("token")).unwrap();
    folder.map(|entry| entry.unwrap().path()).collect()
}

fn certificate(file: &Path) -> Certificate {
    Certificate::from_pem(&std::fs::read(file).unwrap()).unwrap()
}

/// The certificate that the provider's security server shows to others.
async fn shown(world: &World) -> Certificate {
    let identity = Token::open(&world.server(CENTRE)).unwrap().tls().unwrap();
    let connector = PeerConnector::new(&identity, PeerTlsMode::Modern).unwrap();
    let port = world.town.ports.municipality().peers;
    let (_stream, peer) = connector.connect("127.0.0.1", port).await.unwrap();
    Certificate::from_der(peer.leaf()).unwrap()
}

async fn until_shown(world: &World, wanted: &Certificate) {
    let seen = until("the certificate is shown", async || match shown(world).await {
        found if found == *wanted => Ok(()),
        found => Err(found.subject().to_string()),
    });
    seen.await;
}

/// The consumer's server has a configuration in force with so many registered certificates.
async fn until_known(world: &World, certificates: usize) {
    let folder = world.server(CENTRE).join("state/global-configuration/SEKISHO-DEMO");
    let read = |name: &str| std::fs::read_to_string(folder.join(name)).map_err(|error| error.to_string());
    // The metadata tell when it expires, and so one configuration from the next.
    let first = until("the configuration is there", async || {
        let first = read("shared-params.xml.metadata")?;
        let found = read("shared-params.xml")?.matches("<authCertHash>").count();
        if found == certificates { Ok(first) } else { Err(format!("{found} certificates")) }
    });
    let first = first.await;
    // It is put in force right after it is stored, so when the next one is stored that has happened.
    let next = until("the next configuration is there", async || {
        if read("shared-params.xml.metadata")? == first { Err("the same".to_owned()) } else { Ok(()) }
    });
    next.await;
}

/// Asks without a pause until `change` is done; each request must be answered.
async fn under_traffic(world: &World, change: impl Future<Output = ()>) {
    let over = AtomicBool::new(false);
    let traffic = async {
        let mut answered = 0;
        while !over.load(Ordering::Relaxed) {
            world.ask(World::request("POST", "echo").body("hello")).await.is_answered();
            answered += 1;
        }
        assert!(answered > 0);
    };
    let change = async {
        change.await;
        over.store(true, Ordering::Relaxed);
    };
    tokio::join!(traffic, change);
}

#[test]
fn a_new_authentication_certificate() {
    FAILING.alone(async |world| {
        until_answered(world, echo).await;
        let folder = world.server(MUNICIPALITY);
        let old = certificate(&folder.join("auth.crt.pem"));
        let token_before = token(world, MUNICIPALITY);
        certify(&world.town, MUNICIPALITY, "auth", "auth-2").await.unwrap();
        let new = certificate(&folder.join("auth-2.crt.pem"));

        apply(world, MUNICIPALITY).await;
        assert_eq!(shown(world).await, old, "others do not know the new one yet");
        let registered = format!(
            "[[server]]\nid = \"{MUNICIPALITY_SERVER}\"\nauth_certificates = [\
             {{ file = \"municipality/auth.crt.pem\" }}, {{ file = \"municipality/auth-2.crt.pem\" }}]\n"
        );
        let before = world.change_membership(&registered).await.unwrap();
        until_known(world, 3).await;
        under_traffic(world, async {
            until("the new one is shown", async || {
                apply(world, MUNICIPALITY).await;
                if shown(world).await == new { Ok(()) } else { Err("the old one") }.map_err(str::to_owned)
            })
            .await;
            for _ in 0..20 {
                world.ask(echo()).await.is_answered();
            }
        })
        .await;

        // The other way round by itself: others no longer accept the one in use.
        world.set_membership(&before).await.unwrap();
        until_shown(world, &old).await;
        for file in token(world, MUNICIPALITY).difference(&token_before) {
            std::fs::remove_file(file).unwrap();
        }
        apply(world, MUNICIPALITY).await;
        until_answered(world, echo).await;
    });
}

#[test]
fn a_new_signing_certificate() {
    FAILING.alone(async |world| {
        for server in [MUNICIPALITY, CENTRE] {
            until_answered(world, echo).await;
            let old = token(world, server);
            under_traffic(world, async {
                certify(&world.town, server, "sign", "sign-2").await.unwrap();
                let said = apply(world, server).await;
                assert!(said.contains("3 certificates"), "{said}");
                // Without the old one only the new one can sign.
                let files = signing(&old);
                for file in &files {
                    std::fs::rename(file, file.with_extension("away")).unwrap();
                }
                assert!(apply(world, server).await.contains("2 certificates"));
                for _ in 0..20 {
                    world.ask(echo()).await.is_answered();
                }
                for file in &files {
                    std::fs::rename(file.with_extension("away"), file).unwrap();
                }
                apply(world, server).await;
            })
            .await;
            for file in token(world, server).difference(&old) {
                std::fs::remove_file(file).unwrap();
            }
            apply(world, server).await;
        }
        until_answered(world, echo).await;
    });
}

/// The certificates for signing among the files of a token.
fn signing(token: &BTreeSet<PathBuf>) -> Vec<PathBuf> {
    let certificates = token.iter().filter(|file| file.extension().is_some_and(|end| end == "crt"));
    certificates.filter(|file| certificate(file).is_signing_cert()).cloned().collect()
}

#[test]
fn a_signing_certificate_that_is_gone() {
    FAILING.alone(async |world| {
        for (server, name) in [(CENTRE, "own-member-cannot-sign"), (MUNICIPALITY, "provider-cannot-sign")] {
            until_answered(world, echo).await;
            let calls = world.service.calls();
            let files = signing(&token(world, server));
            for file in &files {
                std::fs::rename(file, file.with_extension("away")).unwrap();
            }
            apply(world, server).await;
            world.ask(echo()).await.is(&row(name));
            assert_eq!(world.service.calls(), calls, "no service is called whose answer cannot be signed");
            let ports = if server == CENTRE {
                world.town.ports.support_centre()
            } else {
                world.town.ports.municipality()
            };
            let ready = until("it says so", async || {
                let answer =
                    world.send(ports.admin, Request::get("/ready")).await.map_err(|e| e.to_string())?;
                if answer.status == 503 { Ok(answer.json()) } else { Err(answer.text()) }
            });
            let reason = ready.await["conditions"]["signing"].to_string();
            assert!(reason.contains("there is none on this server"), "{reason}");
            for file in &files {
                std::fs::rename(file.with_extension("away"), file).unwrap();
            }
            apply(world, server).await;
            until_answered(world, echo).await;
        }
    });
}

/// A mistake changes nothing.
#[test]
fn a_token_that_cannot_be_opened() {
    FAILING.alone(async |world| {
        let pin = world.server(MUNICIPALITY).join("pin");
        let right = std::fs::read(&pin).unwrap();
        std::fs::write(&pin, "wrong").unwrap();
        let config = format!("{MUNICIPALITY}/security-server.toml");
        let refused = world.town.command("security-server", &["apply", "--config", &config]).await;
        let refused = refused.unwrap_err().to_string();
        assert!(refused.contains("not applied") && refused.contains("PIN"), "{refused}");
        std::fs::write(&pin, right).unwrap();
        until_answered(world, echo).await;
        until_refused(world, || World::request("GET", "closed"), "access-denied").await;
    });
}
