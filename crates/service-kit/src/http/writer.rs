//! Writing messages: heads with the names as they are, bodies by length or in chunks.

use std::io;
use std::time::Duration;

use futures_util::FutureExt;
use tokio::io::{AsyncWrite, AsyncWriteExt};

use super::head::{is_target_octet, is_token, is_value_octet};
use super::{Body, BodyError, Headers, Request, Response, reason_phrase};

/// Pieces up to this size are copied behind their chunk size, so that both go out in one write.
const COPY_LIMIT: usize = 16 * 1024;

/// How the end of a body is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Encoding {
    /// There is no body and no field says so (204, 304, HEAD, GET).
    None,
    /// Content-Length.
    Length(u64),
    /// Chunked coding.
    Chunked,
    /// The end of the connection (towards HTTP/1.0).
    UntilClose,
}

/// A message that cannot be written, because it would not be read as what it is.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum UnwritableHead {
    #[error("the method {0:?} is not a token")]
    Method(String),
    #[error("the target has a character that must be escaped")]
    Target,
    #[error("the status {0} is not between 200 and 999")]
    Status(u16),
    #[error("the header name {0:?} is not a token")]
    Name(String),
    #[error("the value of the header {0} has a character that cannot be written")]
    Value(String),
}

/// Why a body was not written to its end.
#[derive(Debug, thiserror::Error)]
pub(crate) enum WriteBodyError {
    /// The producer of the body failed; the receiver must see the message cut short.
    #[error(transparent)]
    Body(#[from] BodyError),
    /// The connection failed.
    #[error(transparent)]
    Connection(#[from] io::Error),
}

/// Fields that belong to the connection: whoever writes the message sets them (RFC 9110 section 7.6.1).
const CONNECTION_FIELDS: [&str; 5] =
    ["content-length", "transfer-encoding", "connection", "keep-alive", "proxy-connection"];

/// The head of a request to `host`, with what frames its body.
pub(crate) fn write_request_head(
    request: &Request,
    host: &str,
    encoding: Encoding,
    close: bool,
) -> Result<Vec<u8>, UnwritableHead> {
    if !is_token(request.method.as_bytes()) {
        return Err(UnwritableHead::Method(request.method.clone()));
    }
    if request.target.is_empty() || !request.target.bytes().all(is_target_octet) {
        return Err(UnwritableHead::Target);
    }
    let mut head = Vec::with_capacity(512);
    head.extend_from_slice(format!("{} {} HTTP/1.1\r\n", request.method, request.target).as_bytes());
    if !request.headers.contains("host") {
        write_field(&mut head, "Host", host)?;
    }
    write_fields(&mut head, &request.headers)?;
    write_framing(&mut head, encoding)?;
    if close {
        write_field(&mut head, "Connection", "close")?;
    }
    head.extend_from_slice(b"\r\n");
    Ok(head)
}

/// The head of a response. `connection` is the value of its Connection field, if any.
pub(crate) fn write_response_head(
    response: &Response,
    date: &str,
    encoding: Encoding,
    connection: Option<&str>,
) -> Result<Vec<u8>, UnwritableHead> {
    if !(200..=999).contains(&response.status) {
        return Err(UnwritableHead::Status(response.status));
    }
    let reason = if response.reason.is_empty() { reason_phrase(response.status) } else { &response.reason };
    let mut head = Vec::with_capacity(512);
    head.extend_from_slice(format!("HTTP/1.1 {} ", response.status).as_bytes());
    push_octets(&mut head, reason).ok_or_else(|| UnwritableHead::Value("reason phrase".to_owned()))?;
    head.extend_from_slice(b"\r\n");
    write_fields(&mut head, &response.headers)?;
    if !response.headers.contains("date") {
        write_field(&mut head, "Date", date)?;
    }
    write_framing(&mut head, encoding)?;
    if let Some(connection) = connection {
        write_field(&mut head, "Connection", connection)?;
    }
    head.extend_from_slice(b"\r\n");
    Ok(head)
}

fn write_framing(head: &mut Vec<u8>, encoding: Encoding) -> Result<(), UnwritableHead> {
    match encoding {
        Encoding::None | Encoding::UntilClose => Ok(()),
        Encoding::Length(length) => write_field(head, "Content-Length", &length.to_string()),
        Encoding::Chunked => write_field(head, "Transfer-Encoding", "chunked"),
    }
}

fn write_fields(head: &mut Vec<u8>, headers: &Headers) -> Result<(), UnwritableHead> {
    let ours = |name: &str| CONNECTION_FIELDS.iter().any(|field| name.eq_ignore_ascii_case(field));
    headers
        .iter()
        .filter(|(name, _)| !ours(name))
        .try_for_each(|(name, value)| write_field(head, name, value))
}

fn write_field(head: &mut Vec<u8>, name: &str, value: &str) -> Result<(), UnwritableHead> {
    if !is_token(name.as_bytes()) {
        return Err(UnwritableHead::Name(name.to_owned()));
    }
    head.extend_from_slice(name.as_bytes());
    head.extend_from_slice(b": ");
    push_octets(head, value).ok_or_else(|| UnwritableHead::Value(name.to_owned()))?;
    head.extend_from_slice(b"\r\n");
    Ok(())
}

/// Appends a text, one octet for each character; `None` when a character is no octet or not allowed.
fn push_octets(head: &mut Vec<u8>, text: &str) -> Option<()> {
    for character in text.chars() {
        head.push(u8::try_from(u32::from(character)).ok().filter(|octet| is_value_octet(*octet))?);
    }
    Some(())
}

/// Writes a head and its body. Nothing of the head waits for a body that is not there yet.
pub(crate) async fn write_message(
    stream: &mut (impl AsyncWrite + Unpin),
    head: Vec<u8>,
    mut body: Body,
    encoding: Encoding,
    patience: Duration,
) -> Result<(), WriteBodyError> {
    let mut out = Out { stream, pending: head, patience };
    if encoding == Encoding::None {
        return Ok(out.flush().await?);
    }
    let mut left = if let Encoding::Length(length) = encoding { length } else { u64::MAX };
    loop {
        let ready = body.piece().now_or_never();
        let piece = match ready {
            Some(piece) => piece,
            None => {
                out.flush().await?;
                body.piece().await
            }
        };
        let Some(piece) = piece.transpose()? else { break };
        let length = piece.len() as u64;
        left =
            left.checked_sub(length).ok_or_else(|| BodyError::Aborted("longer than announced".to_owned()))?;
        out.piece(&piece, encoding == Encoding::Chunked).await?;
    }
    if encoding == Encoding::Chunked {
        out.pending.extend_from_slice(b"0\r\n\r\n");
    } else if encoding != Encoding::UntilClose && left > 0 {
        return Err(BodyError::Aborted("shorter than announced".to_owned()).into());
    }
    Ok(out.flush().await?)
}

/// A stream with the bytes that wait for the next write.
struct Out<'a, S> {
    stream: &'a mut S,
    pending: Vec<u8>,
    patience: Duration,
}

impl<S: AsyncWrite + Unpin> Out<'_, S> {
    async fn piece(&mut self, piece: &[u8], chunked: bool) -> io::Result<()> {
        if piece.is_empty() {
            return Ok(());
        }
        if chunked {
            self.pending.extend_from_slice(format!("{:x}\r\n", piece.len()).as_bytes());
        }
        if piece.len() <= COPY_LIMIT {
            self.pending.extend_from_slice(piece);
        } else {
            self.write_pending().await?;
            self.write(piece).await?;
        }
        if chunked {
            self.pending.extend_from_slice(b"\r\n");
        }
        if self.pending.len() >= COPY_LIMIT { self.write_pending().await } else { Ok(()) }
    }

