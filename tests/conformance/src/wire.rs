//! HTTP/1.1 as bytes, for all mock parts: written here, so that it shares no code with the servers under test.

use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use tokio::io::{AsyncBufRead, AsyncBufReadExt, AsyncReadExt, AsyncWrite, AsyncWriteExt};

/// How long one read may take.
const PATIENCE: Duration = Duration::from_secs(120);
/// Longest line of a head. Bytes.
const MAX_LINE: u64 = 64 * 1024;
/// Of a body so much is kept; the rest is only counted. Bytes.
const KEPT: usize = 32 * 1024 * 1024;

/// Header fields in their order, with their names as they are written.
pub type Headers = Vec<(String, String)>;

/// First line and header fields.
#[derive(Debug, Clone, Default)]
pub struct Head {
    /// Request line or status line.
    pub start: String,
    /// Header fields.
    pub headers: Headers,
}

impl Head {
    /// The last value of a header field.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        last(&self.headers, name)
    }

    fn is_chunked(&self) -> bool {
        self.header("transfer-encoding").is_some_and(|coding| coding.eq_ignore_ascii_case("chunked"))
    }

    /// How a request says where its body ends.
    #[must_use]
    pub fn request_framing(&self) -> Framing {
        match self.header("content-length").and_then(|length| length.parse().ok()) {
            _ if self.is_chunked() => Framing::Chunked,
            Some(length) => Framing::Length(length),
            None => Framing::Length(0),
        }
    }

    /// How an answer says where its body ends.
    #[must_use]
    pub fn answer_framing(&self) -> Framing {
        match self.header("content-length").and_then(|length| length.parse().ok()) {
            _ if self.is_chunked() => Framing::Chunked,
            Some(length) => Framing::Length(length),
            None => Framing::ToTheEnd,
        }
    }
}

/// The last value of a header field.
#[must_use]
pub fn last<'h>(headers: &'h Headers, name: &str) -> Option<&'h str> {
    headers.iter().rev().find(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
}

/// Where a body ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Framing {
    /// After so many bytes.
    Length(u64),
    /// After the last chunk.
    Chunked,
    /// With the connection.
    ToTheEnd,
}

/// A received body.
#[derive(Debug, Clone, Default)]
pub struct Body {
    /// Its bytes, or the beginning of a large one.
    pub bytes: Vec<u8>,
    /// Its length.
    pub length: u64,
}

/// Reads first line and header fields; `None` when the connection ends before the first byte.
///
/// # Errors
/// Something that is not HTTP.
pub async fn read_head(input: &mut (impl AsyncBufRead + Unpin)) -> Result<Option<Head>> {
    let Some(start) = line(input).await? else { return Ok(None) };
    let mut headers = Headers::new();
    loop {
        let line = line(input).await?.context("the connection ended in the head")?;
        if line.is_empty() {
            return Ok(Some(Head { start, headers }));
        }
        let (name, value) = line.split_once(':').with_context(|| format!("header line {line:?}"))?;
        headers.push((name.to_owned(), value.trim().to_owned()));
    }
}

/// Reads a body to its end.
///
/// # Errors
/// It ends early.
pub async fn read_body(input: &mut (impl AsyncBufRead + Unpin), framing: Framing) -> Result<Body> {
    let mut taken = Taken(Body::default());
    match framing {
        Framing::Length(length) => taken.take(input, length).await?,
        Framing::ToTheEnd => while taken.some(input, u64::MAX).await? > 0 {},
        Framing::Chunked => loop {
            let size = line(input).await?.context("the body ends before its last chunk")?;
            let size = u64::from_str_radix(size.split(';').next().unwrap_or_default().trim(), 16)
                .with_context(|| format!("chunk size {size:?}"))?;
            taken.take(input, size).await?;
            let end = line(input).await?.context("the body ends in a chunk")?;
            ensure!(end.is_empty(), "a chunk does not end where it says");
            if size == 0 {
                break;
            }
        },
    }
    Ok(taken.0)
}

/// Writes bytes as one chunk.
///
/// # Errors
/// The connection is gone.
pub async fn write_chunk(output: &mut (impl AsyncWrite + Unpin), bytes: &[u8]) -> Result<()> {
    output.write_all(format!("{:x}\r\n", bytes.len()).as_bytes()).await?;
    output.write_all(bytes).await?;
    Ok(output.write_all(b"\r\n").await?)
}

/// The text of a head, ready to be sent.
#[must_use]
pub fn head_bytes(start: &str, headers: &Headers) -> Vec<u8> {
    let mut head = format!("{start}\r\n");
    for (name, value) in headers {
        head.push_str(name);
        head.push_str(": ");
        head.push_str(value);
        head.push_str("\r\n");
    }
    head.push_str("\r\n");
    head.into_bytes()
}

struct Taken(Body);

impl Taken {
    async fn take(&mut self, input: &mut (impl AsyncBufRead + Unpin), length: u64) -> Result<()> {
        let mut left = length;
        while left > 0 {
            let read = self.some(input, left).await?;
            ensure!(read > 0, "the body ends {left} bytes early");
            left -= read;
        }
        Ok(())
    }

    /// Takes what is there, at most so much; 0 at the end of the connection.
    async fn some(&mut self, input: &mut (impl AsyncBufRead + Unpin), at_most: u64) -> Result<u64> {
        let there = tokio::time::timeout(PATIENCE, input.fill_buf()).await.context("the body stalls")??;
        let taken = usize::try_from(at_most).unwrap_or(usize::MAX).min(there.len());
        let there = &there[..taken];
        let room = KEPT - self.0.bytes.len();
        self.0.bytes.extend_from_slice(&there[..room.min(taken)]);
        self.0.length += taken as u64;
        input.consume(taken);
        Ok(taken as u64)
    }
}

async fn line(input: &mut (impl AsyncBufRead + Unpin)) -> Result<Option<String>> {
    let mut line = Vec::new();
    let mut limited = input.take(MAX_LINE);
    let read = limited.read_until(b'\n', &mut line);
    tokio::time::timeout(PATIENCE, read).await.context("no answer")??;
    if line.is_empty() {
        return Ok(None);
    }
    if !line.ends_with(b"\r\n") {
        bail!("a line of the head does not end: {:?}", String::from_utf8_lossy(&line));
    }
    line.truncate(line.len() - 2);
    Ok(Some(String::from_utf8_lossy(&line).into_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn messages_are_read_by_their_framing() {
        for (raw, expected) in [
            ("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhixx", "hi"),
            ("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nhi\r\n1\r\n!\r\n0\r\n\r\n", "hi!"),
            ("HTTP/1.1 200 OK\r\n\r\nto the end", "to the end"),
        ] {
            let mut input = raw.as_bytes();
            let head = read_head(&mut input).await.unwrap().unwrap();
            let body = read_body(&mut input, head.answer_framing()).await.unwrap();
            assert_eq!(body.bytes, expected.as_bytes(), "{raw:?}");
            assert_eq!(body.length, expected.len() as u64);
        }
        let mut cut = b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhi".as_slice();
        let head = read_head(&mut cut).await.unwrap().unwrap();
        assert!(read_body(&mut cut, head.answer_framing()).await.is_err());
        assert!(read_head(&mut b"".as_slice()).await.unwrap().is_none());
    }
}
