//! The client against our own server, against hyper, and against servers that misbehave.

use std::convert::Infallible;
use std::time::Duration;

use futures_util::stream;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::*;
use crate::http::Body;
use crate::http_server::{Server, ServerSecurity, ServerSettings};
use crate::shutdown::Shutdown;

/// A server that sends `answers[n]` to its n-th connection after it saw the end of a request head, then closes.
async fn canned(answers: &[&'static str]) -> Destination {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let answers = answers.to_vec();
    tokio::spawn(async move {
        for answer in answers {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut seen = Vec::new();
            while !seen.windows(4).any(|window| window == b"\r\n\r\n") {
                let mut buffer = [0; 1024];
                let count = stream.read(&mut buffer).await.unwrap();
                seen.extend_from_slice(&buffer[..count]);
            }
            stream.write_all(answer.as_bytes()).await.unwrap();
            stream.shutdown().await.unwrap();
        }
    });
    Destination::plain("127.0.0.1", port)
}

async fn echo_server() -> (Destination, Shutdown) {
    let server = Server::bind("127.0.0.1:0", ServerSecurity::Plain, ServerSettings::default()).await.unwrap();
    let port = server.local_address().port();
    let shutdown = Shutdown::new();
    // The answer begins before the request is read to its end.
    let echo = |request: Request| async move { Response::new(200).body(request.body) };
    tokio::spawn(server.serve(echo, shutdown.clone()));
    (Destination::plain("127.0.0.1", port), shutdown)
}

fn client() -> HttpClient {
    HttpClient::new(ClientSettings {
        response_timeout: Some(Duration::from_millis(500)),
        stall_timeout: Duration::from_millis(500),
        ..ClientSettings::default()
    })
}

#[tokio::test]
async fn answers_keep_header_names_and_order() {
    let destination = canned(&[
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 404 Nope\r\nx-B: 1\r\nX-a:2\r\nContent-Length: 2\r\n\r\nok",
    ])
    .await;
    let response = client().send(&destination, Request::get("/")).await.unwrap();
    assert_eq!((response.status, response.reason.as_str()), (404, "Nope"));
    let names: Vec<_> = response.headers.iter().collect();
    assert_eq!(names, [("x-B", "1"), ("X-a", "2"), ("Content-Length", "2")]);
    assert_eq!(response.body.read_all(10).await.unwrap(), "ok");
}

#[tokio::test]
async fn an_answer_that_ends_with_the_connection_needs_consent() {
    let answer = "HTTP/1.1 200 OK\r\n\r\nuntil the end";
    let destination = canned(&[answer, answer]).await;
    let refused = client().send(&destination, Request::get("/")).await.unwrap_err();
    assert!(matches!(refused, ClientError::BadResponse(_)), "{refused}");
    let tolerant =
        HttpClient::new(ClientSettings { accept_close_delimited: true, ..ClientSettings::default() });
    let response = tolerant.send(&destination, Request::get("/")).await.unwrap();
    assert_eq!(response.body.read_all(100).await.unwrap(), "until the end");
}

#[tokio::test]
async fn a_cut_answer_is_an_error() {
    let destination = canned(&[
        "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nshort\r\n",
        "HTTP/1.1 200 OK\r\nConte",
        "",
        "nonsense\r\n\r\n",
        "HTTP/1.1 101 Switching\r\n\r\n",
    ])
    .await;
    for _ in 0..2 {
        let response = client().send(&destination, Request::get("/")).await.unwrap();
        assert!(matches!(response.body.read_all(100).await, Err(BodyError::Truncated)));
    }
    let error = |request| async { client().send(&destination, request).await.unwrap_err() };
    assert!(matches!(error(Request::get("/")).await, ClientError::BadResponse(_)));
    assert!(matches!(error(Request::get("/")).await, ClientError::Closed { reused: false }));
    assert!(matches!(error(Request::get("/")).await, ClientError::BadResponse(_)));
    assert!(matches!(error(Request::get("/")).await, ClientError::BadResponse(_)));
}

#[tokio::test]
async fn connections_are_used_again_after_the_answer_is_read() {
    let (destination, _shutdown) = echo_server().await;
    let client = client();
    for round in 0..3 {
        let connection = client.connect(&destination).await.unwrap();
        assert_eq!(connection.is_reused(), round > 0);
        let response = connection.send(Request::post("/", "text/plain", "hello")).await.unwrap();
        // The server answers while it reads, so it cannot promise to keep the connection unless it knows the end.
        let kept = !response.headers.contains("connection");
        assert_eq!(response.body.read_all(10).await.unwrap(), "hello");
        if !kept {
            return;
        }
    }
}

#[tokio::test]
async fn idle_connections_that_the_server_closed_are_not_used() {
    let destination = canned(&["HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"; 2]).await;
    let client = client();
    for _ in 0..2 {
        let connection = client.connect(&destination).await.unwrap();
        assert!(!connection.is_reused());
        connection.send(Request::get("/")).await.unwrap();
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test]
async fn long_bodies_flow_in_both_directions_at_once() {
    let (destination, _shutdown) = echo_server().await;
    let piece = bytes::Bytes::from(vec![7; 64 * 1024]);
    let count = 256;
    let pieces = stream::iter((0..count).map(move |_| Ok(piece.clone())));
    let request = Request::new("POST", "/").body(Body::stream(pieces, None));
    let mut response = client().send(&destination, request).await.unwrap();
    let mut length = 0;
    while let Some(piece) = response.body.piece().await {
        length += piece.unwrap().len();
    }
    assert_eq!(length, count * 64 * 1024);
}

#[tokio::test]
async fn an_early_refusal_is_heard_while_the_body_is_sent() {
    let server = Server::bind("127.0.0.1:0", ServerSecurity::Plain, ServerSettings::default()).await.unwrap();
    let destination = Destination::plain("127.0.0.1", server.local_address().port());
    let refuse = |_: Request| async { Response::text(403, "no") };
    tokio::spawn(server.serve(refuse, Shutdown::new()));
    let piece = bytes::Bytes::from(vec![7; 64 * 1024]);
    let pieces = stream::iter((0..1024).map(move |_| Ok(piece.clone())));
    let request = Request::new("POST", "/").body(Body::stream(pieces, None));
    let response = client().send(&destination, request).await.unwrap();
    assert_eq!(response.status, 403);
    assert_eq!(response.body.read_all(10).await.unwrap(), "no");
}

#[tokio::test]
async fn a_request_body_that_fails_reaches_the_server_cut_short() {
    let (sender, body) = Body::channel(1);
    let server = Server::bind("127.0.0.1:0", ServerSecurity::Plain, ServerSettings::default()).await.unwrap();
    let destination = Destination::plain("127.0.0.1", server.local_address().port());
    let (seen, mut outcome) = tokio::sync::mpsc::channel(1);
    let handler = move |request: Request| {
        let seen = seen.clone();
        async move {
            let _ = seen.send(request.body.read_all(100).await).await;
            Response::new(200)
        }
    };
    tokio::spawn(server.serve(handler, Shutdown::new()));
    let producer = tokio::spawn(async move {
        sender.send("some").await;
        tokio::time::sleep(Duration::from_millis(50)).await;
        sender.abort("no more").await;
    });
    let error = client().send(&destination, Request::new("POST", "/").body(body)).await.unwrap_err();
    assert!(matches!(error, ClientError::RequestBody(BodyError::Aborted(_))), "{error}");
    producer.await.unwrap();
    assert!(matches!(outcome.recv().await.unwrap(), Err(BodyError::Truncated)));
}

#[tokio::test]
async fn a_silent_server_is_given_up() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let destination = Destination::plain("127.0.0.1", listener.local_addr().unwrap().port());
    let error = client().send(&destination, Request::get("/")).await.unwrap_err();
    assert!(matches!(error, ClientError::ResponseTimeout(_)), "{error}");
}

#[tokio::test]
async fn what_cannot_be_reached_says_so() {
    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
    let error = client().connect(&Destination::plain("127.0.0.1", closed)).await.err().unwrap();
    assert!(matches!(error, ClientError::Connect { .. }), "{error}");
    let error = client().connect(&Destination::plain("no-such-host.invalid", 80)).await.err().unwrap();
    assert!(matches!(error, ClientError::UnknownHost(_)), "{error}");
    let error =
        client().send(&Destination::plain("127.0.0.1", closed), Request::get("/ ")).await.unwrap_err();
    assert!(matches!(error, ClientError::Connect { .. }), "{error}");
}

#[tokio::test]
async fn speaks_with_an_independent_server() {
    use http_body_util::{BodyExt, Full};
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let destination = Destination::plain("127.0.0.1", listener.local_addr().unwrap().port());
    tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        let service = hyper::service::service_fn(|request: hyper::Request<hyper::body::Incoming>| async {
            let body = request.into_body().collect().await.unwrap().to_bytes();
            Ok::<_, Infallible>(hyper::Response::new(Full::new(body)))
        });
        let stream = hyper_util::rt::TokioIo::new(stream);
        hyper::server::conn::http1::Builder::new().serve_connection(stream, service).await.unwrap();
    });
    let client = client();
    for round in 0..4 {
        let pieces = stream::iter(["one", "two", "three"].map(|text| Ok(text.into())));
        let length = (round % 2 == 0).then_some(11);
        let request = Request::new("PUT", "/x").body(Body::stream(pieces, length));
        let response = client.send(&destination, request).await.unwrap();
        assert_eq!(response.body.read_all(100).await.unwrap(), "onetwothree");
    }
}

#[tokio::test]
async fn an_independent_client_is_served() {
    use http_body_util::{BodyExt, Full};
    let (destination, _shutdown) = echo_server().await;
    let stream = tokio::net::TcpStream::connect(("127.0.0.1", destination.port)).await.unwrap();
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake(hyper_util::rt::TokioIo::new(stream)).await.unwrap();
    tokio::spawn(connection);
    let request = hyper::Request::builder().method("POST").uri("/").header("host", "h");
    let request = request.body(Full::new(bytes::Bytes::from(vec![1; 300_000]))).unwrap();
    let response = sender.send_request(request).await.unwrap();
    assert_eq!(response.into_body().collect().await.unwrap().to_bytes().len(), 300_000);
}
