//! The server as a client sees it, byte by byte.

use std::time::Duration;

use futures_util::stream;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::*;
use crate::http::{Body, BodyError};
use crate::shutdown::Shutdown;

/// Answers with what it saw: method, target, header lines and body.
async fn mirror(request: Request) -> Response {
    if request.path() == "/refuse" {
        return Response::text(403, "no");
    }
    if request.path() == "/break" {
        let pieces = [Ok(vec![b'x'; 20_000].into()), Err(BodyError::Aborted("test".to_owned()))];
        return Response::new(200).body(Body::stream(stream::iter(pieces), None));
    }
    let mut text = format!("{} {}\n", request.method, request.target);
    for (name, value) in request.headers.iter() {
        text.push_str(&format!("{name}={value}\n"));
    }
    match request.body.read_all(1 << 20).await {
        Ok(body) => {
            Response::new(200).header("X-mIxed", "a").body([text.into_bytes(), body.to_vec()].concat())
        }
        Err(error) => Response::text(400, error.to_string()),
    }
}

async fn start(settings: ServerSettings) -> (SocketAddr, Shutdown) {
    let server = Server::bind("127.0.0.1:0", ServerSecurity::Plain, settings).await.unwrap();
    let (address, shutdown) = (server.local_address(), Shutdown::new());
    tokio::spawn(server.serve(mirror, shutdown.clone()));
    (address, shutdown)
}

fn impatient() -> ServerSettings {
    let short = Duration::from_millis(200);
    ServerSettings {
        head_timeout: short,
        idle_timeout: short,
        stall_timeout: short,
        ..ServerSettings::default()
    }
}

/// Sends bytes and gives everything that comes back until the server ends the connection.
async fn ask(address: SocketAddr, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(bytes).await.unwrap();
    let mut answer = Vec::new();
    tokio::time::timeout(Duration::from_secs(5), stream.read_to_end(&mut answer)).await.unwrap().unwrap();
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test]
async fn header_names_and_order_arrive_as_written() {
    let (address, _shutdown) = start(impatient()).await;
    let answer =
        ask(address, b"GET /a?b HTTP/1.1\r\nHost: h\r\nx-B: 2\r\nX-a: 1\r\nConnection: close\r\n\r\n").await;
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\nX-mIxed: a\r\nDate: "), "{answer}");
    assert!(
        answer.ends_with("\r\nConnection: close\r\n\r\nGET /a?b\nHost=h\nx-B=2\nX-a=1\nConnection=close\n"),
        "{answer}"
    );
}

#[tokio::test]
async fn several_requests_share_a_connection_even_sent_at_once() {
    let (address, _shutdown) = start(impatient()).await;
    let post = "POST /p HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc";
    let chunked = "POST /c HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\ndef\r\n0\r\n\r\n";
    let refused = "POST /refuse HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nghi";
    let last = "HEAD /l HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n";
    let answer = ask(address, [post, chunked, refused, last].concat().as_bytes()).await;
    assert_eq!(answer.matches("HTTP/1.1 200 OK").count(), 3, "{answer}");
    assert_eq!(answer.matches("HTTP/1.1 403").count(), 1, "{answer}");
    assert!(answer.contains("Content-Length=3\nabcHTTP") && answer.contains("chunked\ndefHTTP"), "{answer}");
    assert!(answer.ends_with("\r\n\r\n"), "an answer to HEAD has no body: {answer}");
}

#[tokio::test]
async fn what_two_programs_could_read_differently_is_refused() {
    let (address, _shutdown) = start(impatient()).await;
    let table = [
        ("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\nabc", "400"),
        ("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabc", "400"),
        ("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: gzip\r\n\r\n", "400"),
        ("GET / HTTP/1.1\r\n\r\n", "400"),
        ("GET / HTTP/3.0\r\nHost: h\r\n\r\n", "505"),
        ("GET / HTTP/1.1\r\nHost: h\r\nExpect: magic\r\n\r\n", "417"),
        ("rubbish\r\n\r\n", "400"),
        ("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n", "400"),
    ];
    for (request, status) in table {
        let answer = ask(address, request.as_bytes()).await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{request:?}: {answer}");
    }
}

