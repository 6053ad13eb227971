//! An information system's HTTP, written for this purpose: it sends exactly the bytes that a case asks for, and shares
//! no code with the server under test. One connection for each request.

use std::borrow::Cow;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};

/// How long one read may take.
const READ_PATIENCE: Duration = Duration::from_secs(90);
/// Largest body that is read. Bytes.
const MAX_BODY: u64 = 64 * 1024 * 1024;
/// Longest line of a head. Bytes.
const MAX_LINE: u64 = 64 * 1024;

/// One request.
#[derive(Debug, Clone)]
pub struct Request {
    /// Method.
    pub verb: String,
    /// Request target, as it goes over the wire.
    pub target: String,
    /// Header fields besides `Host`, `Connection` and those of the framing.
    pub headers: Vec<(String, String)>,
    /// Body, if there is to be one (an empty one is announced too).
    pub body: Option<Vec<u8>>,
    /// Chunked instead of with its length.
    pub chunked: bool,
}

/// One answer.
#[derive(Debug, Clone, Default)]
pub struct Response {
    /// Status code.
    pub status: u16,
    /// Header fields in their order.
    pub headers: Vec<(String, String)>,
    /// Body.
    pub body: Vec<u8>,
}

impl Response {
    /// The last value of a header field.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        let same = self.headers.iter().rev().find(|(found, _)| found.eq_ignore_ascii_case(name));
        same.map(|(_, value)| value.as_str())
    }

    /// The body as text.
    #[must_use]
    pub fn text(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.body)
    }
}

impl Request {
    /// A `GET` without header fields.
    #[must_use]
    pub fn get(target: &str) -> Self {
        Self { verb: "GET".into(), target: target.into(), headers: vec![], body: None, chunked: false }
    }

    /// The last value of a header field.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        let same = self.headers.iter().rev().find(|(found, _)| found.eq_ignore_ascii_case(name));
        same.map(|(_, value)| value.as_str())
    }
}

/// Sends a request and reads the answer to its end.
///
/// # Errors
/// No connection, or something that is not HTTP.
pub fn send(host: &str, port: u16, request: &Request) -> Result<Response> {
    let stream = TcpStream::connect((host, port)).with_context(|| format!("connect to {host}:{port}"))?;
    stream.set_read_timeout(Some(READ_PATIENCE))?;
    stream.set_nodelay(true)?;
    let mut out = stream.try_clone()?;
    let bytes = encode(request, &format!("{host}:{port}"));
    // Written beside the reading: a server may refuse before it has read everything.
    let written = std::thread::spawn(move || out.write_all(&bytes));
    let answer = read(&mut BufReader::new(stream), request.verb == "HEAD");
    let _ = written.join();
    answer.with_context(|| format!("answer of {host}:{port}"))
}

fn encode(request: &Request, authority: &str) -> Vec<u8> {
    let mut head = format!("{} {} HTTP/1.1\r\nHost: {authority}\r\n", request.verb, request.target);
    for (name, value) in &request.headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    let body = request.body.as_deref();
    match body {
        Some(_) if request.chunked => head.push_str("Transfer-Encoding: chunked\r\n"),
        Some(body) => head.push_str(&format!("Content-Length: {}\r\n", body.len())),
        None => {}
    }
    head.push_str("Connection: close\r\n\r\n");
    let mut bytes = head.into_bytes();
    match body {
        Some(body) if request.chunked => {
            for chunk in body.chunks(1000) {
                bytes.extend_from_slice(format!("{:x}\r\n", chunk.len()).as_bytes());
                bytes.extend_from_slice(chunk);
                bytes.extend_from_slice(b"\r\n");
            }
            bytes.extend_from_slice(b"0\r\n\r\n");
        }
        Some(body) => bytes.extend_from_slice(body),
        None => {}
    }
    bytes
}

