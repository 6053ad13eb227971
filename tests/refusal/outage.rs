//! Something around the exchange is gone or does not count any more; when it is back, everything goes on by itself.

use demo_town::residents::register::resident_number;
use demo_town::story::Citizen;
use demo_town::town::names::{MUNICIPALITY_ADDRESS, MUNICIPALITY_SERVER, PURPOSE, SERVICE};
use sekisho_tests::errors::row;
use sekisho_tests::overlay;
use sekisho_tests::world::{CENTRE, MUNICIPALITY, World};

use crate::town::{FAILING, echo, until_answered, until_refused};

#[test]
fn the_own_certificate_is_revoked() {
    FAILING.alone(async |world| {
        // The provider's status is at hand from then on.
        until_answered(world, echo).await;
        world.trust_services("ocsp/revoked").await.unwrap();
        until_refused(world, echo, "own-certificate-not-good").await;
        world.trust_services("ocsp/good").await.unwrap();
        until_answered(world, echo).await;
    });
}

#[test]
fn the_status_of_certificates_is_stale() {
    FAILING.alone(async |world| {
        world.trust_services("ocsp/stale").await.unwrap();
        let before = world.change_membership("ocsp_freshness_seconds = 2").await.unwrap();
        until_refused(world, echo, "own-certificate-not-good").await;
        world.set_membership(&before).await.unwrap();
        world.trust_services("ocsp/good").await.unwrap();
        until_answered(world, echo).await;
    });
}

#[test]
fn nobody_answers_about_the_provider_s_certificate() {
    FAILING.alone(async |world| {
        let file = world.server(CENTRE).join("security-server.toml");
        let before = std::fs::read(&file).unwrap();
        // The discard port: nothing listens there.
        let nobody = format!("[peers.address.\"{MUNICIPALITY_ADDRESS}\"]\nocsp_port = 9\n");
        overlay::lay(&file, &nobody).unwrap();
        world.kill(CENTRE).await.unwrap();
        world.restart(CENTRE).await.unwrap();
        world.ask(echo()).await.is(&row("provider-status-missing"));
        std::fs::write(&file, before).unwrap();
        world.kill(CENTRE).await.unwrap();
        world.restart(CENTRE).await.unwrap();
        until_answered(world, echo).await;
    });
}

#[test]
fn no_timestamps_for_too_long() {
    FAILING.alone(async |world| {
        until_answered(world, echo).await;
        world.trust_services("tsa/down").await.unwrap();
        until_refused(world, echo, "timestamps-missing").await;
        world.trust_services("tsa/ok").await.unwrap();
        until_answered(world, echo).await;
    });
}

/// Somebody else holds the consumer's journal: nothing can be written into it.
#[test]
fn the_journal_cannot_be_written() {
    FAILING.alone(async |world| {
        until_answered(world, echo).await;
        let calls = world.service.calls();
        let file = world.server(CENTRE).join("state/message-log/messages.sqlite");
        let lock = rusqlite::Connection::open(file).unwrap();
        lock.busy_timeout(std::time::Duration::from_secs(30)).unwrap();
        lock.execute_batch("BEGIN IMMEDIATE").unwrap();
        world.ask(echo()).await.is(&row("journal-not-writable"));
        assert_eq!(world.service.calls(), calls, "what is not recorded is not delivered");
        lock.execute_batch("ROLLBACK").unwrap();
        until_answered(world, echo).await;
    });
}

#[test]
fn the_provider_s_security_server_is_down() {
    FAILING.alone(async |world| {
        world.kill(MUNICIPALITY).await.unwrap();
        world.ask(echo()).await.is(&row("provider-server-down"));
        world.restart(MUNICIPALITY).await.unwrap();
        until_answered(world, echo).await;
    });
}

#[test]
fn the_information_system_of_the_provider_is_down() {
    FAILING.alone(async |world| {
        let statistics = || World::request("GET", "statistics/districts");
        until_answered(world, statistics).await;
        world.kill("residents").await.unwrap();
        world.ask(statistics()).await.is(&row("service-down"));
        world.restart("residents").await.unwrap();
        until_answered(world, statistics).await;
    });
}

#[test]
fn the_provider_s_security_server_is_in_maintenance() {
    FAILING.alone(async |world| {
        let maintenance =
            format!("[[server]]\nid = \"{MUNICIPALITY_SERVER}\"\nmaintenance = \"back on Monday\"\n");
        let before = world.change_membership(&maintenance).await.unwrap();
        until_refused(world, echo, "maintenance").await;
        assert!(world.ask(echo()).await.text().contains("back on Monday"));
        world.set_membership(&before).await.unwrap();
        until_answered(world, echo).await;
    });
}

#[test]
fn the_provider_s_certificate_is_no_longer_registered() {
    FAILING.alone(async |world| {
        let unregistered = format!("[[server]]\nid = \"{MUNICIPALITY_SERVER}\"\nauth_certificates = []\n");
        let before = world.change_membership(&unregistered).await.unwrap();
        until_refused(world, echo, "provider-not-registered").await;
        world.set_membership(&before).await.unwrap();
        until_answered(world, echo).await;
    });
}

/// First the consents are no longer known well enough, then the configuration has expired.
#[test]
fn the_registry_is_gone() {
    FAILING.alone(async |world| {
        let mut citizen = Citizen::enrol(&world.town, resident_number(0)).await.unwrap();
        citizen.link_municipality(&world.town).await.unwrap();
        citizen.link_support_centre(&world.town, "tulip").await.unwrap();
        citizen.grant().await.unwrap();
        let about_her = || {
            let request = World::request("GET", &format!("{SERVICE}/eligibility"));
            request
                .header("X-Road-Consent-Subject", &citizen.customer)
                .header("X-Road-Consent-Purpose", PURPOSE)
        };
        until_answered(world, about_her).await;

        world.kill("central-registry").await.unwrap();
        until_refused(world, about_her, "consent-stale").await;
        world.ask(echo()).await.is_answered();
        until_refused(world, echo, "configuration-expired").await;
        until_refused(world, about_her, "configuration-expired").await;

        world.restart("central-registry").await.unwrap();
        until_answered(world, echo).await;
        until_answered(world, about_her).await;
    });
}