#[tokio::test]
async fn long_heads_and_targets_have_their_own_status() {
    let (address, _shutdown) = start(impatient()).await;
    let target = format!("GET /{} HTTP/1.1\r\nHost: h\r\n\r\n", "a".repeat(70_000));
    assert!(ask(address, target.as_bytes()).await.starts_with("HTTP/1.1 414 "));
    let field = format!("GET / HTTP/1.1\r\nHost: h\r\nA: {}\r\n\r\n", "a".repeat(70_000));
    assert!(ask(address, field.as_bytes()).await.starts_with("HTTP/1.1 431 "));
    let fields = format!("GET / HTTP/1.1\r\nHost: h\r\n{}\r\n", "a: b\r\n".repeat(201));
    assert!(ask(address, fields.as_bytes()).await.starts_with("HTTP/1.1 431 "));
}

#[tokio::test]
async fn slow_and_silent_clients_do_not_hold_a_connection() {
    let (address, _shutdown) = start(impatient()).await;
    assert_eq!(ask(address, b"").await, "");
    assert!(ask(address, b"GET / HT").await.starts_with("HTTP/1.1 408 "));
    let stalled = ask(address, b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\nabc").await;
    assert!(
        stalled.starts_with("HTTP/1.1 400 ") && stalled.contains("no bytes of the body came"),
        "{stalled}"
    );
}

#[tokio::test]
async fn the_go_ahead_is_given_only_when_the_body_is_wanted() {
    let (address, _shutdown) = start(impatient()).await;
    let head = |path: &str| {
        format!(
            "POST {path} HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nExpect: 100-Continue\r\nConnection: close\r\n\r\n"
        )
    };
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(head("/x").as_bytes()).await.unwrap();
    let mut interim = [0; 25];
    stream.read_exact(&mut interim).await.unwrap();
    assert_eq!(&interim, b"HTTP/1.1 100 Continue\r\n\r\n");
    stream.write_all(b"abc").await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 ") && answer.ends_with("abc"), "{answer}");
    assert!(ask(address, head("/refuse").as_bytes()).await.starts_with("HTTP/1.1 403 "));
}

#[tokio::test]
async fn an_unwanted_body_does_not_hide_the_answer() {
    let (address, _shutdown) = start(ServerSettings::default()).await;
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(b"POST /refuse HTTP/1.1\r\nHost: h\r\nContent-Length: 800000\r\n\r\n").await.unwrap();
    stream.write_all(&vec![b'x'; 800_000]).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 403 ") && answer.contains("Connection: close"), "{answer}");
}

#[tokio::test]
async fn an_answer_that_breaks_off_has_no_proper_end() {
    let (address, _shutdown) = start(impatient()).await;
    let answer = ask(address, b"GET /break HTTP/1.1\r\nHost: h\r\n\r\n").await;
    assert!(answer.contains("chunked") && answer.ends_with('x'), "{answer}");
}

#[tokio::test]
async fn http_1_0_gets_an_answer_without_chunks() {
    let (address, _shutdown) = start(impatient()).await;
    let answer = ask(address, b"GET /x HTTP/1.0\r\n\r\n").await;
    assert!(answer.contains("Content-Length") && answer.contains("Connection: close"), "{answer}");
    let kept =
        ask(address, b"GET /x HTTP/1.0\r\nConnection: keep-alive\r\n\r\nGET /y HTTP/1.0\r\n\r\n").await;
    assert!(kept.contains("Connection: keep-alive") && kept.contains("GET /y"), "{kept}");
}

#[tokio::test]
async fn a_shutdown_finishes_requests_and_closes_idle_connections() {
    let (address, shutdown) = start(ServerSettings::default()).await;
    let mut idle = TcpStream::connect(address).await.unwrap();
    idle.write_all(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n").await.unwrap();
    let mut first = [0; 12];
    idle.read_exact(&mut first).await.unwrap();
    let mut busy = TcpStream::connect(address).await.unwrap();
    busy.write_all(b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\n").await.unwrap();
    tokio::time::sleep(Duration::from_millis(50)).await;
    shutdown.request();
    tokio::time::sleep(Duration::from_millis(50)).await;
    busy.write_all(b"abc").await.unwrap();
    let mut answer = String::new();
    busy.read_to_string(&mut answer).await.unwrap();
    assert!(answer.contains("Connection: close") && answer.ends_with("abc"), "{answer}");
    assert!(shutdown.finished(Duration::from_secs(5)).await);
    assert!(TcpStream::connect(address).await.is_err());
}

#[tokio::test]
async fn a_port_in_use_is_named() {
    let (address, _shutdown) = start(ServerSettings::default()).await;
    let again = Server::bind(&address.to_string(), ServerSecurity::Plain, ServerSettings::default()).await;
    let message = again.err().unwrap().to_string();
    assert!(message.contains(&address.to_string()) && message.contains("another program"), "{message}");
}
