//! What an information system gets wrong: its own security server says so, and nothing leaves it.

use demo_town::town::names::{CONSUMER, PROVIDER, PURPOSE, SERVICE};
use sekisho_tests::answer::Answer;
use sekisho_tests::errors::row;
use sekisho_tests::world::World;
use service_kit::http::Request;
use service_kit::http_client::{ClientSecurity, ClientSettings, Destination, HttpClient};
use service_kit::tls::{TlsClient, TlsIdentity, Verification};

use crate::town::{CERTIFIED, ENCRYPTED, STEADY, https_port};

fn echo(client: &str) -> Request {
    Request::get(format!("/r1/{PROVIDER}/echo")).header("X-Road-Client", client)
}

fn target(target: &str) -> Request {
    Request::get(target).header("X-Road-Client", CONSUMER)
}

#[test]
fn a_good_request_is_answered() {
    STEADY.beside_others(async |world| {
        let answer = world.ask(World::request("POST", "echo/x").body("hello")).await;
        answer.is_answered();
        assert_eq!(answer.text(), "hello");
    });
}

#[test]
fn a_target_that_could_be_read_in_two_ways() {
    STEADY.beside_others(async |world| {
        for bad in ["/r1/a//b", "/r1/a/%2e%2e/b", "/r1/%ff", "/r1/a%00b", "/r1/%zz"] {
            let answer = world.ask(target(bad)).await;
            answer.is(&row("target-malformed"));
            assert!(answer.text().starts_with("Bad request target: "), "{bad}: {}", answer.text());
        }
    });
}

#[test]
fn a_target_without_a_service() {
    STEADY.beside_others(async |world| {
        for bad in [format!("/r1/{PROVIDER}"), "/r1/".to_owned(), "/r1/SEKISHO-DEMO".to_owned()] {
            world.ask(target(&bad)).await.is(&row("target-incomplete"));
        }
    });
}

#[test]
fn a_method_that_the_protocol_does_not_have() {
    STEADY.beside_others(async |world| {
        world.ask(World::request("BREW", "echo")).await.is(&row("method-unknown"));
    });
}

#[test]
fn no_client() {
    STEADY.beside_others(async |world| {
        world.ask(Request::get(format!("/r1/{PROVIDER}/echo"))).await.is(&row("client-missing"));
    });
}

#[test]
fn a_client_that_is_no_identifier() {
    STEADY.beside_others(async |world| {
        world.ask(echo("SEKISHO-DEMO/ORG")).await.is(&row("client-malformed"));
    });
}

#[test]
fn a_client_that_is_not_hosted_here() {
    STEADY.beside_others(async |world| {
        for client in ["SEKISHO-DEMO/ORG/700110/other", PROVIDER, "SEKISHO-DEMO/ORG/700110"] {
            world.ask(echo(client)).await.is(&row("client-unknown"));
        }
    });
}

/// Sends over TLS, showing the certificate of a server of the town, or none.
async fn over_tls(world: &World, shown_by: Option<&str>, client: &str) -> Answer {
    let identity = shown_by.map(|server| {
        let server = testkit::tokens::Token::open(&world.server(server)).unwrap();
        let key = server.authentication.key().to_pkcs8().unwrap();
        TlsIdentity::new(vec![server.authentication.certificate().der().to_vec()], key).unwrap()
    });
    let security = ClientSecurity::Tls(TlsClient::new(Verification::Any, identity.as_ref()).unwrap());
    let destination =
        Destination { host: "127.0.0.1".to_owned(), port: https_port(world.town.ports), security };
    let client_side = HttpClient::new(ClientSettings::default());
    Answer::read(client_side.send(&destination, echo(client)).await.unwrap()).await.unwrap()
}

#[test]
fn an_information_system_without_tls() {
    STEADY.beside_others(async |world| {
        for client in [ENCRYPTED, CERTIFIED] {
            world.ask(echo(client)).await.is(&row("system-not-encrypted"));
        }
        // Known to its server, it gets as far as the provider, who does not know it.
        over_tls(world, None, ENCRYPTED).await.is(&row("client-not-registered"));
    });
}

#[test]
fn an_information_system_that_shows_no_certificate() {
    STEADY.beside_others(async |world| {
        over_tls(world, None, CERTIFIED).await.is(&row("system-without-certificate"));
    });
}

#[test]
fn an_information_system_that_shows_another_certificate() {
    STEADY.beside_others(async |world| {
        over_tls(world, Some("municipality"), CERTIFIED).await.is(&row("system-unknown"));
        over_tls(world, Some("support-centre"), CERTIFIED).await.is(&row("client-not-registered"));
    });
}

#[test]
fn a_provider_that_is_not_registered() {
    STEADY.beside_others(async |world| {
        for provider in ["SEKISHO-DEMO/GOV/999999/child-rearing", "SEKISHO-DEMO/GOV/262011/other"] {
            world.ask(target(&format!("/r1/{provider}/echo"))).await.is(&row("provider-unknown"));
        }
    });
}

#[test]
fn an_instance_that_nobody_knows() {
    STEADY.beside_others(async |world| {
        world.ask(target("/r1/ELSEWHERE/GOV/1/s/echo")).await.is(&row("instance-unknown"));
    });
}

#[test]
fn a_security_server_that_does_not_serve_the_provider() {
    STEADY.beside_others(async |world| {
        for server in ["SEKISHO-DEMO/GOV/262011/other", "SEKISHO-DEMO/ORG/700110/centre"] {
            let request = echo(CONSUMER).header("X-Road-Security-Server", server);
            world.ask(request).await.is(&row("server-unknown"));
        }
    });
}

fn about_a_person() -> Request {
    World::request("GET", &format!("{SERVICE}/eligibility"))
}

#[test]
fn nobody_is_named_where_a_person_must_be() {
    STEADY.beside_others(async |world| {
        world.ask(about_a_person()).await.is(&row("subject-missing"));
        let twice =
            about_a_person().header("X-Road-Consent-Subject", "c-1").header("X-Road-Consent-Subject", "c-2");
        world.ask(twice).await.is(&row("subject-twice"));
    });
}

#[test]
fn a_person_whom_nobody_has_linked() {
    STEADY.beside_others(async |world| {
        let request = about_a_person()
            .header("X-Road-Consent-Subject", "c-99999")
            .header("X-Road-Consent-Purpose", PURPOSE);
        world.ask(request).await.is(&row("consent-required"));
    });
}
