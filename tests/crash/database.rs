//! The database of both journals is killed during traffic and comes back; nobody touches the security servers.

use std::sync::LazyLock;

use sekisho_tests::errors::row;
use sekisho_tests::journal::places_in;
use sekisho_tests::patience::until;
use sekisho_tests::shared::{self, SharedWorld};
use sekisho_tests::world::World;
use testkit::database::{Database, Server};

use crate::traffic::{Kind, Traffic};
use crate::{ENOUGH, everything_is_recorded, evidence_can_be_had, overlays};

/// One server with a database for each organisation.
struct Journals {
    server: Server,
    consumer: Database,
    provider: Database,
}

static JOURNALS: LazyLock<Option<Journals>> = LazyLock::new(|| {
    let server = Server::start().unwrap()?;
    let (consumer, provider) = (server.database("consumer").unwrap(), server.database("provider").unwrap());
    Some(Journals { server, consumer, provider })
});

static TOWN: SharedWorld = SharedWorld::new(|| {
    shared::start(async || {
        World::start("crash-database", 22_000, |ports, service| {
            let mut all = overlays(ports, service);
            let journals = JOURNALS.as_ref().expect("the test has looked");
            for (file, database) in [
                ("municipality/security-server.toml", &journals.provider),
                ("support-centre/security-server.toml", &journals.consumer),
            ] {
                all.push((file, format!("[message_log]\n{}", database.lines())));
            }
            all
        })
        .await
    })
});

#[test]
fn the_database_of_the_journals() {
    let Some(Journals { server, consumer, provider }) = &*JOURNALS else { return };
    TOWN.alone(async |world| {
        let traffic = Traffic::start(world).await;
        for _ in 0..3 {
            traffic.until_acknowledged(ENOUGH).await;
            server.kill().unwrap();
            let gone = row("journal-database-gone");
            let refused = until("refused", async || {
                let answer = world.ask(World::request("GET", "statistics/districts")).await;
                if answer.error.is_some() { Ok(answer) } else { Err("answered".to_owned()) }
            });
            refused.await.is(&gone);
            assert!(unready(world).await.contains("message log"));
            traffic.until_tried(ENOUGH).await;
            server.start_again().unwrap();
        }
        traffic.until_acknowledged(ENOUGH).await;
        let acknowledged = traffic.stop().await;
        let records = (places_in(consumer).await.unwrap(), places_in(provider).await.unwrap());
        everything_is_recorded(&acknowledged, &records.0, &records.1);
        for (id, kind) in [Kind::Plain, Kind::Personal].map(|kind| (acknowledged.last(kind), kind)) {
            evidence_can_be_had(world, id, kind).await;
        }
    });
}

/// What the consumer's server says when it is asked whether it is ready, once it says no.
async fn unready(world: &World) -> String {
    let port = world.town.ports.support_centre().admin;
    until("not ready", async || {
        let answer = world.send(port, service_kit::http::Request::get("/ready")).await.unwrap();
        if answer.status == 503 { Ok(answer.text().to_owned()) } else { Err(answer.status.to_string()) }
    })
    .await
}
