//! What does not go through, and what the asking side is told.

use bytes::Bytes;
use futures_util::stream;
use service_kit::http::{Body, BodyError, Request};
use service_kit::http_client::{ClientSecurity, ClientSettings, Destination, HttpClient};
use service_kit::tls::{TlsClient, Verification};

use crate::errors::row;
use crate::town::{CONSUMER, PROVIDER, Town, Wishes, tls};

fn request(client: &str, target: &str) -> Request {
    Request::get(target).header("X-Road-Client", client)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_refusal_has_its_code() {
    let town = Town::new().await;
    let service = |code: &str| format!("/r1/{PROVIDER}/{code}");
    let svc = service("svc");
    for (request, status, code) in [
        (Request::get(&svc), 500, "server.clientproxy.invalid_client_identifier"),
        (request("INST/GOV/1111", &svc), 500, "server.clientproxy.unknown_member"),
        (request("INST/GOV", &svc), 500, "server.clientproxy.internal_error"),
        (request(CONSUMER, "/r1/INST/GOV/2222/SUB2"), 500, "server.clientproxy.internal_error"),
        (
            Request::new("BREW", &svc).header("X-Road-Client", CONSUMER),
            500,
            "server.clientproxy.internal_error",
        ),
        (request(CONSUMER, "/r1/INST/GOV/9999/SUB2/svc"), 500, "server.clientproxy.unknown_member"),
        (request(CONSUMER, "/r1/ELSE/GOV/2222/SUB2/svc"), 500, "server.clientproxy.internal_error"),
        (
            request(CONSUMER, &svc).header("X-Road-Security-Server", "INST/GOV/2222/OTHER"),
            500,
            "server.clientproxy.invalid_security_server",
        ),
        (
            request(CONSUMER, &svc).header("X-Road-Security-Server", "INST/GOV/1111/SS1"),
            500,
            "server.clientproxy.invalid_security_server",
        ),
        (request(CONSUMER, &svc).header("X-Road-Security-Server", "INST/GOV/2222/SS2"), 200, "no error"),
        (request("INST/GOV/1111/NORIGHTS", &svc), 500, "server.serverproxy.access_denied"),
        (request(CONSUMER, &service("nosvc")), 500, "server.serverproxy.unknown_service"),
        (request(CONSUMER, &service("closed")), 500, "server.serverproxy.access_denied"),
        (request(CONSUMER, &service("soap")), 500, "server.serverproxy.service_type"),
        (request(CONSUMER, &service("off")), 500, "server.serverproxy.service_disabled"),
        (request(CONSUMER, &service("limited/open/x")), 200, "no error"),
        (request(CONSUMER, &service("limited/open/x/y")), 500, "server.serverproxy.access_denied"),
        (request(CONSUMER, &service("limited/open/../x")), 500, "server.serverproxy.access_denied"),
        (request(CONSUMER, &service("gone")), 500, "server.serverproxy.network_error"),
        (request(CONSUMER, &service("nohost")), 500, "server.serverproxy.unknown_host"),
        (request(CONSUMER, &service("svc?a|b")), 500, "server.serverproxy.service_failed.internal_error"),
        (request(CONSUMER, &service("personal")), 400, "server.serverproxy.subject_missing"),
        (
            request(CONSUMER, &service("personal")).header("X-Road-Consent-Subject", "c-17"),
            503,
            "server.clientproxy.consent_state_stale",
        ),
        (
            request(CONSUMER, &service("personal"))
                .header("X-Road-Consent-Subject", "c-17")
                .header("X-Road-Consent-Purpose", "p")
                .header("X-Road-Consent-Purpose", "q"),
            400,
            &row("purpose-ambiguous").code,
        ),
    ] {
        let what = format!("{} {}", request.method, request.target);
        assert_eq!(town.refused(request).await, (status, code.to_owned()), "{what}");
    }
    for target in ["/r1/a//b", "/r1/a/%2e%2e/b", "/r1/%ff"] {
        assert_eq!(town.ask(request(CONSUMER, target)).await.status, 400, "{target}");
    }
    assert_eq!(town.calls.lock().unwrap().len(), 2, "only what was let through reaches the service");
    town.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn errors_are_told_in_the_form_that_was_asked_for() {
    let town = Town::new().await;
    let ask = |accept: &str| Request::get(format!("/r1/{PROVIDER}/svc")).header("Accept", accept);
    let (response, body) = town.ask_whole(ask("*/*")).await;
    assert_eq!(response.headers.get("content-type"), Some("application/json"));
    let json: serde_json::Value = serde_json::from_slice(&body).unwrap();
    assert_eq!(json["type"], "server.clientproxy.invalid_client_identifier");
    assert_eq!(json["detail"].as_str().unwrap().len(), 36);
    let (response, body) = town.ask_whole(ask("application/json, text/xml;q=0.1")).await;
    assert_eq!(response.headers.get("content-type"), Some("text/xml;charset=utf-8"));
    assert!(
        body.starts_with(b"<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"no\"?><error><type>server.")
    );
    let (response, body) = town.ask_whole(Request::new("HEAD", format!("/r1/{PROVIDER}/svc"))).await;
    assert_eq!((response.status, body.len()), (500, 0));
    assert!(response.headers.contains("x-road-error"));
    town.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_breaks_off_is_not_believed() {
    let town = Town::new().await;
    // The service, in the middle of an answer that has begun to leave: a fault in the place of the signature.
    let broken = Town::request("GET", "svc/break").header("X-Road-Id", "broken");
    assert_eq!(town.refused(broken).await, (500, "server.serverproxy.io_error".to_owned()));
    let (consumer, provider) = town.records("broken").await;
    assert_eq!((consumer.len(), provider.len()), (1, 1), "the request is recorded, the answer is not");
    town.calls.lock().unwrap().clear();
    // The information system, in the middle of a request that has begun to leave: nothing is delivered.
    let pieces = (0..20)
        .map(|n| if n < 19 { Ok(Bytes::from(vec![b'x'; 16 * 1024])) } else { Err(BodyError::Truncated) });
    let cut = Town::request("POST", "svc/x")
        .header("X-Road-Id", "cut")
        .body(Body::stream(stream::iter(pieces), None));
    let client = HttpClient::new(ClientSettings::default());
    let at = town.consumer.addresses().http.unwrap();
    assert!(client.send(&crate::town::plain(at), cut).await.is_err());
    // A whole one afterwards shows that the servers have dealt with the broken one.
    assert_eq!(town.ask(Town::request("POST", "svc/x").body("whole")).await.status, 200);
    let (consumer, provider) = town.records("cut").await;
    assert_eq!((consumer.len(), provider.len(), town.calls.lock().unwrap().len()), (0, 0, 1));
    town.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_good_certificate_nothing_is_signed() {
    for (member, code) in [("1111", "server.clientproxy"), ("2222", "server.serverproxy")] {
        let town = Town::with(Wishes { revoked: [member].into(), ..Wishes::default() }).await;
        let refused = town.refused(Town::request("POST", "svc").header("X-Road-Id", "q").body("x")).await;
        assert_eq!(refused, (500, format!("{code}.cannot_create_signature")));
        // Found out before anything is done that cannot be taken back.
        assert!(town.calls.lock().unwrap().is_empty(), "the service was called");
        let (consumer, provider) = town.records("q").await;
        assert_eq!((consumer.len(), provider.len()), (usize::from(member == "2222"), 0));
        town.end().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn information_systems_connect_as_their_subsystem_demands() {
    for (policy, plain_ok, anonymous_ok) in
        [("NOSSL", true, true), ("SSLNOAUTH", false, true), ("SSLAUTH", false, false)]
    {
        let mut subsystem = format!("connection_type = \"{policy}\"");
        if policy == "SSLAUTH" {
            // Any certificate file will do as the registered one: the servers' own are at hand.
            subsystem.push_str("\ncertificates = [\"auth.crt.pem\"]");
        }
        let town = Town::with(Wishes { consumer_subsystem: subsystem, ..Wishes::default() }).await;
        let refused = (500, "server.clientproxy.ssl_authentication_failed".to_owned());
        let expected = |ok: bool| if ok { (200, "no error".to_owned()) } else { refused.clone() };
        assert_eq!(town.refused(Town::request("GET", "svc")).await, expected(plain_ok), "{policy} plain");
        for (identity, ok) in [
            (None, anonymous_ok),
            (Some(tls(&town.provider_keys.auth)), anonymous_ok),
            (Some(tls(&town.consumer_keys.auth)), true),
        ] {
            let security = ClientSecurity::Tls(TlsClient::new(Verification::Any, identity.as_ref()).unwrap());
            let at = town.consumer.addresses().https.unwrap();
            let destination = Destination { host: at.ip().to_string(), port: at.port(), security };
            let client = HttpClient::new(ClientSettings::default());
            let response = client.send(&destination, Town::request("GET", "svc")).await.unwrap();
            let error = response.headers.get("x-road-error").unwrap_or("no error").to_owned();
            assert_eq!((response.status, error), expected(ok), "{policy} {}", identity.is_some());
        }
        town.end().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn declarations_are_applied_while_running() {
    let town = Town::new().await;
    let file = town.folder_of("ss2").join("subsystems.toml");
    let before = std::fs::read_to_string(&file).unwrap();
    let client = HttpClient::new(ClientSettings::default());
    let admin = crate::town::plain(town.provider.addresses().admin);
    let apply = || client.send(&admin, Request::new("POST", "/apply"));
    std::fs::write(&file, before.replace("code = \"svc\"", "code = \"other\"")).unwrap();
    assert_eq!(apply().await.unwrap().status, 200);
    assert_eq!(town.refused(Town::request("GET", "svc")).await.1, "server.serverproxy.unknown_service");
    assert_eq!(town.ask(Town::request("GET", "other")).await.status, 200);
    std::fs::write(&file, before.replace("kind = \"REST\"", "kind = \"RPC\"")).unwrap();
    assert_eq!(apply().await.unwrap().status, 422);
    assert_eq!(town.ask(Town::request("GET", "other")).await.status, 200, "the running declarations stay");
    town.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_expired_configuration_stops_everything() {
    let town = Town::with(Wishes { expired: true, ..Wishes::default() }).await;
    let refused = town.refused(Town::request("GET", "svc")).await;
    assert_eq!(refused, (500, "server.clientproxy.global_conf_outdated".to_owned()));
    town.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_is_not_there_or_not_the_right_one() {
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let town = Town::with(Wishes { detour: Some(nobody), ..Wishes::default() }).await;
    let refused = town.refused(Town::request("GET", "svc").header("X-Road-Id", "q")).await;
    assert_eq!(refused, (500, "server.clientproxy.network_error".to_owned()));
    assert!(town.records("q").await.0.is_empty(), "nothing is signed for a server that cannot be reached");

    // A server of the network, registered, but not for this provider: our own.
    let mirror = town.consumer.addresses().peers;
    let other = Town::with(Wishes { detour: Some(mirror), ..Wishes::default() }).await;
    let refused = other.refused(Town::request("GET", "svc")).await.1;
    assert!(refused.starts_with("server.clientproxy."), "{refused}");
    other.end().await;
    town.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_address_that_cannot_be_called() {
    let town = Town::new().await;
    town.declare(&format!(
        "[[subsystem.service]]\ncode = \"crooked\"\nkind = \"REST\"\nurl = \"http://h:port/\"\n\
         [[subsystem.service.allow]]\nclient = \"{CONSUMER}\"\n"
    ))
    .await;
    let refused = town.refused(Town::request("GET", "crooked")).await.1;
    assert_eq!(refused, row("service-address-malformed").code);
    town.end().await;
}
