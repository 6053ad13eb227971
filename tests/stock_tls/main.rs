//! A foreign peer that speaks TLS as stock servers do: version 1.2, one CBC suite, a new connection for each message,
//! sessions resumed by ticket. Its certificate is looked at again on every connection.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use std::sync::{Arc, OnceLock};

use demo_town::town::names::{CONSUMER, MUNICIPALITY_SERVER, PROVIDER, SUPPORT_CENTRE_SERVER};
use demo_town::town::ports::Ports;
use pki::Certificate;
use sekisho_tests::errors::row;
use sekisho_tests::patience::until;
use sekisho_tests::service::Service;
use sekisho_tests::shared::{self, SharedWorld};
use sekisho_tests::world::{CENTRE, MUNICIPALITY, Overlay, World};
use testkit::consumer::{Call, Verdict};
use testkit::envelope::{End, Envelope};
use testkit::provider::Reply;
use testkit::signer::Signer;
use testkit::status;
use testkit::stock_tls::SUITE;
use testkit::stock_tls::consumer::{Sent, StockConsumer};
use testkit::stock_tls::provider::{Connection, StockProvider};
use testkit::tokens::Token;

/// The consumer's server finds the foreign provider in the place of the real one; the foreign consumer calls the real
/// provider's server.
static TOWN: SharedWorld = SharedWorld::new(|| {
    shared::start(async || {
        let world = World::start("stock", 21_500, overlays).await?;
        let foreign = Foreign::start(&world).await?;
        FOREIGN.get_or_init(|| foreign);
        Ok(world)
    })
});

static FOREIGN: OnceLock<Foreign> = OnceLock::new();

const fn foreign_port(ports: Ports) -> u16 {
    ports.support_centre().ocsp + 3
}

fn overlays(ports: Ports, service: &Service) -> Vec<Overlay> {
    let often = "[global_configuration]\nrefresh_seconds = 1\n";
    let foreign = format!("[peers.address.\"town-hall.demo.invalid\"]\nport = {}\n", foreign_port(ports));
    let echo = format!(
        "[[subsystem]]\nid = \"{PROVIDER}\"\n[[subsystem.service]]\ncode = \"echo\"\nkind = \"REST\"\nurl = \"{}\"\n\
         allow = [{{ client = \"{CONSUMER}\" }}]\n",
        service.url()
    );
    vec![
        ("municipality/subsystems.toml", echo),
        ("municipality/security-server.toml", often.to_owned()),
        ("support-centre/security-server.toml", format!("{often}{foreign}")),
    ]
}

/// The foreign peers.
struct Foreign {
    consumer: Token,
    signer: Signer,
    server_status: Vec<u8>,
    provider: StockProvider,
}

impl Foreign {
    async fn start(world: &World) -> anyhow::Result<Self> {
        let authority = Certificate::from_pem(&std::fs::read(world.folder.join("certificates/ca.pem"))?)?;
        let (consumer, provider) =
            (Token::open(&world.server(CENTRE))?, Token::open(&world.server(MUNICIPALITY))?);
        let responder = world.town.ports.trust_services();
        let of = async |certificate| status::fetch(responder, certificate, &authority).await;
        let server_status = of(consumer.authentication.certificate()).await?;
        let ocsp = of(consumer.signing.certificate()).await?;
        let signer = Signer { identity: consumer.signing.clone(), ocsp };
        let ocsp = of(provider.signing.certificate()).await?;
        let answering_signer = Signer { identity: provider.signing.clone(), ocsp };
        let answering = move |reply: Reply| {
            let mut envelope = reply.envelope(&answering_signer)?;
            envelope.end = match reply.target.rsplit('/').next() {
                Some("short") => End::Short(5),
                Some("half") => End::InBody,
                _ => End::Closed,
            };
            Ok(envelope)
        };
        let port = foreign_port(world.town.ports);
        let provider = StockProvider::start(&provider.authentication, port, Arc::new(answering))?;
        Ok(Self { consumer, signer, server_status, provider })
    }

    fn get() -> &'static Self {
        FOREIGN.get().expect("the network has started")
    }

    fn envelope(&self, call: &Call) -> Envelope {
        call.envelope(&self.signer, vec![self.server_status.clone()]).unwrap()
    }
}

/// A foreign consumer without an earlier session.
fn consumer(world: &World, name: &str) -> StockConsumer {
    let port = world.town.ports.municipality().peers;
    StockConsumer::new(&Foreign::get().consumer.authentication, port, &world.folder.join(name)).unwrap()
}

