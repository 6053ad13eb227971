//! HTTP/1.1 messages on a connection (`service_kit::http`): heads, framing, chunked bodies, one request after the
//! other. Input: the bytes of the connection.
//!
//! Holds: pieces give the same as the whole; limits are kept; a request written again in the plainest form is read as
//! the same, so nobody behind us can understand it differently.

#![no_main]

use bytes::Bytes;
use futures_util::FutureExt;
use sekisho_fuzz::pieces::Pieces;
use sekisho_fuzz::{Target, fuzz, vectors};
use service_kit::http::whole::{Refused, read_requests, read_response};
use service_kit::http_client::ClientSettings;
use service_kit::http_server::ServerSettings;

fuzz!(Target {
    name: "http",
    max_len: 8 * 1024,
    memory: 256 * 1024,
    memory_per_byte: 64,
    dictionary: Some("http.dict"),
    seeds,
    check,
});

fn seeds() -> Vec<Vec<u8>> {
    let mut seeds = vectors::files("x-road-7.8-live/rsa/messages", ".http");
    seeds.retain(|seed| seed.len() <= 8 * 1024);
    let small = [
        "POST /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\n0\r\nT: u\r\n\r\nGET /",
        "GET http://h/r1/x HTTP/1.0\r\nConnection: keep-alive\r\n\r\nGET /b HTTP/1.1\r\nHost: h\r\n\r\n",
        "\r\nPUT * HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\nabc",
        "HTTP/1.1 200 OK\nFolded: a\n b\nContent-Length: 1\n\nx",
        "HTTP/1.1 204 \r\n\r\n",
    ];
    seeds.extend(small.map(|text| text.as_bytes().to_vec()));
    seeds
}

const MAX_HEAD: usize = 1024;
const MAX_HEADERS: usize = 16;

/// Method, target, header fields, body.
type Seen = (String, String, Vec<(String, String)>, Bytes);
/// Status, reason, header fields, body.
type Answered = (u16, String, Vec<(String, String)>, Bytes);

fn check(data: &[u8]) {
    let at_once = requests(std::io::Cursor::new(data.to_vec()));
    assert_eq!(at_once, requests(Pieces::of(data)));
    for request in &at_once.0 {
        let (method, target, headers, _) = request;
        let head = headers.iter().map(|(name, value)| name.chars().count() + value.chars().count() + 2);
        assert!(method.len() + target.len() + head.sum::<usize>() <= MAX_HEAD + 8);
        assert!(headers.len() <= MAX_HEADERS);
        read_again(request);
    }
    for method in ["GET", "HEAD"] {
        assert_eq!(response(std::io::Cursor::new(data.to_vec()), method), response(Pieces::of(data), method));
    }
}

fn requests(stream: impl service_kit::transport::Transport + 'static) -> (Vec<Seen>, Result<(), Refused>) {
    let settings =
        ServerSettings { max_head_bytes: MAX_HEAD, max_headers: MAX_HEADERS, ..ServerSettings::default() };
    let (requests, end) =
        read_requests(stream, &settings).now_or_never().expect("memory is never waited for");
    let seen = requests.into_iter().map(|request| {
        let body = request.body.read_all(u64::MAX).now_or_never().expect("it is there").expect("it is whole");
        (request.method, request.target, request.headers.into_vec(), body)
    });
    (seen.collect(), end)
}

fn response(
    stream: impl service_kit::transport::Transport + 'static,
    method: &str,
) -> Result<Answered, Refused> {
    let settings =
        ClientSettings { max_head_bytes: MAX_HEAD, max_headers: MAX_HEADERS, ..ClientSettings::default() };
    let response =
        read_response(stream, method, &settings).now_or_never().expect("memory is never waited for")?;
    let body = response.body.read_all(u64::MAX).now_or_never().expect("it is there").expect("it is whole");
    Ok((response.status, response.reason, response.headers.into_vec(), body))
}

/// Chunks become a length; everything else stays.
fn read_again((method, target, headers, body): &Seen) {
    let framing = |name: &str| {
        name.eq_ignore_ascii_case("content-length") || name.eq_ignore_ascii_case("transfer-encoding")
    };
    let kept: Vec<_> = headers.iter().filter(|(name, _)| !framing(name)).cloned().collect();
    let mut text = format!("{method} {target} HTTP/1.1\r\n");
    for (name, value) in &kept {
        text.push_str(&format!("{name}: {value}\r\n"));
    }
    if !kept.iter().any(|(name, _)| name.eq_ignore_ascii_case("host")) {
        text.push_str("Host: \r\n");
    }
    text.push_str(&format!("Content-Length: {}\r\n\r\n", body.len()));
    let latin1 = text.chars().map(|character| u8::try_from(u32::from(character)).expect("an octet each"));
    let bytes: Vec<u8> = latin1.chain(body.iter().copied()).collect();
    let settings = ServerSettings::default();
    let (again, end) = read_requests(std::io::Cursor::new(bytes), &settings).now_or_never().expect("memory");
    assert!(end.is_ok() && again.len() == 1, "{end:?}");
    for again in again {
        assert_eq!((&again.method, &again.target), (method, target));
        let fields = again.headers.into_vec();
        assert!(fields.starts_with(&kept));
        assert_eq!(again.body.read_all(u64::MAX).now_or_never().expect("it is there").expect("whole"), body);
    }
}
