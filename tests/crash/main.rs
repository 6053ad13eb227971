//! `kill -9` of each program, and of the journals' database, during traffic, and a restart: no acknowledged exchange lacks a record on either side, and
//! traffic goes on without anybody doing anything.
//!
//! - [`traffic`]: requests without pause, of both kinds, and what was acknowledged
//! - [`database`]: the same with journals on PostgreSQL, when it is the database that is killed

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod database;
mod traffic;

use demo_town::town::ports::Ports;
use sekisho_tests::journal::{CONSUMER, Journal, PROVIDER, Places};
use sekisho_tests::service::Service;
use sekisho_tests::shared::{self, SharedWorld};
use sekisho_tests::world::{CENTRE, MUNICIPALITY, Overlay, World};
use service_kit::http::Request;

use traffic::{Kind, Traffic};

static TOWN: SharedWorld =
    SharedWorld::new(|| shared::start(async || World::start("crash", 20_900, overlays).await));

/// As it is, but certificates and configuration are looked at often: a crash falls into that work too.
fn overlays(_: Ports, _: &Service) -> Vec<Overlay> {
    let often = "[global_configuration]\nrefresh_seconds = 1\n[ocsp]\nfetch_interval_seconds = 1\nretry_seconds = 1\n\
                 [message_log.timestamp]\ninterval_seconds = 1\nretry_seconds = 1\n";
    vec![
        ("municipality/security-server.toml", often.to_owned()),
        ("support-centre/security-server.toml", often.to_owned()),
        ("central-registry.toml", "[global_configuration]\ngenerate_seconds = 1\n".to_owned()),
    ]
}

/// Acknowledgements of each kind that are waited for before a kill and after a restart.
const ENOUGH: usize = 40;

/// Kills these programs together during traffic, as often as said.
fn survives(programs: &[&str], times: usize) {
    TOWN.alone(async |world| {
        let traffic = Traffic::start(world).await;
        for _ in 0..times {
            traffic.until_acknowledged(ENOUGH).await;
            for program in programs {
                world.kill(program).await.unwrap();
            }
            // Some of it goes on, or nothing does: either way the crash lasts while requests are sent.
            traffic.until_tried(ENOUGH).await;
            for program in programs {
                world.restart(program).await.unwrap();
            }
        }
        traffic.until_acknowledged(ENOUGH).await;
        let acknowledged = traffic.stop().await;
        let journal = |server| Journal::of(&world.server(server)).unwrap().places().unwrap();
        everything_is_recorded(&acknowledged, &journal(CENTRE), &journal(MUNICIPALITY));
        for (kind, id) in [Kind::Plain, Kind::Personal].map(|kind| (kind, acknowledged.last(kind))) {
            evidence_can_be_had(world, id, kind).await;
        }
    });
}

fn everything_is_recorded(acknowledged: &traffic::Acknowledged, consumer: &Places, provider: &Places) {
    for (server, records, places) in [(CENTRE, consumer, CONSUMER), (MUNICIPALITY, provider, PROVIDER)] {
        let lacking: Vec<_> = acknowledged
            .ids()
            .filter(|id| {
                !records.get(*id).is_some_and(|found| places.iter().all(|place| found.contains(place)))
            })
            .collect();
        assert!(lacking.is_empty(), "{server}: acknowledged, but not recorded: {lacking:?}");
    }
    println!("{} acknowledged exchanges are recorded on both sides", acknowledged.ids().count());
}

/// Container and timestamp of an exchange, on both sides.
async fn evidence_can_be_had(world: &World, id: &str, kind: Kind) {
    let ports = world.town.ports;
    for port in [ports.support_centre().admin, ports.municipality().admin] {
        for part in ["requestOnly", "responseOnly"] {
            let answer =
                world.send(port, Request::get(format!("/asic?queryId={id}&{part}&force"))).await.unwrap();
            assert_eq!(answer.status, 200, "{kind:?} {part} of {id} at {port}: {}", answer.text());
            assert!(answer.body.starts_with(b"PK"), "a container");
        }
    }
}

#[test]
fn the_consumer_s_security_server() {
    survives(&[CENTRE], 3);
}

#[test]
fn the_provider_s_security_server() {
    survives(&[MUNICIPALITY], 3);
}

#[test]
fn both_security_servers_at_once() {
    survives(&[CENTRE, MUNICIPALITY], 1);
}

#[test]
fn the_registry() {
    survives(&["central-registry"], 1);
}

#[test]
fn the_trust_services() {
    survives(&["trust-services"], 1);
}

#[test]
fn the_information_system_of_the_provider() {
    survives(&["residents"], 1);
}

#[test]
fn the_information_system_of_the_consumer() {
    survives(&["coupons"], 1);
}