fn send(consumer: &StockConsumer, change: impl FnOnce(&mut Envelope)) -> Sent {
    let call = Call::new(CONSUMER, &format!("/r1/{PROVIDER}/echo/x"), "the body");
    let mut envelope = Foreign::get().envelope(&call);
    change(&mut envelope);
    // The thread may wait: the servers are processes of their own.
    tokio::task::block_in_place(|| consumer.send(&envelope, &call.request_id)).unwrap()
}

fn answered() -> Verdict {
    Verdict::Answered { status: 200, body: b"the body".to_vec() }
}

#[test]
fn a_foreign_consumer_resumes_its_session_by_ticket() {
    TOWN.beside_others(async |world| {
        let consumer = consumer(world, "resuming");
        for resumed in [false, true, true] {
            let sent = send(&consumer, |_| {});
            assert_eq!((&sent.verdict, sent.resumed), (&answered(), Some(resumed)), "{sent:?}");
        }
    });
}

/// A ticket is no way around the global configuration.
#[test]
fn a_foreign_consumer_whose_certificate_is_no_longer_registered() {
    TOWN.alone(async |world| {
        let consumer = consumer(world, "unregistered");
        assert_eq!(send(&consumer, |_| {}).verdict, answered());
        let unregistered = format!("[[server]]\nid = \"{SUPPORT_CENTRE_SERVER}\"\nauth_certificates = []\n");
        let before = world.change_membership(&unregistered).await.unwrap();
        let refused = until("the resumed session is refused", async || match send(&consumer, |_| {}) {
            sent if sent.verdict == answered() => Err("answered".to_owned()),
            sent => Ok(sent),
        });
        let refused = refused.await;
        assert!(
            matches!(refused.verdict, Verdict::Nothing(_)),
            "not even HTTP is spoken with it: {refused:?}"
        );
        assert_eq!(refused.resumed, Some(true), "it was the session that was good before");
        world.set_membership(&before).await.unwrap();
        until("registered again", async || match send(&consumer, |_| {}).verdict {
            verdict if verdict == answered() => Ok(()),
            verdict => Err(format!("{verdict:?}")),
        })
        .await;
    });
}

#[test]
fn a_foreign_consumer_s_message_is_cut_short() {
    TOWN.beside_others(async |world| {
        let consumer = consumer(world, "cutting");
        for end in [End::Short(3), End::Short(5), End::InBody] {
            let sent = send(&consumer, |envelope| envelope.end = end);
            assert_eq!(sent.verdict.code(), row("request-cut").code, "{sent:?}");
        }
    });
}

#[test]
fn our_client_side_reaches_a_foreign_provider_and_resumes_its_session() {
    TOWN.alone(async |world| {
        let before = Foreign::get().provider.connections().len();
        for _ in 0..3 {
            let answer = world.ask(World::request("POST", "echo/x").body("the body")).await;
            answer.is_answered();
            assert_eq!(answer.text(), "the body");
        }
        let connections = Foreign::get().provider.connections().split_off(before);
        let resumed = Connection { resumed: true, suite: SUITE.to_owned() };
        assert_eq!(connections.len(), 3, "a new connection for each message");
        assert!(connections[1..].iter().all(|connection| *connection == resumed), "{connections:?}");
        assert_eq!(connections[0].suite, SUITE);
    });
}

#[test]
fn a_foreign_provider_whose_certificate_is_no_longer_registered() {
    TOWN.alone(async |world| {
        let request = || World::request("POST", "echo/x").body("the body");
        world.ask(request()).await.is_answered();
        let unregistered = format!("[[server]]\nid = \"{MUNICIPALITY_SERVER}\"\nauth_certificates = []\n");
        let before = world.change_membership(&unregistered).await.unwrap();
        let refused = until("the resumed session is refused", async || match world.ask(request()).await {
            answer if answer.error.is_none() => Err("answered".to_owned()),
            answer => Ok(answer),
        });
        refused.await.is(&row("provider-not-registered"));
        world.set_membership(&before).await.unwrap();
        until("registered again", async || world.ask(request()).await.error.map_or(Ok(()), Err)).await;
    });
}

#[test]
fn a_foreign_provider_s_answer_is_cut_short() {
    TOWN.beside_others(async |world| {
        for how in ["short", "half"] {
            let answer = world.ask(World::request("POST", &format!("echo/{how}")).body("the body")).await;
            answer.is(&row("response-cut"));
        }
    });
}
