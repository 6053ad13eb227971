//! What the provider's security server refuses, and what becomes of a service that does not answer.

use sekisho_tests::errors::row;
use sekisho_tests::world::World;

use crate::town::STEADY;

/// The request is refused as documented, and no service of ours is called.
fn refused(method: &str, below: &str, name: &str) {
    STEADY.beside_others(async |world| {
        world.ask(World::request(method, below)).await.is(&row(name));
    });
}

#[test]
fn a_service_that_does_not_exist() {
    refused("GET", "noSuchService", "service-unknown");
}

#[test]
fn a_soap_service_called_by_rest() {
    refused("GET", "soap", "service-type");
}

#[test]
fn a_service_without_any_right() {
    refused("GET", "closed", "access-denied");
}

#[test]
fn an_endpoint_that_is_not_among_the_rights() {
    refused("GET", "limited/open/a/b", "endpoint-denied");
    refused("POST", "limited/open/a", "endpoint-denied");
    refused("GET", "limited/open/../a", "endpoint-denied");
    STEADY.beside_others(async |world| {
        world.ask(World::request("GET", "limited/open/a")).await.is_answered();
    });
}

#[test]
fn a_service_that_is_switched_off() {
    STEADY.beside_others(async |world| {
        let answer = world.ask(World::request("GET", "off")).await;
        answer.is(&row("service-disabled"));
        assert!(answer.text().contains("back on Monday"));
    });
}

#[test]
fn a_service_that_nobody_listens_for() {
    refused("GET", "gone", "service-down");
}

#[test]
fn a_service_whose_host_has_no_address() {
    refused("GET", "nowhere", "service-host-unknown");
}

#[test]
fn a_service_that_does_not_answer_in_time() {
    refused("GET", "hasty/never", "service-timeout");
}

#[test]
fn a_service_that_gives_up_in_the_middle() {
    refused("GET", "echo/break", "service-breaks-off");
}

#[test]
fn a_service_that_cannot_prove_itself() {
    refused("GET", "unproven", "service-tls");
}
