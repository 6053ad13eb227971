//! Whole messages off a stream, read as our servers and clients read a connection. For tests, tools and fuzzing.

use std::sync::mpsc;
use std::time::Duration;

use super::{
    Body, BodyLength, HeadLimits, IncomingBody, MessageReader, Request, RequestHead, Response, ResponseHead,
    Unread, request_body_length, response_body_length, wants_to_close,
};
use crate::http_client::ClientSettings;
use crate::http_server::ServerSettings;
use crate::transport::Transport;

/// Why reading stopped before the stream ended: the text that goes to the log.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Refused(String);

fn refused(reason: impl ToString) -> Refused {
    Refused(reason.to_string())
}

/// Reads requests one after the other until the stream ends, a request says that it is the last one, or one is
/// refused. Their bodies are there in full: what came on the stream is the bound.
pub async fn read_requests(
    stream: impl Transport + 'static,
    settings: &ServerSettings,
) -> (Vec<Request>, Result<(), Refused>) {
    let limits = HeadLimits { max_bytes: settings.max_head_bytes, max_headers: settings.max_headers };
    let mut reader = Some(reader_of(stream));
    let mut requests = Vec::new();
    while let Some(open) = reader.take() {
        match read_request(open, limits, settings.stall_timeout).await {
            Ok(Some((request, next))) => {
                requests.push(request);
                reader = next;
            }
            Ok(None) => break,
            Err(error) => return (requests, Err(error)),
        }
    }
    (requests, Ok(()))
}

async fn read_request(
    mut reader: MessageReader,
    limits: HeadLimits,
    stall_timeout: Duration,
) -> Result<Option<(Request, Option<MessageReader>)>, Refused> {
    let Some(bytes) = reader.read_head(limits).await.map_err(refused)? else { return Ok(None) };
    let head = RequestHead::parse(&bytes, limits).map_err(refused)?;
    let length = request_body_length(&head).map_err(refused)?;
    let last = wants_to_close(&head.headers, head.version);
    let (body, reader) = whole_body(reader, length, stall_timeout).await?;
    let RequestHead { method, target, headers, .. } = head;
    Ok(Some((Request { method, target, headers, body, connection: None }, reader.filter(|_| !last))))
}

/// Reads the response to a request with this method. Interim responses are not passed over.
///
/// # Errors
/// [`Refused`], also when the stream ends too early.
pub async fn read_response(
    stream: impl Transport + 'static,
    method: &str,
    settings: &ClientSettings,
) -> Result<Response, Refused> {
    let limits = HeadLimits { max_bytes: settings.max_head_bytes, max_headers: settings.max_headers };
    let mut reader = reader_of(stream);
    let bytes = reader.read_head(limits).await.map_err(refused)?.ok_or_else(|| refused("no response"))?;
    let head = ResponseHead::parse(&bytes, limits).map_err(refused)?;
    let length = response_body_length(method, &head).map_err(refused)?;
    let (body, _) = whole_body(reader, length, settings.stall_timeout).await?;
    let ResponseHead { status, reason, headers, .. } = head;
    Ok(Response { status, reason, headers, body, ..Response::default() })
}

fn reader_of(stream: impl Transport + 'static) -> MessageReader {
    let stream: Box<dyn Transport> = Box::new(stream);
    MessageReader::new(tokio::io::split(stream).0)
}

/// The body, and the reader behind it if another message can follow.
async fn whole_body(
    reader: MessageReader,
    length: BodyLength,
    stall_timeout: Duration,
) -> Result<(Body, Option<MessageReader>), Refused> {
    let (give_back, given_back) = mpsc::channel();
    let incoming = IncomingBody::new(reader, length, stall_timeout, move |unread: Unread| {
        // Nobody waits for it only when reading has failed.
        let _ = give_back.send(unread);
    });
    let bytes = Body::incoming(incoming, None).read_all(u64::MAX).await.map_err(refused)?;
    let reader = given_back.try_recv().ok().filter(|unread| unread.finished).map(|unread| unread.reader);
    Ok((Body::full(bytes), reader))
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    fn stream(text: &str) -> Cursor<Vec<u8>> {
        Cursor::new(text.as_bytes().to_vec())
    }

    #[tokio::test]
    async fn requests_follow_each_other_until_one_is_the_last() {
        let text = "POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nab\
            PUT /b HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nc\r\n0\r\n\r\n\
            GET /c HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\nGET /d";
        let (requests, end) = read_requests(stream(text), &ServerSettings::default()).await;
        assert_eq!(end, Ok(()));
        let mut seen = Vec::new();
        for request in requests {
            seen.push((request.target, request.body.read_all(9).await.unwrap()));
        }
        let expected = [("/a", "ab"), ("/b", "c"), ("/c", "")];
        assert_eq!(seen, expected.map(|(target, body)| (target.to_owned(), body.into())));
    }

    #[tokio::test]
    async fn what_is_refused_ends_it_with_the_reason() {
        let both = "GET / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n";
        let cut = "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\nab";
        for (text, reason) in
            [(both, "Content-Length is malformed"), (cut, "the body"), ("GET", "inside a head")]
        {
            let (requests, end) = read_requests(stream(text), &ServerSettings::default()).await;
            assert!(requests.is_empty());
            assert!(end.as_ref().is_err_and(|Refused(text)| text.contains(reason)), "{end:?}");
        }
    }

    #[tokio::test]
    async fn a_response_ends_as_its_request_and_head_say() {
        let text = "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc";
        for (method, body) in [("GET", "abc"), ("HEAD", "")] {
            let response = read_response(stream(text), method, &ClientSettings::default()).await.unwrap();
            assert_eq!(response.body.read_all(9).await.unwrap(), body);
        }
        let until_close = "HTTP/1.0 200 OK\r\n\r\nall";
        let response = read_response(stream(until_close), "GET", &ClientSettings::default()).await.unwrap();
        assert_eq!(response.body.read_all(9).await.unwrap(), "all");
    }
}
