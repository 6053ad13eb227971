//! What an administrator is told about a message.

use security_server::boot::Running;
use service_kit::http::Request;
use service_kit::http_client::{ClientSettings, HttpClient};

use crate::town::{CONSUMER, PROVIDER, Town, plain};

async fn explained(server: &Running, id: &str) -> (u16, String) {
    let admin = plain(server.addresses().admin);
    let request = Request::get(format!("/explain?id={id}"));
    let response = HttpClient::new(ClientSettings::default()).send(&admin, request).await.unwrap();
    let status = response.status;
    (status, String::from_utf8(response.body.read_all(100_000).await.unwrap().to_vec()).unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn stages_hop_rule_and_fix() {
    let town = Town::new().await;
    assert_eq!(town.ask(Town::request("GET", "svc").header("X-Road-Id", "fine")).await.status, 200);
    for (server, legs) in [(&town.consumer, ["leg 1:", "leg 4:"]), (&town.provider, ["leg 2:", "leg 3:"])] {
        let (status, text) = explained(server, "fine").await;
        assert_eq!(status, 200);
        assert!(legs.iter().all(|leg| text.contains(leg)) && text.contains("complete:"), "{text}");
    }

    let (response, body) = town.ask_whole(Town::request("GET", "closed").header("X-Road-Id", "denied")).await;
    assert_eq!(response.headers.get("x-road-error"), Some("server.serverproxy.access_denied"));
    let body: serde_json::Value = serde_json::from_slice(&body).unwrap();
    let detail = body["detail"].as_str().unwrap();
    let route = format!("{CONSUMER} -> {PROVIDER}/closed");
    for (server, side) in [(&town.consumer, "consumer's side"), (&town.provider, "provider's side")] {
        for id in ["denied", detail] {
            let (_, text) = explained(server, id).await;
            for expected in [
                side,
                route.as_str(),
                "hop: the provider's security server",
                "Authorise: access_denied",
                "fix: to act: the provider of the service",
            ] {
                assert!(text.contains(expected), "{expected:?} is not in {text}");
            }
        }
    }
    let (_, text) = explained(&town.consumer, "denied").await;
    assert!(text.contains("leg 1:"), "the request was signed and recorded: {text}");
    assert_eq!(explained(&town.consumer, "never-seen").await.0, 404);
    assert_eq!(explained(&town.consumer, "").await.0, 400);
    town.end().await;
}
