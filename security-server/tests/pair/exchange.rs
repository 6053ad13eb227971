//! What goes through, and how it arrives.

use bytes::Bytes;
use futures_util::stream;
use security_server::message_log::{Direction, RecordSummary, Side};
use service_kit::http::{Body, Request};

use crate::town::{CONSUMER, PROVIDER, Town};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_arrives_as_it_was_sent() {
    let town = Town::new().await;
    let request = Town::request("POST", "svc/a%2Fb/?x=%C3%A4&y=1+2")
        .header("x-B", "1")
        .header("X-a", "2")
        .header("x-B", "3")
        .header("X-Road-Id", "query-1")
        .header("X-Road-UserId", "EE1")
        .header("X-Road-Request-Id", "forged")
        .body("hello");
    let (response, body) = town.ask_whole(request).await;
    assert_eq!((response.status, &body[..]), (200, &b"hello"[..]));

    let (call, called_with) = town.calls.lock().unwrap().remove(0);
    assert_eq!(call.method, "POST");
    assert_eq!(call.target, "/base/a%2Fb/?x=%C3%A4&y=1+2");
    assert_eq!(called_with, "hello");
    let names: Vec<_> = call.headers.iter().map(|(name, _)| name).collect();
    let sent = ["X-Road-Client", "x-B", "X-a", "x-B", "X-Road-Id", "X-Road-UserId", "x-road-request-id"];
    assert!(names.windows(sent.len()).any(|window| window == sent), "{names:?}");
    assert_eq!(call.headers.get("content-length"), Some("5"));
    assert_ne!(call.headers.get("x-road-request-id"), Some("forged"));

    let names: Vec<_> = response.headers.iter().map(|(name, _)| name).collect();
    let own = ["x-road-id", "x-road-client", "x-road-service", "x-road-request-id", "x-road-request-hash"];
    assert!(names.windows(5).any(|window| window == own), "{names:?}");
    assert_eq!(response.headers.get("x-road-id"), Some("query-1"));
    assert_eq!(response.headers.get("x-road-client"), Some(CONSUMER));
    assert_eq!(response.headers.get("x-road-service"), Some(format!("{PROVIDER}/svc").as_str()));
    assert_eq!(response.headers.get("X-Service"), Some("Yes"));

    let (consumer, provider) = town.records("query-1").await;
    let seen = |records: &[RecordSummary]| records.iter().map(|r| (r.side, r.direction)).collect::<Vec<_>>();
    assert_eq!(
        seen(&consumer),
        [(Side::Consumer, Direction::Request), (Side::Consumer, Direction::Response)]
    );
    assert_eq!(
        seen(&provider),
        [(Side::Provider, Direction::Request), (Side::Provider, Direction::Response)]
    );
    town.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn verbs_statuses_and_bodies() {
    let town = Town::new().await;
    for verb in ["GET", "DELETE", "OPTIONS", "TRACE", "POST", "PUT", "PATCH", "HEAD"] {
        let (response, _) = town.ask_whole(Town::request(verb, "svc/x")).await;
        assert_eq!(response.status, 200, "{verb}");
        assert_eq!(town.calls.lock().unwrap().pop().unwrap().0.method, verb);
    }
    // A body of a verb that has none is signed, but not handed on.
    let (response, _) = town.ask_whole(Town::request("DELETE", "svc/x").body("ignored")).await;
    assert_eq!(response.status, 200);
    assert!(town.calls.lock().unwrap().pop().unwrap().1.is_empty());
    for (status, body) in [(204, ""), (304, ""), (404, "as asked"), (500, "as asked"), (301, "as asked")] {
        let (response, found) = town.ask_whole(Town::request("GET", &format!("svc/status/{status}"))).await;
        assert_eq!((response.status, &found[..]), (status, body.as_bytes()));
    }
    for size in [0, 1, 65_000, 65_536, 300_000, 5_000_000] {
        let pattern: Vec<u8> = (0..size).map(|n| u8::try_from(n % 251).unwrap()).collect();
        let whole = Bytes::from(pattern);
        let pieces: Vec<_> = whole.chunks(7_001).map(|piece| Ok(whole.slice_ref(piece))).collect();
        let chunked = Town::request("PUT", "svc/x").body(Body::stream(stream::iter(pieces), None));
        let (response, found) = town.ask_whole(chunked).await;
        assert_eq!(response.status, 200, "{size}");
        assert!(found == whole, "{size}");
        assert!(town.calls.lock().unwrap().pop().unwrap().1 == whole, "{size}");
    }
    town.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_at_once() {
    let town = std::sync::Arc::new(Town::new().await);
    let tasks: Vec<_> = (0..100)
        .map(|n| {
            let town = std::sync::Arc::clone(&town);
            tokio::spawn(async move {
                let request: Request = Town::request("POST", "svc/x").body(format!("body {n}"));
                let (response, body) = town.ask_whole(request).await;
                assert_eq!((response.status, &body[..]), (200, format!("body {n}").as_bytes()));
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    assert_eq!(town.calls.lock().unwrap().len(), 100);
}