fn read(input: &mut impl BufRead, head_only: bool) -> Result<Response> {
    let start = line(input)?;
    let mut words = start.splitn(3, ' ');
    ensure!(words.next().is_some_and(|version| version.starts_with("HTTP/1.")), "not HTTP: {start:?}");
    let status = words.next().unwrap_or_default().parse().with_context(|| format!("status of {start:?}"))?;
    let mut headers = Vec::new();
    loop {
        let line = line(input)?;
        if line.is_empty() {
            break;
        }
        let (name, value) = line.split_once(':').with_context(|| format!("header line {line:?}"))?;
        headers.push((name.to_owned(), value.trim().to_owned()));
    }
    let mut response = Response { status, headers, body: Vec::new() };
    if !head_only && status != 204 && status != 304 {
        response.body = body(input, &response)?;
    }
    Ok(response)
}

fn body(input: &mut impl BufRead, head: &Response) -> Result<Vec<u8>> {
    let mut body = Vec::new();
    if head.header("transfer-encoding").is_some_and(|coding| coding.eq_ignore_ascii_case("chunked")) {
        loop {
            let size = line(input)?;
            let size = u64::from_str_radix(size.split(';').next().unwrap_or_default().trim(), 16)?;
            take(input, size, &mut body)?;
            let end = line(input)?;
            if size == 0 {
                return Ok(body);
            }
            ensure!(end.is_empty(), "a chunk does not end where it says");
        }
    }
    match head.header("content-length") {
        Some(length) => take(input, length.parse()?, &mut body)?,
        None => {
            input.take(MAX_BODY).read_to_end(&mut body)?;
        }
    }
    Ok(body)
}

fn take(input: &mut impl BufRead, length: u64, body: &mut Vec<u8>) -> Result<()> {
    ensure!(length + body.len() as u64 <= MAX_BODY, "the body is too large");
    let read = input.by_ref().take(length).read_to_end(body)?;
    ensure!(read as u64 == length, "the body ends {} bytes early", length - read as u64);
    Ok(())
}

fn line(input: &mut impl BufRead) -> Result<String> {
    let mut line = Vec::new();
    input.by_ref().take(MAX_LINE).read_until(b'\n', &mut line)?;
    if line.is_empty() {
        bail!("the connection ended");
    }
    ensure!(line.ends_with(b"\r\n"), "a line of the head does not end: {:?}", String::from_utf8_lossy(&line));
    line.truncate(line.len() - 2);
    Ok(String::from_utf8_lossy(&line).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_written_as_asked() {
        let mut request = Request {
            verb: "POST".into(),
            target: "/a%2Fb".into(),
            headers: vec![("x-Q".into(), "1".into())],
            body: Some(b"hi".to_vec()),
            chunked: false,
        };
        let text = |request: &Request| String::from_utf8(encode(request, "h:1")).unwrap();
        let head = "POST /a%2Fb HTTP/1.1\r\nHost: h:1\r\nx-Q: 1\r\n";
        assert_eq!(text(&request), format!("{head}Content-Length: 2\r\nConnection: close\r\n\r\nhi"));
        request.chunked = true;
        let chunked = "Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n2\r\nhi\r\n0\r\n\r\n";
        assert_eq!(text(&request), format!("{head}{chunked}"));
    }

    #[test]
    fn answers_are_read_by_their_framing() {
        for (raw, expected) in [
            ("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhixx", "hi"),
            ("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nhi\r\n1\r\n!\r\n0\r\n\r\n", "hi!"),
            ("HTTP/1.1 200 OK\r\n\r\nto the end", "to the end"),
            ("HTTP/1.1 204 No\r\n\r\n", ""),
        ] {
            let response = read(&mut raw.as_bytes(), false).unwrap();
            assert_eq!(response.body, expected.as_bytes(), "{raw:?}");
        }
        for raw in
            ["", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhi", "220 smtp\r\n\r\n", "HTTP/1.1 200 OK\n\n"]
        {
            assert!(read(&mut raw.as_bytes(), false).is_err(), "{raw:?}");
        }
    }
}