    async fn flush(&mut self) -> io::Result<()> {
        self.write_pending().await?;
        within(self.patience, self.stream.flush()).await
    }

    async fn write_pending(&mut self) -> io::Result<()> {
        let pending = std::mem::take(&mut self.pending);
        self.write(&pending).await
    }

    /// Writes all bytes; each write must make progress within the patience.
    async fn write(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        while !bytes.is_empty() {
            let count = within(self.patience, self.stream.write(bytes)).await?;
            if count == 0 {
                return Err(io::ErrorKind::WriteZero.into());
            }
            bytes = &bytes[count..];
        }
        Ok(())
    }
}

async fn within<T>(patience: Duration, work: impl Future<Output = io::Result<T>>) -> io::Result<T> {
    let outcome = tokio::time::timeout(patience, work).await;
    outcome.unwrap_or_else(|_| Err(io::Error::new(io::ErrorKind::TimedOut, "the other side takes no bytes")))
}

#[cfg(test)]
mod tests {
    use futures_util::stream;

    use super::*;

    #[test]
    fn heads_keep_names_and_lose_connection_fields() {
        let request = Request::get("/r1/x?a=1")
            .header("X-rOAD-Client", "EE/\u{e4}")
            .header("connection", "x")
            .header("Content-length", "9");
        let head = write_request_head(&request, "h:1", Encoding::Chunked, true).unwrap();
        let expected = b"GET /r1/x?a=1 HTTP/1.1\r\nHost: h:1\r\nX-rOAD-Client: EE/\xe4\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n";
        assert_eq!(head, expected);
        let response = Response::new(200).header("x-hash-algorithm", "SHA-512");
        let head = write_response_head(&response, "D", Encoding::Length(3), None).unwrap();
        assert_eq!(
            head,
            b"HTTP/1.1 200 OK\r\nx-hash-algorithm: SHA-512\r\nDate: D\r\nContent-Length: 3\r\n\r\n"
        );
    }

