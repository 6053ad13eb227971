//! Several security servers of one provider: which one gets a request, and what happens when it cannot.

use service_kit::http::Request;

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
