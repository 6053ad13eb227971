//! Several security servers of one provider: which one gets a request, and what happens when it cannot.

use security_server::message_log::ExportQuery;
use service_kit::http::Request;

use crate::gate::{Gate, Mode};
use crate::town::{Town, Twin, Wishes, unused_address};

fn to(server: &str) -> Request {
    Town::request("GET", "svc").header("X-Road-Security-Server", format!("INST/GOV/2222/{server}"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_of_two_answers_and_the_wanted_one_when_it_is_named() {
    let town = Town::with(Wishes { twin: Some(Twin::Up), ..Wishes::default() }).await;
    for n in 0..4 {
        let request = Town::request("GET", "svc").header("X-Road-Id", format!("q-{n}"));
        assert_eq!(town.ask(request).await.status, 200);
    }
    let (mut first, mut second) = (0, 0);
    for n in 0..4 {
        first += usize::from(!town.records(&format!("q-{n}")).await.1.is_empty());
    }
    assert!(first == 0 || first == 4, "the fastest one is remembered: {first} of 4");
    for _ in 0..3 {
        let id = format!("s-{second}");
        assert_eq!(town.ask(to("SS3").header("X-Road-Id", &id)).await.status, 200);
        assert!(town.records(&id).await.1.is_empty(), "the other one was named");
        second += 1;
    }
    town.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_one_is_tried_before_anything_has_left() {
    for twin in [Twin::Down, Twin::Garbled] {
        let town = Town::with(Wishes { twin: Some(twin), ..Wishes::default() }).await;
        for _ in 0..3 {
            assert_eq!(town.ask(Town::request("GET", "svc")).await.status, 200);
        }
        assert_eq!(
            town.refused(to("SS3")).await.1,
            "server.clientproxy.network_error",
            "no other was wanted"
        );
        town.end().await;
    }
    let detour = Some(unused_address());
    let town = Town::with(Wishes { twin: Some(Twin::Up), detour, ..Wishes::default() }).await;
    for _ in 0..3 {
        assert_eq!(town.ask(Town::request("GET", "svc")).await.status, 200);
    }
    town.end().await;
    let town = Town::with(Wishes { twin: Some(Twin::Down), detour, ..Wishes::default() }).await;
    assert_eq!(town.refused(Town::request("GET", "svc")).await.1, "server.clientproxy.network_error");
    town.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_in_maintenance_gets_nothing() {
    let maintenance = Some("back at noon");
    let town = Town::with(Wishes { maintenance, ..Wishes::default() }).await;
    let (response, body) = town.ask_whole(Town::request("GET", "svc")).await;
    assert_eq!(response.headers.get("x-road-error"), Some("server.clientproxy.maintenance_mode"));
    let text = String::from_utf8_lossy(&body);
    assert!(text.contains("back at noon") && !text.contains("SS2"), "{text}");
    town.end().await;

    let town = Town::with(Wishes { maintenance, twin: Some(Twin::Up), ..Wishes::default() }).await;
    assert_eq!(town.ask(Town::request("GET", "svc")).await.status, 200, "the other one serves");
    assert_eq!(town.refused(to("SS2")).await.1, "server.clientproxy.maintenance_mode");
    town.end().await;
}

/// A provider with two servers, each behind a gate; every exchange has a connection of its own.
async fn behind_gates(first: Mode, second: Mode) -> (Town, Gate, Gate) {
    let (one, two) = (Gate::new(first).await, Gate::new(second).await);
    let (detour, twin_detour) = (Some(one.at), Some(two.at));
    let peers = "keep_alive = \"never\"";
    let town =
        Town::with(Wishes { twin: Some(Twin::Up), detour, twin_detour, peers, ..Wishes::default() }).await;
    one.lead_to(town.provider.addresses().peers);
    two.lead_to(town.twin.as_ref().unwrap().addresses().peers);
    (town, one, two)
}

/// Which of the two has recorded the message: the first, the second.
async fn recorded(town: &Town, id: &str) -> (usize, usize) {
    let query = ExportQuery { query_id: id.to_owned(), local: None, direction: None, force: false };
    let second = town.twin.as_ref().unwrap().journal().find(&query).await.unwrap();
    (town.records(id).await.1.len(), second.len())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_fastest_is_remembered_until_it_fails() {
    let (town, one, two) = behind_gates(Mode::Open, Mode::Held).await;
    assert_eq!(town.ask(Town::request("GET", "svc")).await.status, 200, "the first was the faster one");
    two.set(Mode::Open);
    let tried = two.connections();
    for n in 0..3 {
        let id = format!("first-{n}");
        assert_eq!(town.ask(Town::request("GET", "svc").header("X-Road-Id", &id)).await.status, 200);
        assert_eq!(recorded(&town, &id).await, (2, 0));
    }
    assert_eq!(two.connections(), tried, "nobody else is even asked");

    one.set(Mode::Shut);
    assert_eq!(town.ask(Town::request("GET", "svc").header("X-Road-Id", "other")).await.status, 200);
    assert_eq!(recorded(&town, "other").await, (0, 2));
    one.set(Mode::Open);
    let tried = one.connections();
    assert_eq!(town.ask(Town::request("GET", "svc")).await.status, 200);
    assert_eq!(one.connections(), tried, "now the other one is remembered");
    town.end().await;
}

/// Whether the service was called nobody but the service knows then.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_other_one_is_tried_when_something_has_left() {
    let (town, one, two) = behind_gates(Mode::Open, Mode::Shut).await;
    assert_eq!(town.ask(Town::request("GET", "svc")).await.status, 200, "the first is remembered");
    two.set(Mode::Open);
    let (tried, calls) = (two.connections(), town.calls.lock().unwrap().len());
    // More than a handshake, less than the message with its body.
    for (mode, served) in [(Mode::CutTo(50_000), 0), (Mode::CutFrom(50_000), 1)] {
        one.set(mode);
        let id = format!("{mode:?}");
        let request = Town::request("POST", "svc").header("X-Road-Id", &id).body(vec![b'x'; 200_000]);
        let (status, code) = town.refused(request).await;
        assert!(status == 500 && code.starts_with("server.clientproxy."), "{mode:?}: {code}");
        let called = town.calls.lock().unwrap().iter().filter(|(_, body)| body.len() == 200_000).count();
        assert_eq!(called, served, "{mode:?}");
        assert_eq!((recorded(&town, &id).await.1, two.connections()), (0, tried), "{mode:?}");
        one.set(Mode::Open);
        town.calls.lock().unwrap().retain(|(_, body)| body.len() != 200_000);
    }
    assert_eq!(town.calls.lock().unwrap().len(), calls);
    town.end().await;
}

/// Somebody listens at the first address who is not the provider: the consumer's own server.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_who_is_not_who_it_must_be_is_passed_over() {
    let (town, one, two) = behind_gates(Mode::Open, Mode::Held).await;
    one.lead_to(town.consumer.addresses().peers);
    two.set(Mode::Open);
    for n in 0..3 {
        let id = format!("q-{n}");
        assert_eq!(town.ask(Town::request("GET", "svc").header("X-Road-Id", &id)).await.status, 200);
        assert_eq!(recorded(&town, &id).await, (0, 2));
    }
    let refused = town.refused(to("SS2")).await.1;
    assert!(refused.starts_with("server.clientproxy.ssl_authentication_failed"), "{refused}");
    town.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connections_are_used_again_unless_that_is_switched_off() {
    for (peers, expected) in [("", 1), ("keep_alive = \"always\"", 1), ("keep_alive = \"never\"", 6)] {
        let gate = Gate::new(Mode::Open).await;
        let town = Town::with(Wishes { detour: Some(gate.at), peers, ..Wishes::default() }).await;
        gate.lead_to(town.provider.addresses().peers);
        for size in [0, 10, 100_000] {
            for service in ["svc", "closed"] {
                let request = Town::request("POST", service).body(vec![b'x'; size]);
                let answered = town.ask_whole(request).await.0.status;
                assert_eq!(answered, if service == "svc" { 200 } else { 500 });
            }
        }
        assert_eq!(gate.connections(), expected, "{peers}");
        town.end().await;
    }
}