    #[test]
    fn a_head_that_would_break_the_message_is_not_written() {
        let unwritable =
            |request: Request| write_request_head(&request, "h", Encoding::None, false).unwrap_err();
        assert_eq!(
            unwritable(Request::get("/").header("A", "b\r\nC: d")),
            UnwritableHead::Value("A".to_owned())
        );
        assert_eq!(
            unwritable(Request::get("/").header("A", "\u{65e5}")),
            UnwritableHead::Value("A".to_owned())
        );
        assert_eq!(unwritable(Request::get("/").header("A:", "b")), UnwritableHead::Name("A:".to_owned()));
        assert_eq!(unwritable(Request::get("/ x")), UnwritableHead::Target);
        assert_eq!(unwritable(Request::new("GET /x", "/")), UnwritableHead::Method("GET /x".to_owned()));
        let status = write_response_head(&Response::new(101), "D", Encoding::None, None);
        assert_eq!(status, Err(UnwritableHead::Status(101)));
    }

    async fn written(pieces: &[&'static str], encoding: Encoding) -> Result<String, WriteBodyError> {
        let pieces: Vec<_> = pieces.iter().map(|piece| Ok(bytes::Bytes::from(*piece))).collect();
        let body = Body::stream(stream::iter(pieces), None);
        let mut wire = Vec::new();
        write_message(&mut wire, b"HEAD\n".to_vec(), body, encoding, Duration::from_secs(1)).await?;
        Ok(String::from_utf8(wire).unwrap())
    }

    #[tokio::test]
    async fn bodies_are_framed_as_announced() {
        let chunked = written(&["ab", "", "cde"], Encoding::Chunked).await.unwrap();
        assert_eq!(chunked, "HEAD\n2\r\nab\r\n3\r\ncde\r\n0\r\n\r\n");
        assert_eq!(written(&["ab", "c"], Encoding::Length(3)).await.unwrap(), "HEAD\nabc");
        assert_eq!(written(&["ab"], Encoding::UntilClose).await.unwrap(), "HEAD\nab");
        assert!(matches!(written(&["ab"], Encoding::Length(3)).await, Err(WriteBodyError::Body(_))));
        assert!(matches!(written(&["abcd"], Encoding::Length(3)).await, Err(WriteBodyError::Body(_))));
    }
}
